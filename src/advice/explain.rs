//! The full page of a rule: what the credential is, how a leak is fixed from end to end, and the code that
//! replaces it.
//!
//! Pure: a rule and wishes in, a page out. How it looks is the business of `report`.

use serde::Serialize;

use super::language::Language;
use super::recognise;
use super::snippet::{self, Store};
use crate::catalogue::{Catalogue, Confidence, Family, Rule, RuleIx, Severity};

/// Everything there is to say about a rule.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Id of the rule.
    pub id: &'static str,
    /// What a person calls the credential.
    pub name: &'static str,
    /// Whose it is.
    pub vendor: &'static str,
    /// Key of the vendor.
    pub vendor_key: &'static str,
    /// What sort of credential.
    pub family: Family,
    /// How bad a leak is.
    pub severity: Severity,
    /// Why it is that bad.
    pub severity_reason: &'static str,
    /// How sure a plain match is.
    pub confidence: Confidence,
    /// What it is.
    pub description: &'static str,
    /// What an attacker does with it.
    pub risks: &'static [&'static str],
    /// Steps to revoke.
    pub revoke: &'static [&'static str],
    /// API or CLI calls that do it, one a line; may be empty.
    pub call: String,
    /// Where abuse would show.
    pub abuse: &'static [&'static str],
    /// What stops working.
    pub breaks: &'static str,
    /// The command that finds its users in a repository.
    pub search: String,
    /// How to find what else will stop working, before it does.
    pub users: Vec<String>,
    /// How the next leak is prevented.
    pub prevention: Vec<String>,
    /// Environment variable of the replacement.
    pub variable: &'static str,
    /// Path of the replacement in a secret store.
    pub secret_path: String,
    /// Code that reads the value.
    pub code: Vec<Code>,
    /// How it is recognised, in words.
    pub recognised: Vec<String>,
    /// What is never taken for it.
    pub never: Vec<String>,
    /// Pages of the vendor.
    pub docs: &'static [&'static str],
    /// Where the format was learned.
    pub source: &'static str,
}

/// Code that reads the value in one language.
#[derive(Debug, Clone, Serialize)]
pub struct Code {
    /// As a person calls the language.
    pub language: &'static str,
    /// Where the code reads from.
    pub store: &'static str,
    /// Packages and settings it asks for; may be empty.
    pub needs: String,
    /// The code; one line when only an expression was asked for.
    pub code: String,
}

/// Which code a page shall hold.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// One expression for each main language.
    Expressions,
    /// Whole snippets.
    Snippets {
        /// Where they read from.
        stores: Vec<Store>,
        /// Languages; those in which a store makes no sense are left out.
        languages: Vec<Language>,
    },
}

/// The page of the rule at `at`, which must come from `catalogue`.
pub fn page(catalogue: &Catalogue, at: RuleIx, wanted: &Wanted) -> Page {
    let rule = catalogue.rule(at);
    let fix = &rule.page().fix;
    Page {
        id: rule.id,
        name: rule.name,
        vendor: rule.vendor.name,
        vendor_key: rule.vendor.key,
        family: rule.family,
        severity: rule.severity,
        severity_reason: rule.about().severity_reason,
        confidence: rule.confidence,
        description: rule.about().description,
        risks: rule.page().risks,
        revoke: fix.revoke,
        call: fix.call.join("\n"),
        abuse: fix.abuse,
        breaks: fix.breaks,
        search: format!("git grep -nIiE '{}'", pattern(rule)),
        users: users(rule),
        prevention: prevention(rule),
        variable: fix.env,
        secret_path: snippet::secret_path(fix.env, rule.vendor.key),
        code: code(rule, wanted),
        recognised: recognise::signs(catalogue, at),
        never: recognise::never(rule),
        docs: rule.page().docs,
        source: rule.about().source,
    }
}

/// Where a credential of this kind is in use besides the line that leaked.
fn users(rule: &Rule) -> Vec<String> {
    let mut all = vec![
        "In CI: GitHub → Settings → Secrets and variables (`gh secret list`), GitLab → Settings → CI/CD → \
         Variables, Jenkins → Manage → Credentials."
            .to_owned(),
        "Where programs run: Kubernetes secrets, container and function settings, hosting dashboards, cron \
         jobs and .env files on servers."
            .to_owned(),
    ];
    let special = match rule.family {
        Family::Webhook => {
            "Everything that posts to this URL: alerts, CI steps and chat bots on other machines."
        }
        Family::SigningSecret => {
            "Every endpoint that checks signatures made with it; both sides must change together."
        }
        Family::PrivateKey => {
            "Everything that knows its public half: authorized_keys files, certificates and deploy keys, or who pays \
             to a wallet's address."
        }
        Family::Password | Family::ConnectionString => {
            "Where it is a login: the server's list of open sessions for the user, which names hosts that no \
             repository does."
        }
        Family::EncryptionKey => "Stored data that only this key opens: encrypt it anew before the key goes.",
        Family::OauthSecret | Family::RefreshToken => "Every installation that logs in as this OAuth client.",
        _ => {
            "Webhooks and callbacks that are signed with it, and laptops, notebooks and API clients of colleagues."
        }
    };
    all.push(special.to_owned());
    all.push(
        "In the log of the service that takes it: which addresses and programs used it last.".to_owned(),
    );
    all
}

