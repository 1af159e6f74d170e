//! Reads what a coding agent hands to its hook: who asks, at which moment, and the texts to look into.
//!
//! Shapes: Claude Code <https://code.claude.com/docs/en/hooks>, Codex
//! <https://developers.openai.com/codex/hooks>, Cursor <https://cursor.com/docs/agent/hooks>, GitHub Copilot
//! <https://docs.github.com/en/copilot/reference/hooks-reference>, Gemini CLI
//! <https://geminicli.com/docs/hooks/reference>. Only what is known to be about the session is left out: a secret in
//! a field that nobody has heard of is still a secret.

use std::collections::HashSet;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

use super::characters::whole_characters;
use crate::install::agent::Agent;
use crate::source::given::Text;

/// When an agent asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Moment {
    /// A person's prompt is about to be sent.
    Prompt,
    /// A tool is about to run.
    Before,
    /// A tool has run, and its output is about to be read, or has been.
    After,
}

/// One call of the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Call {
    pub(in crate::cli) agent: Agent,
    pub(in crate::cli) moment: Moment,
    /// The event in the agent's own spelling; some want it back.
    pub(in crate::cli) event: String,
    /// Whether it is one whose answers have a form that is known.
    pub(in crate::cli) is_known: bool,
    /// Where the agent works.
    pub(in crate::cli) folder: Option<PathBuf>,
    /// The shell command that is about to run.
    pub(in crate::cli) command: Option<String>,
    /// The file that is about to be written whole: what it holds now is old.
    pub(in crate::cli) overwrites: Option<PathBuf>,
    /// What to look into.
    pub(in crate::cli) texts: Vec<Text>,
}

/// Names of the field that holds a file's path, in the agents' tools.
const PATHS: &[&str] = &[
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "target_file",
    "absolute_path",
    "relative_path",
    "filename",
    "fileName",
];
/// Names of fields whose text goes into a file.
const NEW: &[&str] = &[
    "content",
    "contents",
    "new_string",
    "newString",
    "new_str",
    "new_source",
    "file_text",
    "insert_text",
    "code_edit",
    "replacement",
];
/// Names of fields that say nothing of what stands in them: prompts, and what a tool printed.
const BARE: &[&str] = &["prompt", "user_prompt", "text", "message", "stdout", "stderr", "lines"];
/// Names of fields that hold a command.
const COMMANDS: &[&str] = &["command", "cmd", "script"];
/// Names of fields whose text leaves a file, or was in it before.
const OLD: &[&str] =
    &["old_string", "oldString", "old_str", "old_source", "oldText", "originalFile", "original_file"];
/// Tools that write a file here, by the names that the agents give their own: what a file holds is old to them. To any
/// other tool it is not: one that publishes has a path and a content too.
const WRITERS: &[&str] = &[
    "Write",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "StrReplace",
    "EditNotebook",
    "ApplyPatch",
    "apply_patch",
    "create",
    "edit",
    "str_replace_editor",
    "create_file",
    "edit_file",
    "replace_string_in_file",
    "multi_replace_string_in_file",
    "insert_edit_into_file",
    "edit_notebook_file",
];
/// The same of Gemini, which calls other people's tools by their bare names.
const GEMINI_WRITERS: &[&str] = &["write_file", "replace"];
/// Tools that take a patch, and the command that does.
const PATCHERS: &[&str] = &["ApplyPatch", "apply_patch"];
/// Names of the field that holds a tool's arguments.
const INPUTS: &[&str] = &["tool_input", "toolInput", "toolArgs", "tool_args", "arguments"];
/// Names of the field that holds what a tool gave back.
const OUTPUTS: &[&str] =
    &["tool_response", "toolResponse", "tool_result", "toolResult", "tool_output", "result_json", "output"];
/// Fields of the message itself that are about the session, and none of what is sent or written.
const ABOUT: &[&str] = &[
    "session_id",
    "sessionId",
    "transcript_path",
    "cwd",
    "hook_event_name",
    "hookEventName",
    "permission_mode",
    "timestamp",
    "conversation_id",
    "generation_id",
    "workspace_roots",
    "cursor_version",
    "user_email",
    "model",
    "turn_id",
    "tool_use_id",
    "tool_name",
    "toolName",
    "agent_id",
    "agent_type",
    "agent_transcript_path",
];

