//! Runs the hook that was there before ours.
//!
//! It gets the same arguments, the same environment and a whole copy of standard input, and runs before our
//! own check; when it fails, the operation stops. Our stub names itself in `STANCH_HOOK`, so that no search
//! is needed to find what it replaced. Runs during a commit: one `stat` when there is nothing to run.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::event::Event;
use super::git::Git;
use super::kept;
use super::manager::Manager;
use super::state::is_executable;
use super::stub::{self, GLOBAL_MARK, Owner};

/// The variable in which a stub names its own file.
pub const HOOK_VARIABLE: &str = "STANCH_HOOK";
/// The variable that holds which chains are being run, one `event folder` a line. A hook manager may run our
/// stub, which it found, from the hook that our stub runs: without this they would call each other for ever.
pub const GUARD_VARIABLE: &str = "STANCH_CHAIN";

/// Runs the hook of `event` that was there before the stub in `hook_dir`, if there is one.
///
/// `hook_dir` is the folder of the file named by [`HOOK_VARIABLE`], `running` the value of
/// [`GUARD_VARIABLE`]. Returns how the hook ended, or `None` when there is none to run.
///
/// # Errors
/// The hook is there and cannot be started: git would stop there too.
pub fn run(
    hook_dir: &Path,
    event: &str,
    args: &[OsString],
    stdin: &[u8],
    running: Option<&OsString>,
) -> Result<Option<ExitStatus>> {
    let Some(hook) = find(hook_dir, event)? else { return Ok(None) };
    if event.parse().is_ok_and(Event::is_server_side) {
        ensure_repositorys(hook_dir)?;
    }
    let mut link = OsString::from(event);
    link.push(" ");
    link.push(hook_dir.canonicalize().unwrap_or_else(|_| hook_dir.to_owned()));
    let mut chain = running.cloned().unwrap_or_default();
    let link_bytes = link.as_encoded_bytes();
    if chain.as_encoded_bytes().split(|&byte| byte == b'\n').any(|line| line == link_bytes || line == b"none")
    {
        return Ok(None);
    }
    chain.push("\n");
    chain.push(&link);
    start(&hook, args, stdin, &chain)
        .with_context(|| format!("cannot run the hook {}", hook.display()))
        .map(Some)
}

/// Refuses to run what a folder keeps that git does not take this repository's hooks from. On a server the environment
/// may be the pusher's, who would choose what runs.
fn ensure_repositorys(hook_dir: &Path) -> Result<()> {
    let own = PathBuf::from(Git::new(Path::new(".")).text(&["rev-parse", "--git-path", "hooks"])?);
    let is_own = own.canonicalize().is_ok_and(|own| hook_dir.canonicalize().is_ok_and(|named| named == own));
    ensure!(
        is_own,
        "{HOOK_VARIABLE} names a hook in `{}`, and git takes those of this repository from `{}`\n\
         why: what is kept beside another hook is not run for a push\n\
         next: ask the administrator of this server to run `stanch doctor` in the repository",
        hook_dir.display(),
        own.display()
    );
    Ok(())
}

/// The hook to run first: what we put aside, or, in the folder for all repositories, the repository's own.
fn find(hook_dir: &Path, event: &str) -> Result<Option<PathBuf>> {
    if let Some(kept) = put_aside(hook_dir, event) {
        return Ok((!is_run_by_its_manager(hook_dir, event, &kept)?).then_some(kept));
    }
    if !hook_dir.join(GLOBAL_MARK).exists() {
        return Ok(None);
    }
    let git = Git::new(Path::new("."));
    let own_dir = PathBuf::from(git.text(&["rev-parse", "--git-common-dir"])?).join("hooks");
    let own = own_dir.join(event);
    if !can_run(&own) {
        return Ok(None);
    }
    let text = fs::read(&own).with_context(|| format!("cannot read the hook {}", own.display()))?;
    if stub::owner(event, &text) == Owner::Foreign {
        return Ok(Some(own));
    }
    // A stub of ours from before: this run is its check already.
    Ok(put_aside(&own_dir, event))
}

/// What we put aside.
fn put_aside(hook_dir: &Path, event: &str) -> Option<PathBuf> {
    kept::places(hook_dir, event).into_iter().find(|path| can_run(path))
}

/// Whether a hook manager has put its hook back over ours, and is what runs us now: it refuses to be run
/// inside itself.
fn is_run_by_its_manager(hook_dir: &Path, event: &str, kept: &Path) -> Result<bool> {
    let manager_of = |path: &Path| {
        let text = fs::read(path).with_context(|| format!("cannot read the hook {}", path.display()))?;
        anyhow::Ok(Manager::of_hook(&text))
    };
    let current = hook_dir.join(event);
    if !can_run(&current) {
        return Ok(false);
    }
    let manager = manager_of(&current)?;
    Ok(manager.is_some() && manager == manager_of(kept)?)
}

fn can_run(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && is_executable(&data))
}

/// How often a hook that is being written is tried again, and after what time.
const BUSY_TRIES: u32 = 20;
const BUSY_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

fn start(hook: &Path, args: &[OsString], stdin: &[u8], chain: &OsString) -> Result<ExitStatus> {
    // A relative path without a slash would be looked up on PATH.
    let hook = if hook.is_absolute() { hook.to_owned() } else { Path::new(".").join(hook) };
    let spawn = |mut command: Command| {
        command.args(args).env_remove(HOOK_VARIABLE).env(GUARD_VARIABLE, chain).stdin(Stdio::piped()).spawn()
    };
    let through_shell = || {
        let mut shell = Command::new("sh");
        shell.arg(&hook);
        spawn(shell)
    };
    let mut child = if cfg!(windows) {
        through_shell()?
    } else {
        let mut left = BUSY_TRIES;
        let started = loop {
            match spawn(Command::new(&hook)) {
                // Somebody is writing it, or a child of theirs still holds it open.
                Err(fault) if fault.kind() == std::io::ErrorKind::ExecutableFileBusy && left > 0 => {
                    left -= 1;
                    std::thread::sleep(BUSY_PAUSE);
                }
                other => break other,
            }
        };
        match started {
            // No line names the interpreter: git gives such a hook to the shell.
            Err(fault) if fault.raw_os_error() == Some(8) => through_shell()?,
            other => other?,
        }
    };
    if let Some(mut pipe) = child.stdin.take() {
        // A hook need not read what it is given.
        match pipe.write_all(stdin) {
            Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => return Err(fault.into()),
            _ => {}
        }
    }
    Ok(child.wait()?)
}

/// The folder of the stub that started this run, from the value of [`HOOK_VARIABLE`].
///
/// # Errors
/// The value names no file of ours: somebody else set it, and what would run is not known.
pub fn hook_dir(hook: &OsString) -> Result<PathBuf> {
    let path = Path::new(hook);
    ensure!(path.is_file(), "{HOOK_VARIABLE} names `{}`, which is no hook", path.display());
    Ok(match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    })
}

/// The status with which git would have ended for this hook; one that a signal ended counts as shells count.
pub fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    status.code().or(signal.map(|signal| 128 + signal)).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// How the end of a chained hook reads to a person, when it stops the operation.
pub fn describe(event: &str, status: ExitStatus) -> String {
    let end = status
        .code()
        .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("exited with {code}"));
    format!("the {event} hook that was here before stanch {end}, so it stops here; stanch has not looked")
}