/// Letters of a word up to which it stands within many others.
const SHORT: usize = 4;

/// The variable and the words that speak of the vendor, as an extended regular expression in quotes.
fn pattern(rule: &Rule) -> String {
    let is_plain = |word: &&&str| {
        !rule.vendor.is_generic() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let mut words: Vec<&str> = Vec::new();
    for word in rule.vendor.words.iter().filter(is_plain).take(4) {
        // `twilio` finds `twilio-node` as well; a short one is looked for more narrowly, and finds no longer one.
        if !words.iter().any(|other| other.len() > SHORT && word.contains(other)) {
            words.push(word);
        }
    }
    // `wiz` is in `wizard`, `wiz_url` and `wiz.io` are not.
    let narrow = |word: &str| if word.len() > SHORT { word.to_owned() } else { format!("{word}[_.-]") };
    let words: Vec<String> = words.into_iter().map(narrow).collect();
    std::iter::once(rule.page().fix.env.to_owned()).chain(words).collect::<Vec<_>>().join("|")
}

fn prevention(rule: &Rule) -> Vec<String> {
    let mut all = Vec::new();
    if !rule.page().fix.safer.is_empty() {
        all.push(rule.page().fix.safer.to_owned());
    }
    all.push(
        "One credential for each service and environment, so that one can be revoked without stopping the rest."
            .to_owned(),
    );
    all.push(
        "Keep values in a secret store or an ignored .env, commit only .env.example, and never log them."
            .to_owned(),
    );
    all.push("Run `stanch install` in every clone and `stanch ci` on every pull request.".to_owned());
    all
}

fn code(rule: &Rule, wanted: &Wanted) -> Vec<Code> {
    let (env, vendor) = (rule.page().fix.env, rule.vendor.key);
    match wanted {
        Wanted::Expressions => snippet::main_languages()
            .map(|language| Code {
                language: snippet::language_name(language),
                store: Store::Env.key(),
                needs: String::new(),
                code: language.read_variable(env).to_string(),
            })
            .collect(),
        Wanted::Snippets { stores, languages } => {
            let pairs = languages.iter().flat_map(|language| stores.iter().map(|store| (*language, *store)));
            pairs
                .filter_map(|(language, store)| {
                    Some(Code {
                        language: snippet::language_name(language),
                        store: store.key(),
                        needs: snippet::needs(language, store, env, vendor),
                        code: snippet::snippet(language, store, env, vendor)?,
                    })
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn twilio(wanted: &Wanted) -> Page {
        let (at, _) = embedded().by_id("twilio-auth-token").unwrap();
        page(embedded(), at, wanted)
    }

    #[test]
    fn the_default_is_one_line_a_language() {
        let page = twilio(&Wanted::Expressions);
        assert!(page.code.len() >= 11);
        assert!(page.code.iter().all(|code| !code.code.contains('\n')));
        assert_eq!(page.secret_path, "prod/twilio/auth-token");
        assert!(page.search == "git grep -nIiE 'TWILIO_AUTH_TOKEN|twilio'", "{}", page.search);
        let (wiz, _) = embedded().by_id("wiz-client-secret").unwrap();
        let search = super::page(embedded(), wiz, &Wanted::Expressions).search;
        assert!(search.ends_with("|wiz[_.-]'"), "{search}");
    }

    #[test]
    fn snippets_are_those_that_make_sense() {
        let languages = vec![Language::Go, Language::Elixir];
        let page = twilio(&Wanted::Snippets { stores: vec![Store::Aws, Store::Env], languages });
        let shown: Vec<_> = page.code.iter().map(|code| (code.language, code.store)).collect();
        assert_eq!(shown, [("Go", "aws"), ("Go", "env"), ("Elixir", "env")]);
    }

    #[test]
    fn every_rule_has_a_whole_page() {
        for at in embedded().indexes() {
            let page = page(embedded(), at, &Wanted::Expressions);
            assert!(!page.recognised.is_empty() && !page.never.is_empty(), "{}", page.id);
            assert!(page.code.len() > 10 && page.users.len() == 4, "{}", page.id);
        }
    }
}
