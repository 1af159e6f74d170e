//! BitLocker's recovery passwords: eight groups of six digits, each a number of 16 bits times eleven
//! (Microsoft, BitLocker recovery process).

use super::{Sealed, last};

/// How many groups there are, and hex digits that stand for one in what is sealed.
const GROUPS: usize = 8;
const HEX: usize = 4;
/// How long a group is, digits.
const DIGITS: usize = 6;

/// Whether each group is such a number. `None` when these are no groups.
pub(super) fn groups(token: &str) -> Option<bool> {
    let group = |text: &str| {
        let is_number = text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number)
    };
    let numbers: Vec<u32> = token.split('-').take(GROUPS + 1).map(group).collect::<Option<_>>()?;
    let is_one = |number: &u32| number.is_multiple_of(11) && u16::try_from(number / 11).is_ok();
    (numbers.len() == GROUPS).then(|| numbers.iter().all(is_one))
}

/// Rewrites the 32 hex digits at the end into the groups that stand for them.
pub(super) fn seal(head: &str) -> Option<Sealed> {
    let hex = last(head, GROUPS * HEX)?;
    let groups: Vec<String> = (0..GROUPS)
        .map(|at| u32::from_str_radix(hex.get(at * HEX..(at + 1) * HEX)?, 16).ok())
        .map(|number| Some(format!("{:06}", number? * 11)))
        .collect::<Option<_>>()?;
    Some(Sealed { replaces: hex.len(), text: groups.join("-") })
}
