//! Coding agents: where each keeps the settings of its hooks, and how our entries go in and out of them.
//!
//! The files belong to somebody else. Ours are the entries whose command runs `stanch agent-hook`; all else
//! stays as it was, in its order. A file that is not plain JSON is left alone, and what to add is said.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::Change;
use super::doctor::{Health, Report};
use super::plan::Plan;
use super::{Environment, stub};

/// A coding agent that runs hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agent {
    /// <https://code.claude.com/docs/en/hooks>
    Claude,
    /// <https://developers.openai.com/codex/hooks>
    Codex,
    /// <https://cursor.com/docs/agent/hooks>
    Cursor,
    /// <https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-hooks-reference>
    Copilot,
    /// <https://geminicli.com/docs/hooks/reference>
    Gemini,
}

impl Agent {
    /// Every one.
    pub const ALL: [Agent; 5] = [Agent::Claude, Agent::Codex, Agent::Cursor, Agent::Copilot, Agent::Gemini];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Agent::Claude => "claude",
            Agent::Codex => "codex",
            Agent::Cursor => "cursor",
            Agent::Copilot => "copilot",
            Agent::Gemini => "gemini",
        }
    }

    /// The folder below the home directory that shows a person uses it.
    pub fn home_folder(self) -> &'static str {
        match self {
            Agent::Claude => ".claude",
            Agent::Codex => ".codex",
            Agent::Cursor => ".cursor",
            Agent::Copilot => ".copilot",
            Agent::Gemini => ".gemini",
        }
    }

    /// The file with its hooks, below the home directory or the top of a project.
    pub fn file(self, reach: Reach) -> &'static str {
        match (self, reach) {
            (Agent::Claude, _) => ".claude/settings.json",
            (Agent::Codex, _) => ".codex/hooks.json",
            (Agent::Cursor, _) => ".cursor/hooks.json",
            (Agent::Copilot, Reach::User) => ".copilot/hooks/stanch.json",
            (Agent::Copilot, Reach::Project) => ".github/hooks/stanch.json",
            (Agent::Gemini, _) => ".gemini/settings.json",
        }
    }

    /// The events to answer, and the pattern of tools for those that want one.
    fn events(self) -> &'static [(&'static str, Option<&'static str>)] {
        match self {
            Agent::Claude | Agent::Codex => {
                &[("UserPromptSubmit", None), ("PreToolUse", Some("*")), ("PostToolUse", Some("*"))]
            }
            Agent::Cursor => &[
                ("beforeSubmitPrompt", None),
                ("preToolUse", None),
                ("beforeReadFile", None),
                ("postToolUse", None),
            ],
            Agent::Copilot => &[("userPromptSubmitted", None), ("preToolUse", None), ("postToolUse", None)],
            Agent::Gemini => &[("BeforeAgent", None), ("BeforeTool", Some(".*")), ("AfterTool", Some(".*"))],
        }
    }

    /// One entry, in the form of this agent.
    fn entry(self, matcher: Option<&str>, command: &str) -> Value {
        let hook = match self {
            // Seconds; Gemini counts milliseconds.
            Agent::Claude | Agent::Codex => json!({ "type": "command", "command": command, "timeout": 30 }),
            Agent::Gemini => {
                json!({ "name": "stanch", "type": "command", "command": command, "timeout": 30_000 })
            }
            Agent::Cursor => return json!({ "command": command }),
            Agent::Copilot => {
                // PowerShell takes a quoted word for a text unless it is told to run it.
                let call =
                    if command.starts_with('\'') { format!("& {command}") } else { command.to_owned() };
                return json!({ "type": "command", "bash": command, "powershell": call, "timeoutSec": 30 });
            }
        };
        match matcher {
            Some(matcher) => json!({ "matcher": matcher, "hooks": [hook] }),
            None => json!({ "hooks": [hook] }),
        }
    }

    /// What a person has to know once the entries are in.
    fn note(self) -> Option<&'static str> {
        match self {
            Agent::Codex => {
                Some("codex runs a new hook only after you have looked at it: start `codex`, then `/hooks`")
            }
            Agent::Claude => Some("claude asks nobody for files that you name with @ in a prompt"),
            Agent::Cursor | Agent::Copilot | Agent::Gemini => None,
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Agent {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Agent> {
        Agent::ALL.into_iter().find(|agent| agent.name() == text).with_context(|| {
            let known: Vec<&str> = Agent::ALL.iter().map(|agent| agent.name()).collect();
            format!("`{text}` is no agent that stanch knows; choose from {}", known.join(", "))
        })
    }
}

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The person's, for all projects.
    User,
    /// A project's, which its team shares.
    Project,
}

