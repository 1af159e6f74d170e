//! Which environment variable the code reads instead of the secret: that of the rule, one like the name in the file, or the
//! one that the line sets.

use std::borrow::Cow;

use super::language::Language;
use super::line::Line;
use crate::finding::{Block, Excerpt, Finding, Location};

/// Names that would fit anybody's secret: not worth a variable.
const BARE: [&str; 12] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASS",
    "PASSWD",
    "PWD",
    "AUTH",
    "VALUE",
    "DATA",
    "CREDENTIALS",
    "DEFAULT",
];
/// Words that say with those of what sort a secret is, and not whose: API_KEY, CLIENT_SECRET.
const SORTS: [&str; 10] =
    ["API", "ACCESS", "APP", "CLIENT", "PRIVATE", "SIGNING", "SUBSCRIPTION", "X", "AUTHORIZATION", "HEADER"];

/// The variable of the rule; where that cannot know what the secret is for, the name it is given in the file:
/// `frobToken = "…"` becomes FROB_TOKEN. So does a name that says more: ACME_TEST_TOKEN is not ACME_TOKEN, whose value
/// the tests must not get.
pub(super) fn of(finding: &Finding) -> Cow<'static, str> {
    let rule = finding.rule;
    let own = rule.page().fix.env;
    let is_known = !rule.vendor.is_generic() && !rule.detect.origin.is_name();
    if is_known && is_address(finding.secret.expose()) {
        return of_address(own);
    }
    let given = finding.locations.first().and_then(|place| given_to(place.wide_line()));
    // Two vendors' keys in one file may have the same name; they cannot have the same variable.
    let says = |given: &String| match is_known {
        true => says_more(given, own),
        false => rule.vendor.is_generic() || !is_sort(given),
    };
    given.filter(says).map_or(Cow::Borrowed(own), Cow::Owned)
}

/// Whether a name says nothing but of what sort a secret is.
fn is_sort(name: &str) -> bool {
    name.split('_').all(|word| BARE.contains(&word) || SORTS.contains(&word))
}

/// Whether a name holds all words of a variable, in order, and others. A header's says no more: `X-Acme-Token`.
fn says_more(name: &str, variable: &str) -> bool {
    let mut words = name.split('_');
    name.len() > variable.len()
        && !name.starts_with("X_")
        && variable.split('_').all(|word| words.any(|other| other == word))
}

/// Whether a secret is a whole URL.
pub(super) fn is_address(secret: &[u8]) -> bool {
    let scheme = secret.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    scheme > 0 && secret[scheme..].starts_with(b"://")
}

/// The name of a variable that holds the URL, where the rule names the token in it: TELEGRAM_BOT_URL.
fn of_address(variable: &'static str) -> Cow<'static, str> {
    let token = ["_TOKEN", "_KEY", "_SECRET"].into_iter().find_map(|end| variable.strip_suffix(end));
    token.map_or(Cow::Borrowed(variable), |start| Cow::Owned(format!("{start}_URL")))
}

/// The name left of the masked value, as variables are written; `None` where none is, or none that says anything.
fn given_to(excerpt: &Excerpt) -> Option<String> {
    let before: String = excerpt.text.chars().take(excerpt.start).collect();
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '\\' | ' ' | '\t');
    let before = before.trim_end_matches(is_quote);
    let name = before.strip_suffix("=>").or(before.strip_suffix(":="));
    let name = name.or(before.strip_suffix('=')).or(before.strip_suffix(':'))?.trim_end_matches(is_quote);
    let name = last_word(untyped(name))?;
    let mut variable = String::new();
    let mut previous = ' ';
    for c in name.trim_matches(|c| matches!(c, '_' | '-')).chars() {
        let rises = c.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if (rises || c == '-') && !variable.ends_with('_') {
            variable.push('_');
        }
        variable.extend((c != '-').then_some(c.to_ascii_uppercase()));
        previous = c;
    }
    let starts = variable.starts_with(|c: char| c.is_ascii_uppercase());
    (starts && variable.len() >= 4 && !BARE.contains(&variable.as_str())).then_some(variable)
}

/// What stands left of a type: `let name: &str`, `Const NAME As String`.
fn untyped(text: &str) -> &str {
    let kind = last_word(text).unwrap_or_default();
    let left = text[..text.len() - kind.len()].trim_end();
    let left = left.strip_suffix("&'static").unwrap_or(left).trim_end_matches(['&', ' ', '\t']);
    let name = left.strip_suffix(':').filter(|name| !name.ends_with(':'));
    let name = name.or_else(|| left.strip_suffix(" As")).or_else(|| left.strip_suffix(" as"));
    name.map_or(text, str::trim_end)
}

