//! What a card tells to write is put where the card says: the program says what it said before, now from its
//! environment, and nothing is found any more. An interpreter that is missing is named, not passed over in silence.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops at once, and says what it skips")]

use std::path::Path;
use std::process::Command;

use stanch::catalogue::sample;

const SID: &str = "AC{hex:32}";
/// A URL that an excerpt of a line has no room for.
const URL: &str =
    "postgresql://accounting:{b62:20}@primary.database.acme.internal:5432/accounting_production";
/// The same of a connection string.
const STORAGE: &str = "DefaultEndpointsProtocol=https;AccountName=acmebackups;AccountKey={b64:86}==;EndpointSuffix=core.windows.net";

/// Names of files, the interpreter, and the text. `@SID@`, `@URL@` and `@STORAGE@` stand for the constants.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("whole.sh", "sh", "export TOKEN=\"ghp_{b62:30}{check:crc32-b62-6}\"\necho \"$TOKEN\"\n"),
    ("url.sh", "sh", "export U=\"@URL@\"\necho \"$U\"\n"),
    ("word.sh", "sh", "echo psql @URL@ -c 'select 1'\n"),
    ("nested.sh", "sh", "sh -c 'echo psql @URL@'\n"),
    ("storage.sh", "sh", "export S=\"@STORAGE@\"\necho \"$S\"\n"),
    (
        "option.sh",
        "sh",
        "echo curl -H 'Accept: application/vnd.acme.accounting.v2+json; charset=utf-8' -H 'X-Request-From: nightly job' -u '@SID@:{hex:32}' https://api.twilio.com/2010-04-01\n",
    ),
    ("json.sh", "sh", "echo curl api.twilio.com -d '{\"sid\":\"@SID@\",\"auth_token\":\"{hex:32}\"}'\n"),
    (
        "lines.sh",
        "sh",
        "echo curl api.twilio.com -d '{\n  \"sid\": \"@SID@\",\n  \"auth_token\": \"{hex:32}\"\n}'\n",
    ),
    ("document.sh", "sh", "cat <<EOF\nTWILIO_ACCOUNT_SID=@SID@\nTWILIO_AUTH_TOKEN='{hex:32}'\nEOF\n"),
    ("verbatim.sh", "sh", "cat <<'EOF'\nTWILIO_ACCOUNT_SID=@SID@\nTWILIO_AUTH_TOKEN={hex:32}\nEOF\n"),
    ("whole.py", "python3", "TOKEN = \"ghp_{b62:30}{check:crc32-b62-6}\"\nprint(TOKEN)\n"),
    ("url.py", "python3", "import os, sys\nprint(\"@URL@\")\n"),
    ("part.py", "python3", "s = '@STORAGE@'\nprint(s)\n"),
    ("format.py", "python3", "n = 1\nprint(f\"{n} token ghp_{b62:30}{check:crc32-b62-6} {n}\")\n"),
    (
        "lines.py",
        "python3",
        "import os\ns = \"\"\"\ntoken: ghp_{b62:30}{check:crc32-b62-6}\n\"\"\"\nprint(s)\n",
    ),
    (
        "bot.py",
        "python3",
        "print(\"https://api.telegram.org/bot{digit:10}:AA1{b64url:32}/sendMessage?chat_id=1\")\n",
    ),
    ("whole.mjs", "node", "const token = \"ghp_{b62:30}{check:crc32-b62-6}\";\nconsole.log(token);\n"),
    ("part.mjs", "node", "const o = { s: '@STORAGE@' };\nconsole.log(o.s);\n"),
    ("template.mjs", "node", "const n = 1;\nconsole.log(`${n} ghp_{b62:30}{check:crc32-b62-6} ${n}`);\n"),
    ("part.pl", "perl", "my $s = '@STORAGE@';\nprint \"$s\\n\";\n"),
    ("document.pl", "perl", "print <<EOF;\ndon't: ghp_{b62:30}{check:crc32-b62-6}\nEOF\n"),
    ("called.py", "python3", "import os\nprint(f\"token ghp_{b62:30}{check:crc32-b62-6}\".encode())\n"),
    ("own.pl", "perl", "my $s = q(ghp_{b62:30}{check:crc32-b62-6});\nprint \"$s\\n\";\n"),
    ("ownpart.pl", "perl", "my $s = q{token ghp_{b62:30}{check:crc32-b62-6}};\nprint \"$s\\n\";\n"),
    ("filled.pl", "perl", "my $s = qq[a (b) ghp_{b62:30}{check:crc32-b62-6}];\nprint \"$s\\n\";\n"),
    ("words.pl", "perl", "print join(' ', qw(a ghp_{b62:30}{check:crc32-b62-6} b)), \"\\n\";\n"),
    ("words.tcl", "tclsh", "set s \"token ghp_{b62:30}{check:crc32-b62-6}\"\nputs $s\n"),
    ("double.pl", "perl", "print \"token ghp_{b62:30}{check:crc32-b62-6}\\n\";\n"),
];