/// What to put in or take out.
#[derive(Debug, Clone)]
pub struct AgentRequest {
    /// Which agents; `None` for those whose folder is in the home directory.
    pub agents: Option<Vec<Agent>>,
    /// In whose settings.
    pub reach: Reach,
    /// Whether commands that go round git's hooks are denied too.
    pub deny_bypass: bool,
    /// The absolute path of the program.
    pub binary: PathBuf,
    /// The top of the project.
    pub top: PathBuf,
}

impl AgentRequest {
    fn agents(&self, environment: &Environment) -> Result<Vec<Agent>> {
        if let Some(agents) = &self.agents {
            return Ok(agents.clone());
        }
        let home = home(environment)?;
        let used: Vec<Agent> =
            Agent::ALL.into_iter().filter(|agent| home.join(agent.home_folder()).is_dir()).collect();
        if used.is_empty() {
            bail!("no coding agent that stanch knows has a folder in {}: name one", home.display());
        }
        Ok(used)
    }

    fn path(&self, agent: Agent, environment: &Environment) -> Result<PathBuf> {
        Ok(match self.reach {
            Reach::User => home(environment)?.join(agent.file(Reach::User)),
            Reach::Project => self.top.join(agent.file(Reach::Project)),
        })
    }

    /// A project's file goes to other machines, so no path of this one stands in it.
    fn command(&self, agent: Agent) -> String {
        let program = match self.reach {
            Reach::User => String::from_utf8_lossy(&stub::quote(&self.binary)).into_owned(),
            Reach::Project => "stanch".to_owned(),
        };
        let more = if self.deny_bypass { " --deny-bypass" } else { "" };
        format!("{program} agent-hook --agent {agent}{more}")
    }
}

fn home(environment: &Environment) -> Result<&Path> {
    environment.home.as_deref().context("HOME is not set, so there is no place for a person's settings")
}

/// Decides what to write so that the agents ask us.
///
/// # Errors
/// A file is there and is not plain JSON of the expected form; the error says what to add by hand.
pub fn plan(request: &AgentRequest, environment: &Environment) -> Result<Plan> {
    let mut plan = Plan::default();
    for agent in request.agents(environment)? {
        let path = request.path(agent, environment)?;
        let command = request.command(agent);
        let before = read(&path)?;
        let after =
            with_entries(agent, before.as_deref().unwrap_or_default(), &command).with_context(|| {
                let entries: Vec<String> = agent
                    .events()
                    .iter()
                    .map(|(event, matcher)| format!("    hooks.{event}: {}", agent.entry(*matcher, &command)))
                    .collect();
                format!("{} is left as it is; add by hand:\n{}", path.display(), entries.join("\n"))
            })?;
        if before.as_deref() == Some(after.as_str()) {
            plan.unchanged.push(path.display().to_string());
            continue;
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            plan.changes.push(Change::MakeFolder(folder.to_owned()));
        }
        // Our entries taken out, nothing would tell it from a file that was not there.
        if let (Some(before), None) = (before.filter(|text| !is_ours(text)), without_entries(&after)?) {
            plan.changes.push(write_through(aside(&path), before));
        }
        plan.changes.push(write_through(path, after));
        plan.notes.extend(agent.note().map(str::to_owned));
    }
    if request.reach == Reach::Project {
        plan.notes
            .push("these files are the project's: commit them; everyone needs stanch on PATH then".into());
    }
    Ok(plan)
}

/// Decides what to take away again.
///
/// # Errors
/// A file of ours cannot be read.
pub fn removal(request: &AgentRequest, environment: &Environment) -> Result<Plan> {
    let mut plan = Plan::default();
    let agents = match &request.agents {
        Some(agents) => agents.clone(),
        None => Agent::ALL.to_vec(),
    };
    for agent in agents {
        let path = request.path(agent, environment)?;
        let Some(before) = read(&path)?.filter(|text| is_ours(text)) else { continue };
        let aside = aside(&path);
        let kept = read(&aside)?;
        plan.changes.push(match (without_entries(&before)?, &kept) {
            (Some(after), _) => write_through(path, after),
            (None, Some(kept)) => write_through(path, kept.clone()),
            (None, None) => Change::Remove(path),
        });
        plan.changes.extend(kept.map(|_| Change::Remove(aside)));
    }
    Ok(plan)
}

