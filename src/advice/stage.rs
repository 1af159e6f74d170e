//! How far a secret has gone, and what that means.
//!
//! Says what was seen, never "you are safe": another clone, a backup or an editor may hold the value too.

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

    /// Commands that take the secret out, ready to paste.
    pub fn commands(&self, path: &[u8]) -> Vec<String> {
        let path = quoted(path);
        match self {
            Stage::Staged => vec![format!("git add {path}   # after the edit; then commit again")],
            Stage::Unpushed(commits) => unpushed(commits, &path),
            Stage::Message | Stage::Received | Stage::Found => Vec::new(),
        }
    }
}

fn unpushed(commits: &[String], path: &str) -> Vec<String> {
    let Some(oldest) = commits.first() else { return Vec::new() };
    let short = &oldest[..oldest.len().min(12)];
    vec![
        format!("git commit --fixup={short} -- {path}   # after the edit"),
        format!("git -c sequence.editor=true rebase -i --autosquash {short}^"),
    ]
}

/// A path as a POSIX shell word.
fn quoted(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@%".contains(c));
    if plain && !text.starts_with('-') {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_quote_what_a_shell_would_read() {
        let commands = Stage::Staged.commands("a b'c.py".as_bytes());
        assert!(commands[0].starts_with(r"git add 'a b'\''c.py'"), "{commands:?}");
        assert!(Stage::Staged.commands(b"-n.py")[0].starts_with("git add '-n.py'"));
    }
}
