//! Numbers as people write them.

/// A number of things: `1 rule`, `2 rules`.
pub(crate) fn count(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {}", form(number, noun))
}

/// What so many things are called.
pub(crate) fn form(number: impl TryInto<u64>, noun: &str) -> String {
    if number.try_into().is_ok_and(|number| number == 1) { noun.to_owned() } else { format!("{noun}s") }
}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes as a limit is written: `50 MiB`.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0 => "0".to_owned(),
        whole if whole % (1 << 30) == 0 => format!("{} GiB", whole >> 30),
        whole if whole % (1 << 20) == 0 => format!("{} MiB", whole >> 20),
        other => count(other, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0_u64, 1, 2].map(|number| count(number, "file")), ["0 files", "1 file", "2 files"]);
        assert_eq!([0, 1, 3 << 20, 1 << 30].map(bytes), ["0", "1 byte", "3 MiB", "1 GiB"]);
    }
}
