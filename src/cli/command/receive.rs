//! `stanch hook pre-receive` and `update`: what a push brings to this repository, within the time and by
//! the rules that its administrator has set.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use bstr::ByteSlice;

use super::hook::context;
use crate::cli::gather::Gathered;
use crate::cli::settings::{self, Whose};
use crate::cli::show::{self, Moment, Options};
use crate::cli::{Exit, check, say};
use crate::config::{Overrun, Server};
use crate::finding::{Finding, fingerprint};
use crate::numbers::count;
use crate::source::receive::{self, Received};
use crate::source::{Skipped, repo};

/// The push option that asks to let a push pass: `git push -o stanch.skip=REASON`.
const SKIP: &str = "stanch.skip";
/// Where pushes that were let pass are noted when nobody says: in the repository.
const LOG: &str = "stanch-skips.log";
/// Characters of a reason that are kept.
const REASON: usize = 300;

/// Looks through what the updates bring, and says whether it may come in.
pub(super) fn run(updates: &[Received]) -> Result<Exit> {
    // A deletion brings nothing.
    if updates.iter().all(|update| update.new_id.is_none()) {
        return Ok(Exit::Clean);
    }
    let started = Instant::now();
    let mut context = context()?;
    let cwd = context.cwd.clone();
    let server = settings::server(&cwd)?;
    context.deadline = server.timeout.map(|timeout| started + timeout);
    let whose = if server.settings_of_head { Whose::ServersHead } else { Whose::Nobody };
    let mut source = receive::open(&context, updates)?;
    let mut gathered = check::examine(&mut source, &context, Moment::Receive, &whose)?;
    let asked = asked(|name| std::env::var(name).ok())?;
    match asked {
        Some(reason) if server.skip => return let_pass(gathered, updates, &reason, &server, &cwd),
        Some(_) => gathered.announce.push(format!("{SKIP} is not taken here; the push was looked through")),
        None => {}
    }
    if gathered.coverage.late > 0 {
        time_is_over(&mut gathered, server.overrun, server.timeout.unwrap_or_default());
    }
    if gathered.findings.iter().any(|finding| finding.confidence.blocks()) {
        gathered.announce.push(way_past(&server));
    }
    show::findings(&gathered, Moment::Receive, &Options::default())
}

fn time_is_over(gathered: &mut Gathered, overrun: Overrun, budget: Duration) {
    let what = format!(
        "not all of this push was looked through in {} (stanch.receiveTimeout), ",
        show::duration(budget)
    );
    let rest = Skipped { path: "the rest of the push".into(), why: "the time was over".into() };
    match overrun {
        Overrun::Refuse => {
            let next = "so it is refused; push fewer commits at a time, or ask who runs this server";
            gathered.announce.push(what + next);
            gathered.coverage.failed.push(rest);
        }
        Overrun::Pass => {
            gathered.announce.push(what + "and by this server's rules the rest passes unseen");
            gathered.coverage.skipped.push(rest);
        }
    }
}

fn way_past(server: &Server) -> String {
    if server.skip {
        format!("a false alarm? git push -o {SKIP}=\"why\" …   (it is noted on the server)")
    } else if server.settings_of_head {
        "a false alarm? `stanch allow` it, and push that change of .stanch.yaml first".to_owned()
    } else {
        "a false alarm? ask who runs this server".to_owned()
    }
}

/// The reason given with the push option, if it was given.
///
/// # Errors
/// There is no reason, or it holds a secret itself.
fn asked(read: impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
    let count = read("GIT_PUSH_OPTION_COUNT").and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    let options = (0..count).filter_map(|at| read(&format!("GIT_PUSH_OPTION_{at}")));
    let mut asked = None;
    for option in options {
        let Some(rest) = option.strip_prefix(SKIP) else { continue };
        match rest.strip_prefix('=').map(str::trim) {
            Some(reason) if !reason.is_empty() => asked = Some(reason.to_owned()),
            _ if rest.is_empty() || rest.starts_with('=') => {
                bail!("{SKIP} wants a reason\nnext: git push -o {SKIP}=\"why it may pass\" …")
            }
            _ => {}
        }
    }
    let Some(reason) = asked else { return Ok(None) };
    say::refuse_secret(&format!("the reason given with {SKIP}"), &reason, std::iter::empty())?;
    Ok(Some(reason.chars().filter(|c| !c.is_control()).take(REASON).collect()))
}

