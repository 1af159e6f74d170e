//! A user's own rules: the same schema and the same checks as `rules.yaml`, at run time.
//!
//! They are read once and live as long as the process, so their bytes are leaked on purpose: everything
//! behind a [`Rule`](super::Rule) is `'static`, embedded or not.

use serde::Deserialize;
use serde_yaml::Value;

use super::by_name;
use super::check;
use super::compile::{self, Compiled, Endian};
use super::embedded::Named;
use super::embedded::{Catalogue, Keywords, Pack, Records, Wake};
use super::fault::{Fault, Faults};
use super::keywords::{self, Commonness, Sought, Spec};
use super::lists::Word;
use super::nesting::too_deep;
use super::outline::Outline;
use super::prose::Block;
use super::rule::RuleIx;
use super::schema::{Document, Vendor, one_or_more};
use super::spoken::{self, Spoken};
use super::structure;

/// The `rules:` part of `.stanch.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct UserRules {
    /// Ids of embedded rules, or keys of vendors, that shall not run; one may stand without a list.
    #[serde(deserialize_with = "one_or_more")]
    disable: Option<Vec<String>>,
    /// Own rules; one with the id of an embedded rule replaces it.
    vendors: Vec<Vendor>,
}

/// A whole `.stanch.yaml`, of which only `rules` is read here; config checks the other keys.
#[derive(Debug, Deserialize)]
struct ConfigFile {
    #[serde(default)]
    rules: Option<UserRules>,
}

impl Catalogue {
    /// Adds the user's rules; one with the id of a known one takes its place. `yaml` is the text of `.stanch.yaml`
    /// (its `rules:` key is read) or of a file that holds only `vendors:` and `disable:`; `file` names it in faults.
    /// What is named by `disable` stays on: the settings drop what it finds, and count it.
    ///
    /// # Errors
    /// Every fault, each with its line.
    pub fn with_user(&self, yaml: &str, file: &str) -> Result<Catalogue, Vec<Fault>> {
        let (pack, disabled) = self.user(yaml, file)?;
        let with = self.with(pack);
        let replaced = self.twice(&with).filter_map(|at| Some(self.by_id(with.id(at))?.0)).collect();
        Ok(with.without(replaced).giving_way(disabled))
    }

    /// The same, but a known rule stays in its place; with the ids of those that would have taken it.
    ///
    /// # Errors
    /// Every fault, each with its line.
    pub fn with_additions(
        &self,
        yaml: &str,
        file: &str,
    ) -> Result<(Catalogue, Vec<&'static str>), Vec<Fault>> {
        let (pack, _) = self.user(yaml, file)?;
        let with = self.with(pack);
        let twice: Vec<RuleIx> = self.twice(&with).collect();
        let ids = twice.iter().map(|at| with.id(*at)).collect();
        Ok((with.without(twice), ids))
    }

    /// The rules that `with` has more and whose ids are known here.
    fn twice<'a>(&'a self, with: &'a Catalogue) -> impl Iterator<Item = RuleIx> + 'a {
        let more = (self.len()..with.len()).map(|at| RuleIx(at as u32));
        more.filter(|at| self.by_id(with.id(*at)).is_some())
    }

    /// The user's rules, compiled, and the names of those that are disabled.
    fn user(&self, yaml: &str, file: &str) -> Result<(&'static Pack, Vec<String>), Vec<Fault>> {
        let mut faults = Faults::new(file, yaml);
        if let Some(line) = too_deep(yaml) {
            faults.add_at(line as usize, "", "is nested too deeply".to_owned());
            return Err(faults.into_sorted());
        }
        let mut rules = match parse(yaml) {
            Ok(rules) => rules,
            Err(why) => match salvaged(yaml, &mut faults) {
                Some(rules) if !faults.is_empty() => rules,
                _ => {
                    // It is wrong in a way that the schema does not tell.
                    if faults.is_empty() {
                        check::syntax(&mut faults, &why);
                    }
                    return Err(faults.into_sorted());
                }
            },
        };
        by_name::complete(&mut rules.vendors);
        self.check_disabled(&rules, yaml, &mut faults);
        let disabled = rules.disable.unwrap_or_default();
        let document = Document { vendors: rules.vendors, ..Document::default() };
        let is_known = |id: &str| self.by_id(id).is_some();
        check::document(&document, check::Kind::User(&is_known), &mut faults);
        let compiled = check::compile(&document, Endian::NATIVE, &mut faults);
        match compiled {
            Some(compiled) if faults.is_empty() => Ok((leak(compiled, self.len() as u32), disabled)),
            _ => Err(faults.into_sorted()),
        }
    }

