//! Files of one item a line.

use super::{Imported, Select};

/// The lines that say something, numbered.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1u32..)
        .zip(text.lines())
        .map(|(line, text)| (line, text.trim()))
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
}

/// `[COMMIT:]FILE:RULE:LINE` (gitleaks' README, "gitleaksignore").
pub(super) fn gitleaks_ignore(text: &str) -> Imported {
    let mut all = Imported::default();
    for (line, item) in lines(text) {
        let mut parts = item.rsplitn(3, ':');
        let (number, _rule, rest) = (parts.next(), parts.next(), parts.next());
        let (Some(number), Some(rest)) = (number.and_then(|number| number.trim().parse().ok()), rest) else {
            all.lost(line, item, "is no fingerprint: FILE:RULE:LINE, with or without a commit before it");
            continue;
        };
        let is_id = |id: &str| id.len() >= 40 && id.bytes().all(|b| b.is_ascii_hexdigit());
        let (commit, path) = match rest.split_once(':') {
            Some((id, path)) if is_id(id) => (Some(id.to_ascii_lowercase()), path),
            _ => (None, rest),
        };
        all.select(line, item, Select::Place { commit, path: path.replace('\\', "/"), line: number });
    }
    all
}

/// One extended regular expression a line; git-secrets holds it against `FILE:LINE:TEXT`.
pub(super) fn git_allowed(text: &str) -> Imported {
    let mut all = Imported::default();
    for (line, item) in lines(text) {
        all.select(line, item, Select::Line(item.to_owned()));
    }
    all
}

/// One regular expression over paths a line.
pub(super) fn path_patterns(text: &str) -> Imported {
    let mut all = Imported::default();
    for (line, item) in lines(text) {
        all.exclude(line, item);
    }
    all
}
