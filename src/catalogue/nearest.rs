//! What somebody meant who wrote a word that is not known.

/// The known word that `word` was probably meant to be; `None` when none is near.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    nearest_of(word, &mut known.into_iter())
}

fn nearest_of<'k>(word: &str, known: &mut dyn Iterator<Item = &'k str>) -> Option<&'k str> {
    // Keys are short: a longer word is nobody's typo, and the table below is quadratic.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let allowed = 1 + word.chars().count() / 4;
    known
        .map(|other| (distance(&word, other), other))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// For instance "unknown key 'exlude', did you mean 'exclude'?"
pub fn unknown<'k>(what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let shown: String = word.chars().take(60).collect();
    match nearest_of(word, &mut known.iter().copied()) {
        Some(other) => format!("unknown {what} '{shown}', did you mean '{other}'?"),
        None => format!("unknown {what} '{shown}'; known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_one_slip_away() {
        let known = ["exclude", "include", "allow"];
        assert_eq!(nearest("exlude", known), Some("exclude"));
        assert_eq!(nearest("alolw", known), Some("allow"));
        assert_eq!(nearest("Include", known), Some("include"));
        assert_eq!(nearest("colour", known), None);
    }
}