/// Shortest name of a field that may be a secret, bytes.
const LEAST_KEY: usize = 16;

/// Reads a payload. `None` when its event is none that we look into, and it holds nothing of what those hold.
///
/// # Errors
/// It is not a JSON object, or one in which nothing is to be looked into is found.
pub(in crate::cli) fn parse(bytes: &[u8], told: Option<Agent>) -> Result<Option<Call>> {
    let value: Value = serde_json::from_slice(bytes)
        .or_else(|_| serde_json::from_slice(&whole_characters(bytes)))
        .context("the agent's message is not JSON, so nothing could be looked into")?;
    let Value::Object(fields) = value else {
        anyhow::bail!("the agent's message is no JSON object, so nothing could be looked into")
    };
    let event = text(&fields, &["hook_event_name", "hookEventName"]).unwrap_or_default().to_owned();
    let known = moment(&event);
    let Some(moment) = known.or_else(|| likely_moment(&fields)) else {
        if event.is_empty() {
            anyhow::bail!(
                "the agent's message names no event and has none of the fields that are known, so nothing could \
                 be looked into"
            );
        }
        return Ok(None);
    };
    let folder = text(&fields, &["cwd"]).or_else(|| fields.get("workspace_roots")?.get(0)?.as_str());
    let agent = told.unwrap_or_else(|| agent(&event, &fields));
    let tool = text(&fields, &["tool_name", "toolName"]).filter(|_| is_about_any_tool(&event));
    let writers = if agent == Agent::Gemini { GEMINI_WRITERS } else { WRITERS };
    let tool = Tool {
        is_writer: tool.is_some_and(|name| writers.contains(&name)),
        is_patcher: tool.is_some_and(|name| PATCHERS.contains(&name)),
    };
    let mut call = Call {
        agent,
        moment,
        is_known: known.is_some() || event.is_empty(),
        event,
        folder: folder.filter(|folder| !folder.is_empty()).map(PathBuf::from),
        command: None,
        overwrites: None,
        texts: Vec::new(),
    };
    match moment {
        Moment::Prompt => call.read_prompt(&fields)?,
        Moment::Before => call.read_input(&fields, tool),
        Moment::After => call.read_output(&fields, tool),
    }
    Ok(Some(call))
}

/// Whether the agent's own tools come with the event too: there are some for what others run, and for reads.
fn is_about_any_tool(event: &str) -> bool {
    matches!(
        event.to_ascii_lowercase().as_str(),
        "" | "pretooluse" | "beforetool" | "posttooluse" | "aftertool"
    )
}

/// What is known of a tool by its name.
#[derive(Debug, Clone, Copy, Default)]
struct Tool {
    is_writer: bool,
    is_patcher: bool,
}

fn moment(event: &str) -> Option<Moment> {
    match event.to_ascii_lowercase().as_str() {
        "userpromptsubmit" | "userpromptsubmitted" | "beforesubmitprompt" | "beforeagent" => {
            Some(Moment::Prompt)
        }
        "pretooluse"
        | "beforetool"
        | "beforeshellexecution"
        | "beforemcpexecution"
        | "beforereadfile"
        | "beforetabfileread" => Some(Moment::Before),
        "posttooluse" | "aftertool" | "aftershellexecution" | "aftermcpexecution" => Some(Moment::After),
        _ => None,
    }
}

/// The moment by what a message has in it: Copilot's own form does not name its event, and an event that is new or has
/// another name by now brings what others bring.
fn likely_moment(fields: &Map<String, Value>) -> Option<Moment> {
    if any(fields, OUTPUTS) {
        Some(Moment::After)
    } else if [INPUTS, COMMANDS, NEW].iter().any(|names| any(fields, names)) {
        Some(Moment::Before)
    } else {
        any(fields, &["prompt", "user_prompt"]).then_some(Moment::Prompt)
    }
}

fn agent(event: &str, fields: &Map<String, Value>) -> Agent {
    let transcript = text(fields, &["transcript_path"]).unwrap_or_default();
    if fields.contains_key("cursor_version") || fields.contains_key("workspace_roots") {
        Agent::Cursor
    } else if event.starts_with("Before") || event.starts_with("After") {
        Agent::Gemini
    } else if fields.contains_key("turn_id") || transcript.contains(".codex") {
        Agent::Codex
    } else if any(fields, &["toolName", "sessionId"])
        || (!fields.contains_key("transcript_path") && fields.contains_key("timestamp"))
    {
        Agent::Copilot
    } else {
        Agent::Claude
    }
}