fn last_word(text: &str) -> Option<&str> {
    text.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).next()
}

/// The variable that the place gives the value to: a program reads it under that name, whatever the rule calls it.
pub(super) fn set_there(place: &Location, language: Language, line: &Line) -> Option<String> {
    if let Block::Entry(name) = &place.setting.block
        && line.key() == "value"
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    {
        return Some(name.to_string());
    }
    let mut words = before_value(line).split_whitespace();
    let is_plain = language == Language::DockerfileEnv || line.start().starts_with("SetEnv ");
    match (words.next(), words.next(), words.next()) {
        // Without a sign between them.
        (Some(_), Some(name), None) if is_plain && !name.contains('=') => Some(name.to_owned()),
        _ if language.form().sets || sets_variable(line) => line.target().map(str::to_owned),
        _ => None,
    }
}

/// What a line begins with that gives a value to a variable of the environment.
const ASSIGNING: [&str; 9] = [
    "os.environ[",
    "process.env.",
    "process.env[",
    "ENV[",
    "$_ENV[",
    "$env:",
    "$ENV{",
    "%env ",
    "Sys.setenv(",
];
/// Calls that do, with the value behind the name.
const SETTING: [&str; 8] = [
    "os.environ.setdefault(",
    "os.putenv(",
    "os.Setenv(",
    "setenv(",
    "putenv(",
    "env::set_var(",
    "put_env(",
    "SetEnvironmentVariable(",
];

/// What a line ends in before its value.
fn before_value(line: &Line) -> &str {
    line.before.trim_end_matches([' ', '\t', '"', '\'', '`'])
}

/// Whether the value is given to a variable of the environment.
pub(super) fn sets_variable(line: &Line) -> bool {
    let (start, target) = (line.start(), before_value(line));
    let assigns = |begin: &str| start.starts_with(begin) && target.ends_with('=') && !target.ends_with("==");
    ASSIGNING.iter().any(|begin| assigns(begin))
        || SETTING.iter().any(|call| start.contains(call) && target.ends_with(','))
}

/// `set NAME=…` of batch files, `set -x NAME …` of fish: where it is another name, that may take this one.
pub(super) fn sets_again(line: &Line, variable: &str) -> bool {
    let is_set = line.start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("set "));
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    is_set && before_value(line).trim_end_matches('=').rsplit(word).next() == Some(variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_say_more_than_the_variable() {
        for (name, is_more) in [
            ("ACME_TEST_TOKEN", true),
            ("ACME_TOKEN_EU", true),
            ("OLD_ACME_TOKEN", true),
            ("ACME_TOKEN", false),
            ("ACME_CLIENT", false),
            ("X_ACME_TOKEN", false),
            ("TOKEN_OF_ACME", false),
        ] {
            assert_eq!(says_more(name, "ACME_TOKEN"), is_more, "{name}");
        }
    }

    #[test]
    fn a_sort_is_no_name() {
        for (name, is) in [
            ("API_KEY", true),
            ("CLIENT_SECRET", true),
            ("X_API_KEY", true),
            ("ACME_KEY", false),
            ("SENDER_TOKEN", false),
        ] {
            assert_eq!(is_sort(name), is, "{name}");
        }
    }

    #[test]
    fn the_name_in_the_file_becomes_a_variable() {
        for (line, variable) in [
            ("FROB_TOKEN=••••••", Some("FROB_TOKEN")),
            ("  frobToken: \"••••••\",", Some("FROB_TOKEN")),
            ("\"frob-api-key\" => '••••••'", Some("FROB_API_KEY")),
            ("frobKey := \"••••••\"", Some("FROB_KEY")),
            ("const frobToken: string = \"••••••\"", Some("FROB_TOKEN")),
            ("let frob_token: &'static str = \"••••••\"", Some("FROB_TOKEN")),
            ("Const FROB_TOKEN As String = \"••••••\"", Some("FROB_TOKEN")),
            ("{a: 1, frob_token = ••••••", Some("FROB_TOKEN")),
            ("token: ••••••", None),
            ("curl -H \"X-Frob: a\" ••••••", None),
            ("••••••", None),
        ] {
            let start = line.chars().position(|c| c == '•').unwrap_or(0);
            let excerpt = Excerpt { text: line.to_owned(), start, end: start + 6 };
            assert_eq!(given_to(&excerpt).as_deref(), variable, "{line}");
        }
    }
}
