//! What stanch does when something is broken: the right status, words that name it, nothing lost.
//!
//! Each test is named after a fault that once went wrong. `docs/robustness.md` has the table of all that
//! were tried.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod support;

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use stanch::catalogue::sample;
use support::world::{World, stanch};

/// A repository with one commit and a secret that is staged.
fn staged() -> World {
    let world = World::new();
    sh(&world, "git init -q && echo old > a.txt && git add . && git commit -qm first");
    std::fs::write(world.here.join("app.env"), secret_line()).unwrap();
    sh(&world, "git add app.env");
    world
}

fn secret_line() -> String {
    format!("TWILIO_AUTH_TOKEN={}\n", sample::expand("{hex:32}", "faults"))
}

fn sh(world: &World, line: &str) -> Output {
    let ran = world.run("sh".as_ref(), &["-c".into(), line.into()]).unwrap();
    assert!(!text(&ran).contains(&sample::expand("{hex:32}", "faults")), "the secret was shown");
    ran
}

fn run(world: &World, args: &[&str]) -> Output {
    world.run("stanch".as_ref(), &args.iter().map(OsString::from).collect::<Vec<_>>()).unwrap()
}

fn fed(world: &World, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(stanch());
    command.args(args).current_dir(&world.here).env_clear().envs(&world.env);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

/// It could not look, and says why in a line that holds `words`.
fn refuses(ran: &Output, words: &str) {
    assert_eq!(ran.status.code(), Some(2), "{}", text(ran));
    assert!(text(ran).contains(words), "{}", text(ran));
}

#[test]
fn a_command_that_is_no_word() {
    let world = World::new();
    for name in ["\u{20ac}", "a\u{e9}", "", "-"] {
        refuses(&run(&world, &[name]), "there is no command");
    }
    let broken = OsString::from_vec(vec![0xff, 0xfe]);
    refuses(&world.run("stanch".as_ref(), &[broken]).unwrap(), "there is no command");
}

#[test]
fn an_id_of_the_other_hash() {
    let world = staged();
    let line = format!("{} {} refs/heads/main\n", "0".repeat(64), "f".repeat(64));
    refuses(&fed(&world, &["hook", "pre-receive"], line.as_bytes()), "this repository uses");
    let line = format!("refs/heads/main {} refs/heads/main {}\n", "f".repeat(64), "0".repeat(64));
    refuses(&fed(&world, &["hook", "pre-push", "origin", "x"], line.as_bytes()), "this repository uses");
}

#[test]
fn hook_input_of_one_endless_line() {
    let world = staged();
    for event in ["pre-push", "pre-receive"] {
        let ran = fed(&world, &["hook", event], &vec![b'x'; 1 << 20]);
        refuses(&ran, "line 1 of");
        assert!(ran.stderr.len() < 2_000, "a megabyte is no message");
    }
}

#[test]
fn an_agent_that_does_not_listen() {
    let world = staged();
    let call = "{\"hook_event_name\":\"PreToolUse\",\"tool_input\":{\"command\":\"make\"}}";
    let ran = sh(
        &world,
        &format!("(sleep 0.2; echo '{call}' | \"$STANCH\" agent-hook; echo status $? >&2) | true"),
    );
    assert!(text(&ran).contains("status 2"), "nobody read the answer: {}", text(&ran));
    let ran = sh(&world, "(sleep 0.2; \"$STANCH\" rules list; echo status $? >&2) | true");
    assert!(text(&ran).contains("status 0"), "a list that nobody reads on is fine: {}", text(&ran));
}

#[test]
fn an_object_that_announces_more_than_it_has() {
    let world = staged();
    let tree = String::from_utf8(sh(&world, "git rev-parse 'HEAD^{tree}'").stdout).unwrap();
    let (folder, name) = tree.trim().split_at(2);
    let file: PathBuf = world.here.join(".git/objects").join(folder).join(name);
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"blob 99999999999999\0hello").unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, encoder.finish().unwrap()).unwrap();
    let started = Instant::now();
    refuses(&run(&world, &["hook", "pre-commit"]), "git fsck");
    assert!(started.elapsed() < Duration::from_secs(60), "git was waited for");
}

#[test]
fn an_index_that_is_a_folder() {
    let world = staged();
    sh(&world, "rm .git/index && mkdir .git/index");
    refuses(&run(&world, &["hook", "pre-commit"]), "cannot read the index");
}