/// All that is not about the session and satisfies `is_part`; arguments that stand as JSON in a string are read.
fn content(fields: &Map<String, Value>, is_part: &dyn Fn(&str) -> bool) -> Map<String, Value> {
    let parts = fields.iter().filter(|(name, _)| !ABOUT.contains(&name.as_str()) && is_part(name));
    let read = |(name, value): (&String, &Value)| {
        let inner = value.as_str().filter(|_| INPUTS.contains(&name.as_str()));
        let inner = inner.and_then(|text| serde_json::from_str(text).ok());
        let inner = inner.filter(|inner: &Value| inner.is_object() || inner.is_array());
        (name.clone(), inner.unwrap_or_else(|| value.clone()))
    };
    parts.map(read).collect()
}

/// The path of the file that a tool works on: in its arguments, or where those stand at the top.
fn path_in(input: &Map<String, Value>) -> Option<&str> {
    let arguments = INPUTS.iter().find_map(|name| text(input.get(*name)?.as_object()?, PATHS));
    arguments.or_else(|| text(input, PATHS))
}

impl Call {
    fn add(&mut self, path: &str, new: &str) {
        self.texts.push(Text { path: path.into(), new: new.into(), old: Vec::new(), is_file: false });
    }

    /// Whatever an agent calls the fields of a prompt and how it nests them.
    fn read_prompt(&mut self, fields: &Map<String, Value>) -> Result<()> {
        let mut found = Found::default();
        found.fields(&content(fields, &|_| true));
        // An empty prompt is one.
        anyhow::ensure!(
            found.is_any,
            "the agent's message about a prompt has no text in it, so nothing could be looked into"
        );
        self.add("prompt", &found.rest);
        Ok(())
    }

    fn read_input(&mut self, fields: &Map<String, Value>, tool: Tool) {
        let input = content(fields, &|_| true);
        let mut found = Found { is_edit: true, is_patcher: tool.is_patcher, ..Found::default() };
        found.fields(&input);
        let path = path_in(&input);
        self.command = found.command;
        if !found.new.is_empty() {
            if found.old.is_empty() && tool.is_writer {
                self.overwrites = path.map(PathBuf::from);
            }
            let path = path.map(str::to_owned).or(found.patched);
            let is_file = path.is_some();
            let path = self.shown(&path.unwrap_or_else(|| "input".into()));
            let (new, old) = (found.new.into(), found.old.into());
            self.texts.push(Text { path: path.into(), new, old, is_file });
        }
        if !found.rest.is_empty() {
            let name = if self.command.is_some() { "command" } else { "input" };
            self.add(name, &found.rest);
        }
    }

    fn read_output(&mut self, fields: &Map<String, Value>, tool: Tool) {
        // Cursor's older events have the arguments at the top, beside the output.
        let names: [&[&str]; 2] = if any(fields, INPUTS) { [INPUTS, &[]] } else { [PATHS, COMMANDS] };
        let is_input = |name: &str| names.iter().any(|names| names.contains(&name));
        let input = content(fields, &is_input);
        let mut given = Found { is_edit: true, is_patcher: tool.is_patcher, ..Found::default() };
        given.fields(&input);
        let is_edit = tool.is_writer && !given.new.is_empty();
        let mut found = Found { is_edit, ..Found::default() };
        found.fields(&content(fields, &|name| !is_input(name)));
        let mut output = format!("{}\n{}", found.new, found.rest);
        if is_edit {
            // What was written was looked into before, and what stood there is not the tool's.
            output = without(&output, &[&given.new, &given.old, &found.old]);
        }
        if output.trim().is_empty() {
            return;
        }
        let path = path_in(&input);
        let shown = path.map_or_else(|| "output".to_owned(), |path| self.shown(path));
        self.texts.push(Text {
            path: shown.into(),
            new: output.into(),
            old: Vec::new(),
            is_file: path.is_some(),
        });
    }

