//! The code that people are told to write is code: every language that this machine has a tool for is
//! parsed by that tool. A tool that is missing is named in the output, not passed over in silence.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops at once, and says what it skips")]

use std::io::Write;
use std::process::{Command, Stdio};

use stanch::advice::Language;
use stanch::advice::snippet::{Store, language_key, languages, snippet};

/// Credentials whose names differ in kind: with the vendor, of one word, without the vendor.
const NAMES: &[(&str, &str)] =
    &[("TWILIO_AUTH_TOKEN", "twilio"), ("ACME_PASS", "acme"), ("DB_CONNECTION_STRING", "generic")];

/// All snippets of a language, one after the other.
fn all(language: Language) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (env, vendor) in NAMES {
        for store in Store::ALL {
            if let Some(code) = snippet(language, store, env, vendor) {
                all.push((format!("{} {} {env}", language_key(language), store.key()), code));
            }
        }
    }
    assert!(all.len() >= NAMES.len());
    all
}

/// Whether the tool runs; says so when it does not.
fn has(tool: &str) -> bool {
    let runs = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let has = runs.is_ok_and(|status| status.success());
    if !has {
        eprintln!("NOT CHECKED: no `{tool}` here");
    }
    has
}

/// Hands each text to the tool's standard input; it must exit with 0.
fn parse(tool: &str, args: &[&str], texts: impl Iterator<Item = (String, String)>) {
    if !has(tool) {
        return;
    }
    for (name, text) in texts {
        let mut child = Command::new(tool)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{name}:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// `before` and what the code imports stand above the function, which starts with `start`.
fn wrapped(
    language: Language,
    before: &str,
    start: &str,
    end: &str,
) -> impl Iterator<Item = (String, String)> {
    all(language).into_iter().map(move |(name, code)| {
        let (imports, rest) = imported(&code);
        (name, format!("{before}{imports}\n{start}{rest}\n{end}"))
    })
}

/// What the code imports, and the rest.
fn imported(code: &str) -> (&str, &str) {
    let parts = code
        .split_once("\n\n")
        .filter(|(first, _)| first.starts_with("import ") || first.starts_with("use "));
    parts.unwrap_or(("", code))
}

#[test]
fn python() {
    let script = "import ast, sys; ast.parse(sys.stdin.read())";
    parse("python3", &["-c", script], all(Language::Python).into_iter());
}

#[test]
fn javascript() {
    parse("node", &["--input-type=module", "--check", "-"], all(Language::JavaScript).into_iter());
}

#[test]
fn shell() {
    parse("bash", &["-n"], all(Language::Shell).into_iter());
}

/// Code that is configured out is parsed all the same.
#[test]
fn rust() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.rmeta");
    let args = ["--edition=2021", "--crate-type=lib", "--emit=metadata", "-o", out.to_str().unwrap(), "-"];
    parse("rustc", &args, wrapped(Language::Rust, "#[cfg(any())]\nmod m {\n", "async fn f() {\n", "}}\n"));
}

#[test]
fn go() {
    parse("gofmt", &["-e"], wrapped(Language::Go, "package p\n", "func f() error {\n", "}\n"));
}

#[test]
fn ruby() {
    parse("ruby", &["-c"], all(Language::Ruby).into_iter());
}

#[test]
fn php() {
    parse("php", &["-l"], wrapped(Language::Php, "<?php\n", "", ""));
}

#[test]
fn terraform() {
    parse("terraform", &["fmt", "-"], all(Language::Terraform).into_iter());
}

/// The compiler's own parser, without looking up a name.
#[test]
fn java() {
    if !has("javac") || !has("java") {
        return;
    }
    const PARSER: &str = r#"
import java.io.*; import java.net.URI; import java.util.*; import javax.tools.*;
class Parse {
  public static void main(String[] args) throws Exception {
    String text = new String(System.in.readAllBytes(), "UTF-8");
    var source = new SimpleJavaFileObject(URI.create("string:///C.java"), JavaFileObject.Kind.SOURCE) {
      public CharSequence getCharContent(boolean ignore) { return text; }
    };
    var found = new DiagnosticCollector<JavaFileObject>();
    var task = (com.sun.source.util.JavacTask) ToolProvider.getSystemJavaCompiler()
        .getTask(null, null, found, null, null, List.of(source));
    task.parse();
    found.getDiagnostics().forEach(System.err::println);
    System.exit(found.getDiagnostics().isEmpty() ? 0 : 1);
  }
}"#;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("Parse.java");
    std::fs::write(&file, PARSER).unwrap();
    // One run for all: starting the compiler is what takes time.
    let all = all(Language::Java);
    let imports: String = all.iter().map(|(_, code)| format!("{}\n", imported(code).0)).collect();
    let methods: String = all
        .iter()
        .enumerate()
        .map(|(at, (_, code))| format!("void m{at}() {{\n{}\n}}\n", imported(code).1))
        .collect();
    let text = format!("{imports}class C {{\n{methods}}}\n");
    parse("java", &[file.to_str().unwrap()], std::iter::once(("java".to_owned(), text)));
}

/// What is in YAML is YAML: checked with the parser of our own rules.
#[test]
fn yaml() {
    for language in [Language::Yaml, Language::Compose, Language::GithubActions] {
        for (name, code) in all(language) {
            let parsed: Result<serde_yaml::Value, _> = serde_yaml::from_str(&code);
            assert!(parsed.as_ref().is_ok_and(serde_yaml::Value::is_mapping), "{name}: {parsed:?}\n{code}");
        }
    }
}

#[test]
fn lines_are_short_and_clean() {
    for language in languages() {
        for (name, code) in all(language) {
            for line in code.lines() {
                assert!(line.chars().count() <= 130, "{name}: {line}");
                assert!(!line.contains('\t') || language == Language::Go, "{name}: {line}");
                assert_eq!(line.trim_end(), line, "{name}: blanks at the end of {line}");
            }
        }
    }
}
