//! How far a secret has gone, and what that means.
//!
//! Says what was seen, never "you are safe": another clone, a backup or an editor may hold the value too.

use crate::finding::{Location, Place};

/// Where in its life a secret was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// In the index; no commit holds it yet.
    Staged,
    /// In the message of a commit that is being made.
    Message,
    /// In commits that were about to be pushed; the ids, oldest first.
    Unpushed(Vec<String>),
    /// In commits that a server has received.
    Received,
    /// In a file, a stream or an archive; nothing is known of git.
    Found,
}

impl Stage {
    /// What was seen and what follows, one or two sentences.
    pub fn exposure(&self) -> String {
        let said = match self {
            Stage::Staged => "In no commit yet. Take it out; rotate it if it ever was elsewhere.",
            Stage::Message => "In no commit yet. Write the message without it.",
            Stage::Unpushed(_) => "Committed, not pushed. Take it out; rotate it if it ever was elsewhere.",
            Stage::Received => {
                "Already sent over the network: treat it as leaked. Revoke first, then clean up."
            }
            Stage::Found => "If this was ever committed, sent or published: revoke first, then clean up.",
        };
        said.to_owned()
    }

    /// Commands that take the secret out of the places where it stands, ready to paste.
    pub fn commands(&self, places: &[Location]) -> Vec<String> {
        match self {
            Stage::Staged => vec![format!("git add {}   # after the edit; then commit again", files(places))],
            Stage::Unpushed(commits) => unpushed(commits, places),
            Stage::Message => {
                vec!["git commit --edit --file \"$(git rev-parse --git-path COMMIT_EDITMSG)\"".to_owned()]
            }
            Stage::Received | Stage::Found => Vec::new(),
        }
    }
}

fn unpushed(commits: &[String], places: &[Location]) -> Vec<String> {
    let Some(oldest) = commits.first() else { return Vec::new() };
    let short = &oldest[..oldest.len().min(12)];
    if places.iter().all(is_message) {
        return vec![format!("git rebase -i {short}^   # and write `reword` for `pick` on its first line")];
    }
    vec![
        format!("git commit --fixup={short} -- {}   # after the edit", files(places)),
        format!("git -c sequence.editor=true rebase -i --autosquash {short}^"),
    ]
}

fn is_message(place: &Location) -> bool {
    matches!(place.place, Place::Message { .. })
}

/// The files among the places, each once, as POSIX shell words. The current folder stands for more than
/// three, and for a name that a terminal cannot show and nobody could paste.
fn files(places: &[Location]) -> String {
    let mut paths: Vec<&[u8]> =
        places.iter().filter(|at| !is_message(at)).map(|at| at.file().as_ref()).collect();
    paths.sort_unstable();
    paths.dedup();
    let words: Option<Vec<String>> = paths.iter().map(|path| quoted(path)).collect();
    match words {
        Some(words) if (1..=3).contains(&words.len()) => words.join(" "),
        _ => ".".to_owned(),
    }
}

/// A path as a POSIX shell word.
fn quoted(path: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(path).ok().filter(|text| visible_enough(text))?;
    let text = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@%".contains(c));
    Some(if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) })
}

fn visible_enough(text: &str) -> bool {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    !text.is_empty() && !text.contains(hides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Excerpt, Utf16};

    fn at(path: &[u8], place: Place) -> Location {
        let excerpt = Excerpt::default();
        Location {
            path: path.into(),
            place,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
            utf16: Utf16::default(),
            excerpt,
        }
    }

    fn staged(path: &[u8]) -> String {
        Stage::Staged.commands(&[at(path, Place::Staged)]).remove(0)
    }

    #[test]
    fn commands_quote_what_a_shell_would_read() {
        assert!(staged("a b'c.py".as_bytes()).starts_with(r"git add 'a b'\''c.py' "));
        assert!(staged(b"$(x)").starts_with("git add '$(x)' "));
        assert!(staged(b"-n.py").starts_with("git add ./-n.py "));
        assert!(staged(b"\x1b[2J").starts_with("git add . "));
        assert!(staged(b"\xff").starts_with("git add . "));
    }

    #[test]
    fn commands_name_every_file_once() {
        let places = [at(b"b", Place::Staged), at(b"a", Place::Staged), at(b"b", Place::Staged)];
        assert!(Stage::Staged.commands(&places)[0].starts_with("git add a b "));
    }

    #[test]
    fn a_commit_is_fixed_where_the_secret_came_in() {
        let id = "0123456789abcdef".repeat(2);
        let stage = Stage::Unpushed(vec![id.clone()]);
        let commands = stage.commands(&[at(b"a.py", Place::Commit { id: id.clone() })]);
        assert!(commands[0].starts_with("git commit --fixup=0123456789ab -- a.py "), "{commands:?}");
        assert!(commands[1].ends_with("--autosquash 0123456789ab^"), "{commands:?}");
        let commands = stage.commands(&[at(b"", Place::Message { id })]);
        assert!(
            commands[0].starts_with("git rebase -i 0123456789ab^ ") && commands.len() == 1,
            "{commands:?}"
        );
    }
}