    /// A path from where the agent works, as far as it lies there.
    fn shown(&self, path: &str) -> String {
        let plain = |text: &str| text.replace('\\', "/");
        let path = plain(path);
        let inside = self.folder.as_ref().and_then(|folder| {
            let folder = plain(&folder.to_string_lossy());
            Some(path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')?.to_owned())
        });
        inside.unwrap_or(path)
    }
}

/// `text` without the lines of others, also where such a line has its number or a sign of `diff` before it.
fn without(text: &str, others: &[&str]) -> String {
    let known: HashSet<&str> = others.iter().flat_map(|other| other.lines()).map(str::trim).collect();
    let is_known = |line: &str| {
        let line = line.trim();
        let unsigned = line.trim_start_matches(['+', '-']).trim_start();
        let unnumbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let unnumbered = unnumbered.trim_start_matches([':', '|', '→', '\t', ' ']);
        [line, unsigned, unnumbered].iter().any(|line| known.contains(line))
    };
    let left = text.lines().filter(|line| !is_known(line));
    left.flat_map(|line| [line, "\n"]).collect()
}

/// The strings of a value, by what becomes of them.
#[derive(Debug, Default)]
struct Found {
    /// Whether they are what a tool is to write: elsewhere all of a text counts, whatever its field is called.
    is_edit: bool,
    /// Whether the tool takes a patch.
    is_patcher: bool,
    /// There was a string, if only an empty one.
    is_any: bool,
    /// Goes into a file.
    new: String,
    /// Leaves it.
    old: String,
    /// Everything else, each line with the name of its field: names are evidence.
    rest: String,
    command: Option<String>,
    /// The first file that a patch names.
    patched: Option<String>,
}

impl Found {
    fn fields(&mut self, fields: &Map<String, Value>) {
        for (key, value) in fields {
            // What holds everything names nothing.
            let is_all = INPUTS.contains(&key.as_str()) || OUTPUTS.contains(&key.as_str());
            self.walk(if is_all { "" } else { key.as_str() }, value);
            // What no text stands behind may be what it is about itself: `{"ghp_…": ["repo"]}`.
            if !value.is_string() && key.len() >= LEAST_KEY && key.bytes().any(|b| b.is_ascii_digit()) {
                line(&mut self.rest, key);
            }
        }
    }

    fn walk(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) => self.fields(fields),
            Value::Array(items) => items.iter().for_each(|value| self.walk(key, value)),
            Value::String(text) => self.string(key, text),
            Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn string(&mut self, key: &str, text: &str) {
        self.is_any = true;
        let is_bare = key.is_empty() || NEW.contains(&key) || OLD.contains(&key) || BARE.contains(&key);
        if !self.is_edit {
            // A name is evidence of a value, and none of a text.
            match is_bare || text.contains(char::is_whitespace) {
                true => line(&mut self.rest, text),
                false => line(&mut self.rest, &format!("{key}={text}")),
            }
        } else if OLD.contains(&key) {
            line(&mut self.old, text);
        } else if NEW.contains(&key) {
            line(&mut self.new, text);
        } else if COMMANDS.contains(&key) {
            let patch = self.patch_in(text);
            let text = patch.map_or(text.to_owned(), |patch| self.take_patch(text, patch));
            let command = self.command.get_or_insert_default();
            if !command.is_empty() {
                command.push(' ');
            }
            command.push_str(&text);
            line(&mut self.rest, &text);
        } else if let Some(patch) = self.patch_in(text).filter(|_| self.is_patcher) {
            let around = self.take_patch(text, patch);
            line(&mut self.rest, &around);
        } else if is_bare || text.contains('\n') {
            line(&mut self.rest, text);
        } else {
            line(&mut self.rest, &format!("{key}={text}"));
        }
    }

    /// Where a patch in the form of `apply_patch` stands in a text, if that is what takes it: the tool, or the command
    /// on the line above.
    fn patch_in(&self, text: &str) -> Option<Range<usize>> {
        const END: &str = "\n*** End Patch";
        let start = text.find("*** Begin Patch")?;
        let above = text[..start].trim_end().lines().next_back();
        let above = above.or(self.command.as_deref()).unwrap_or_default();
        let is_taken = self.is_patcher
            || above
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .any(|word| word == "apply_patch");
        let end = text[start..].find(END).map_or(text.len(), |end| start + end + END.len());
        is_taken.then_some(start..end)
    }

