//! What a rule file must be: every fault at once, each with its line and a way out.
//!
//! The build script and [`Catalogue::with_user`](super::Catalogue) both come through here, so a user's rule
//! meets the very same checks. The engine may rely on all that is refused here.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{self, StrDeserializer};

use super::command::calls_of;
use super::compile::{self, Compiled, Endian, MAX_SHAPES};
use super::fault::Faults;
use super::generate;
use super::inherit::{self, Full};
use super::keywords::MAX_KEYWORDS;
use super::lists::is_kebab;
use super::playbook;
use super::rule::{Check, Origin, Parser};
use super::schema::{Detect, Document, Rule, Vendor};

/// Whose rules they are.
#[derive(Clone, Copy)]
pub enum Kind<'k> {
    /// Ours: in alphabetical order, within the size budget.
    Embedded,
    /// A user's, in any order. Which ids are those of rules that they take the place of.
    User(&'k dyn Fn(&str) -> bool),
}

impl Kind<'_> {
    fn is_embedded(self) -> bool {
        matches!(self, Kind::Embedded)
    }

    fn is_replaced(self, id: &str) -> bool {
        matches!(self, Kind::User(is_known) if is_known(id))
    }
}

/// Records a fault of the parser, which knows its line.
pub fn syntax(faults: &mut Faults<'_>, why: &serde_yaml::Error) {
    let (line, text) = place(why);
    faults.add_at(line.max(1), "", text);
}

/// The line of a fault in YAML, 0 where there is none, and what is wrong without it. Of a quote that nothing closes it is
/// that where it opens: the parser notices at the end of the text.
pub fn place(why: &serde_yaml::Error) -> (usize, String) {
    const OPENED: &str = ", while scanning a quoted scalar at line ";
    let text = why.to_string();
    if let Some((_, opened)) = text.split_once(OPENED) {
        let digits = opened.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if let Ok(line) = digits.parse() {
            return (line, "the quote that opens here is never closed".to_owned());
        }
    }
    // serde repeats the place; it already stands in front.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text).to_owned();
    (why.location().map_or(0, |at| at.line()), text)
}

/// Checks everything but the automata.
pub fn document(document: &Document, kind: Kind<'_>, faults: &mut Faults<'_>) {
    vendors(document, kind, faults);
    ids(document, kind, faults);
    // What follows from a vendor's rules was checked with them.
    let is_written = |full: &Full<'_>| !full.rule.is_derived || !full.vendor.has_forms();
    let mut met: HashMap<&str, usize> = HashMap::new();
    for full in inherit::rules(document).filter(is_written) {
        let nth = met.entry(&full.rule.id).and_modify(|nth| *nth += 1).or_insert(0);
        faults.turn_to(&full.rule.id, *nth);
        texts(&full, faults);
        playbook::check(&full, faults);
        detect(full.rule, faults);
        examples(full.rule, faults);
    }
}

/// Compiles the document and records what cannot be compiled.
pub fn compile(document: &Document, endian: Endian, faults: &mut Faults<'_>) -> Option<Compiled> {
    let compiled = match compile::compile(document, endian) {
        Ok(compiled) => compiled,
        Err(wrong) => {
            wrong.iter().for_each(|(id, nth, message)| faults.add_nth(id, *nth, "shape", message.as_str()));
            return None;
        }
    };
    if compiled.shapes > MAX_SHAPES {
        let size = compiled.shapes;
        faults.add_at(
            1,
            "",
            format!("all shapes together need {size} bytes as DFAs, {MAX_SHAPES} are allowed"),
        );
    }
    let lists = [&compiled.words, &compiled.nearby, &compiled.heads];
    if lists.iter().any(|list| list.len() > MAX_KEYWORDS) {
        faults.add_at(
            1,
            "",
            format!("there are more than {MAX_KEYWORDS} keywords: use shapes with a prefix"),
        );
    }
    Some(compiled)
}