/// What is waited for without end is ended after a minute, with status 124.
#[test]
fn a_named_pipe_in_the_place_of_the_index_or_of_the_settings() {
    let world = staged();
    let hook = format!("timeout 60 '{}' hook pre-commit", env!("CARGO_BIN_EXE_stanch"));
    sh(&world, "mv .git/index kept && mkfifo .git/index");
    refuses(&sh(&world, &hook), "cannot read the index");
    sh(&world, "mv kept .git/index && mkfifo .stanch.yaml");
    let scan = format!("timeout 60 '{}' scan .", env!("CARGO_BIN_EXE_stanch"));
    refuses(&sh(&world, &scan), ".stanch.yaml: it is a pipe");
}

#[test]
fn two_allows_at_the_same_moment() {
    let world = staged();
    let ids: Vec<String> = (0..6)
        .map(|number| {
            let token = stanch::catalogue::sample::expand("{hex:32}", &format!("allow {number}"));
            std::fs::write(world.here.join(format!("{number}.env")), format!("TWILIO_AUTH_TOKEN={token}\n"))
                .unwrap();
            stanch::finding::fingerprint::fingerprint("twilio-auth-token", token.as_bytes())
        })
        .collect();
    let calls: Vec<String> = ids
        .iter()
        .map(|id| format!("'{}' allow {id} --reason made-up >/dev/null &", env!("CARGO_BIN_EXE_stanch")))
        .collect();
    sh(&world, &format!("git add . && {} wait", calls.join(" ")));
    let kept = std::fs::read_to_string(world.here.join(".stanch.yaml")).unwrap();
    for id in &ids {
        assert!(kept.contains(id.as_str()), "{id} is lost:\n{kept}");
    }
    let left: Vec<_> = std::fs::read_dir(&world.here)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("tmp") || name.contains("lock"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_range_of_two_variables_that_are_not_set() {
    let world = staged();
    refuses(&run(&world, &["scan", "--range", ".."]), "names no commit");
}

#[test]
fn settings_nested_without_end() {
    let world = staged();
    let deep = [
        format!("exclude: {}", "[".repeat(100_000)),
        format!("exclude: {}", "{a: ".repeat(100_000)),
        format!("exclude:\n  {}", "- ".repeat(100_000)),
        format!("allow:\n- {}\n", "[".repeat(1_000_000)),
        format!("rules:\n  disable: {}\n", "[".repeat(100_000)),
    ];
    let started = Instant::now();
    for text in deep {
        std::fs::write(world.here.join(".stanch.yaml"), text).unwrap();
        refuses(&run(&world, &["scan", "app.env"]), "nested too deeply");
        refuses(&run(&world, &["rules", "test", ".stanch.yaml"]), "");
    }
    std::fs::write(world.here.join(".talismanrc"), "[".repeat(1_000_000)).unwrap();
    refuses(&run(&world, &["import", ".talismanrc"]), "nested too deeply");
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{b = ".repeat(100_000)),
        format!("[a{}]\nx = 1\n", ".a".repeat(100_000)),
    ] {
        std::fs::write(world.here.join(".gitleaks.toml"), text).unwrap();
        refuses(&run(&world, &["import", ".gitleaks.toml"]), "nested too deeply");
    }
    assert!(started.elapsed() < Duration::from_secs(60), "it took {:?}", started.elapsed());
}

/// A disk that is full: a file of this process may not grow beyond 512 bytes.
#[test]
fn a_full_disk_under_the_settings() {
    let world = staged();
    let settings = format!("exclude:\n{}", "- docs/**\n".repeat(60));
    std::fs::write(world.here.join(".stanch.yaml"), &settings).unwrap();
    let found = run(&world, &["scan", "app.env", "--quiet"]);
    let id = text(&found).split_whitespace().last().unwrap_or_default().to_owned();
    let ids = text(&found);
    let id = ids.lines().find_map(|line| line.rsplit_once("] ").map(|(_, id)| id.to_owned())).unwrap_or(id);
    // Blocks of 512 bytes; the signal that goes with it is ignored, so that writing fails.
    let ran =
        sh(&world, &format!("trap '' XFSZ; ulimit -f 1; \"$STANCH\" allow {id} --reason 'a test' 2>&1"));
    refuses(&ran, "unchanged");
    assert_eq!(std::fs::read_to_string(world.here.join(".stanch.yaml")).unwrap(), settings);
    let names: Vec<_> =
        std::fs::read_dir(&world.here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "nothing is left behind: {names:?}");
}

/// Memory ran out while git was writing, and git was waited for.
#[test]
fn a_blob_for_which_there_is_no_memory() {
    let world = staged();
    sh(&world, "head -c 51000000 /dev/zero > big.txt && git add big.txt");
    let started = Instant::now();
    for kilobytes in [40_000, 60_000] {
        let ran = sh(&world, &format!("ulimit -v {kilobytes}; exec timeout 60 \"$STANCH\" hook pre-commit"));
        assert!(!matches!(ran.status.code(), Some(0 | 124)), "{:?} {}", ran.status, text(&ran));
    }
    assert!(started.elapsed() < Duration::from_secs(60), "it took {:?}", started.elapsed());
}

/// A decoder's own words about a header quoted it.
#[test]
fn a_tar_whose_header_is_a_secret() {
    let world = staged();
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, "a.txt", &b"x"[..]).unwrap();
    let mut bytes = builder.into_inner().unwrap();
    bytes[1024..1536].fill(b'x');
    bytes[1024..1024 + secret_line().len()].copy_from_slice(secret_line().as_bytes());
    std::fs::write(world.here.join("broken.tar"), &bytes).unwrap();
    for form in ["human", "json", "sarif"] {
        let ran = sh(&world, &format!("\"$STANCH\" scan broken.tar -v -f {form}"));
        assert_eq!(ran.status.code(), Some(1), "{}", text(&ran));
        assert!(form == "sarif" || text(&ran).contains("damaged"), "{}", text(&ran));
    }
}

#[test]
fn a_clone_without_directories_or_contents() {
    let world = World::new();
    sh(&world, "git init -q t && mkdir t/d && echo 1 >t/d/a && git -C t add . && git -C t commit -qm 1");
    sh(&world, "git -C t config uploadpack.allowFilter true");
    for (filter, missing) in [("tree:0", "its tree "), ("blob:none", "d/a (object ")] {
        let to = filter.replace(':', "-");
        sh(&world, &format!("git clone -q --no-checkout --filter={filter} \"file://$PWD/t\" {to}"));
        let ran = run(&world, &["-C", &to, "scan", "--history"]);
        refuses(&ran, missing);
        refuses(&ran, "`git fetch --refetch --no-filter`");
        sh(&world, &format!("git -C {to} fetch -q --refetch --no-filter"));
        let ran = run(&world, &["-C", &to, "scan", "--history"]);
        assert_eq!(ran.status.code(), Some(0), "{filter}: {}", text(&ran));
    }
}

#[test]
fn a_cache_that_is_no_file() {
    let world = staged();
    sh(&world, "mkfifo pipe");
    for path in ["pipe", "/dev/zero", "."] {
        refuses(&run(&world, &["scan", "--history", &format!("--cache={path}")]), "is no regular file");
    }
}

/// `--cache=FILE` wrote over whatever stood there.
#[test]
fn a_cache_that_is_somebodys_file() {
    let world = staged();
    sh(&world, "git commit -q --no-verify -m second; printf 'stanch ca' > cut");
    for (name, is_taken) in [("a.txt", false), ("cut", true), ("new", true)] {
        let ran = run(&world, &["scan", "--history", &format!("--cache={name}")]);
        let bytes = std::fs::read(world.here.join(name)).unwrap();
        assert_eq!(bytes.starts_with(b"stanch cache 1\n"), is_taken, "{name}: {}", text(&ran));
        if !is_taken {
            refuses(&ran, "is no cache of stanch");
            assert_eq!(bytes, b"old\n");
        }
    }
}

#[test]
fn a_name_for_standard_input_that_is_not_read() {
    refuses(&run(&staged(), &["scan", "--stdin-filename", "x.py", "a.txt"]), "--stdin");
}

/// Literals that go on behind their argument, and numbers farther apart than a list is read, ended the engine.
#[test]
fn what_goes_on_behind_its_place_ends_no_scan() {
    use stanch::engine::{FileHint, Scanner};
    let mut scanner = Scanner::new(stanch::catalogue::embedded());
    let apart = (0..40).map(|number| format!("{number},{}", " ".repeat(45))).collect::<String>();
    for (name, text) in [
        ("a.py", "requests.get(url, auth=(\"user\", \"\"\"a\", b\\\n\"\"\"))\n".to_owned()),
        ("a.js", format!("network_key = [{apart}]\n")),
        ("a.yaml", format!("secret_key:\n{}", "- 17\n".repeat(400))),
    ] {
        for cut in 0..text.len() {
            scanner.scan(&text.as_bytes()[..cut], FileHint::new(name.as_bytes()));
        }
    }
}

/// git says on standard input what is pushed. What stands between git and stanch may lose that.
#[test]
fn a_hook_of_ones_own_that_does_not_hand_on_what_git_says() {
    let world = staged();
    let hook = world.here.join(".git/hooks/pre-push");
    let doctor = |script: &str| {
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, script).unwrap();
        sh(&world, "chmod +x .git/hooks/pre-push");
        text(&run(&world, &["doctor"]))
    };
    let told = "pre-push:2 closes standard input, so stanch is not told what is pushed";
    let said = doctor("#!/bin/sh\nstanch hook pre-push \"$@\" </dev/null\n");
    assert!(said.contains("BAD  pre-push: ") && said.contains(told), "{said}");
    let said = doctor("#!/bin/sh\nstanch hook pre-push \"$@\"\ngit lfs pre-push \"$@\"\n");
    assert!(!said.contains("what is pushed"), "{said}");
    let said = doctor("#!/bin/sh\nLEFTHOOK=1\ncall_lefthook run pre-push \"$@\"\n");
    assert!(!said.contains("what is pushed"), "{said}");
    let command = "pre-push:\n  commands:\n    stanch:\n      run: stanch hook pre-push {1} {2}\n";
    std::fs::write(world.here.join("lefthook.yml"), command).unwrap();
    let said = text(&run(&world, &["doctor"]));
    assert!(said.contains("BAD  pre-push: lefthook.yml does not tell stanch what is pushed"), "{said}");
    std::fs::write(world.here.join("lefthook.yml"), format!("{command}      use_stdin: true\n")).unwrap();
    let said = text(&run(&world, &["doctor"]));
    assert!(!said.contains("what is pushed"), "{said}");
}