/// Tells `doctor` which agents ask us, and which that are in use here do not.
pub(super) fn check(report: &mut Report, top: Option<&Path>, environment: &Environment) {
    let Some(home) = environment.home.as_deref() else { return };
    for agent in Agent::ALL {
        let files =
            [Some(home.join(agent.file(Reach::User))), top.map(|top| top.join(agent.file(Reach::Project)))];
        let ours: Vec<(PathBuf, String)> = files
            .into_iter()
            .flatten()
            .filter_map(|path| Some((path.clone(), read(&path).ok()?.filter(|text| is_ours(text))?)))
            .collect();
        for (path, text) in &ours {
            let gone = programs(text).into_iter().find(|program| program.is_absolute() && !program.is_file());
            match gone {
                Some(program) => report.add(
                    agent.name(),
                    Health::Bad,
                    format!("{} names {}, which is no program", path.display(), program.display()),
                    Some(&format!("stanch install --global --agent {agent}")),
                ),
                None => {
                    report.add(agent.name(), Health::Ok, format!("asks stanch: {}", path.display()), None)
                }
            }
        }
        if ours.is_empty() && home.join(agent.home_folder()).is_dir() {
            let fix = format!("stanch install --global --agent {agent}");
            report.add(agent.name(), Health::Note, "is used here and does not ask stanch", Some(&fix));
        }
    }
}

/// The programs of our commands in a settings file. That need not be plain JSON: a person may have added them by hand.
fn programs(text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let mut is_escaped = false;
        let end = rest[start + 1..].find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let Some(end) = end.map(|end| start + 1 + end + 1) else { break };
        let string = serde_json::from_str::<String>(&rest[start..end]);
        found.extend(string.ok().as_deref().and_then(program));
        rest = &rest[end..];
    }
    found
}

/// The program that a command of ours runs: `'/opt/stanch' agent-hook …`, in PowerShell behind `& `.
fn program(command: &str) -> Option<PathBuf> {
    const WORD: &str = " agent-hook";
    let command = command.strip_prefix("& ").unwrap_or(command);
    let (at, _) = command.match_indices(WORD).find(|(at, _)| {
        let is_word = command[at + WORD.len()..].chars().next().is_none_or(char::is_whitespace);
        // Quotes may hold such a word too.
        is_word && (!command.starts_with('\'') || stub::unquote(&command.as_bytes()[..*at]).is_some())
    })?;
    let program = match &command[..at] {
        quoted if quoted.starts_with('\'') => {
            PathBuf::from(super::git::os_string(&stub::unquote(quoted.as_bytes())?))
        }
        word if !word.contains(char::is_whitespace) => PathBuf::from(word),
        _ => return None,
    };
    (program.file_stem()? == "stanch").then_some(program)
}

/// Where a settings file is kept that held nothing: it comes back when our entries go.
fn aside(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.into_os_string();
    name.push(".stanch-kept");
    name.into()
}

/// Who keeps settings in another place, by a link, goes on doing so.
fn write_through(path: PathBuf, text: String) -> Change {
    let path = path.canonicalize().unwrap_or(path);
    Change::Write { path, text: text.into_bytes(), executable: false }
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Whether a text has a command of ours in it.
fn is_ours(text: &str) -> bool {
    !programs(text).is_empty()
}

/// JSON that keeps the order of its keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Node {
    Object(IndexMap<String, Node>),
    Array(Vec<Node>),
    Other(Value),
}

type Object = IndexMap<String, Node>;

impl Node {
    fn of(value: &Value) -> Node {
        match value {
            Value::Object(fields) => {
                Node::Object(fields.iter().map(|(key, value)| (key.clone(), Node::of(value))).collect())
            }
            Value::Array(items) => Node::Array(items.iter().map(Node::of).collect()),
            other => Node::Other(other.clone()),
        }
    }

    fn is_ours(&self) -> bool {
        serde_json::to_string(self).is_ok_and(|text| is_ours(&text))
    }
}

fn parse(text: &str) -> Result<Object> {
    if text.trim().is_empty() {
        return Ok(Object::new());
    }
    serde_json::from_str(text).context("it is not plain JSON (comments?)")
}

fn with_entries(agent: Agent, text: &str, command: &str) -> Result<String> {
    let mut file = parse(text)?;
    let before = file.clone();
    if matches!(agent, Agent::Cursor | Agent::Copilot) {
        file.entry("version".to_owned()).or_insert(Node::Other(json!(1)));
    }
    let hooks = file.entry("hooks".to_owned()).or_insert_with(|| Node::Object(Object::new()));
    let Node::Object(hooks) = hooks else { bail!("its `hooks` is no object") };
    for (event, matcher) in agent.events() {
        let list = hooks.entry((*event).to_owned()).or_insert_with(|| Node::Array(Vec::new()));
        let Node::Array(list) = list else { bail!("its `hooks.{event}` is no list") };
        let entry = Node::of(&agent.entry(*matcher, command));
        if !list.contains(&entry) || list.iter().filter(|node| node.is_ours()).count() > 1 {
            drop_ours(list);
            list.push(entry);
        }
    }
    if file == before { Ok(text.to_owned()) } else { write(&file, text) }
}

