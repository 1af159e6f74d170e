//! Tells from a shell command whether it runs git around its hooks.
//!
//! A reader of words, not a shell: variables and substitutions stay as they are written. Who wants to get
//! round it can; it is there for agents that take the short way, and the push, the server and CI look again.

/// What in `command` goes round the hooks, in words; `None` when nothing does.
pub(in crate::cli) fn bypass(command: &str) -> Option<String> {
    commands(command).into_iter().find_map(|words| one(&words))
}

/// Words before a command that run it, or that a shell has there.
const BEFORE: &[&str] = &[
    "sudo", "doas", "env", "command", "exec", "builtin", "export", "declare", "nohup", "setsid", "time",
    "timeout", "nice", "ionice", "stdbuf", "xargs", "if", "then", "elif", "else", "while", "until", "do",
    "!",
];

fn one(words: &[String]) -> Option<String> {
    let mut rest = words;
    // Behind a word that runs what follows stand its own options, and their values.
    let mut may_be_option = false;
    while let Some((first, more)) = rest.split_first() {
        if let Some((name, value)) = assignment(first) {
            if let Some(way) = variable(name, value) {
                return Some(way);
            }
        } else if BEFORE.contains(&first.as_str()) {
            may_be_option = true;
        } else if !may_be_option || !(first.starts_with('-') || is_value(first)) {
            break;
        }
        rest = more;
    }
    let (program, args) = rest.split_first()?;
    let is_first = |word: &str| args.first().is_some_and(|first| first == word);
    match program.rsplit(['/', '\\']).next()?.trim_end_matches(".exe") {
        "git" => git(args),
        name @ ("stanch" | "pre-commit" | "prek" | "lefthook") if is_first("uninstall") => {
            Some(format!("`{name} uninstall` takes the hooks out"))
        }
        "sh" | "bash" | "zsh" | "dash" => {
            let at = args.iter().position(|word| word.starts_with('-') && word.ends_with('c'))?;
            bypass(args.get(at + 1)?)
        }
        "eval" => bypass(&args.join(" ")),
        _ => None,
    }
}

/// Whether a word is the value of an option like `nice -n 10` or `timeout 5m`.
fn is_value(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// What a variable does that is set for a command, or for all that follow.
fn variable(name: &str, value: &str) -> Option<String> {
    if name.starts_with("GIT_CONFIG_")
        && HOOK_SETTINGS.iter().any(|key| value.to_ascii_lowercase().contains(key))
    {
        return Some(format!("{name} leads git away from the hooks"));
    }
    let off = match name {
        "STANCH_SKIP" => true,
        "SKIP" | "PREK_SKIP" => value.split(',').any(|id| id.trim().starts_with("stanch")),
        "HUSKY" => value == "0",
        "LEFTHOOK" => !matches!(value, "1" | "true"),
        // Another file of settings, another program, or names of what is left out.
        "LEFTHOOK_CONFIG" | "LEFTHOOK_BIN" | "LEFTHOOK_EXCLUDE" => !value.is_empty(),
        "OVERCOMMIT_DISABLE" => value == "1",
        // Without its file of settings the manager lets all pass.
        "PRE_COMMIT_ALLOW_NO_CONFIG" => !value.is_empty(),
        _ => false,
    };
    off.then(|| format!("{name} switches the check off"))
}

/// `git` and what follows.
fn git(args: &[String]) -> Option<String> {
    let mut args = args.iter();
    let subcommand = loop {
        let word = args.next()?;
        let setting = match word.as_str() {
            "-c" | "--config-env" => Some(args.next()?.as_str()),
            word => word.strip_prefix("--config-env="),
        };
        if let Some(setting) = setting {
            if is_about_hooks(setting) {
                return Some(format!(
                    "`git -c {}` leads git away from the hooks",
                    setting.split('=').next()?
                ));
            }
            if let Some(way) = setting.split_once('=').and_then(|(name, command)| alias(name, command)) {
                return Some(way);
            }
            continue;
        }
        match word.as_str() {
            "-C" | "--git-dir" | "--work-tree" | "--namespace" | "--exec-path" => {
                args.next()?;
            }
            word if word.starts_with('-') => {}
            word => break word.to_owned(),
        }
    };
    let rest: Vec<&str> = args.map(String::as_str).take_while(|word| *word != "--").collect();
    match subcommand.as_str() {
        "commit" | "merge" | "pull" | "push" | "am" | "rebase" | "cherry-pick" | "revert" => {
            let is_long = |word: &&&str| word.len() >= "--no-v".len() && "--no-verify".starts_with(**word);
            let is_short = subcommand == "commit" && has_n(&rest);
            if let Some(word) = rest.iter().find(is_long) {
                return Some(format!("`git {subcommand} {word}` skips the hooks"));
            }
            is_short.then(|| "`git commit -n` skips the hooks".into())
        }
        "config" => {
            let reads = ["--get", "--get-all", "--list", "-l", "get", "list", "--show-origin"];
            let mut about = rest.iter().filter(|word| is_about_hooks(word));
            let writes = !rest.iter().any(|word| reads.contains(word)) && rest.len() > 1;
            if let Some(way) = rest.windows(2).find_map(|pair| alias(pair[0], pair[1])).filter(|_| writes) {
                return Some(way);
            }
            about
                .next()
                .filter(|_| writes)
                .map(|key| format!("`git config {key}` leads git away from the hooks"))
        }
        _ => None,
    }
}

/// Settings by which git finds hooks, as they begin.
const HOOK_SETTINGS: [&str; 2] = ["core.hookspath", "hook.stanch"];

fn is_about_hooks(setting: &str) -> bool {
    let setting = setting.to_ascii_lowercase();
    HOOK_SETTINGS.iter().any(|key| setting.starts_with(key))
}

/// What a name for a command stands for, if that goes round the hooks.
fn alias(setting: &str, command: &str) -> Option<String> {
    setting.to_ascii_lowercase().strip_prefix("alias.")?;
    match command.strip_prefix('!') {
        Some(line) => bypass(line),
        None => bypass(&format!("git {command}")),
    }
}

/// Whether a word of `git commit` is a cluster of short options with `-n` before one that takes a value. The word behind
/// a cluster that ends in such an option is its value.
fn has_n(words: &[&str]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.starts_with('-')) else {
            continue;
        };
        // `-S` and `-u` take theirs in the same word only.
        let value = cluster.find(['m', 'F', 'C', 'c', 't', 'S', 'u']);
        if cluster[..value.unwrap_or(cluster.len())].contains('n') {
            return true;
        }
        if value.is_some_and(|at| at + 1 == cluster.len()) && !cluster.ends_with(['S', 'u']) {
            words.next();
        }
    }
    false
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then_some((name, value))
}

