//! What an administrator sets for pushes to a repository: `stanch.receive…` of git config.
//!
//! Read on its own, before a push is looked at. No file of the repository and no variable of the
//! environment has a say here: both may come from whoever pushes.

use std::fmt;
use std::time::Duration;

use super::fault::Faults;
use super::git::{GitValue, plain};
use super::parse;

/// How long a push may be looked through when nobody says: hosting services stop hooks after some
/// minutes, and a pusher waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// What becomes of a push that could not be looked through in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overrun {
    /// It is refused: what nobody has seen does not pass.
    #[default]
    Refuse,
    /// It passes, and the pusher is told.
    Pass,
}

/// Settings of a repository that receives pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `stanch.receiveTimeout`: how long a push may be looked through; `None` for as long as it takes.
    pub timeout: Option<Duration>,
    /// `stanch.receiveOverrun`: what happens then.
    pub overrun: Overrun,
    /// `stanch.receiveSkip`: whether `git push -o stanch.skip=REASON` lets secrets pass.
    pub skip: bool,
    /// `stanch.receiveLog`: where such pushes are noted; in the repository when nobody says.
    pub log: Option<String>,
    /// `stanch.receiveSettings=head`: whether `.stanch.yaml` of the repository's HEAD counts.
    pub settings_of_head: bool,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            timeout: Some(DEFAULT_TIMEOUT),
            overrun: Overrun::Refuse,
            skip: false,
            log: None,
            settings_of_head: false,
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.timeout, self.overrun) {
            (None, _) => write!(f, "no limit of time")?,
            (Some(timeout), Overrun::Refuse) => write!(f, "refuses what takes over {timeout:?}")?,
            (Some(timeout), Overrun::Pass) => write!(f, "lets pass what takes over {timeout:?}")?,
        }
        f.write_str(if self.skip { "; takes stanch.skip" } else { "; takes no stanch.skip" })?;
        f.write_str(if self.settings_of_head {
            "; HEAD's .stanch.yaml counts"
        } else {
            "; no pushed settings count"
        })
    }
}

/// The names, below `stanch.`.
pub const SERVER_KEYS: &[&str] =
    &["receiveTimeout", "receiveOverrun", "receiveSkip", "receiveLog", "receiveSettings"];

/// The settings that git config makes; `values` lowest scope first, the last of a key wins.
///
/// # Errors
/// Every wrong value, named with its scope.
pub fn server(values: &[GitValue]) -> Result<Server, Faults> {
    let mut faults = Faults::default();
    let mut server = Server::default();
    for value in values {
        let name = value.key.strip_prefix("stanch.").unwrap_or(&value.key);
        let Some(key) = SERVER_KEYS.iter().find(|key| plain(key) == plain(name)) else { continue };
        if let Err(why) = set(&mut server, key, value.value.as_deref().unwrap_or("true").trim()) {
            faults.add(&format!("{} git config {}", value.scope.name(), value.key), 0, why);
        }
    }
    faults.or(server)
}

fn set(server: &mut Server, key: &str, text: &str) -> Result<(), String> {
    match key {
        "receiveTimeout" => server.timeout = span(text)?,
        "receiveOverrun" => {
            server.overrun = match text {
                "refuse" => Overrun::Refuse,
                "pass" => Overrun::Pass,
                other => return Err(format!("'{}' is neither refuse nor pass", parse::short(other))),
            };
        }
        "receiveSkip" => server.skip = parse::boolean(text)?,
        "receiveLog" if text.is_empty() => return Err("names no file".into()),
        "receiveLog" => server.log = Some(text.into()),
        _ => {
            server.settings_of_head = match text {
                "head" => true,
                "none" => false,
                other => return Err(format!("'{}' is neither head nor none", parse::short(other))),
            };
        }
    }
    Ok(())
}

/// `90`, `90s`, `2m`, `500ms`; `0` is no limit.
fn span(text: &str) -> Result<Option<Duration>, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let each = match unit.trim() {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" | "min" => Some(60_000),
        _ => None,
    };
    let milliseconds = each.and_then(|each: u64| number.parse::<u64>().ok()?.checked_mul(each));
    match milliseconds {
        Some(0) => Ok(None),
        Some(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
        None => Err(format!("'{}' is no span of time; write for instance 30s", parse::short(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GitScope;

    fn read(pairs: &[(&str, &str)]) -> Result<Server, String> {
        let value = |(key, value): &(&str, &str)| GitValue {
            key: format!("stanch.{key}"),
            value: Some((*value).into()),
            scope: GitScope::Local,
        };
        server(&pairs.iter().map(value).collect::<Vec<_>>()).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_server_that_says_nothing_refuses_and_takes_no_orders() {
        let server = read(&[("maxbytes", "7")]).unwrap();
        assert_eq!(server, Server::default());
        assert!(server.overrun == Overrun::Refuse && !server.skip && !server.settings_of_head);
    }

    #[test]
    fn the_last_value_of_a_key_holds() {
        let server = read(&[
            ("receivetimeout", "2m"),
            ("receivetimeout", "500ms"),
            ("receiveoverrun", "pass"),
            ("receiveskip", "true"),
            ("receivelog", "/var/log/stanch"),
            ("receivesettings", "head"),
        ])
        .unwrap();
        assert_eq!(server.timeout, Some(Duration::from_millis(500)));
        assert!(server.overrun == Overrun::Pass && server.skip && server.settings_of_head);
        assert_eq!(read(&[("receivetimeout", "0")]).unwrap().timeout, None);
    }

    #[test]
    fn wrong_values_are_named() {
        for (key, value) in [
            ("receivetimeout", "soon"),
            ("receivetimeout", "-1"),
            ("receivetimeout", "99999999999999999999m"),
            ("receiveoverrun", "open"),
            ("receiveskip", "maybe"),
            ("receivesettings", "disk"),
            ("receivelog", ""),
        ] {
            let fault = read(&[(key, value)]).unwrap_err();
            assert!(fault.contains(key), "{fault}");
        }
    }
}