fn vendors(document: &Document, kind: Kind<'_>, faults: &mut Faults<'_>) {
    for pair in document.vendors.windows(2) {
        if kind.is_embedded() && pair[0].vendor >= pair[1].vendor {
            let message = format!(
                "must stand before `{}`: vendors are in alphabetical order, each once",
                pair[0].vendor
            );
            faults.add_nth(&pair[1].vendor, usize::from(pair[0].vendor == pair[1].vendor), "", message);
        }
    }
    for vendor in &document.vendors {
        let key = vendor.vendor.as_str();
        if !is_kebab(key) {
            faults.add(key, "", "vendor key must be kebab-case: a-z, 0-9 and single dashes");
        }
        if vendor.rules.is_empty() {
            let message =
                "has neither a rule nor advice of its own: add one, or fix.revoke, fix.abuse and fix.breaks";
            faults.add(key, "", message);
        }
        if vendor.name.trim().is_empty() {
            faults.add(key, "name", "name is empty: write it as the vendor does");
        }
        for word in &vendor.words {
            if word.len() < 2 || *word != word.to_lowercase() || word.trim() != word {
                faults.add(key, "words", format!("word `{word}` must be lower case, two characters or more"));
            }
        }
        for name in &vendor.public.names {
            if name.len() < 3 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
                faults.add(
                    key,
                    "names",
                    format!("`{name}` must be lower case without separators, three letters or more"),
                );
            }
        }
        for call in vendor.public.calls.iter().filter(|call| **call != call.to_lowercase()) {
            faults.add(key, "calls", format!("`{call}` must be lower case"));
        }
        let is_its_own = |id: &&String| vendor.rules.iter().any(|rule| rule.id == **id);
        for id in vendor.public.shipped.iter().filter(|id| !is_its_own(id)) {
            faults.add(key, "shipped", format!("`{id}` is no rule of this vendor: give the id of one"));
        }
        let is_known =
            |other: &&String| !kind.is_embedded() || document.vendors.iter().any(|v| v.vendor == **other);
        calls_of(vendor, faults);
        for other in vendor.compatible.iter().filter(|other| !is_known(other)) {
            faults.add(
                key,
                "compatible",
                format!("`{other}` is no vendor of this file: give the key of one"),
            );
        }
    }
}

fn ids(document: &Document, kind: Kind<'_>, faults: &mut Faults<'_>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for full in inherit::rules(document) {
        let id = full.rule.id.as_str();
        let nth = seen.entry(id).and_modify(|n| *n += 1).or_insert(0);
        if *nth > 0 {
            faults.add_nth(id, *nth, "", "id is taken: choose another, ids are for ever");
        }
        if !is_kebab(id) {
            faults.add(id, "", "id must be kebab-case: a-z, 0-9 and single dashes");
        }
        // One that takes the place of another has its id, whoever's it is.
        if !names_vendor(id, full.vendor) && !kind.is_replaced(id) {
            let message = format!(
                "id must be the vendor and the thing: `{}-…`, or begin with one of its words",
                full.vendor.vendor
            );
            faults.add(id, "", message);
        }
    }
    for (old, new) in &document.redirects {
        if seen.contains_key(old.as_str()) {
            faults.add(old, "", "is redirected and still a rule: remove one of the two");
        }
        if !seen.contains_key(new.as_str()) {
            faults.add_at(1, old, format!("is redirected to `{new}`, which is no rule"));
        }
    }
}

fn names_vendor(id: &str, vendor: &Vendor) -> bool {
    std::iter::once(&vendor.vendor).chain(&vendor.words).any(|word| {
        let word = word.replace(['_', '.', ' '], "-");
        id.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('-'))
    })
}