/// Notes what is let pass, tells it, and lets it pass.
fn let_pass(
    mut gathered: Gathered,
    updates: &[Received],
    reason: &str,
    server: &Server,
    cwd: &Path,
) -> Result<Exit> {
    let found: Vec<&Finding> =
        gathered.findings.iter().filter(|finding| finding.confidence.blocks()).collect();
    if found.is_empty() && gathered.coverage.late == 0 && gathered.coverage.failed.is_empty() {
        return show::findings(&gathered, Moment::Receive, &Options::default());
    }
    let log = match &server.log {
        Some(path) => PathBuf::from(path),
        None => repo::layout(cwd)?.common_dir.join(LOG),
    };
    let entry = entry(&found, updates, reason, gathered.coverage.late);
    note(&log, &entry).with_context(|| {
        format!("cannot note in {} that {SKIP} lets this push pass, so it does not", log.display())
    })?;
    let secrets = count(found.len(), "secret");
    gathered.announce.push(format!("let pass with {secrets}, and noted on this server: {reason}"));
    show::findings(&gathered, Moment::Receive, &Options { exit_zero: true, ..Options::default() })
}

/// One line of JSON: who, when, which refs, why, and what was in it. No secret, no line of a file.
fn entry(found: &[&Finding], updates: &[Received], reason: &str, late: u64) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let refs: Vec<_> = updates
        .iter()
        .map(|update| {
            serde_json::json!({
                "ref": say::masked(update.name.to_str_lossy().into_owned()),
                "old": update.old_id,
                "new": update.new_id,
            })
        })
        .collect();
    let findings: Vec<_> = found
        .iter()
        .map(|finding| {
            serde_json::json!({
                "rule": finding.rule.id,
                "id": fingerprint::short(&finding.fingerprint),
                "path": finding.locations.first().map(|place| place.path.to_str_lossy()),
            })
        })
        .collect();
    serde_json::json!({
        "unix_time": since.as_secs(),
        "pusher": pusher(|name| std::env::var(name).ok()),
        "reason": reason,
        "refs": refs,
        "findings": findings,
        "not_looked_through": late,
    })
    .to_string()
}

/// Who pushes, as the server's software names them; the account on this machine where it names nobody.
fn pusher(read: impl Fn(&str) -> Option<String>) -> Option<String> {
    const NAMES: [&str; 8] = [
        "GL_USERNAME",
        "GL_ID",
        "GITHUB_USER_LOGIN",
        "GITEA_PUSHER_NAME",
        "BB_USER_NAME",
        "REMOTE_USER",
        "LOGNAME",
        "USER",
    ];
    NAMES.iter().find_map(|name| read(name).filter(|value| !value.is_empty()))
}

fn note(log: &Path, entry: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(log)?;
    // One write, so that two pushes at once do not mix their lines.
    file.write_all(format!("{entry}\n").as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(option: &str) -> Result<Option<String>> {
        asked(|name| match name {
            "GIT_PUSH_OPTION_COUNT" => Some("2".to_owned()),
            "GIT_PUSH_OPTION_0" => Some("ci.skip".to_owned()),
            "GIT_PUSH_OPTION_1" => Some(option.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_push_option_needs_a_reason() {
        assert_eq!(
            option("stanch.skip= INC-12, rotated \u{1b}[31m").unwrap().unwrap(),
            "INC-12, rotated [31m"
        );
        assert_eq!(option("stanch.skipper=x").unwrap(), None);
        assert!(option("stanch.skip").is_err() && option("stanch.skip= ").is_err());
    }

    #[test]
    fn a_server_names_the_pusher_first() {
        let read = |name: &str| match name {
            "GL_ID" => Some("user-7".to_owned()),
            "USER" => Some("git".to_owned()),
            "GL_USERNAME" => Some(String::new()),
            _ => None,
        };
        assert_eq!(pusher(read).unwrap(), "user-7");
    }
}
