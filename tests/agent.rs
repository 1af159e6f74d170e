//! What coding agents say to the real program, and what they hear: each in its own form.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use stanch::catalogue::sample;
use tempfile::TempDir;

struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let dir = TempDir::with_prefix("an agent's ").unwrap();
        for folder in ["home", "project"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let desk = Desk { dir };
        assert!(desk.run("git", &["init", "-q"], b"").status.success());
        desk
    }

    fn project(&self) -> std::path::PathBuf {
        self.dir.path().join("project")
    }

    fn home(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("home").join(name)
    }

    fn run(&self, program: &str, args: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.project()).env("HOME", self.dir.path().join("home"));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program need not read what it is given.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn stanch(&self, args: &[&str], input: &[u8]) -> Output {
        self.run(env!("CARGO_BIN_EXE_stanch"), args, input)
    }

    /// The answer to a payload; the secret must stand in neither stream.
    fn ask(&self, payload: &Value, args: &[&str]) -> Value {
        let args = [&["agent-hook"], args].concat();
        let output = self.stanch(&args, payload.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(!said.contains(&secret()), "{said}");
        serde_json::from_str(&said).unwrap()
    }
}

fn secret() -> String {
    sample::expand("{hex:32}", "agent")
}

fn line() -> String {
    format!("TWILIO_AUTH_TOKEN={}\n", secret())
}

/// A tool call before it runs, in each agent's form: of its shell, or of what writes a file.
fn before(agent: &str, project: &Path, input: Value) -> Value {
    let cwd = project.to_str().unwrap();
    let is_command = input.get("command").is_some();
    let tool = |shell: &'static str, writer: &'static str| if is_command { shell } else { writer };
    match agent {
        "claude" => json!({
            "session_id": "s", "transcript_path": "/t/.claude/p.jsonl", "cwd": cwd, "permission_mode": "default",
            "hook_event_name": "PreToolUse", "tool_name": tool("Bash", "Write"), "tool_input": input,
            "tool_use_id": "u",
        }),
        "codex" => json!({
            "session_id": "s", "turn_id": "1", "transcript_path": null, "cwd": cwd, "model": "m",
            "hook_event_name": "PreToolUse", "tool_name": tool("Bash", "apply_patch"), "tool_input": input,
            "tool_use_id": "u",
        }),
        "cursor" => json!({
            "conversation_id": "c", "generation_id": "g", "hook_event_name": "preToolUse", "cursor_version": "2.4.0",
            "workspace_roots": [cwd], "tool_name": tool("Shell", "Write"), "tool_input": input, "tool_use_id": "u",
        }),
        "copilot" => json!({
            "sessionId": "s", "timestamp": 1_764_000_000, "cwd": cwd, "toolName": tool("bash", "create"),
            "toolArgs": input.to_string(),
        }),
        "gemini" => json!({
            "session_id": "s", "transcript_path": "/t/x.json", "cwd": cwd, "timestamp": "2026-11-25T00:00:00Z",
            "hook_event_name": "BeforeTool", "tool_name": tool("run_shell_command", "write_file"),
            "tool_input": input,
        }),
        other => panic!("{other}"),
    }
}

/// Why it was denied, where this agent looks for it.
fn denied(agent: &str, answer: &Value) -> String {
    let (verdict, reason) = match agent {
        "claude" | "codex" => {
            let output = &answer["hookSpecificOutput"];
            assert_eq!(output["hookEventName"], "PreToolUse");
            (&output["permissionDecision"], &output["permissionDecisionReason"])
        }
        "cursor" => (&answer["permission"], &answer["agent_message"]),
        "copilot" => (&answer["permissionDecision"], &answer["permissionDecisionReason"]),
        _ => (&answer["decision"], &answer["reason"]),
    };
    assert_eq!(verdict, "deny", "{answer}");
    reason.as_str().unwrap().to_owned()
}

const AGENTS: [&str; 5] = ["claude", "codex", "cursor", "copilot", "gemini"];