/// `None` when nothing but our own frame would be left.
fn without_entries(text: &str) -> Result<Option<String>> {
    let mut file = parse(text)?;
    if let Some(Node::Object(hooks)) = file.get_mut("hooks") {
        for node in hooks.values_mut() {
            if let Node::Array(list) = node {
                drop_ours(list);
            }
        }
        hooks.retain(|_, node| !matches!(node, Node::Array(list) if list.is_empty()));
        if hooks.is_empty() {
            file.shift_remove("hooks");
        }
    }
    let is_frame = file.keys().all(|key| key == "version");
    if is_frame { Ok(None) } else { write(&file, text).map(Some) }
}

/// Takes our entries out of a list; of a group that holds others too, only ours.
fn drop_ours(list: &mut Vec<Node>) {
    list.retain_mut(|node| {
        if !node.is_ours() {
            return true;
        }
        let Node::Object(group) = node else { return false };
        let Some(Node::Array(inner)) = group.get_mut("hooks") else { return false };
        inner.retain(|hook| !hook.is_ours());
        !inner.is_empty()
    });
}

/// As the file was indented before.
fn write(file: &Object, like: &str) -> Result<String> {
    let blank = |c: char| c == ' ' || c == '\t';
    let lines = like.lines().map(|line| &line[..line.len() - line.trim_start_matches(blank).len()]);
    let indent = lines.into_iter().find(|indent| !indent.is_empty()).unwrap_or("  ");
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    file.serialize(&mut serde_json::Serializer::with_formatter(&mut out, format))?;
    let mut text = String::from_utf8(out)?;
    if like.is_empty() || like.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = "{\n    \"model\": \"opus\",\n    \"hooks\": {\n        \"PreToolUse\": [\n            {\n                \"matcher\": \"Bash\",\n                \"hooks\": [\n                    {\n                        \"type\": \"command\",\n                        \"command\": \"lint\"\n                    }\n                ]\n            }\n        ]\n    },\n    \"a\": 1.0\n}\n";

    #[test]
    fn entries_go_in_once_and_out_without_a_trace() {
        for agent in Agent::ALL {
            for before in [SETTINGS, "{\n\t\"x\": [\n\t\t1\n\t]\n}"] {
                let command = format!("'/o'\\''brien/stanch' agent-hook --agent {agent}");
                let once = with_entries(agent, before, &command).unwrap();
                assert_eq!(with_entries(agent, &once, &command).unwrap(), once);
                let moved = with_entries(agent, &once, &command.replace("brien", "hara")).unwrap();
                assert_eq!(moved.matches("brien").count(), 0, "{moved}");
                let left = without_entries(&moved).unwrap().unwrap();
                assert_eq!(
                    left.replace("    \"version\": 1,\n", "")
                        .replace(",\n    \"version\": 1", "")
                        .replace(",\n\t\"version\": 1", ""),
                    before,
                    "{agent}"
                );
            }
            let alone = with_entries(agent, "", "stanch agent-hook").unwrap();
            assert_eq!(without_entries(&alone).unwrap(), None, "{alone}");
        }
    }

    #[test]
    fn a_group_that_others_share_keeps_their_hooks() {
        let shared = r#"{"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"command":"lint"},{"command":"stanch agent-hook"}]}]}}"#;
        let left = without_entries(shared).unwrap().unwrap();
        assert!(left.contains("lint") && !left.contains("stanch"), "{left}");
    }

    #[test]
    fn a_command_is_ours_by_its_program() {
        for (command, is_ours) in [
            ("stanch agent-hook", true),
            ("'/o'\\''brien/my agent-hook/stanch' agent-hook --agent claude", true),
            ("& 'C:/tools/stanch.exe' agent-hook", true),
            ("/usr/bin/stanch agent-hook --deny-bypass", true),
            ("/src/stanch-tools/agent-hook-lint.sh", false),
            ("/src/stanch-tools/lint agent-hook", false),
            ("stanch agent-hooks", false),
            ("echo stanch agent-hook", false),
            ("'/usr/bin/lint' agent-hook stanch", false),
        ] {
            assert_eq!(program(command).is_some(), is_ours, "{command}");
            let text = json!({ "hooks": [{ "command": command }] }).to_string();
            assert_eq!(!programs(&text).is_empty(), is_ours, "{text}");
        }
        let by_hand = "{ // mine\n \"command\": \"stanch agent-hook\" }";
        assert!(is_ours(by_hand));
        let others =
            r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"/src/stanch-tools/agent-hook-lint.sh"}]}]}}"#;
        let both = with_entries(Agent::Claude, others, "stanch agent-hook").unwrap();
        assert!(both.contains("agent-hook-lint.sh"), "{both}");
        assert!(without_entries(&both).unwrap().unwrap().contains("agent-hook-lint.sh"));
    }

    #[test]
    fn what_is_not_plain_json_is_left_alone() {
        for odd in ["// c\n{}", "[]", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}"] {
            assert!(with_entries(Agent::Claude, odd, "stanch agent-hook").is_err(), "{odd}");
        }
    }
}
