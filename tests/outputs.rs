//! Several reports in one run, and what happens when one cannot be written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use data_encoding::{BASE64, HEXLOWER};
use stanch::catalogue::sample;
use support::FORMATS;

/// A folder with one secret in it, and nothing of this machine around.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let text = sample::expand("TWILIO_AUTH_TOKEN={hex:32}\n", "outputs");
        std::fs::write(folder.path().join("src/app.env"), text).unwrap();
        std::fs::create_dir(folder.path().join("clean")).unwrap();
        std::fs::write(folder.path().join("clean/a.txt"), "nothing\n").unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn stanch(&self, args: &[&str]) -> Output {
        self.shell(&format!("exec \"$STANCH\" {}", args.join(" ")))
    }

    fn shell(&self, line: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.path());
        command.env("STANCH", env!("CARGO_BIN_EXE_stanch")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Names of everything in a folder: a scratch file left behind would be among them.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn several_reports_in_one_run() {
    let folder = Folder::new();
    let ran = folder.stanch(&["scan", "src", "--report", "sarif=a.sarif", "--report", "json=b.json"]);
    assert_eq!(ran.status.code(), Some(1), "{}", err(&ran));
    assert!(out(&ran).contains("CRITICAL Twilio Auth Token"), "cards stay on standard output");
    assert!(folder.read("a.sarif").contains("\"2.1.0\""));
    assert!(folder.read("b.json").contains("\"twilio-auth-token\""));

    let ran = folder.stanch(&["scan", "src", "--report", "json=-"]);
    assert!(out(&ran).starts_with("{\n"), "a report on standard output stands there alone");
    assert!(err(&ran).contains("CRITICAL"));

    let ran = folder.stanch(&["scan", "src", "-f", "jsonl", "-o", "c.jsonl"]);
    assert_eq!(folder.read("c.jsonl").lines().count(), 2);
    assert!(out(&ran).is_empty());
    assert!(
        err(&ran).starts_with("src/app.env:1:19: Twilio Auth Token [twilio-auth-token] "),
        "{}",
        err(&ran)
    );
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_the_scan() {
    let folder = Folder::new();
    for (args, said) in [
        (["--report", "json=none/a.json"], "mkdir -p none"),
        (["--report", "json=src"], "it is a folder"),
        (["--report", "json=a -o a"], "two reports would go to a"),
        (["--report", "json=- -f jsonl"], "two reports would go to standard output"),
        (["--report", "xml=a"], "there is no format `xml`"),
        (["--report", "json"], "write FORMAT=PATH"),
    ] {
        let ran = folder.stanch(&[&["scan", "src"][..], &args[..]].concat());
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
        assert!(err(&ran).contains(said) && out(&ran).is_empty(), "{args:?}: {}{}", err(&ran), out(&ran));
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = Folder::new();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = folder.shell("mount -t tmpfs -o size=8k tmpfs disk");
    if !mounted.status.success() {
        eprintln!("skipped: no tmpfs can be mounted here: {}", err(&mounted));
        return;
    }
    folder.shell("echo old > disk/a.sarif; head -c 100000 /dev/zero > disk/full 2>/dev/null");
    let found = folder.stanch(&["scan", "src", "--report", "sarif=disk/a.sarif", "--report", "json=b.json"]);
    let clean = folder.stanch(&["scan", "clean", "--report", "sarif=disk/a.sarif"]);
    let (kept, names) = (folder.read("disk/a.sarif"), folder.names("disk"));
    assert!(folder.shell("umount disk").status.success());
    assert_eq!(kept, "old\n");
    assert_eq!(names, ["a.sarif", "full"], "no scratch file is left");
    assert!(folder.read("b.json").contains("twilio-auth-token"), "the other report is written");
    assert_eq!(found.status.code(), Some(1), "findings count more");
    assert_eq!(clean.status.code(), Some(2));
    for ran in [&found, &clean] {
        let said = err(ran);
        assert!(
            said.contains("cannot write the report to disk/a.sarif") && said.contains("No space"),
            "{said}"
        );
    }
}

#[test]
fn standard_output_that_is_full_or_gone() {
    let folder = Folder::new();
    let ran = folder.shell("\"$STANCH\" scan clean -f json > /dev/full");
    assert_eq!(ran.status.code(), Some(2));
    assert!(err(&ran).contains("cannot write to standard output"), "{}", err(&ran));
    // A reader that has seen enough does not turn a finding into a pass.
    let ran = folder.shell("{ \"$STANCH\" scan src -f json; echo $? > code; } | true");
    assert_eq!((folder.read("code").as_str(), err(&ran).as_str()), ("1\n", ""));
}

#[test]
fn links_and_devices_stay_what_they_are() {
    let folder = Folder::new();
    folder.shell("echo old > real; chmod 640 real; ln -s real link; mkfifo pipe");
    let ran = folder.stanch(&["scan", "clean", "--report", "json=link", "--report", "jsonl=/dev/null"]);
    assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
    assert!(folder.path().join("link").is_symlink() && folder.read("real").starts_with('{'));
    assert!(out(&folder.shell("ls -l real; ls -l /dev/null")).contains("-rw-r-----"));
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    let read = folder.shell("cat pipe & \"$STANCH\" scan clean -q -f json -o pipe 2>/dev/null; wait");
    assert!(out(&read).starts_with('{'), "{}", out(&read));
}

#[test]
fn in_github_actions_nothing_is_a_command_but_ours() {
    let folder = Folder::new();
    // A line of the repository that the runner would obey.
    let text = sample::expand("::set-env name=PATH::x TWILIO_AUTH_TOKEN={hex:32}\n", "actions");
    std::fs::write(folder.path().join("src/a,b.env"), text).unwrap();
    let commit = "git init -q && git add . && \
                  git -c user.name=Ann -c user.email=ann@acme.example commit -qm first && ";
    let job = "GITHUB_ACTIONS=true GITHUB_SHA=HEAD GITHUB_STEP_SUMMARY=summary.md \"$STANCH\" ci";
    std::fs::write(folder.path().join("summary.md"), "# before\n").unwrap();
    let ran = folder.shell(&format!("{commit}{job}"));
    assert_eq!(ran.status.code(), Some(1), "{}", err(&ran));
    let said = out(&ran);
    let (open, rest) = said.split_once('\n').unwrap();
    let token = open.strip_prefix("::stop-commands::").unwrap();
    assert!(token.len() > 32, "{token}");
    let (cards, commands) = rest.split_once(&format!("::{token}::\n")).unwrap();
    assert!(cards.contains("::set-env") && cards.contains("stanch found 2 secrets"), "{cards}");
    assert_eq!(
        commands.lines().filter(|line| line.starts_with("::error file=src/")).count(),
        2,
        "{commands}"
    );
    assert!(commands.contains("file=src/a%2Cb.env,line=1,endLine=1,col=42,endColumn=74,"), "{commands}");
    assert_eq!(commands.lines().count(), 2);
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("# before\n## stanch found 2 secrets"), "{summary}");
    // A second run has another word, and a chosen format stands alone.
    assert!(!out(&folder.shell(job)).contains(token));
    assert!(out(&folder.shell(&format!("{job} -f json"))).starts_with('{'));
    // Code scanning would open alerts for what is allowed.
    let allowed = "echo \"$(cat src/app.env) # stanch:allow twilio-auth-token made up\" > b.env; ";
    let sarif =
        |variable: &str| out(&folder.shell(&format!("{allowed}{variable} \"$STANCH\" scan b.env -f sarif")));
    assert!(sarif("A=b").contains("\"suppressions\""));
    assert!(!sarif("GITHUB_ACTIONS=true").contains("\"suppressions\""));
}

/// The spellings of a password that people keep beside each other: plain, in base64, in hex, with percent signs.
fn spellings(password: &str) -> [String; 4] {
    let percent = password.bytes().map(|byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    let bytes = password.as_bytes();
    [password.to_owned(), BASE64.encode(bytes), HEXLOWER.encode(bytes), percent.collect()]
}

#[test]
fn no_format_shows_another_spelling_of_a_secret_on_its_line() {
    let folder = Folder::new();
    for number in 0..3 {
        let password = sample::expand("{b62:6}@7{b62:5}#", &format!("spelling {number}"));
        let [clear, base64, hex, percent] = spellings(&password);
        let elsewhere = sample::expand("{b62:6}!3{b62:9}", &format!("elsewhere {number}"));
        let of_other = BASE64.encode(elsewhere.as_bytes());
        let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";
        let files = [
            ("a.yml", format!("{head}data:\n  DB_PASSWORD: {base64}  # {clear}\n")),
            ("b.yml", format!("{head}stringData:\n  DB_PASSWORD: '{clear}'  # {base64} {hex}\n")),
            ("c.sql", format!("CREATE USER kim IDENTIFIED BY '{clear}'; -- {percent}\n")),
            // Found in another file, and spelled on this line.
            ("d.env", format!("SMTP_PASSWORD={elsewhere}\n")),
            ("e.env", format!("DB_PASSWORD='{clear}' # mail: {of_other}\n")),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join("clean").join(name), text).unwrap();
        }
        for format in FORMATS {
            let ran = folder.stanch(&["scan", "--verbose", "--format", format, "clean"]);
            assert_eq!(ran.status.code(), Some(1), "{format}: {}", err(&ran));
            let told = out(&ran) + &err(&ran);
            for spelled in [&clear, &base64, &hex, &percent, &elsewhere, &of_other] {
                assert!(!told.contains(spelled.as_str()), "{format} shows {spelled}:\n{told}");
            }
        }
    }
}

#[test]
fn secrets_are_shown_to_the_one_who_asks() {
    let folder = Folder::new();
    let secret = folder.read("src/app.env").trim().split_once('=').unwrap().1.to_owned();
    for args in ["", "-f json", "-f jsonl"] {
        let ran = folder.stanch(&["scan", "src", args, "--show-secrets"]);
        assert_eq!(ran.status.code(), Some(2), "a pipe is no terminal");
        assert!(!out(&ran).contains(&secret) && err(&ran).contains("--show-secrets=force"));
        let ran = folder.stanch(&["scan", "src", args, "--show-secrets=force", "--report html=a.html"]);
        assert_eq!(out(&ran).matches(&secret).count(), 1, "{args}");
        assert!(!folder.read("a.html").contains(&secret), "other reports stay redacted");
    }
    let ran = folder.stanch(&["scan", "src", "-f sarif", "--show-secrets=force"]);
    assert_eq!((ran.status.code(), out(&ran).as_str()), (Some(2), ""));
}

#[cfg(unix)]
#[test]
fn a_report_with_secrets_is_for_who_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    folder.shell(
        "umask 022; \"$STANCH\" scan src -f json -o new.json --show-secrets=force --report html=a.html",
    );
    assert_eq!((mode("new.json"), mode("a.html")), (0o600, 0o644));
    folder.shell("umask 022; : >old.json; chmod 640 old.json; \"$STANCH\" scan src -f json -o old.json");
    assert_eq!(mode("old.json"), 0o640);
    assert!(folder.read("old.json").contains("findings"));
}

/// A process before ours had the same number.
#[test]
fn what_an_earlier_run_has_left_hinders_none() {
    let folder = Folder::new();
    let ran = folder.shell(": >.rep.json.$$.tmp; exec \"$STANCH\" scan src -f json -o rep.json");
    assert_eq!((ran.status.code(), err(&ran).contains("cannot write")), (Some(1), false), "{}", err(&ran));
    assert!(folder.read("rep.json").contains("twilio-auth-token"));
    assert_eq!(folder.names(".").iter().filter(|name| name.contains(".tmp")).count(), 1);
}

#[test]
fn a_report_does_not_replace_what_is_scanned() {
    let folder = Folder::new();
    let text = folder.read("src/app.env");
    let refused = |args: &[&str], why: &str| {
        let output = folder.stanch(args);
        assert!(output.status.code() == Some(2) && err(&output).contains(why), "{args:?}: {}", err(&output));
        assert_eq!(folder.read("src/app.env"), text, "{args:?}");
    };
    refused(&["scan", "src/app.env", "--report", "json=src/app.env"], "it was named");
    refused(&["scan", "src/app.env", "-o", "./src/../src/app.env"], "it was named");
    assert!(folder.shell("git init -q && git add src/app.env").status.success());
    refused(&["scan", "-o", "src/app.env"], "git tracks it");
    refused(&["scan", "src", "--report", "json=src/app.env"], "git tracks it");
    // An older report is replaced, whether it is scanned or not.
    for _ in 0..2 {
        assert_eq!(folder.stanch(&["scan", "-o", "report.txt"]).status.code(), Some(1));
    }
}

#[test]
fn a_cache_in_a_folder_that_is_missing_is_refused_as_a_report_is() {
    let folder = Folder::new();
    assert!(folder.shell("git init -q").status.success());
    for args in [["scan", "--history", "--cache=gone/cache"], ["scan", "--history", "--output=gone/report"]] {
        let output = folder.stanch(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).contains("the folder is missing\n  next: mkdir -p gone"), "{}", err(&output));
        assert!(!folder.path().join("gone").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_tab_in_a_name_is_no_blank() {
    let folder = Folder::new();
    std::fs::rename(folder.path().join("src/app.env"), folder.path().join("src/a\tb.env")).unwrap();
    for format in ["human", "csv", "github", "markdown", "html"] {
        let text = out(&folder.stanch(&["scan", "src", "--format", format]));
        // Markdown writes the backslash as what it may not become.
        assert!(text.replace("&#92;", "\\").contains("src/a\\u{9}b.env"), "{format}: {text}");
        assert!(!text.contains("src/a b.env") && !text.contains("src/a\tb.env"), "{format}: {text}");
    }
}

#[test]
fn a_scan_of_the_index_reports_as_every_scan_does() {
    let folder = Folder::new();
    let ran = folder.shell("git init -q . && git add src && \"$STANCH\" scan --staged 2>err");
    assert_eq!(ran.status.code(), Some(1), "{}", err(&ran));
    assert!(out(&ran).contains("CRITICAL Twilio Auth Token") && out(&ran).contains("git add :/src/app.env"));
    assert_eq!(folder.read("err"), "");
    let ran = folder.shell("git reset -q && git add clean && \"$STANCH\" scan --staged");
    assert!(ran.status.success() && out(&ran).contains("scanned 1 of 1 blobs"), "{}", out(&ran));
}