fn texts(full: &Full<'_>, faults: &mut Faults<'_>) {
    let rule = full.rule;
    let mut sentence = |field: &str, text: &str, least: usize| {
        if text.chars().count() < least {
            faults.add(&rule.id, field, format!("{field} must say something: {least} characters or more"));
        } else if !text.ends_with('.') {
            faults.add(&rule.id, field, format!("{field} must be a sentence that ends with a full stop"));
        }
    };
    sentence("description", &rule.description, 20);
    sentence("severity-reason", &rule.severity_reason, 10);
    if rule.name.trim().is_empty() {
        faults.add(&rule.id, "name", "name is empty");
    }
    if rule.source.trim().len() < 3 {
        faults.add(&rule.id, "source", "source is missing: say where the format was learned");
    }
    let single = [&rule.name, &rule.description, &rule.severity_reason, &rule.source];
    for text in single.into_iter().map(String::as_str).chain([full.breaks, full.safer]) {
        clean(&rule.id, "", text, faults);
    }
}

/// One line, no space at its ends, no two spaces together.
pub(super) fn clean(id: &str, field: &str, text: &str, faults: &mut Faults<'_>) {
    if text.trim() != text || text.contains('\n') || text.contains("  ") {
        let start: String = text.trim().chars().take(30).collect();
        faults.add_item(
            id,
            field,
            text.trim(),
            format!("“{start}…” has stray white space: one line, single spaces, none at the ends"),
        );
    }
}

/// So much of a text as a message names it by.
pub(super) fn start_of(text: &str) -> String {
    text.chars().take(40).collect()
}

fn detect(rule: &Rule, faults: &mut Faults<'_>) {
    let (id, detect) = (rule.id.as_str(), &rule.detect);
    let Some(origin) = compile::origin(detect) else {
        let message = "exactly one of prefix, inside, parse, by-name, or keywords with near must say what wakes the rule";
        faults.add(id, "detect", message);
        return;
    };
    match origin {
        Origin::Parse(parser) if detect.keywords.is_empty() && parser != Parser::Base64Text => {
            faults.add(id, "parse", "a parser needs keywords that wake it");
        }
        Origin::Parse(_) | Origin::Name(_) => {}
        _ if detect.shape.is_none() => {
            faults.add(id, "detect", "shape is missing: the secret alone, as a regular expression")
        }
        _ => {}
    }
    literals(id, detect, faults);
    lengths(id, detect, origin, faults);
    names(id, detect, faults);
    if !(0.0..=8.0).contains(&detect.entropy) {
        faults.add(id, "entropy", "entropy is bits a character: from 0 to 8");
    }
    let silences =
        |word: &str| detect.shape.as_deref().is_some_and(|shape| compile::always_holds(shape, word));
    for value in &detect.not {
        match expand(value, id) {
            Err(why) => faults.add_item(id, "not", value, why),
            Ok(_) if value.trim().is_empty() => {
                faults.add(id, "not", "an empty value in `not` would silence the rule");
            }
            Ok(word) if silences(&word) => {
                let message = format!(
                    "`{value}` in `not` stands in all that the shape matches: nothing would be found"
                );
                faults.add_item(id, "not", value, message);
            }
            Ok(_) => {}
        }
    }
}

fn literals(id: &str, detect: &Detect, faults: &mut Faults<'_>) {
    // Words of names are looked up, and wake nothing.
    let least = if detect.by_name.is_some() { 2 } else { 3 };
    for (field, texts, least) in
        [("prefix", &detect.prefix, 3), ("inside", &detect.inside, 4), ("keywords", &detect.keywords, least)]
    {
        let mut seen = HashSet::new();
        for text in texts {
            if text.len() < least {
                faults.add(id, field, format!("`{text}` is too short for {field}: {least} bytes or more, or it wakes the rule everywhere"));
            }
            // Of a keyword in other letters the case that is written is found.
            if !text.is_ascii() && field != "keywords" {
                faults.add(id, field, format!("`{text}` must be ASCII: no token starts otherwise"));
            }
            if field == "keywords" && *text != text.to_ascii_lowercase() {
                faults.add(id, field, format!("keyword `{text}` must be lower case: any case is found"));
            }
            if !seen.insert(text.to_ascii_lowercase()) {
                faults.add(id, field, format!("`{text}` stands twice in {field}"));
            }
        }
    }
}