/// Twenty kilobytes held a server for minutes, which then said six megabytes.
#[test]
fn markers_around_each_other_are_told_in_a_few_lines() {
    let world = staged();
    let token =
        |number: usize| sample::expand("ghp_{b62:30}{check:crc32-b62-6}", &format!("faults {number}"));
    let line = |number: usize| format!("t = '{}'\n", token(number));
    let lines: String = (0..30).map(line).collect();
    std::fs::write(world.here.join("one.js"), format!("/* secretlint-disable */\n{lines}")).unwrap();
    let each: String = (30..150).map(|number| format!("// secretlint-disable\n{}", line(number))).collect();
    std::fs::write(world.here.join("many.js"), each).unwrap();
    sh(&world, "git add one.js many.js");
    let ran = run(&world, &["hook", "pre-commit"]);
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    let told = said.lines().filter(|line| line.contains("could mean any of")).count();
    assert!(told <= 10, "{told} lines");
    assert!(said.contains("more allows do not count for what they were meant for"), "{said}");
    sh(&world, "git reset -q many.js");
    let said = text(&run(&world, &["hook", "pre-commit"]));
    let told: Vec<&str> = said.lines().filter(|line| line.contains("could mean any of")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(" and 29 more: the marker on line 1 could mean any of 30 findings"), "{told:?}");
}

/// Three files of half a megabyte held a commit for more than a minute, and passed without a word.
#[test]
fn a_script_that_looks_packed_at_every_line_passes_no_hook_without_a_word() {
    let world = staged();
    let head = b"\n\x1f\x8b\x08\x08time\x00\x03";
    let script = [b"#!/bin/sh".to_vec(), head.repeat(40_000)].concat();
    std::fs::write(world.here.join("s.run"), script).unwrap();
    sh(&world, "git reset -q app.env && git add s.run");
    let ran = run(&world, &["hook", "pre-commit"]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran));
    assert!(
        text(&ran).contains("s.run (limit: more than 8 places behind its script look packed)"),
        "{}",
        text(&ran)
    );
    refuses(&run(&world, &["scan", "s.run"]), "more than 8 places");
}
