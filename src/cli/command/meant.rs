//! Which rules somebody means who writes a word: a vendor under any of its names, the variable that holds a secret, a
//! secret or its beginning, or words of what it is called.

use crate::catalogue::nearest::distance;
use crate::catalogue::{Catalogue, Rule, RuleIx, WordKind};
use crate::order;

/// Rules, and how many more the words would fit.
#[derive(Default)]
pub(super) struct Meant {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) more: usize,
}

impl Meant {
    fn all(rules: Vec<&'static Rule>) -> Meant {
        Meant { rules, more: 0 }
    }
}

/// What the first way finds that finds anything.
pub(super) fn meant(catalogue: &Catalogue, typed: &str) -> Meant {
    let ways: [fn(&Catalogue, &str) -> Meant; 5] = [
        |catalogue, typed| Meant::all(of_vendor(catalogue, typed)),
        |catalogue, typed| Meant::all(of_variable(catalogue, typed)),
        |catalogue, typed| Meant::all(of_start(catalogue, typed)),
        of_words,
        |catalogue, typed| {
            Meant::all(words(typed).first().map_or_else(Vec::new, |word| of_vendor(catalogue, word)))
        },
    ];
    ways.iter().map(|way| way(catalogue, typed)).find(|meant| !meant.rules.is_empty()).unwrap_or_default()
}

/// The rules of the vendor with this key or name; or with a name in its name, “X (Twitter)”, “PayPal / Braintree”; or
/// of all that the word speaks of. Where these have rules that are called so, only those.
pub(super) fn of_vendor(catalogue: &Catalogue, typed: &str) -> Vec<&'static Rule> {
    let typed = plain(typed);
    let is_called = |rule: &Rule| [rule.vendor.key, rule.vendor.name].iter().any(|name| plain(name) == typed);
    let called = rules(catalogue, &is_called);
    if !called.is_empty() {
        return called;
    }
    let mut known = rules(catalogue, &|rule| parts(rule).contains(&typed));
    if known.is_empty() {
        known = rules(catalogue, &|rule| rule.vendor.words.iter().any(|word| plain(word) == typed));
    }
    let is_named = |rule: &Rule| words(rule.id).contains(&typed) || words(rule.name).contains(&typed);
    if known.iter().any(|rule| is_named(rule)) {
        known.retain(|rule| is_named(rule));
    }
    known
}

/// What is kept in a variable of this name.
fn of_variable(catalogue: &Catalogue, typed: &str) -> Vec<&'static Rule> {
    let name = plain(typed);
    match typed.contains(['_', ' ', '-']) {
        true => rules(catalogue, &|rule| plain(rule.page().fix.env) == name),
        false => Vec::new(),
    }
}

/// What starts like this, with the longest prefix in common. What could be a plain word is none.
fn of_start(catalogue: &Catalogue, typed: &str) -> Vec<&'static Rule> {
    let is_word = typed.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_whitespace());
    if is_word || typed.len() < 3 || typed.contains(char::is_whitespace) {
        return Vec::new();
    }
    let lower = typed.to_ascii_lowercase();
    // `SECRET_KEY` is no secret that begins with `secret_`.
    let is_name = typed.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let mut longest = 0;
    let mut found: Vec<RuleIx> = Vec::new();
    for keywords in catalogue.all_keywords() {
        for number in 0..keywords.len() {
            let prefix = keywords.text(number).to_ascii_lowercase();
            let common = prefix.len().min(lower.len());
            let goes_on = common < lower.len() && is_name;
            if goes_on || common < longest.max(3) || prefix[..common] != lower.as_bytes()[..common] {
                continue;
            }
            let starting = keywords.wakes(number).iter().filter(|wake| wake.kind == WordKind::Prefix);
            let starting: Vec<RuleIx> =
                starting.map(|wake| wake.rule).filter(|at| catalogue.is_on(*at)).collect();
            if common > longest && !starting.is_empty() {
                longest = common;
                found.clear();
            }
            found.extend(starting);
        }
    }
    let mut rules: Vec<_> = catalogue.rules().filter(|(at, _)| found.contains(at)).collect();
    // One whole prefix tells more than the beginning of many.
    rules.truncate(SHOWN);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// What has all these words in its id or name, or is of a vendor that has them; the shortest names first. Where that is
/// next to nothing, also what is described with them.
fn of_words(catalogue: &Catalogue, typed: &str) -> Meant {
    let wanted = words(typed);
    if wanted.is_empty() {
        return Meant::default();
    }
    let has_all = |rule: &Rule, description: &'static str| {
        let mut known = Vec::new();
        for text in [&[rule.id, rule.name, rule.vendor.name, description], rule.vendor.words].concat() {
            known.extend(words(text));
        }
        wanted.iter().all(|word| known.iter().any(|other| is_same(word, other)))
    };
    let mut found = rules(catalogue, &|rule| has_all(rule, ""));
    if found.len() < FEW {
        found = rules(catalogue, &|rule| has_all(rule, rule.about().description));
    }
    let more = found.len().saturating_sub(SHOWN);
    if more > 0 {
        order::by_cached_key(&mut found, |rule| (!rule.vendor.is_generic(), words(rule.name).len()));
        found.truncate(SHOWN);
        // Under their vendors again.
        order::by_cached_key(&mut found, |rule| (!rule.vendor.is_generic(), rule.vendor.key));
    }
    Meant { rules: found, more }
}

