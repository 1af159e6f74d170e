//! The commands on a card, as they stand there: pasted in whatever folder, they lead out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod support;

use std::process::Output;

use stanch::catalogue::sample;
use support::world::World;

/// A repository with hooks, one commit and a folder `sub`; commands run in that folder.
fn guarded() -> World {
    let mut world = World::new();
    sh(&world, "git init -q --bare ../remote.git && git init -q && mkdir sub && echo old >base.txt");
    sh(&world, "git add . && git commit -qm first && \"$STANCH\" install --mode shim >/dev/null");
    sh(&world, "git remote add origin ../remote.git && git push -q origin HEAD:main");
    world.here.push("sub");
    world
}

fn run(world: &World, line: &str) -> Output {
    world.run("sh".as_ref(), &["-c".into(), line.into()]).unwrap()
}

fn text(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

fn sh(world: &World, line: &str) -> String {
    let ran = run(world, line);
    assert!(ran.status.success(), "{line}: {}", text(&ran));
    text(&ran)
}

/// The commands of the card that stops `line`.
fn stopped(world: &World, line: &str) -> String {
    let ran = run(world, line);
    let said = text(&ran);
    assert!(!ran.status.success() && said.contains("Fixed it?"), "{line}: {said}");
    let block = said.split("Fixed it?").nth(1).unwrap().split("More:").next().unwrap();
    block.lines().map(|line| format!("{}\n", line.trim())).collect()
}

fn leak(world: &World, path: &str) {
    std::fs::create_dir_all(world.here.join(path).parent().unwrap()).unwrap();
    let text = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";
    std::fs::write(world.here.join(path), sample::expand(text, path)).unwrap();
}

const FIXED: &str = "TWILIO_AUTH_TOKEN = os.environ['TWILIO_AUTH_TOKEN']\n";

fn fix(world: &World, path: &str) {
    std::fs::write(world.here.join(path), FIXED).unwrap();
}

/// The push passes, nothing is left half done, and the work tree is clean.
fn is_out(world: &World) {
    sh(world, "git push -q origin HEAD:main");
    sh(world, "cd .. && test ! -e .git/rebase-merge && test -z \"$(git status --porcelain)\"");
}

#[test]
fn a_file_is_staged_again_from_any_folder() {
    let world = guarded();
    for name in ["x.py", "it's [1] é.py", "_a.py", "$x;y.py"] {
        leak(&world, name);
        sh(&world, "git add .");
        let commands = stopped(&world, "git commit -qm x");
        fix(&world, name);
        sh(&world, &commands);
        sh(&world, "git commit -qm x");
        assert!(sh(&world, "git show HEAD").contains("os.environ"), "{commands}");
    }
}

/// What `allow` and `baseline` ask for is asked for in the folder where they ran.
#[test]
fn what_is_to_be_committed_is_named_from_the_root() {
    let world = guarded();
    leak(&world, "x.py");
    sh(&world, "git add . && git commit -q --no-verify -m x");
    let said = sh(&world, "\"$STANCH\" baseline create");
    let command = said.split("it holds once it is committed: ").nth(1).unwrap();
    sh(&world, &format!("{} -qm baseline", command.trim()));
    leak(&world, "y.py");
    sh(&world, "git add .");
    let said = sh(&world, "\"$STANCH\" allow --last --reason made-up");
    let command = said.lines().last().unwrap();
    sh(&world, command);
    sh(&world, "git commit -qm y");
}

#[test]
fn many_files_are_staged_again_and_nothing_else() {
    let world = guarded();
    let names = ["a.py", "b.py", "../c.py", "d.py"];
    names.iter().for_each(|name| leak(&world, name));
    sh(&world, "git add :/");
    let commands = stopped(&world, "git commit -qm x");
    names.iter().for_each(|name| fix(&world, name));
    std::fs::write(world.here.join("notes.txt"), "mine\n").unwrap();
    sh(&world, &commands);
    sh(&world, "git commit -qm x");
    assert_eq!(sh(&world, "git ls-files :/").lines().count(), 5, "{commands}");
}

#[test]
fn what_has_no_place_in_git_leaves_the_index_and_not_the_disk() {
    let world = guarded();
    for name in [".env", ".env.production", "../.env.local"] {
        leak(&world, name);
        sh(&world, &format!("echo {name} >more.txt && git add :/"));
        // What was edited after it was staged is no hindrance.
        sh(&world, &format!("echo '# more' >>{name}"));
        let commands = stopped(&world, "git commit -qm x");
        assert!(commands.contains("git rm --cached"), "{commands}");
        sh(&world, "echo '*env*' >../.gitignore && git add ../.gitignore");
        sh(&world, &commands);
        sh(&world, "git commit -qm x");
        assert!(!sh(&world, "git ls-files :/").contains("env"), "{commands}");
        assert!(world.here.join(name).exists());
        is_out(&world);
        sh(&world, "git rm -q --cached ../.gitignore && rm ../.gitignore && git commit -qm again");
    }
}

#[test]
fn a_file_is_taken_out_of_the_last_commit() {
    let world = guarded();
    leak(&world, ".env");
    sh(&world, "git add .env && git commit -q --no-verify -m env");
    let commands = stopped(&world, "git push -q origin HEAD:main");
    sh(&world, "echo .env >../.gitignore && git add ../.gitignore");
    sh(&world, &commands);
    is_out(&world);
    assert!(world.here.join(".env").exists() && !sh(&world, "git log --all --stat").contains("sub/.env"));
}

/// One commit holds nothing else, and a later one changes the file again.
#[test]
fn a_file_is_taken_out_of_commits_further_back() {
    for ignore in [true, false] {
        let world = guarded();
        leak(&world, ".env");
        sh(&world, "git add .env && git commit -q --no-verify -m env");
        sh(
            &world,
            "echo two >two.txt && echo '# more' >>.env && git add . && git commit -q --no-verify -m two",
        );
        sh(&world, "echo three >three.txt && git add . && git commit -q --no-verify -m three");
        let commands = stopped(&world, "git push -q origin HEAD:main");
        if ignore {
            sh(&world, "echo .env >../.gitignore && git add ../.gitignore");
        }
        sh(&world, &commands);
        assert!(world.here.join(".env").exists());
        if !ignore {
            sh(&world, "rm .env");
        }
        is_out(&world);
        let log = sh(&world, "git log --stat --format=%s");
        assert!(!log.contains("sub/.env") && log.contains("three.txt") && !log.contains("\nenv"), "{log}");
    }
}

#[test]
fn a_file_that_is_gone_again_is_taken_out_of_the_first_commit_on() {
    let mut world = World::new();
    sh(&world, "git init -q --bare ../remote.git && git init -q && git remote add origin ../remote.git");
    sh(&world, "mkdir sub && \"$STANCH\" install --mode shim >/dev/null");
    world.here.push("sub");
    leak(&world, "server.key");
    sh(&world, "echo one >one.txt && git add . && git commit -q --no-verify -m one");
    sh(&world, "git rm -q server.key && git commit -q --no-verify -m gone");
    let commands = stopped(&world, "git push -q origin HEAD:main");
    sh(&world, &commands);
    is_out(&world);
    assert!(!sh(&world, "git log --stat").contains("server.key"));
}

/// A later commit changes the line that holds the value, and the one below it.
#[test]
fn a_value_is_taken_out_of_lines_that_change_again() {
    for more in ["sed -i 's/$/ # again/' app.py", "echo 'print(1)' >>app.py"] {
        let world = guarded();
        leak(&world, "app.py");
        sh(&world, "git add . && git commit -q --no-verify -m leak");
        sh(&world, &format!("{more} && git commit -q --no-verify -am more"));
        sh(&world, "echo other >other.txt && git add . && git commit -q --no-verify -m other");
        let commands = stopped(&world, "git push -q origin HEAD:main");
        fix(&world, "app.py");
        sh(&world, &commands);
        is_out(&world);
        let log = sh(&world, "git log --format=%s -p");
        assert!(!log.contains("TWILIO_ACCOUNT_SID=AC") && log.contains("other.txt"), "{commands}");
    }
}

/// The value was all that the commit brought.
#[test]
fn a_commit_that_is_left_empty_stops_no_rebase() {
    let world = guarded();
    sh(&world, "echo 'import os' >app.py && git add . && git commit -qm app");
    sh(&world, "git push -q origin HEAD:main");
    leak(&world, "new.py");
    sh(&world, "cat new.py >>app.py && rm new.py && git commit -q --no-verify -am leak");
    sh(&world, "echo later >later.txt && git add . && git commit -q --no-verify -m later");
    let commands = stopped(&world, "git push -q origin HEAD:main");
    sh(&world, "echo 'import os' >app.py");
    sh(&world, &commands);
    is_out(&world);
}

/// Several commits leak, other edits wait in the work tree, and one file has secrets of two commits.
#[test]
fn all_findings_of_a_push_are_mended_at_once_with_other_edits_around() {
    for again in [false, true] {
        let world = guarded();
        leak(&world, "a b.conf");
        sh(&world, "git add . && git commit -q --no-verify -m one");
        leak(&world, "b.conf");
        sh(&world, "echo 2 >two.txt && git add . && git commit -q --no-verify -m two");
        if again {
            let old = std::fs::read_to_string(world.here.join("a b.conf")).unwrap();
            leak(&world, "a b.conf");
            let new = std::fs::read_to_string(world.here.join("a b.conf")).unwrap();
            let other = new.replace("a", "b").replace('0', "1");
            std::fs::write(world.here.join("a b.conf"), format!("{other}{old}")).unwrap();
            sh(&world, "git commit -q --no-verify -am three");
        }
        sh(&world, "echo edited >>../base.txt && echo staged >new.txt && git add new.txt");
        for _ in 0..2 {
            let ran = run(&world, "git push -q origin HEAD:main");
            if ran.status.success() {
                break;
            }
            let commands = stopped(&world, "git push -q origin HEAD:main");
            for name in ["a b.conf", "b.conf"] {
                fix(&world, name);
            }
            assert_eq!(
                commands.matches("--fixup=").count(),
                if commands.contains("filter") { 0 } else { 2 - usize::from(again) }
            );
            sh(&world, &commands);
        }
        sh(&world, "git push -q origin HEAD:main && test ! -e ../.git/rebase-merge");
        let left = sh(&world, "git status --porcelain && git stash list");
        assert!(left.contains("base.txt") && left.contains("new.txt") && left.lines().count() == 2, "{left}");
        let log = sh(&world, "git log --format=%s -p");
        assert!(log.contains("two\n") && !log.contains("AC") && !log.contains("fixup!"), "{log}");
    }
}

/// What holds nothing but secrets leaves git, whatever it is called, and other edits stay.
#[test]
fn files_of_secrets_leave_git_and_stay_on_disk() {
    const KEY: &str = concat!(
        "-----BEGIN ",
        "OPENSSH PRIVATE KEY-----\n{base64:openssh-key-v1\0\0\0\0\u{4}none{b62:150}}\n-----END ",
        "OPENSSH PRIVATE KEY-----\n"
    );
    const SECRET: &str =
        "kind: Secret\nstringData:\n  TWILIO_ACCOUNT_SID: AC{hex:32}\n  TWILIO_AUTH_TOKEN: {hex:32}\n";
    for (name, text) in [
        ("id deploy", KEY),
        ("k.yaml", SECRET),
        (".netrc", "# twilio AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n"),
    ] {
        let world = guarded();
        std::fs::write(world.here.join(name), sample::expand(text, name)).unwrap();
        sh(&world, "git add .");
        let card = text_of_stop(&world);
        assert!(card.contains(" write     leave this file out of git; "), "{card}");
        let commands = stopped(&world, "git commit -qm x");
        assert!(commands.contains("git rm --cached -f "), "{commands}");
        sh(&world, &commands);
        sh(&world, "git add -u && git commit -q --allow-empty -m x");
        sh(
            &world,
            "git add . && git commit -q --no-verify -m leak && echo 1 >one && git add one && git commit -q --no-verify -m one",
        );
        let commands = stopped(&world, "git push -q origin HEAD:main");
        sh(&world, &format!("echo '{name}' >>../.git/info/exclude && echo edited >>../base.txt"));
        sh(&world, &commands);
        sh(
            &world,
            "git push -q origin HEAD:main && git diff --quiet HEAD -- one && grep -q edited ../base.txt",
        );
        assert!(world.here.join(name).exists() && !sh(&world, "git log --stat").contains(name), "{commands}");
    }
}

fn text_of_stop(world: &World) -> String {
    text(&run(world, "git commit -qm x"))
}

/// No command can write a name that is not shown.
#[test]
fn a_file_that_is_named_like_a_secret_gets_another_name() {
    let world = guarded();
    let name = sample::expand("glpat-{hex:20}", "name");
    std::fs::write(world.here.join(&name), "text\n").unwrap();
    sh(&world, "git add .");
    let said = text_of_stop(&world);
    assert!(said.contains("in the name of the file") && said.contains("git mv"), "{said}");
    assert!(!said.contains("git add"), "{said}");
    sh(&world, &format!("git mv {name} plain && git commit -qm x"));
}

/// An entry that no commit has is taken back without one.
#[test]
fn an_allow_that_was_not_committed_is_taken_back() {
    let world = guarded();
    leak(&world, "x.py");
    sh(&world, "git add .");
    sh(&world, "\"$STANCH\" allow --last --reason made-up");
    let said = text_of_stop(&world);
    assert!(said.contains("git commit :/.stanch.yaml :/.gitattributes"), "{said}");
    let remove =
        "id=$(sed -n 's/.*id: \\([^,]*\\).*/\\1/p' ../.stanch.yaml); \"$STANCH\" allow --remove \"$id\"";
    let said = sh(&world, remove);
    assert!(said.contains("nothing to commit") && !world.here.join("../.stanch.yaml").exists(), "{said}");
}

/// What no commit holds is not said to be in one.
#[test]
fn tags_are_called_tags() {
    let world = guarded();
    leak(&world, "x.conf");
    sh(&world, "git tag v1 -F x.conf && git tag blob \"$(git hash-object -w x.conf)\"");
    let said = text(&run(&world, "git push -q origin v1"));
    assert!(said.contains(" in tag ") && said.contains("In no commit, not pushed."), "{said}");
    let said = text(&run(&world, "git push -q origin blob"));
    assert!(
        said.contains(" in object ") && !said.contains("Committed") && !said.contains(" in commit "),
        "{said}"
    );
    sh(&world, &stopped(&world, "git push -q origin blob"));
    assert!(!sh(&world, "git tag").contains("blob"));
}