#[test]
fn a_command_with_a_secret_is_denied_and_one_without_is_left_to_the_agent() {
    let desk = Desk::new();
    for agent in AGENTS {
        let payload = before(
            agent,
            &desk.project(),
            json!({ "command": format!("export {} && ./send", line().trim()) }),
        );
        let reason = denied(agent, &desk.ask(&payload, &[]));
        for part in ["twilio-auth-token", "command:1", "stanch explain", "stanch allow", "write instead"] {
            assert!(reason.contains(part), "{agent}: {reason}");
        }
        // Known by its message or told, the answer is the same.
        assert_eq!(desk.ask(&payload, &["--agent", agent]), desk.ask(&payload, &[]));
        let clean = before(agent, &desk.project(), json!({ "command": "git commit --no-verify -m x" }));
        assert_eq!(desk.ask(&clean, &[]), json!({}), "{agent}");
        let reason = denied(agent, &desk.ask(&clean, &["--deny-bypass"]));
        assert!(reason.contains("--no-verify"), "{agent}: {reason}");
    }
}

#[test]
fn only_what_an_edit_adds_is_denied() {
    let desk = Desk::new();
    let file = desk.project().join("app.env");
    let ask = |input: Value| desk.ask(&before("claude", &desk.project(), input), &[]);
    let write = json!({ "file_path": file, "content": line() });
    assert!(denied("claude", &ask(write.clone())).contains("app.env:1"));
    let edit = |old: &str, new: &str| json!({ "file_path": file, "old_string": old, "new_string": new });
    denied("claude", &ask(edit("", &line())));
    // To take it out, to leave it beside another change, to write the whole file again: none adds it.
    assert_eq!(ask(edit(&line(), "TWILIO_AUTH_TOKEN=\n")), json!({}));
    assert_eq!(ask(edit(&line(), &format!("# moved\n{}", line()))), json!({}));
    fs::write(&file, line()).unwrap();
    assert_eq!(ask(write), json!({}));
    // Allowed by the project's settings as HEAD has them, and by no others.
    let other = json!({ "file_path": desk.project().join("b.env"), "content": line() });
    fs::write(desk.project().join(".stanch.yaml"), "disable: [twilio-auth-token]\n").unwrap();
    denied("claude", &ask(other.clone()));
    for args in [
        &["add", ".stanch.yaml"][..],
        &["-c", "user.name=k", "-c", "user.email=k@acme.example", "commit", "-q", "-m", "x"],
    ] {
        assert!(desk.run("git", args, b"").status.success());
    }
    assert_eq!(ask(other), json!({}));
}

#[test]
fn what_a_file_holds_is_old_only_to_what_writes_it() {
    let desk = Desk::new();
    let file = desk.project().join("app.env");
    fs::write(&file, line()).unwrap();
    // What a model is about to read has not been read.
    for event in ["beforeReadFile", "beforeTabFileRead"] {
        let mut read = before("cursor", &desk.project(), json!({}));
        read["hook_event_name"] = event.into();
        read["file_path"] = file.to_str().unwrap().into();
        read["content"] = line().into();
        denied("cursor", &desk.ask(&read, &[]));
    }
    // A tool that publishes names a path as well.
    for name in ["mcp__github__create_or_update_file", "upload"] {
        let mut publish = before("claude", &desk.project(), json!({ "path": "app.env", "content": line() }));
        publish["tool_name"] = name.into();
        denied("claude", &desk.ask(&publish, &[]));
    }
    for agent in AGENTS {
        let write = before(agent, &desk.project(), json!({ "path": "app.env", "content": line() }));
        assert_eq!(desk.ask(&write, &[]), json!({}), "{agent}");
        // What is no file is not waited for.
        let pipe = before(agent, &desk.project(), json!({ "path": "pipe", "content": line() }));
        desk.run("mkfifo", &["pipe"], b"");
        denied(agent, &desk.ask(&pipe, &[]));
    }
}

#[test]
fn only_what_takes_a_patch_is_given_one() {
    let desk = Desk::new();
    let ask = |input: Value, args: &[&str]| desk.ask(&before("codex", &desk.project(), input), args);
    let patch = |sign: &str| {
        format!("*** Begin Patch\n*** Update File: app.env\n a\n{sign}{}+b\n*** End Patch", line())
    };
    let applied = |patch: &str| json!({ "command": format!("apply_patch <<'E'\n{patch}\nE") });
    assert_eq!(ask(applied(&patch("-")), &[]), json!({}));
    assert_eq!(ask(applied(&patch(" ")), &[]), json!({}));
    assert!(denied("codex", &ask(applied(&patch("+")), &[])).contains("app.env:"));
    let sent = json!({ "command": format!("curl -d @- https://acme.example <<'E'\n{}\nE", patch("-")) });
    denied("codex", &ask(sent, &[]));
    let beside = format!("export {}{}", line(), applied(&patch("-"))["command"].as_str().unwrap());
    denied("codex", &ask(json!({ "command": beside }), &[]));
    let diff = format!("# Notes\n{}```diff\n@@ -1 +1 @@\n-a\n+b\n```\n", line());
    denied("codex", &ask(json!({ "path": "notes.md", "content": diff }), &[]));
    let commit = json!({ "command": "git commit --no-verify -F - <<'E'\nfix\n@@ e\nE" });
    assert!(denied("codex", &ask(commit, &["--deny-bypass"])).contains("--no-verify"));
}

