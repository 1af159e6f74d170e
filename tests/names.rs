//! A name that is a secret, of a file, a folder, a branch, a tag, a remote, a person: shown whole by no report and no
//! message, whatever else the run has found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod support;

use std::ffi::OsString;
use std::process::Output;

use stanch::catalogue::sample;
use support::FORMATS;
use support::world::World;

/// The name.
fn name() -> String {
    sample::expand("sk_live_{b62:24}", "a name")
}

/// A file with another secret.
fn secret(seed: &str) -> String {
    sample::expand("TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n", seed)
}

fn sh(world: &World, line: &str) -> Output {
    let line = line.replace("NAME", &name());
    let ran = world.run("sh".as_ref(), &["-c".into(), line.into()]).unwrap();
    assert!(ran.status.success(), "{}", text(&ran));
    ran
}

fn write(world: &World, path: &str, seed: &str) {
    let path = world.here.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, secret(seed)).unwrap();
}

fn text(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

/// Runs it, and refuses to go on if the name is shown. What was shown, and the exit status.
fn stanch(world: &World, args: &[&str]) -> (String, Option<i32>) {
    let args: Vec<OsString> = args.iter().map(|arg| arg.replace("NAME", &name()).into()).collect();
    let ran = world.run("stanch".as_ref(), &args).unwrap();
    let shown = text(&ran);
    assert!(!shown.contains(&name()), "{args:?} shows the name: {shown}");
    (shown, ran.status.code())
}

/// Two commits with a secret each, and names all around them.
fn repository() -> World {
    let world = World::new();
    sh(&world, "git init -q");
    write(&world, "a.env", "first");
    sh(&world, "git add . && git commit -qm first");
    write(&world, "b.env", "second");
    sh(&world, "git add . && git commit -qm second && git branch NAME && git tag v-NAME");
    sh(&world, "git init -q --bare ../s.git && git remote add NAME ../s.git && git push -q NAME NAME");
    world
}

#[test]
fn branches_tags_and_remotes_of_a_range() {
    let world = repository();
    for format in FORMATS {
        let (shown, code) = stanch(&world, &["scan", "--history=HEAD~1..HEAD", "--format", format]);
        assert_eq!(code, Some(1), "{shown}");
    }
    let (shown, _) = stanch(&world, &["scan", "--history=HEAD~1..HEAD", "--verbose"]);
    assert!(shown.contains("sk_l••••••"), "{shown}");
    stanch(&world, &["scan", "--range=HEAD~1..HEAD"]);
}

#[test]
fn people() {
    let world = repository();
    write(&world, "c.env", "third");
    sh(&world, "git add . && git -c user.name=NAME -c user.email=NAME@acme.example commit -qm third");
    for args in
        [&["scan", "--history"][..], &["scan", "--history=HEAD~1..HEAD"], &["scan", "--since", "HEAD~1"]]
    {
        assert_eq!(stanch(&world, args).1, Some(1));
    }
}

#[test]
fn branches_that_another_part_of_a_history_would_find() {
    let world = repository();
    for part in 1..=4 {
        stanch(&world, &["scan", "--history", "--shard", &format!("{part}/4")]);
    }
}

#[test]
fn a_folder_in_every_format() {
    let world = World::new();
    write(&world, &format!("{}/a.env", name()), "folder");
    for format in FORMATS {
        let (shown, code) = stanch(&world, &["scan", "NAME", "--format", format]);
        assert_eq!(code, Some(1), "{shown}");
        assert!(shown.contains("a.env"), "{format}: the file cannot be told: {shown}");
    }
    let (shown, _) = stanch(&world, &["scan", "NAME", "-q"]);
    assert!(shown.contains("sk_l••••••/a.env"), "{shown}");
}

#[test]
fn what_was_not_looked_into() {
    let world = World::new();
    sh(&world, "mkdir NAME && ln -s x NAME/link && printf 'PK\\003\\004damaged' > NAME/x.zip");
    let (shown, _) = stanch(&world, &["scan", "NAME"]);
    assert!(shown.contains("sk_l••••••/link"), "{shown}");
    let (shown, code) = stanch(&world, &["scan", "--max-bytes", "2", "NAME"]);
    assert!(shown.contains("sk_l••••••/x.zip") && code != Some(1), "{shown}");
}

#[test]
fn the_card_of_a_commit_and_what_manages_findings() {
    let world = World::new();
    sh(&world, "git init -q && git commit -q --allow-empty -m first");
    write(&world, &format!("{}/a.env", name()), "card");
    sh(&world, "git add . && \"$STANCH\" install >/dev/null");
    let (shown, code) = stanch(&world, &["hook", "pre-commit"]);
    assert_eq!(code, Some(1));
    assert!(shown.contains("sk_l••••••/a.env") && shown.contains("git add"), "{shown}");
    sh(&world, "git commit -q --no-verify -m second && git switch -q -c NAME && git switch -q -");
    stanch(&world, &["baseline", "create"]);
    let (shown, _) = stanch(&world, &["baseline", "show"]);
    assert!(shown.contains("sk_l••••••/a.env"), "{shown}");
}

#[test]
fn the_branch_that_a_push_has_to_be_rewritten_on() {
    let world = World::new();
    sh(&world, "git init -q && git commit -q --allow-empty -m first && git init -q --bare ../s.git");
    sh(&world, "git remote add origin ../s.git && git switch -q -c NAME");
    write(&world, "a.env", "push");
    sh(
        &world,
        "git add . && git commit -q -m second && git switch -q main && \"$STANCH\" install >/dev/null",
    );
    let ran = world.run("git".as_ref(), &["push".into(), "origin".into(), name().into()]).unwrap();
    let shown = text(&ran);
    assert!(!ran.status.success() && shown.contains("# check out its branch first"), "{shown}");
    let ours: Vec<&str> = shown.lines().filter(|line| line.contains(&name())).collect();
    assert!(ours.iter().all(|line| line.contains("error: failed to push")), "{shown}");
}

#[test]
fn the_notes_that_a_push_has_to_be_rewritten_in() {
    let world = World::new();
    sh(&world, "git init -q && git commit -q --allow-empty -m first && git init -q --bare ../s.git");
    write(&world, "a.env", "notes");
    sh(&world, "git notes --ref NAME add -F a.env && \"$STANCH\" install >/dev/null");
    let to = format!("refs/notes/{}", name());
    let ran = world.run("git".as_ref(), &["push".into(), "../s.git".into(), to.into()]).unwrap();
    let shown = text(&ran);
    assert!(!ran.status.success() && shown.contains("git notes --ref=REF edit"), "{shown}");
    assert!(!shown.contains(&name()), "{shown}");
}

#[test]
fn messages_of_what_went_wrong() {
    let world = World::new();
    for args in [&["scan", "--image", "NAME"][..], &["-C", "NAME", "scan"], &["scan", "--repos", "NAME"]] {
        let (shown, code) = stanch(&world, args);
        assert!(code == Some(2) && shown.contains("sk_l••••••"), "{shown}");
    }
    std::fs::write(world.here.join("list"), name()).unwrap();
    let (shown, code) = stanch(&world, &["scan", "--repos", "list"]);
    assert!(code == Some(2) && shown.contains("sk_l••••••"), "{shown}");
}

/// The findings of a scan in JSON: rule and path of each.
fn found(world: &World, args: &[&str]) -> Vec<String> {
    let (shown, _) = stanch(world, &[&["scan", "--format", "json"], args].concat());
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}"));
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|one| format!("{} {}", one["rule"], one["locations"][0]["file"]).replace('"', "")).collect()
}

