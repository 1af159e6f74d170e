//! Directories and large files: what is read, what is left out, what could not be read; and one
//! window after the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod source_common;

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    os::unix::{
        fs::{MetadataExt, symlink},
        net::UnixListener,
    },
    path::Path,
    process::{Command, Output},
};

use source_common::Repo;
use stanch::source::{
    Coverage, Flow, Source,
    files::{Files, Ignored},
};

fn paths(files: &mut Files, root: &Path) -> (Vec<String>, Coverage) {
    let mut seen = Vec::new();
    let coverage = files
        .visit(&mut |blob| {
            let path = Path::new(std::str::from_utf8(blob.path)?).strip_prefix(root)?;
            seen.push(path.display().to_string());
            Ok(Flow::Continue)
        })
        .unwrap();
    (seen, coverage)
}

fn scan(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.arg("scan").args(args).current_dir(dir);
    command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap()
}

/// A token whose checksum proves it, whatever stands around.
fn key() -> String {
    stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", "files")
}

#[test]
fn what_git_ignores_is_left_out_unless_asked_for_or_named() {
    let repo = Repo::init(&[]);
    for path in ["kept", ".env", "out/built", "sub/.hidden/file", "sub/local.cfg"] {
        repo.write(path, path);
    }
    repo.write(".gitignore", "out/\n");
    repo.write("sub/.gitignore", "*.cfg\n");
    let all = |files: Files| paths(&mut { files }, &repo.root).0;
    let usual = [".env", ".git/config", ".gitignore", "kept", "sub/.gitignore", "sub/.hidden/file"];
    assert_eq!(all(Files::new(vec![repo.root.clone()])), usual);
    let every = all(Files::new(vec![repo.root.clone()]).ignored(Ignored::Read));
    assert_eq!(every.len(), 8);
    assert!(every.contains(&"out/built".to_owned()) && every.contains(&"sub/local.cfg".to_owned()));
    let named = repo.root.join("sub/local.cfg");
    assert_eq!(all(Files::new(vec![named])), ["sub/local.cfg"]);
}

#[test]
fn what_git_tracks_is_read_although_it_ignores_it() {
    let repo = Repo::init(&[]);
    repo.write(".gitignore", "*.cfg\nout/\n");
    for path in ["app.cfg", "own.cfg", "out/in/tracked", "out/built", "src/kept"] {
        repo.write(path, path);
    }
    repo.git(&["add", "-f", ".gitignore", "app.cfg", "out/in/tracked", "src/kept"]);
    let (seen, coverage) = paths(&mut Files::new(vec![repo.root.clone()]), &repo.root);
    assert_eq!(seen, [".git/config", ".gitignore", "app.cfg", "out/in/tracked", "src/kept"]);
    assert_eq!(
        coverage.notes,
        ["1 file and 1 folder left out because git ignores them; `--no-ignore` reads them"]
    );
    let (seen, _) = paths(&mut Files::new(vec![repo.root.join("src")]), &repo.root);
    assert_eq!(seen, ["src/kept"], "what is tracked elsewhere is not below it");
    // Nobody knows then which those are; where nothing is left out it does not matter.
    std::fs::write(repo.root.join(".git/index"), "rubbish").unwrap();
    for (path, code) in [(".", 2), ("src", 0)] {
        let output = scan(&repo.root, &[path]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), told.contains(".git/index (")), (Some(code), code == 2), "{told}");
    }
}

#[test]
fn the_settings_and_hooks_of_every_repository_are_read() {
    let (repo, library) = (Repo::init(&[]), Repo::init(&[]));
    library.add("lib.c", "int x;\n");
    library.commit("library");
    repo.write("kept", "");
    repo.git(&["init", "-q", "vendor/own"]);
    let from = library.root.to_str().unwrap();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        "--name",
        "deps/tls",
        from,
        "libs/tls",
    ];
    repo.git(&add);
    repo.git(&["commit", "-q", "-m", "library"]);
    repo.git(&["worktree", "add", "-q", "--detach", "tree"]);
    for path in ["hooks/pre-push", "hooks/pre-push.sample", "config.worktree", "FETCH_HEAD", "logs/extra"] {
        repo.write(format!(".git/{path}"), "#!/bin/sh\n");
    }
    repo.write(".git/worktrees/tree/config.worktree", "[core]\n");
    symlink("pre-push", repo.root.join(".git/hooks/pre-commit")).unwrap();
    let (seen, _) = paths(&mut Files::new(vec![repo.root.clone()]), &repo.root);
    let read: Vec<&str> = seen.iter().map(String::as_str).filter(|path| path.contains(".git/")).collect();
    let expected = [
        ".git/config",
        ".git/config.worktree",
        ".git/hooks/pre-push",
        ".git/modules/deps/tls/config",
        ".git/worktrees/tree/config.worktree",
        "vendor/own/.git/config",
    ];
    assert_eq!(read, expected, "{seen:?}");
    // A token in the address of a remote is in no commit.
    let url = format!("https://oauth2:{}@github.com/acme/shop.git", key());
    repo.git(&["remote", "add", "origin", &url]);
    let output = scan(&repo.root, &["."]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(1) && told.contains(" --> .git/config:"), "{told}");
    assert!(!told.contains(&key()));
    // What is left out leaves its settings out, too.
    repo.write(".gitignore", "vendor/\n");
    let (seen, _) = paths(&mut Files::new(vec![repo.root.clone()]), &repo.root);
    assert!(!seen.iter().any(|path| path.starts_with("vendor/")), "{seen:?}");
}