#[test]
fn programs_read_what_they_held() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, interpreter, text) in PROGRAMS {
        if !has(interpreter) {
            continue;
        }
        let text = text.replace("@SID@", SID).replace("@URL@", URL).replace("@STORAGE@", STORAGE);
        let text = sample::expand(&text, name);
        let path = dir.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let before = run(interpreter, &path, None);
        let found = scan(&path);
        let Some(finding) = found["findings"].as_array().and_then(|found| found.first()) else {
            wrong.push(format!("{name}: nothing found"));
            continue;
        };
        let instead = finding["advice"]["instead"].as_str().unwrap().to_owned();
        let (text, value) = applied(&text, finding, &instead);
        std::fs::write(&path, &text).unwrap();
        let variable = instead
            .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .find(|word| word.len() > 4 && word.contains('_'));
        let after = run(interpreter, &path, variable.map(|name| (name, value.as_str())));
        let left = scan(&path)["findings"].as_array().map_or(0, Vec::len);
        if after != before || left > 0 {
            wrong.push(format!(
                "{name}: `{instead}` gave {left} findings and\n{text}\n{after}\nnot\n{before}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a card tells to write in all kinds of files: `=== name => how that begins`, and the text, in generator syntax.
const REPLACEMENTS: &str = include_str!("replacements.txt");

#[test]
fn the_replacement_fits_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let cases: Vec<(&str, &str)> = REPLACEMENTS
        .split("\n=== ")
        .skip(1)
        .map(|case| {
            let (head, text) = case.split_once('\n').unwrap();
            let (name, expected) = head.split_once(" => ").unwrap();
            let path = dir.path().join(case_folder(head)).join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, sample::expand(&format!("{text}\n"), head)).unwrap();
            (head, expected)
        })
        .collect();
    assert!(cases.len() > 200);
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(["scan", ".", "--format", "json"]).current_dir(dir.path()).env("HOME", dir.path());
    let told: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let mut wrong = Vec::new();
    for (head, expected) in cases {
        let folder = case_folder(head);
        let is_its = |finding: &&serde_json::Value| {
            finding["file"].as_str().is_some_and(|file| file.split('/').next() == Some(&folder))
        };
        let first = told["findings"].as_array().unwrap().iter().find(is_its);
        let instead = first.map_or("nothing found", |finding| finding["advice"]["instead"].as_str().unwrap());
        if !instead.starts_with(expected) {
            wrong.push(format!("{head}: `{instead}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A folder of its own for each case.
fn case_folder(head: &str) -> String {
    head.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))).to_string()
}

/// Does what the card says, and tells what the variable has to hold.
fn applied(text: &str, finding: &serde_json::Value, instead: &str) -> (String, String) {
    let number = |key: &str| finding[key].as_u64().unwrap() as usize;
    let (code, remark) = instead.split_once("   (").unwrap_or((instead, ""));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = lines[number("line") - 1].clone();
    let (mut from, mut to) = (number("column") - 1, number("end_column") - 1);
    if remark.contains("for the whole") {
        from = line.find("postgresql://").unwrap();
        to = from + line[from..].find(['"', '\'', ' ']).unwrap_or(line.len() - from);
    }
    let value = line[from..to].to_owned();
    if let Some((open, close)) = remark.strip_prefix("in the place of ").and_then(|rest| rest.split_once('…'))
    {
        let close = close.strip_suffix(')').unwrap();
        assert!(line[..from].ends_with(open) && line[to..].starts_with(close), "{remark}: {line}");
        (from, to) = (from - open.len(), to + close.len());
    }
    let is_quoted = ['"', '\''].iter().any(|q| line[..from].ends_with(*q) && line[to..].starts_with(*q));
    if is_quoted && !remark.contains("ends the") && !code.starts_with("${") {
        (from, to) = (from - 1, to + 1);
    }
    lines[number("line") - 1] = format!("{}{code}{}", &line[..from], &line[to..]);
    if remark.contains("needs import os") {
        lines.insert(0, "import os".to_owned());
    }
    if remark.contains("in parentheses") {
        let line = &mut lines[number("line") - 1];
        *line = line.replace("(f\"", "((f\"").replace("\".", "\").");
    }
    let mut text = lines.join("\n") + "\n";
    if remark.contains("<<EOF, not <<'EOF'") {
        text = text.replace("<<'EOF'", "<<EOF");
    }
    (text, value)
}

fn scan(path: &Path) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(["scan", "--format", "json"]).arg(path.file_name().unwrap());
    command.current_dir(path.parent().unwrap()).env("HOME", path.parent().unwrap());
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

fn run(interpreter: &str, path: &Path, variable: Option<(&str, &str)>) -> String {
    let output = Command::new(interpreter).arg(path).envs(variable).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn has(tool: &str) -> bool {
    let has = Command::new(tool).arg("-c").arg(":").output().is_ok();
    if !has {
        eprintln!("NOT CHECKED: no `{tool}` here");
    }
    has
}
