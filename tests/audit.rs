//! `stanch baseline audit` at a real terminal: answers are typed, kept, and not asked for again.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]
#![cfg(target_os = "linux")]

mod support;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::{Command, Stdio};

use support::text::Values;
use support::world::{World, stanch};

fn git(world: &World, args: &[&str]) {
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    let output = world.run(OsStr::new("git"), &args).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the audit under `script`, which gives it a terminal of its own, and types.
fn audit(world: &World, flags: &str, typed: &str) -> Option<String> {
    let line = format!("'{}' baseline audit {flags}", stanch().to_string_lossy());
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(&world.here)
        .env_clear()
        .envs(&world.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn answers_are_kept_and_asked_for_once() {
    let world = World::new();
    let mut values = Values::new("audit");
    for (name, text) in [("a.env", "{a=hex:32}"), ("b.env", "{b=hex:32}"), ("c.env", "{c=hex:32}")] {
        let text = values.expand(&format!("TWILIO_AUTH_TOKEN={text}\n"));
        std::fs::write(world.here.join(name), text).unwrap();
    }
    git(&world, &["init", "-q"]);
    git(&world, &["add", "."]);
    git(&world, &["commit", "-qm", "before"]);
    assert!(world.run(OsStr::new("stanch"), &["baseline".into(), "create".into()]).unwrap().status.success());

    let Some(said) = audit(&world, "", "what?\nr rotate it in May\nf\nq\n") else {
        eprintln!("no `script` on this machine");
        return;
    };
    assert!(said.contains("1 of 3: Twilio Auth Token") && said.contains("2 answered, 1 without"), "{said}");
    assert!(said.contains("stanch explain twilio-auth-token"), "{said}");
    for (name, secret) in values.secrets() {
        assert!(!said.contains(secret), "the audit shows {name}");
    }
    let text = std::fs::read_to_string(world.here.join(".stanch-baseline")).unwrap();
    assert!(text.contains(" real rotate it in May\n") && text.contains(" false-alarm\n"), "{text}");

    // A note with a secret in it is not kept, and the question stands.
    let note = values.expand("use TWILIO_AUTH_TOKEN={n=hex:32}");
    let said = audit(&world, "", &format!("o {note}\nq\n")).unwrap();
    assert!(
        said.contains("not kept: the note holds a secret itself") && said.contains("0 answered"),
        "{said}"
    );
    assert!(!std::fs::read_to_string(world.here.join(".stanch-baseline")).unwrap().contains(" use "));

    // Only the open one is asked about; the end of the input ends the audit.
    let said = audit(&world, "", "o\n").unwrap();
    assert!(said.contains("1 of 1:") && said.contains("1 answered, 0 without"), "{said}");
    let said = audit(&world, "--all", "s\ns\ns\n").unwrap();
    assert!(said.contains("3 of 3:") && said.contains("0 answered, 0 without"), "{said}");
    let again = std::fs::read_to_string(world.here.join(".stanch-baseline")).unwrap();
    assert!(again.contains(" rotated\n") && again.contains(" real rotate it in May\n"), "{again}");
}