    /// Reads a patch: what it takes away is old, as is what stays around that. Returns the text without it.
    fn take_patch(&mut self, text: &str, patch: Range<usize>) -> String {
        let mut is_update = false;
        for each in text[patch.clone()].lines() {
            if let Some(rest) = each.strip_prefix("*** ") {
                let name = ["Update File: ", "Add File: "].iter().find_map(|start| rest.strip_prefix(start));
                if let Some(name) = name {
                    self.patched.get_or_insert_with(|| name.trim().to_owned());
                }
                is_update =
                    if rest.starts_with("Move to: ") { is_update } else { rest.starts_with("Update File: ") };
                line(&mut self.new, each);
                continue;
            }
            match each.as_bytes().first() {
                Some(b'+') => line(&mut self.new, &each[1..]),
                Some(b'-') if is_update => line(&mut self.old, &each[1..]),
                Some(b' ') if is_update => {
                    line(&mut self.new, &each[1..]);
                    line(&mut self.old, &each[1..]);
                }
                _ => line(&mut self.new, each),
            }
        }
        format!("{}{}", &text[..patch.start], &text[patch.end..])
    }
}

fn line(to: &mut String, text: &str) {
    to.push_str(text);
    to.push('\n');
}

fn any(fields: &Map<String, Value>, names: &[&str]) -> bool {
    names.iter().any(|name| fields.contains_key(*name))
}

fn text<'f>(fields: &'f Map<String, Value>, names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| fields.get(*name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Call {
        parse(json.as_bytes(), None).unwrap().unwrap()
    }

    fn only(call: &Call) -> (String, String, String) {
        assert_eq!(call.texts.len(), 1, "{call:?}");
        let text = &call.texts[0];
        let word = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text.path.to_string(), word(&text.new), word(&text.old))
    }