    /// A catalogue of these rules alone, without the embedded ones.
    ///
    /// # Errors
    /// Every fault, each with its line.
    pub fn only(yaml: &str, file: &str) -> Result<Catalogue, Vec<Fault>> {
        let mut faults = Faults::new(file, yaml);
        let mut rules = match parse(yaml) {
            Ok(rules) if too_deep(yaml).is_none() => rules,
            Ok(_) => UserRules::default(),
            Err(why) => {
                check::syntax(&mut faults, &why);
                return Err(faults.into_sorted());
            }
        };
        by_name::complete(&mut rules.vendors);
        let document = Document { vendors: rules.vendors, ..Document::default() };
        check::document(&document, check::Kind::User(&|_| false), &mut faults);
        match check::compile(&document, Endian::NATIVE, &mut faults) {
            Some(compiled) if faults.is_empty() => Ok(Catalogue::alone(leak(compiled, 0))),
            _ => Err(faults.into_sorted()),
        }
    }

    /// A fault for each name under `disable` that nothing has.
    fn check_disabled(&self, rules: &UserRules, yaml: &str, faults: &mut Faults<'_>) {
        let outline = Outline::new(yaml);
        let root = outline.root();
        let of_rules = if is_whole(yaml) { outline.key(root, "rules") } else { Some(root) };
        let list = of_rules.and_then(|rules| outline.key(rules, "disable"));
        let mut places = list.map_or_else(Vec::new, |list| outline.items(list)).into_iter();
        for id in rules.disable.iter().flatten() {
            let place = places.next().or(list);
            let own =
                |vendor: &Vendor| vendor.vendor == *id || vendor.rules.iter().any(|rule| rule.id == *id);
            let is_known = self.by_id(id).is_some()
                || self.vendors().any(|vendor| vendor.key == id)
                || rules.vendors.iter().any(own);
            if !is_known {
                let message = format!(
                    "`disable` names `{id}`, which is no rule and no vendor; `stanch rules list` shows all"
                );
                faults.add_at(place.map_or(1, |at| at.opened + 1), "", message);
            }
        }
    }
}

fn parse(yaml: &str) -> Result<UserRules, serde_yaml::Error> {
    if yaml.trim().is_empty() {
        return Ok(UserRules::default());
    }
    if is_whole(yaml) {
        Ok(serde_yaml::from_str::<ConfigFile>(yaml)?.rules.unwrap_or_default())
    } else {
        serde_yaml::from_str(yaml)
    }
}

/// Whether it is a `.stanch.yaml`.
fn is_whole(yaml: &str) -> bool {
    yaml.lines().any(|line| line.starts_with("rules:"))
}

/// The rules without what has a wrong form; that is told. `None` when it is no YAML, or wrong in another way as well.
fn salvaged(yaml: &str, faults: &mut Faults<'_>) -> Option<UserRules> {
    let mut whole: Value = serde_yaml::from_str(yaml).ok()?;
    let key = is_whole(yaml).then_some("rules");
    let mut nothing = Value::Null;
    let rules = match key {
        Some(key) => whole.get_mut(key).unwrap_or(&mut nothing),
        None => &mut whole,
    };
    match structure::check(yaml, key, rules, faults) {
        // As text once more: a second way of reading, from values, would be 50 KB of the program.
        true => serde_yaml::from_str(&serde_yaml::to_string(rules).ok()?).ok(),
        false => Some(UserRules::default()),
    }
}

fn leak_named(named: compile::Named) -> Named {
    Named { rule: named.rule, vendor: named.vendor }
}

fn leak_spoken(spoken::Built { text, starts, rules }: spoken::Built) -> Spoken {
    Spoken { text: text.leak(), starts: starts.leak(), rules: rules.leak() }
}

fn leak(compiled: Compiled, first: u32) -> &'static Pack {
    let Compiled {
        bytes, prose, vendors, rules, words, nearby, heads, runs, by_name, spoken, checked, ..
    } = compiled;
    Box::leak(Box::new(Pack {
        bytes: bytes.leak(),
        pages: Block::plain(prose.pages),
        about: Block::plain(prose.about),
        read_rules: Records::new(),
        read_vendors: Records::new(),
        rules: rules.leak(),
        vendors: vendors.leak(),
        keywords: leak_keywords(words, Sought::Anywhere, first),
        nearby: leak_keywords(nearby, Sought::Anywhere, first),
        heads: leak_keywords(heads, Sought::AtHead, first),
        names: compile::names(&by_name).leak(),
        by_name: by_name.into_iter().map(leak_named).collect::<Vec<_>>().leak(),
        spoken: spoken.map(leak_spoken),
        checked: checked.leak(),
        runs: runs.into_iter().map(|(rule, run)| (RuleIx(first + rule), run)).collect::<Vec<_>>().leak(),
    }))
}

fn leak_keywords(words: Vec<Word>, sought: Sought, first: u32) -> Keywords {
    let specs: Vec<Spec> = words.iter().map(|word| word.spec.clone()).collect();
    let built = keywords::build(&specs, sought, &Commonness::default());
    let mut starts = Vec::with_capacity(words.len());
    let mut wakes = Vec::new();
    for word in &words {
        starts.push(wakes.len() as u32);
        wakes.extend(word.wakes.iter().map(|(rule, kind)| Wake { rule: RuleIx(first + rule), kind: *kind }));
    }
    Keywords { table: built.leaked(), starts: starts.leak(), wakes: wakes.leak() }
}