#[test]
fn a_name_that_is_a_secret_is_a_finding() {
    let world = World::new();
    sh(&world, "git init -q && git commit -q --allow-empty -m first && git tag start");
    sh(&world, "mkdir -p keys/NAME && echo x >keys/NAME/a.txt && git add .");
    let expected = ["stripe-secret-key keys/sk_l••••••/a.txt"];
    assert_eq!(found(&world, &["."]), expected, "a folder");
    assert_eq!(found(&world, &["--staged"]), expected, "the index");
    sh(&world, "git commit -qm second");
    assert_eq!(found(&world, &["--since", "start"]), expected, "a range");
    assert_eq!(found(&world, &["--history"]), expected, "a history");
}

#[test]
fn a_name_that_was_there_before_is_old() {
    let world = World::new();
    sh(&world, "git init -q && mkdir NAME && echo x >NAME/a.txt && git add . && git commit -qm first");
    sh(&world, "echo y >NAME/a.txt && git add .");
    assert!(found(&world, &["--staged"]).is_empty(), "the file is edited");
    sh(&world, "git commit -qm second && git mv NAME NAME.d && echo z >NAME.d/a.txt && git add .");
    assert!(found(&world, &["--staged"]).is_empty(), "it moves, and the name with it");
    sh(&world, "echo x >NAME.d/b.txt && git add .");
    assert_eq!(found(&world, &["--staged"]).len(), 1, "a second file goes by the name");
}

#[test]
fn a_name_in_an_archive_is_a_finding() {
    let world = World::new();
    sh(&world, "git init -q && mkdir in && echo x >in/NAME.txt && tar cf a.tar in && rm -r in && git add .");
    let expected = ["stripe-secret-key a.tar!/in/sk_l••••••.txt"];
    assert_eq!(found(&world, &["."]), expected);
    assert_eq!(found(&world, &["--staged"]), expected);
    sh(&world, "git commit -qm first");
    assert_eq!(found(&world, &["--history"]), expected);
}