/// So few rules that the words may have been meant otherwise.
const FEW: usize = 3;

/// How many rules are shown that were asked for by words alone.
const SHOWN: usize = 24;

/// The three vendors and ids that are most like what was typed, none that is unlike it.
pub(super) fn nearest(catalogue: &Catalogue, typed: &str) -> Vec<&'static str> {
    let shown: String = typed.chars().take(60).collect::<String>().to_lowercase();
    let allowed = 1 + shown.chars().count() / 3;
    let mut all: Vec<(usize, &'static str)> = Vec::new();
    let mut last = "";
    for (_, rule) in catalogue.rules() {
        all.push((distance(rule.id, &shown), rule.id));
        if rule.vendor.key != last {
            last = rule.vendor.key;
            let mut names = parts(rule);
            names.push(plain(last));
            let near = names.iter().map(|name| distance(name, &plain(&shown))).min();
            all.extend(near.map(|near| (near, last)));
        }
    }
    all.retain(|(distance, _)| *distance <= allowed);
    order::all(&mut all);
    all.into_iter().take(3).map(|(_, name)| name).collect()
}

/// What a message may say of it: a secret that somebody pasted is cut.
pub(super) fn shown(typed: &str) -> String {
    let is_drawn =
        |run: &str| run.len() >= 16 && run.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase());
    match typed.split(|c: char| !c.is_ascii_alphanumeric()).any(is_drawn) {
        true => format!("{}••••••", typed.chars().take(4).collect::<String>()),
        false => typed.to_owned(),
    }
}

fn rules(catalogue: &Catalogue, is_meant: &dyn Fn(&Rule) -> bool) -> Vec<&'static Rule> {
    catalogue.rules().map(|(_, rule)| rule).filter(|rule| is_meant(rule)).collect()
}

/// Each name that the vendor's name holds.
fn parts(rule: &Rule) -> Vec<String> {
    rule.vendor.name.split(['/', '(', ')', ',']).map(plain).filter(|part| part.len() > 1).collect()
}

/// Lower case, letters and digits only.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|word| !word.is_empty()).collect()
}

/// `keys` is `key`, and `postgres` may be the start of `postgresql`.
fn is_same(typed: &str, known: &str) -> bool {
    let one = typed.strip_suffix('s').unwrap_or(typed);
    typed == known || one == known || typed.len() > 3 && known.starts_with(typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{embedded, sample};

    fn ids(typed: &str) -> Vec<&'static str> {
        meant(embedded(), typed).rules.iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn a_vendor_goes_by_any_of_its_names() {
        for (typed, id) in [
            ("open ai", "openai-project-key"),
            ("Open-AI", "openai-project-key"),
            ("braintree", "braintree-private-key"),
            ("mongo", "mongodb-url"),
            ("dockerhub", "dockerhub-personal-token"),
            ("claude", "anthropic-session-key"),
            ("firebase", "firebase-fcm-server-key"),
            ("sentry dsn", "sentry-org-token"),
        ] {
            assert!(ids(typed).contains(&id), "{typed}: {:?}", ids(typed));
        }
        for vendor in ["square", "okta"] {
            assert!(ids(vendor).iter().all(|id| id.starts_with(vendor)), "{vendor}: {:?}", ids(vendor));
        }
        assert!(of_vendor(embedded(), "bitbucket").iter().all(|rule| rule.name.contains("Bitbucket")));
    }

    #[test]
    fn a_secret_goes_by_its_variable_its_start_and_its_words() {
        for (typed, id) in [
            ("TWILIO_AUTH_TOKEN", "twilio-auth-token"),
            ("hf token", "huggingface-token"),
            ("aws_secret_access_key", "aws-secret-access-key"),
            ("ghp_", "github-personal-token-classic"),
            ("glpat-", "gitlab-personal-token"),
            ("AKIA", "aws-access-key-id"),
            ("sk-ant-", "anthropic-api-key"),
            ("xoxb-", "slack-bot-token"),
            ("github token", "github-personal-token-classic"),
            ("aws keys", "aws-access-key-id"),
            ("discord webhook", "discord-webhook-url"),
            ("private key", "private-key-der-base64"),
            ("ssh key", "generic-private-key"),
            ("htpasswd", "generic-password-hash"),
            ("password", "generic-password"),
        ] {
            assert!(ids(typed).contains(&id), "{typed}: {:?}", ids(typed));
        }
        assert!(!ids("SECRET_KEY").contains(&"notion-token-legacy"));
        let token = sample::expand("ghp_{b62:36}", "pasted");
        assert_eq!(ids(&token), ids("ghp_"));
        assert!(!shown(&token).contains(&token[8..]));
        assert_eq!(shown("twilio-auth-tokn"), "twilio-auth-tokn");
        assert!(meant(embedded(), "password").rules.len() <= SHOWN);
    }

    #[test]
    fn what_is_mistyped_has_neighbours() {
        assert_eq!(nearest(embedded(), "twilio-auth-tokn")[0], "twilio-auth-token");
        assert_eq!(nearest(embedded(), "gihub")[0], "github");
        assert_eq!(nearest(embedded(), "Slak")[0], "slack");
        assert!(nearest(embedded(), "zzzz-zzzz").is_empty());
    }
}