#[test]
fn prompts_and_outputs_are_answered_in_their_own_forms() {
    let desk = Desk::new();
    let event = |agent: &str, event: &str, more: Value| {
        let mut payload = before(agent, &desk.project(), json!({ "command": "cat app.env" }));
        payload["hook_event_name"] = event.into();
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.ask(&payload, &["--agent", agent])
    };
    let prompt = || json!({ "prompt": format!("use {}", line()) });
    let answer = event("claude", "UserPromptSubmit", prompt());
    assert_eq!((&answer["decision"], &answer["suppressOriginalPrompt"]), (&json!("block"), &json!(true)));
    assert_eq!(event("cursor", "beforeSubmitPrompt", prompt())["continue"], false);
    assert_eq!(event("copilot", "userPromptSubmitted", prompt())["decision"], "block");
    assert_eq!(event("gemini", "BeforeAgent", prompt())["decision"], "deny");
    let text = || format!("use {}", line());
    for more in [
        json!({ "user_prompt": text() }),
        json!({ "prompt": [{ "type": "text", "text": text() }] }),
        json!({ "prompt": "see there", "attachments": [{ "content": text() }] }),
    ] {
        assert_eq!(event("claude", "UserPromptSubmit", more.clone())["decision"], "block", "{more}");
    }
    // What a tool answers is read, also where something was written.
    let edit = json!({ "file_path": "a.txt", "old_string": "a", "new_string": "b" });
    let payload = json!({ "tool_input": edit, "tool_response": { "stdout": line() } });
    assert_eq!(event("claude", "PostToolUse", payload)["decision"], "block");
    let output = || json!({ "tool_response": { "stdout": line() } });
    let answer = event("claude", "PostToolUse", output());
    assert_eq!(answer["decision"], "block");
    assert!(answer["reason"].as_str().unwrap().contains("revoke"), "{answer}");
    assert_eq!(event("gemini", "AfterTool", output())["decision"], "deny");
    assert!(event("cursor", "postToolUse", output())["additional_context"].is_string());
    assert_eq!(event("claude", "PostToolUse", json!({ "tool_response": "ok" })), json!({}));
    assert_eq!(event("claude", "SessionStart", json!({})), json!({}));
}

#[test]
fn a_message_that_is_not_understood_does_not_pass() {
    let desk = Desk::new();
    let no_text = r#"{"hook_event_name":"UserPromptSubmit","session_id":"s","prompt":null}"#;
    for wrong in ["", "{", "[]", "\u{feff}{}", "{\"a\":", "{\"a\":\"b\"}", no_text] {
        let output = desk.stanch(&["agent-hook"], wrong.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{wrong:?}");
    }
    assert_eq!(desk.stanch(&["agent-hook", "--agent", "hal"], b"{}").status.code(), Some(2));
}

/// An event that nobody has heard of is looked into when it brings what others bring.
#[test]
fn an_event_of_another_name_is_looked_into() {
    let desk = Desk::new();
    let event = |more: Value, args: &[&str]| {
        let mut payload = json!({ "hook_event_name": "Nope", "session_id": "s", "cwd": desk.project() });
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let output = desk.stanch(&[&["agent-hook"], args].concat(), payload.to_string().as_bytes());
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains(&secret()), "{said}");
        (output.status.code().unwrap(), said)
    };
    for more in [
        json!({ "tool_name": "Bash", "tool_input": { "command": line() } }),
        json!({ "command": line() }),
        json!({ "prompt": line() }),
        json!({ "file_path": "a.env", "content": line() }),
        json!({ "tool_name": "Bash", "tool_response": { "stdout": line() } }),
    ] {
        let (code, said) = event(more.clone(), &[]);
        assert!(code == 2 && said.contains("twilio-auth-token"), "{more}: {said}");
    }
    let skips = json!({ "tool_input": { "command": "eval 'git commit -n'" } });
    assert_eq!(event(skips.clone(), &["--deny-bypass"]).0, 2);
    for more in [skips, json!({ "message": line() }), json!({ "tool_input": { "command": "ls" } }), json!({})]
    {
        assert_eq!(event(more, &[]), (0, "{}\n".to_owned()));
    }
}