#[test]
fn links_and_special_files_are_listed_and_not_followed() {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    std::fs::write(at("a"), "a").unwrap();
    symlink(".", at("loop")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let (seen, coverage) = paths(&mut Files::new(vec![temp.path().to_owned()]), temp.path());
    assert_eq!(seen, ["a"]);
    let why: Vec<&str> = coverage.skipped.iter().map(|skipped| &*skipped.why).collect();
    assert_eq!(why, ["symbolic link", "not a regular file"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_rest_is_scanned() {
    // A file that errors for every user, root included, when it is read at its start.
    let broken = Path::new("/proc/self/mem");
    if !broken.exists() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("clean"), "nothing\n").unwrap();
    let output = scan(temp.path(), &["/proc/self/mem", "clean"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("could not be read: /proc/self/mem"), "{told}");
    std::fs::write(temp.path().join("leak"), format!("token = \"{}\"\n", key())).unwrap();
    let output = scan(temp.path(), &["/proc/self/mem", "leak"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("could not be read: /proc/self/mem"), "{told}");
}

#[test]
fn a_sparse_file_of_200_mb_passes_in_windows_that_overlap() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("large");
    let mut file = File::create(&path).unwrap();
    file.set_len(200 << 20).unwrap();
    let mut marks = Vec::new();
    // Around every border there can be, and at both ends.
    for at in [0u64, (8 << 20) - 70_000, (8 << 20) - 32_770, (8 << 20) - 3, 16 << 20, (200 << 20) - 8] {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(b"\nMARKER!").unwrap();
        marks.push(at + 1);
    }
    drop(file);
    assert!(std::fs::metadata(&path).unwrap().blocks() * 512 < 10 << 20, "the file is not sparse");
    let (mut found, mut largest) = (Vec::new(), 0);
    let coverage = Files::new(vec![path])
        .visit(&mut |blob| {
            let part = blob.part.clone().expect("a window");
            largest = largest.max(blob.bytes.len());
            for at in memchr::memmem::find_iter(blob.bytes, b"MARKER!") {
                if part.own.contains(&at) {
                    let line = 1
                        + part.lines_before as usize
                        + memchr::memchr_iter(b'\n', &blob.bytes[..at]).count();
                    found.push(line);
                }
            }
            Ok(Flow::Continue)
        })
        .unwrap();
    assert_eq!(found, (2..2 + marks.len()).collect::<Vec<_>>());
    assert_eq!((coverage.blobs, coverage.bytes), (1, 200 << 20));
    assert!(largest <= 8 << 20, "{largest}");
}

#[test]
fn a_secret_across_a_border_is_found_once_at_its_line() {
    let temp = tempfile::tempdir().unwrap();
    let lead = format!("token = \"{}\"\n", key());
    for border in [(8 << 20) - (64 << 10), (8 << 20) - (32 << 10), 8 << 20] {
        let filler = b"an ordinary line of text, 32 b.\n";
        let lines = (border - 30) / filler.len();
        let mut text = filler.repeat(lines);
        text.extend_from_slice(lead.as_bytes());
        text.extend_from_slice(&filler.repeat(1000));
        std::fs::write(temp.path().join("large.txt"), &text).unwrap();
        let output = scan(temp.path(), &["--format", "json", "large.txt"]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = told["findings"].as_array().unwrap();
        let lines_told: Vec<_> = findings.iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
        assert_eq!(lines_told, [lines as u64 + 1]);
        assert_eq!(told.to_string().matches("\"end_column\"").count(), 2, "the finding and its only place");
    }
}

/// Lines of Python of more than a window, with `tail` behind them, and how many stand before that.
fn large(tail: &str) -> (String, u64) {
    let filler = "# an ordinary line of text 32 b\n";
    let lines = (9 << 20) / filler.len();
    (filler.repeat(lines) + tail, lines as u64)
}

fn marked(seed: &str) -> String {
    format!("token = \"{}\"  # stanch:allow github-personal-token-classic made up\n", token(seed))
}

fn token(seed: &str) -> String {
    stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", seed)
}

#[test]
fn a_block_that_is_allowed_goes_over_windows() {
    let temp = tempfile::tempdir().unwrap();
    let filler = "# an ordinary line of text 32 b\n".repeat((9 << 20) / 32);
    let bare = |seed: &str| format!("token = \"{}\"\n", token(seed));
    let start = "# stanch:allow-start github-personal-token-classic made up\n";
    let end = "# stanch:allow-end\n";
    let at = |text: &str| {
        std::fs::write(temp.path().join("large.py"), text).unwrap();
        let output = scan(temp.path(), &["--format", "json", "large.py"]);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = told["findings"].as_array().unwrap();
        let stale = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!stale.contains("has no"), "{stale}");
        found.iter().map(|finding| finding["line"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let lines = (9 << 20) / 32;
    // Start, secret and end each in a window of its own; what stands outside blocks.
    let block = [start, &filler, &bare("in"), &filler, end, &bare("out")].concat();
    assert_eq!(at(&block), [2 * lines + 4]);
    // The end stands where two windows overlap.
    for behind in [(8 << 20) - (60 << 10), (8 << 20) - (32 << 10), (8 << 20) - 100] {
        let filler = filler[..behind].rsplit_once('\n').map_or("", |(whole, _)| whole);
        let text = [start, &bare("in"), filler, "\n", end, &bare("out"), &self::filler()].concat();
        assert_eq!(at(&text).len(), 1, "{behind}");
    }
    // Another tool's, which needs no end.
    let other =
        ["# secretlint-disable\n", &filler, &bare("in"), "# secretlint-enable\n", &filler, &bare("out")];
    assert_eq!(at(&other.concat()), [2 * lines + 4]);
}

fn filler() -> String {
    "# an ordinary line of text 32 b\n".repeat((2 << 20) / 32)
}

#[test]
fn markers_behind_the_first_window_hide_what_stands_on_their_lines() {
    let temp = tempfile::tempdir().unwrap();
    let bare = format!("token = \"{}\"\n", token("bare"));
    let (text, lines) = large(&[marked("one"), bare, marked("two")].concat());
    std::fs::write(temp.path().join("large.py"), text).unwrap();
    let output = scan(temp.path(), &["--format", "json", "large.py"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = told["findings"].as_array().unwrap();
    let at: Vec<_> = found.iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!((at, output.status.code()), (vec![lines + 2], Some(1)), "{told}");
    assert_eq!(told["summary"]["allowed"].as_array().map(Vec::len).or(Some(2)), Some(2), "{told}");
}

#[test]
fn what_is_new_in_a_large_file_is_told_from_all_of_it() {
    let repo = Repo::init(&[]);
    repo.add(".stanch.yaml", "max-bytes: 1MiB\n");
    let (text, _) = large(&marked("one"));
    repo.add("large.py", &text);
    repo.commit("marked");
    let staged = |text: &str| {
        repo.add("large.py", text);
        let output = scan(&repo.root, &["--staged", "--quiet"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // The value on a marked line, in the second window, and the marker is an old one.
    let said = staged(&large(&marked("other")).0);
    assert_eq!(said.0, Some(1), "{said:?}");
    // Another marker in the same words, for a value of its own.
    let said = staged(&large(&[marked("one"), marked("other")].concat()).0);
    assert_eq!(said.0, Some(0), "{said:?}");
    // A second copy, in another window than the first.
    let bare = format!("token = \"{}\"\n", token("one"));
    let said = staged(&(bare.clone() + &text));
    assert_eq!(said.0, Some(1), "{said:?}");
    // It moved to another window.
    let said = staged(&(marked("one") + &large("").0));
    assert_eq!(said.0, Some(0), "{said:?}");
}

#[test]
fn many_files_give_the_same_report_on_any_number_of_threads() {
    let temp = tempfile::tempdir().unwrap();
    for number in 0..300 {
        let text = if number % 50 == 7 { format!("k{number} = \"{}\"\n", key()) } else { "x\n".to_owned() };
        std::fs::write(temp.path().join(format!("f{number:03}.env")), text).unwrap();
    }
    let report = || {
        let told = String::from_utf8(scan(temp.path(), &["--format", "json", "."]).stdout).unwrap();
        let lines = told.lines().filter(|line| !line.contains("milliseconds"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let first = report();
    assert!(first.contains("f007.env") && first.contains("f257.env"), "{first}");
    for _ in 0..5 {
        assert_eq!(report(), first);
    }
}

#[test]
fn what_was_named_is_read_or_is_a_fault() {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    std::fs::create_dir(at("real")).unwrap();
    std::fs::write(at("real/leak"), format!("token = \"{}\"\n", key())).unwrap();
    symlink("real", at("link")).unwrap();
    symlink("nowhere", at("broken")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    symlink("pipe", at("to-pipe")).unwrap();
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    for (path, code, said) in [
        ("link", 1, "link/leak:1"),
        ("broken", 2, "could not be read: broken (No such file"),
        ("pipe", 2, "could not be read: pipe (a pipe or a device: feed it through --stdin)"),
        (".", 1, "not scanned: pipe (not a regular file)"),
        ("zero", 2, "could not be read: zero (a pipe or a device: feed it through --stdin)"),
        ("to-pipe", 2, "could not be read: to-pipe (a pipe or a device: feed it through --stdin)"),
        ("real/missing", 2, "could not be read: real/missing (No such file"),
    ] {
        let output = scan(temp.path(), &[path]);
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert_eq!(output.status.code(), Some(code), "{path}: {told}");
        assert!(told.contains(said), "{path}: {told}");
    }
}

#[test]
fn the_rest_is_scanned_when_a_path_does_not_exist() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("leak"), format!("token = \"{}\"\n", key())).unwrap();
    std::fs::write(temp.path().join("clean"), "x\n").unwrap();
    for (path, code, said) in [("leak", 1, "leak:1:"), ("clean", 2, "scanned 1 of 2 blobs")] {
        let output = scan(temp.path(), &["missing", path]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains("could not be read: missing (No such file") && told.contains(said), "{told}");
    }
}

#[test]
fn a_mark_of_utf16_before_other_text_hides_nothing() {
    let temp = tempfile::tempdir().unwrap();
    for mark in [b"\xff\xfe", b"\xfe\xff"] {
        let text = [&mark[..], b"# settings\n", format!("token = \"{}\"\n", key()).as_bytes()].concat();
        std::fs::write(temp.path().join("f"), text).unwrap();
        let output = scan(temp.path(), &["f"]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.code() == Some(1) && told.contains("f:2:"), "{told}");
    }
}

#[test]
fn sizes_and_threads_can_be_limited() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("large"), "x\n".repeat(1000)).unwrap();
    std::fs::write(temp.path().join("small"), format!("token = \"{}\"\n", key())).unwrap();
    for jobs in ["1", "2", "7"] {
        let output = scan(temp.path(), &["--max-bytes", "1k", "--jobs", jobs, "."]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(
            told.contains("small:1:") && told.contains("not scanned: large (larger than 1024 bytes)"),
            "{told}"
        );
    }
    for wrong in [["--jobs", "0"], ["--max-bytes", "many"]] {
        let output = scan(temp.path(), &[&wrong[..], &["."]].concat());
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn what_may_not_be_read_is_told_and_the_rest_is_scanned() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    std::fs::create_dir(at("shut")).unwrap();
    std::fs::write(at("shut/file"), "x\n").unwrap();
    std::fs::write(at("mine"), "x\n").unwrap();
    std::fs::create_dir_all(at("tree/.git/hooks")).unwrap();
    std::fs::write(at("leak"), format!("token = \"{}\"\n", key())).unwrap();
    let mode =
        |path: &str, mode| std::fs::set_permissions(at(path), PermissionsExt::from_mode(mode)).unwrap();
    mode("shut", 0o000);
    mode("mine", 0o000);
    mode("tree/.git/hooks", 0o000);
    mode("leak", 0o644);
    std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o755)).unwrap();
    // Root reads everything, and nobody may not run a program below somebody's home.
    let program = at("stanch");
    // By `cp`: a program that this process wrote could be busy in a child that another test starts.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_stanch")).arg(&program).status().unwrap();
    assert!(copied.success());
    let mut command = Command::new(&program);
    command.args(["scan", "leak", "mine", "shut", "tree"]).current_dir(temp.path());
    if std::fs::metadata(temp.path()).unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let output = command.env("HOME", temp.path()).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
    mode("shut", 0o755);
    mode("tree/.git/hooks", 0o755);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for said in [
        "leak:1:",
        "could not be read: mine (Permission denied",
        "could not be read: shut (Permission denied",
        "could not be read: tree/.git/hooks (Permission denied",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
}