    #[test]
    fn each_agent_is_known_by_its_message() {
        for (json, agent, moment) in [
            (
                r#"{"session_id":"1","transcript_path":"/h/.claude/p.jsonl","cwd":"/r","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
                Agent::Claude,
                Moment::Before,
            ),
            (
                r#"{"session_id":"1","transcript_path":null,"turn_id":"2","hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"ls"},"tool_response":"a"}"#,
                Agent::Codex,
                Moment::After,
            ),
            (
                r#"{"conversation_id":"1","cursor_version":"2.4","workspace_roots":["/r"],"hook_event_name":"beforeShellExecution","command":"ls","cwd":""}"#,
                Agent::Cursor,
                Moment::Before,
            ),
            (
                r#"{"sessionId":"1","timestamp":1,"cwd":"/r","toolName":"bash","toolArgs":"{\"command\":\"ls\"}"}"#,
                Agent::Copilot,
                Moment::Before,
            ),
            (
                r#"{"session_id":"1","timestamp":"t","cwd":"/r","hook_event_name":"UserPromptSubmit","prompt":"hi"}"#,
                Agent::Copilot,
                Moment::Prompt,
            ),
            (
                r#"{"session_id":"1","transcript_path":"x","hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"ls"}}"#,
                Agent::Gemini,
                Moment::Before,
            ),
        ] {
            let call = read(json);
            assert_eq!((call.agent, call.moment), (agent, moment), "{json}");
            assert!(call.command.as_deref() == Some("ls") || moment != Moment::Before, "{json}");
        }
        assert_eq!(parse(br#"{"hook_event_name":"SessionStart"}"#, None).unwrap(), None);
        for wrong in ["", "[]", "{", "null", "\"x\""] {
            assert!(parse(wrong.as_bytes(), None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_edit_is_a_new_text_for_an_old_one() {
        let call = read(
            r#"{"hook_event_name":"PreToolUse","transcript_path":"t","cwd":"/r/","tool_name":"Edit","tool_input":{"file_path":"/r/src/a.py","old_string":"a","new_string":"b"}}"#,
        );
        assert_eq!(call.overwrites, None);
        assert_eq!(
            call.texts[0],
            Text { path: "src/a.py".into(), new: "b\n".into(), old: "a\n".into(), is_file: true }
        );
        let call = read(
            r#"{"hook_event_name":"PreToolUse","transcript_path":"t","cwd":"/r","tool_name":"Write","tool_input":{"file_path":"/r/a.py","content":"b"}}"#,
        );
        assert_eq!(call.overwrites, Some("/r/a.py".into()));
        let call = read(
            r#"{"hook_event_name":"PreToolUse","transcript_path":"t","cwd":"C:\\r","tool_input":{"file_path":"C:\\r\\src\\a.py","content":"b"}}"#,
        );
        assert_eq!(call.texts[0].path, "src/a.py");
    }

    #[test]
    fn a_prompt_is_read_however_it_is_given() {
        for (more, expected) in [
            (r#""prompt":"a b""#, "a b\n"),
            (r#""user_prompt":"a b""#, "a b\n"),
            (r#""prompt":[{"type":"text","text":"a b"},{"text":"- c"}]"#, "a b\ntype=text\n- c\n"),
            (r#""prompt":"a b","attachments":[{"content":"c"}]"#, "c\na b\n"),
            (r#""prompt":"*** Begin Patch\n-a""#, "*** Begin Patch\n-a\n"),
            (r#""oldText":"a""#, "a\n"),
        ] {
            let call = read(&format!(r#"{{"hook_event_name":"UserPromptSubmit","session_id":"1",{more}}}"#));
            let (path, new, old) = only(&call);
            assert_eq!((path.as_str(), new.as_str(), old.as_str()), ("prompt", expected, ""), "{more}");
        }
        for none in [r#"{"hook_event_name":"UserPromptSubmit","session_id":"1","prompt":5}"#, r#"{"q":"a"}"#]
        {
            assert!(parse(none.as_bytes(), None).is_err(), "{none}");
        }
    }

    #[test]
    fn of_a_patch_the_added_lines_are_new() {
        let call = read(
            r#"{"hook_event_name":"PreToolUse","turn_id":"1","tool_input":{"command":["apply_patch","*** Begin Patch\n*** Update File: a.py\n x\n-old\n+new\n*** End Patch"]}}"#,
        );
        let text = &call.texts[0];
        let word = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(text.path, "a.py");
        assert!(word(&text.new).contains("\nx\nnew\n") && word(&text.old) == "x\nold\n", "{text:?}");
        assert_eq!(call.command.as_deref(), Some("apply_patch "));
        let given = read(
            r#"{"hook_event_name":"PreToolUse","turn_id":"1","tool_name":"apply_patch","tool_input":{"input":"*** Begin Patch\n*** Add File: b\n-a\n+b\n*** End Patch"}}"#,
        );
        // A file that is added has nothing old.
        assert_eq!((word(&given.texts[0].new).contains("\n-a\nb\n"), given.texts[0].old.len()), (true, 0));
    }

    #[test]
    fn what_only_looks_like_a_patch_is_new() {
        let patch = r"*** Begin Patch\n*** Update File: a\n-old\n x\n+new\n*** End Patch";
        let unified = r"--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-old\n x\n+new\n";
        for (tool, input) in [
            ("Bash", format!(r#"{{"command":"curl -d @- https://a.example <<E\n{patch}\nE"}}"#)),
            ("Bash", format!(r#"{{"command":"git apply <<E\n{unified}E"}}"#)),
            ("Write", format!(r#"{{"file_path":"a.md","content":"key\n{patch}\n"}}"#)),
            ("Write", format!(r#"{{"file_path":"a.patch","content":"{unified}"}}"#)),
            ("mcp__gist__create", format!(r#"{{"diff":"{unified}"}}"#)),
            ("mcp__gist__create", format!(r#"{{"patch":"{patch}"}}"#)),
        ] {
            let call = read(&format!(
                r#"{{"hook_event_name":"PreToolUse","transcript_path":"t","tool_name":"{tool}","tool_input":{input}}}"#
            ));
            let texts = &call.texts;
            let holds =
                |word: &[u8]| texts.iter().any(|text| text.new.windows(word.len()).any(|at| at == word));
            assert!(
                holds(b"-old\n") && holds(b" x\n") && texts.iter().all(|text| text.old.is_empty()),
                "{call:?}"
            );
        }
        // What stands beside a patch in the same command is no part of it.
        let call = read(&format!(
            r#"{{"hook_event_name":"PreToolUse","turn_id":"1","tool_input":{{"command":"export A=b\napply_patch <<'E'\n{patch}\nE\n-c\n d"}}}}"#
        ));
        assert_eq!(call.command.as_deref(), Some("export A=b\napply_patch <<'E'\n\nE\n-c\n d"));
        assert_eq!(call.texts[0].old, b"old\nx\n");
        let output = read(
            r#"{"hook_event_name":"PostToolUse","transcript_path":"t","tool_name":"mcp__x","tool_input":{"content":"y","path":"q"},"tool_response":{"text":"@@ -1 +1 @@\n y\n"}}"#,
        );
        assert_eq!(only(&output).1, "\n@@ -1 +1 @@\n y\n\n");
    }

    #[test]
    fn only_a_tool_that_writes_here_takes_the_place_of_a_file() {
        let cursor = r#""cursor_version":"2.4","workspace_roots":["/r"],"file_path":"/r/a","content":"b""#;
        let tool = |name: &str| {
            format!(r#""transcript_path":"t","tool_name":"{name}","tool_input":{{"path":"a","content":"b"}}"#)
        };
        for (event, more, overwrites) in [
            ("beforeReadFile", cursor.to_owned(), false),
            ("beforeTabFileRead", cursor.to_owned(), false),
            ("beforeMCPExecution", tool("create"), false),
            ("PreToolUse", tool("mcp__github__create_or_update_file"), false),
            ("PreToolUse", tool("publish"), false),
            ("PreToolUse", tool("Write"), true),
            ("BeforeTool", tool("create"), false),
            ("BeforeTool", tool("write_file"), true),
        ] {
            let call = read(&format!(r#"{{"hook_event_name":"{event}",{more}}}"#));
            assert_eq!(call.overwrites.is_some(), overwrites, "{event} {more}");
            assert_eq!(call.texts[0].new, b"b\n", "{event} {more}");
        }
    }

    #[test]
    fn half_a_character_is_read_as_a_sign_of_its_own() {
        let call = read(
            r#"{"hook_event_name":"UserPromptSubmit","session_id":"1","prompt":"a \ud83d \ude00\ud83d\ude00 \\ud83d \ud83d"}"#,
        );
        assert_eq!(only(&call).1, "a \u{fffd} \u{fffd}\u{1f600} \\ud83d \u{fffd}\n");
        assert!(parse(br#"{"prompt":"\ud8"#, None).is_err());
    }

    #[test]
    fn names_of_unknown_fields_are_kept_as_evidence() {
        let call = read(
            r#"{"hook_event_name":"PreToolUse","transcript_path":"t","tool_name":"mcp__x","tool_input":{"twilio":{"auth_token":"v"},"n":1}}"#,
        );
        assert_eq!(only(&call), ("input".into(), "auth_token=v\n".into(), String::new()));
    }

    #[test]
    fn a_name_that_may_be_a_secret_is_looked_into() {
        let key = "k9".repeat(12);
        let call = read(&format!(
            r#"{{"hook_event_name":"PreToolUse","transcript_path":"t","tool_name":"mcp__x","tool_input":{{"a":{{"{key}":["repo"],"scopes2":[1]}}}}}}"#
        ));
        assert_eq!(only(&call).1, format!("{key}=repo\n{key}\n"));
        let call = read(&format!(
            r#"{{"hook_event_name":"PreToolUse","transcript_path":"t","tool_name":"mcp__x","tool_input":{{"{key}":true}}}}"#
        ));
        assert_eq!(only(&call).1, format!("{key}\n"));
    }

    #[test]
    fn what_was_written_is_not_looked_into_twice() {
        let call = read(
            r#"{"hook_event_name":"PostToolUse","transcript_path":"t","tool_name":"Edit","tool_input":{"file_path":"a","content":"b"},"tool_response":{"content":"b"}}"#,
        );
        assert!(call.texts.is_empty(), "{call:?}");
        let call = read(
            r#"{"hook_event_name":"PostToolUse","transcript_path":"t","tool_name":"Edit","tool_input":{"file_path":"a","old_string":"x","new_string":"b"},"tool_response":{"originalFile":"x\ny\n","structuredPatch":[{"lines":[" y","-x","+b"]}],"note":"   1→b\nleft: z"}}"#,
        );
        assert_eq!(only(&call), ("a".into(), "left: z\n".into(), String::new()));
        let call = read(
            r#"{"hook_event_name":"PostToolUse","transcript_path":"t","cwd":"/r","tool_input":{"file_path":"/r/a"},"tool_response":{"file":{"content":"b"}}}"#,
        );
        assert_eq!(only(&call).0, "a");
    }
}