fn lengths(id: &str, detect: &Detect, origin: Origin, faults: &mut Faults<'_>) {
    // A pattern that cannot be compiled is reported by `compile`.
    let Some(Ok(shape)) = detect.shape.as_deref().map(compile::lengths) else { return };
    let (min, max) = shape;
    if min < 8 && detect.near.is_none() && !matches!(origin, Origin::Parse(_)) {
        faults.add(
            id,
            "shape",
            format!("shape matches {min} bytes: eight or more, or say with near what stands around it"),
        );
    }
    for literal in detect.prefix.iter().chain(&detect.inside) {
        if max.is_some_and(|max| literal.len() > max) {
            faults.add(id, "shape", format!("`{literal}` is longer than anything the shape matches: the shape is the whole secret, its prefix included"));
        }
    }
}

fn names(id: &str, detect: &Detect, faults: &mut Faults<'_>) {
    let lower = |text: &String| *text == text.to_lowercase() && text.trim() == text && !text.is_empty();
    if let Some(near) = &detect.near {
        for name in near.names.iter().filter(|name| !lower(name)) {
            faults.add(
                id,
                "near",
                format!("name `{name}` must be lower case: any case and separator is found"),
            );
        }
        for call in near.calls.iter().filter(|call| !lower(call) || call.contains('(')) {
            faults.add(id, "near", format!("call `{call}` must be a lower-case name without parentheses"));
        }
    }
    for companion in &detect.companions {
        if companion.name.trim().is_empty() || companion.within_lines > 1_000 {
            faults.add(id, "companions", "a companion needs a name, and at most 1000 lines");
        }
        for name in companion.names.iter().filter(|name| !lower(name)) {
            faults.add(
                id,
                "companions",
                format!("name `{name}` must be lower case: any case and separator is found"),
            );
        }
    }
}

fn examples(rule: &Rule, faults: &mut Faults<'_>) {
    let id = rule.id.as_str();
    let (matches, ignores) = (&rule.examples.matches, &rule.examples.ignores);
    if rule.is_derived {
        return;
    }
    if matches.is_empty() {
        faults.add(id, "examples", "examples.match needs a line in which the secret must be found");
    }
    if ignores.is_empty() {
        faults.add(id, "examples", "examples.ignore needs a look-alike in which nothing may be found");
    }
    for text in ignores.iter().filter(|text| matches.contains(text)) {
        let message = "stands in match as well: it is either found or not";
        faults.add_item(id, "ignore", text, format!("example “{}” {message}", start_of(text)));
    }
    for text in matches.iter().chain(ignores) {
        if let Err(why) = expand(text, id) {
            faults.add_item(id, "examples", text, why);
        }
    }
    let detect = &rule.detect;
    let written = detect.prefix.iter().chain(&detect.inside).chain(&detect.keywords).cloned();
    let literals: Vec<String> =
        written.chain(detect.aligned_keywords()).map(|text| text.to_ascii_lowercase()).collect();
    if literals.is_empty() || detect.by_name.is_some() || detect.check.is_some_and(Check::stands_alone) {
        return;
    }
    // What is encoded shows its keyword only once it is decoded.
    for text in matches.iter().filter(|text| !text.contains("{base64:")) {
        let Ok(expanded) = expand(text, id).map(|text| text.to_ascii_lowercase()) else { continue };
        if !literals.iter().any(|literal| expanded.contains(literal)) {
            let message = "holds no prefix, inside or keyword of the rule, so nothing wakes it";
            faults.add_item(id, "examples", text, format!("example “{}” {message}", start_of(text)));
        }
    }
}

/// Checksums are put in as zeros here: only the shape of the syntax is checked, and their names.
fn expand(text: &str, seed: &str) -> Result<String, String> {
    generate::expand_with(text, seed, |name, _| {
        let named: StrDeserializer<'_, value::Error> = name.into_deserializer();
        match Check::deserialize(named) {
            Ok(_) => Ok((0, "000000".to_owned())),
            Err(_) => Err(format!("`{{check:{name}}}` names no check")),
        }
    })
}