/// The commands in a line, each as words without their quotes. One within another, as in `$(…)`, stands for itself and
/// is a word of that.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    // What goes on behind the brackets.
    let mut around: Vec<(Vec<String>, Option<String>)> = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '\'')),
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    let escaped = c == '\\' && matches!(chars.peek(), Some('"' | '\\' | '$' | '`'));
                    word.push(if escaped { chars.next().unwrap_or(c) } else { c });
                }
            }
            '\\' if chars.peek() == Some(&'\n') => {
                chars.next();
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            ' ' | '\t' | '\r' => words.extend(word.take()),
            // What is quoted behind it is read as usual, or with escapes.
            '$' if chars.peek() == Some(&'"') => {}
            '$' if chars.peek() == Some(&'\'') => {
                chars.next();
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '\'') {
                    word.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
                }
            }
            '$' if chars.peek() == Some(&'{') => {
                word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '}'));
            }
            '$' if chars.peek() == Some(&'(') => {
                chars.next();
                word.get_or_insert_default();
                around.push((std::mem::take(&mut words), word.take()));
            }
            '\n' | ';' | '&' | '|' | '(' | '`' | '{' | '}' | ')' => {
                words.extend(word.take());
                all.push(std::mem::take(&mut words));
                match c {
                    '(' => around.push(Default::default()),
                    ')' => (words, word) = around.pop().unwrap_or_default(),
                    _ => {}
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    all.push(words);
    all.extend(around.into_iter().map(|(words, _)| words));
    all.retain(|words| !words.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_round_the_hooks_are_seen() {
        for command in [
            "git commit --no-verify -m x",
            "git commit -nm x",
            "git commit -an -m 'x y'",
            "cd a && git add . && git -C b commit --no-veri -m x",
            "git push origin main --no-verify",
            "/usr/bin/git merge --no-verify side",
            "GIT_EDITOR=true git -c core.hooksPath=/dev/null commit -m x",
            "git -c hook.stanch-pre-commit.enabled=false commit",
            "STANCH_SKIP='twilio-auth-token x' git commit -m x",
            "env HUSKY=0 git commit -m x",
            "SKIP=lint,stanch git commit -m x",
            "export STANCH_SKIP=all",
            "git config --local core.hooksPath /tmp/x",
            "git config --unset hook.stanch-pre-commit.event",
            "stanch uninstall",
            "bash -lc \"git commit --no-verify -m 'x'\"",
            "echo $(git commit -n)",
            "git commit -m a \\\n  --no-verify",
            "git --config-env=core.hooksPath=X commit -m x",
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/x git commit -m x",
            "git commit -m x -n",
            "LEFTHOOK=false git commit -m x",
            "LEFTHOOK_EXCLUDE=stanch git commit -m x",
            "PRE_COMMIT_ALLOW_NO_CONFIG=1 git commit -m x",
            "pre-commit uninstall && git commit -m x",
            "nice -n 10 git commit -n",
            "timeout 5m git push --no-verify",
            "if true; then git commit -n; fi",
            "git commit $(echo) -n",
            "git commit -m \"x\" $(date) -n",
            "(cd a; git commit -n)",
            "git commit -n $(",
            "git commit -m ${X} -n",
            "git -c alias.z='commit -n' z",
            "git config alias.z '!HUSKY=0 git commit'",
            "eval 'git commit -n'",
            "eval git commit --no-verify",
            "git commit $'-n' -m x",
            "git commit -m $'it\\'s' $\"--no-verify\"",
            "GIT_CONFIG_PARAMETERS=\"'core.hooksPath=/x'\" git commit",
        ] {
            assert!(bypass(command).is_some(), "{command}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_not() {
        for command in [
            "git commit -m 'never use --no-verify'",
            "git commit -m \"no -n here\" -- -n",
            "git commit -m note",
            "git commit -mn",
            "git commit -m -n",
            "git commit -am -n",
            "git push -n origin main",
            "git merge -n side",
            "git log --grep=--no-verify",
            "echo git commit --no-verify-ish",
            "grep -rn -- --no-verify docs",
            "git config --get core.hooksPath",
            "SKIP=lint git commit -m x",
            "HUSKY=1 git commit",
            "LEFTHOOK=1 LEFTHOOK_VERBOSE=1 git commit -m x",
            "pre-commit run --all-files",
            "git commit -m x $(git log -n 1)",
            "(git add .) && git commit -m x",
            "nice make -n git commit",
            "git -c alias.z='commit -v' z",
            "git config --get alias.z",
            "git commit --no-edit",
            "git commit -m $'\\'-n' -m $\"-n\"",
            "eval 'git commit -m x'",
            "echo $'git commit -n",
            "",
            "'",
        ] {
            assert_eq!(bypass(command), None, "{command}");
        }
    }
}