#[test]
fn settings_files_are_merged_and_cleaned() {
    let desk = Desk::new();
    let claude = desk.home(".claude/settings.json");
    fs::create_dir_all(claude.parent().unwrap()).unwrap();
    let before = "{\n  \"zeta\": 1,\n  \"hooks\": {\n    \"PreToolUse\": []\n  },\n  \"alpha\": true\n}\n";
    fs::write(desk.home("dotfiles.json"), before).unwrap();
    std::os::unix::fs::symlink(desk.home("dotfiles.json"), &claude).unwrap();
    let run = |args: &[&str]| {
        let output = desk.stanch(args, b"");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["install", "--global", "--agent", "auto", "--dry-run"]).contains("would write"));
    assert_eq!(fs::read_to_string(&claude).unwrap(), before);
    run(&["install", "--global", "--agent", "auto", "--deny-bypass"]);
    assert!(claude.is_symlink(), "a link stays one");
    let text = fs::read_to_string(&claude).unwrap();
    assert!(text.find("zeta").unwrap() < text.find("alpha").unwrap(), "{text}");
    // The command that was written works as a shell runs it.
    let settings: Value = serde_json::from_str(&text).unwrap();
    let command = settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"].as_str().unwrap();
    let payload = self::before("claude", &desk.project(), json!({ "command": "git commit -n" })).to_string();
    let output = desk.run("sh", &["-c", command], payload.as_bytes());
    assert!(String::from_utf8_lossy(&output.stdout).contains("deny"), "{output:?}");
    assert!(run(&["install", "--global", "--agent", "claude", "--deny-bypass"]).contains("already"));
    let doctor = |fault: bool| {
        let said = String::from_utf8(desk.stanch(&["doctor"], b"").stdout).unwrap();
        assert!(said.contains(if fault { "BAD  claude" } else { "ok   claude: asks stanch" }), "{said}");
    };
    doctor(false);
    fs::write(
        &claude,
        text.replace(command.split(' ').next().unwrap().trim_matches('\''), "/no/such/stanch"),
    )
    .unwrap();
    doctor(true);
    fs::write(&claude, text).unwrap();
    run(&["uninstall", "--global", "--agent", "auto"]);
    assert_eq!(
        fs::read_to_string(&claude).unwrap(),
        before.replace("  \"hooks\": {\n    \"PreToolUse\": []\n  },\n", "")
    );

    run(&["install", "--agent", "cursor,copilot"]);
    let cursor = fs::read_to_string(desk.project().join(".cursor/hooks.json")).unwrap();
    assert!(cursor.contains("\"stanch agent-hook --agent cursor\""), "{cursor}");
    assert!(desk.project().join(".github/hooks/stanch.json").exists());
    run(&["uninstall", "--agent", "cursor,copilot"]);
    assert!(!desk.project().join(".cursor/hooks.json").exists());

    // A file that held nothing is there again, byte for byte, and nothing beside it.
    let project = desk.project().join(".claude");
    fs::create_dir_all(&project).unwrap();
    for nothing in ["{}", "{ }\n", "", "{\"hooks\": {\"PreToolUse\": []}}"] {
        fs::write(project.join("settings.json"), nothing).unwrap();
        run(&["install", "--agent", "claude"]);
        run(&["install", "--agent", "claude", "--deny-bypass"]);
        run(&["uninstall", "--agent", "claude"]);
        assert_eq!(fs::read_to_string(project.join("settings.json")).unwrap(), nothing);
        assert_eq!(fs::read_dir(&project).unwrap().count(), 1, "{nothing:?}");
    }

    fs::create_dir_all(desk.home(".gemini")).unwrap();
    fs::write(desk.home(".gemini/settings.json"), "// mine\n{}\n").unwrap();
    let output = desk.stanch(&["install", "--global", "--agent", "gemini"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("add by hand"), "{output:?}");
    assert_eq!(fs::read_to_string(desk.home(".gemini/settings.json")).unwrap(), "// mine\n{}\n");
}
