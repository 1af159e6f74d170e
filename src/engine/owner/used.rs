//! What a value is used for: the key of `key = "…"` is that of the service whose address stands where `key` does, on the
//! line, in the call or in the function around it.
//!
//! A variable says whose its value is by its uses; what merely stands near says less.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem::Finder;

use crate::catalogue::RuleIx;
use crate::engine::locate::Located;
use crate::engine::names;
use crate::engine::owner::mention::{self, Heard, alone};
use crate::engine::owner::{Clue, Words, address, receiver};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::body;
use crate::engine::syntax::bracket::open_before;
use crate::engine::syntax::literal::is_quote;
use crate::engine::syntax::neighbour;
use crate::part::start_in;

/// The clue that the value goes to an address or a call of the owner's.
pub(in crate::engine) const USE: Clue = "where it is used";

/// How far to each side of a value its uses are looked for, bytes, and how many of them.
const REACH: usize = 4096;
const MOST_USES: usize = 6;
/// How far before a value the brackets open whose parameter it is the default of, bytes.
const LONGEST_PARAMETERS: usize = 400;
/// Longest line that is read, bytes, and how many lines around a use.
const LONGEST_LINE: usize = 400;
const MOST_LINES: usize = 24;
/// Shorter names are letters of formulas.
const SHORTEST_NAME: usize = 3;
/// Most constants of one line that are looked up.
const MOST_CONSTANTS: usize = 4;

/// Words of the names of constants that hold addresses.
const ADDRESSES: [&str; 5] = ["url", "uri", "endpoint", "host", "base"];

/// Words before the name of a function that declares it.
const DECLARE: [&[u8]; 12] = [
    b"def",
    b"function",
    b"func",
    b"fun",
    b"fn",
    b"sub",
    b"proc",
    b"defp",
    b"void",
    b"async",
    b"public",
    b"static",
];

/// What the uses of a value tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Told {
    /// Whose it is.
    Owner(RuleIx),
    /// That it goes to addresses of nobody known.
    Stranger,
}

/// A name that stands for a value.
struct Variable<'t> {
    name: &'t [u8],
    /// Where it gets the value, and where it may be used.
    at: usize,
    scope: Range<usize>,
}

/// Whom the uses of a value's variable speak of.
pub(in crate::engine) fn owner(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
    heard: &Heard,
) -> Option<Told> {
    if words.is_generic {
        return None;
    }
    let variables = variables(located, text, value);
    let told = variables.iter().find_map(|variable| variable.told(text, words, heard));
    // `cred = PSCredential(user, key)`: what is made of it goes where it goes.
    let wrapped = || variables.iter().flat_map(|variable| variable.wrapped(text));
    let told = told.or_else(|| wrapped().find_map(|variable| variable.told(text, words, heard)));
    // What stands behind an address is sent there, and `BASE_URL & ticker & "?apikey=" & "…"` to where the constant says.
    let put_together = || {
        let lead = neighbour::line_before(text, value.start, LONGEST_LINE);
        let own: Vec<&[u8]> = address::hosts_in(lead).collect();
        let by_constants = own.is_empty();
        let hosts = if by_constants { hosts_of_constants(text, line_of(text, value.start)) } else { own };
        // Of addresses on the line only that nobody knows them tells something here, of constants' only that somebody does.
        of_hosts(&hosts, words, heard).filter(|told| by_constants == (*told != Told::Stranger))
    };
    told.or_else(|| of_hosts(&named_for(located, text, value), words, heard)).or_else(put_together)
}

/// The hosts that constants hold which are named for the function whose parameter has the value as its default:
/// `ACME_URL = "https://…"` beside `def acme(key="…")`.
fn named_for<'t>(located: &Located<'_>, text: &'t [u8], value: &Range<usize>) -> Vec<&'t [u8]> {
    let function = located.callees.first().filter(|_| is_default(located, text, value));
    let own = function.map(|name| names::words(name)).unwrap_or_default();
    if own.is_empty() || own.iter().all(|word| neighbour::is_anybodys(word)) {
        return Vec::new();
    }
    let window = &text[value.start.saturating_sub(REACH)..text.len().min(value.end + REACH)];
    let is_its = |line: &&[u8]| bound(line).is_some_and(|name| names::words(name).starts_with(&own));
    window.split(|b| *b == b'\n').filter(is_its).flat_map(address::hosts_in).collect()
}

/// Whether a value is the default of a parameter of a function that is declared there.
pub(in crate::engine) fn is_default(located: &Located<'_>, text: &[u8], value: &Range<usize>) -> bool {
    own_name(located, text, value).and_then(|name| declaration(text, name.start)).is_some()
}

/// The variable that a value is given to by its own line, whatever is made of it first: `acme = encode("…" + ":")`.
pub(in crate::engine) fn of_line<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    bound(neighbour::line_before(text, value.start, LONGEST_LINE))
}

fn variables<'t>(located: &Located<'_>, text: &'t [u8], value: &Range<usize>) -> Vec<Variable<'t>> {
    let own = own_name(located, text, value);
    if let Some(start) = own.as_ref().and_then(|name| declaration(text, name.start)) {
        let name = own.unwrap_or_default();
        let scope = value.end..body::end(text, start, value.end);
        return vec![Variable { name: &text[name.clone()], at: name.start, scope }];
    }
    let line = neighbour::line_before(text, value.start, LONGEST_LINE);
    let lines = std::iter::once(line).chain(neighbour::openers(text, value.start));
    let held = lines.filter(|line| holds_it(line));
    let names = held.filter_map(bound).filter(|name| name.len() >= SHORTEST_NAME);
    names
        .map(|name| {
            let at = start_in(text, name);
            Variable { name, at, scope: scope(text, at, value.end) }
        })
        .collect()
}

/// The name that stands right before a value and its sign, and not in quotes.
fn own_name(located: &Located<'_>, text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    let name = *located.names.first()?;
    let start = Some(start_in(text, name)).filter(|at| *at <= text.len())?;
    let end = start + name.len();
    let is_in_text = end <= value.start && value.start - end < LONGEST_LINE;
    let is_bare = |at: Option<&u8>| !at.is_some_and(is_quote);
    (is_in_text && is_bare(text[..start].last()) && is_bare(text.get(end))).then_some(start..end)
}

/// Where the line begins that declares the function whose parameter stands at `at`.
fn declaration(text: &[u8], at: usize) -> Option<usize> {
    let before = &text[at.saturating_sub(LONGEST_PARAMETERS)..at];
    let open = open_before(before, b"(", b")")?;
    let start = memchr::memrchr(b'\n', &before[..open]).map_or(0, |end| end + 1);
    let lead = &before[start..open];
    let is_one = lead.split(|b| !is_word(*b)).any(|word| DECLARE.contains(&word));
    // An assignment calls what stands behind it.
    (is_one && !lead.contains(&b'=')).then(|| at - before.len() + start)
}

/// Where a variable may be used that gets its value at `at`: one of a function until the function ends, any other
/// everywhere.
fn scope(text: &[u8], at: usize, behind: usize) -> Range<usize> {
    const TYPES: [&[u8]; 8] =
        [b"class", b"object", b"struct", b"module", b"interface", b"enum", b"namespace", b"impl"];
    let all = at.saturating_sub(REACH)..text.len().min(behind + REACH);
    let own = neighbour::line_before(text, at, LONGEST_LINE);
    let depth = neighbour::indent(own);
    let above = &text[all.start..at - own.len()];
    let outer = above
        .rsplit(|b| *b == b'\n')
        .find(|line| !line.trim_ascii().is_empty() && neighbour::indent(line) < depth);
    let is_member = |line: &[u8]| line.split(|b| !is_word(*b)).any(|word| TYPES.contains(&word));
    match outer {
        Some(line) if depth > 0 && !is_member(line) => {
            let start = start_in(text, line);
            behind..body::end(text, start, behind)
        }
        _ => all,
    }
}

/// Whether the variable of a line holds what stands behind it, and not what a call makes of that: `p = {`, not `r = get(`.
fn holds_it(line: &[u8]) -> bool {
    const MAKES: [&str; 7] = ["array", "dict", "map", "hash", "list", "of", "c"];
    let Some(name) = bound(line) else { return false };
    let behind = start_in(line, name) + name.len();
    let given = &line[behind..];
    let sign = given.iter().position(|b| matches!(b, b'=' | b'-')).map_or(0, |at| at + 1);
    let given = &given[sign..];
    let is_literal =
        matches!(given.trim_ascii_start().first(), Some(b'{' | b'[' | b'(' | b'"' | b'\'' | b'`' | b'%'));
    let open = memchr::memchr(b'(', given);
    is_literal
        || open.is_none_or(|open| {
            let callee = given[..open].rsplit(|b| !is_word(*b)).next().unwrap_or_default();
            callee.is_empty() || MAKES.contains(&names::normalized(callee).as_str())
        })
}

/// Whether a value is the user of a pair whose password another variable holds: `key` of `encode(key . ':' . secret)`.
pub(in crate::engine) fn is_user(located: &Located<'_>, text: &[u8], value: &Range<usize>) -> bool {
    let is_key = |name: &[u8]| {
        let words = names::words(name);
        words.last().is_some_and(|last| last == "key")
            && !words.iter().any(|word| names::SECRETS.contains(&word.as_str()))
    };
    let Some(own) = own_name(located, text, value).filter(|own| is_key(&text[own.clone()])) else {
        return false;
    };
    let all = variables(located, text, value);
    let Some(variable) = all.iter().find(|variable| own.contains(&variable.at)) else { return false };
    let is_sign =
        |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'`' | b'.' | b'+' | b'&' | b'$' | b'{' | b'}' | b'#');
    let without_signs = |part: &[u8]| part.iter().take_while(|b| is_sign(b)).count();
    variable.uses(text).any(|at| {
        let behind = &text[at + variable.name.len()..text.len().min(at + LONGEST_LINE)];
        let Some(rest) = behind[without_signs(behind)..].strip_prefix(b":") else { return false };
        let other = &rest[without_signs(rest)..];
        let other = &other[..other.iter().take_while(|b| is_word(**b)).count()];
        let is_secret = || {
            names::role(other) == names::Role::Secret || names::words(other).iter().any(|word| word == "sec")
        };
        without_signs(rest) > 0 && other != variable.name && is_secret()
    })
}

/// The variable that a line gives something: `name = …`, `const name: Type = …`, `name <- …`, `name := …`.
fn bound(line: &[u8]) -> Option<&[u8]> {
    let sign = (0..line.len()).find(|at| match line[*at] {
        b'=' => true,
        b'<' => line.get(at + 1) == Some(&b'-'),
        _ => false,
    })?;
    let is_sign = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'=' | b'>' | b'~' | b'!' | b'<'));
    if is_sign(line.get(sign + 1).filter(|b| **b != b'<')) || is_sign(line[..sign].last()) {
        return None;
    }
    let lead = line[..sign].trim_ascii_end();
    let lead = lead.strip_suffix(b":").unwrap_or(lead).trim_ascii_end();
    let bare = lead.trim_ascii_start();
    let is_tag = bare.starts_with(b"<") && !bare.starts_with(b"<cfset ");
    if is_tag || lead.iter().any(|b| matches!(b, b'(' | b'"' | b'\'' | b'`' | b'{' | b'[' | b',')) {
        return None;
    }
    // `name: Type = …`.
    let typed = memchr::memchr(b':', lead).filter(|at| lead.get(at + 1) != Some(&b':'));
    let lead = lead[..typed.unwrap_or(lead.len())].trim_ascii_end();
    let length = lead.iter().rev().take_while(|b| is_word(**b)).count();
    (length > 0).then(|| &lead[lead.len() - length..])
}

impl Variable<'_> {
    fn told(&self, text: &[u8], words: Words<'_>, heard: &Heard) -> Option<Told> {
        let uses: Vec<usize> = self.uses(text).collect();
        if uses.is_empty() {
            return None;
        }
        let on_lines: Vec<&[u8]> = uses.iter().flat_map(|at| in_statement(text, *at)).collect();
        let addressed = of_hosts(&on_lines, words, heard);
        if let Some(Told::Owner(_)) = addressed {
            return addressed;
        }
        let mut spoken = BTreeSet::new();
        let lines = uses.iter().flat_map(|at| command_around(text, *at));
        for line in lines.filter(|line| line.contains(&b'(') || holds_option(line)) {
            spoken.extend(heard.in_code(line, text, words));
        }
        // `cf = AcmeFactory()` above `cf.connect(user, key)`.
        if spoken.is_empty() {
            let lines = uses.iter().filter_map(|at| receiver::bound_by(callee_around(text, *at)?, text, *at));
            spoken.extend(lines.flat_map(|line| heard.in_code(line, text, words)));
        }
        if let Some(rule) = alone(spoken) {
            return Some(Told::Owner(rule));
        }
        if addressed.is_some() {
            return addressed;
        }
        // A function may name other addresses than that which it sends to.
        let in_blocks: Vec<&[u8]> = uses.iter().flat_map(|at| in_block(text, *at)).collect();
        of_hosts(&in_blocks, words, heard).filter(|told| *told != Told::Stranger)
    }

    /// The variables for credentials that are made of it.
    fn wrapped<'t>(&self, text: &'t [u8]) -> Vec<Variable<'t>> {
        const WRAPS: [&str; 6] = ["cred", "creds", "credential", "credentials", "auth", "login"];
        let made = |at: usize| {
            let name = bound(line_of(text, at)).filter(|name| name.len() >= SHORTEST_NAME)?;
            names::words(name).last().filter(|last| WRAPS.contains(&last.as_str()))?;
            let start = start_in(text, name);
            (start < at).then(|| Variable { name, at: start, scope: scope(text, start, at) })
        };
        self.uses(text).filter_map(made).collect()
    }

    /// Where the variable is used and gets no value.
    fn uses<'s>(&'s self, text: &'s [u8]) -> impl Iterator<Item = usize> + 's {
        let finder = Finder::new(self.name);
        let owner = object_of(text, self.at);
        let found: Vec<usize> =
            finder.find_iter(&text[self.scope.clone()]).map(|at| self.scope.start + at).collect();
        found.into_iter().filter(move |at| self.is_use(text, *at, owner)).take(MOST_USES)
    }

    fn is_use(&self, text: &[u8], at: usize, owner: &[u8]) -> bool {
        let end = at + self.name.len();
        let (before, behind) = (text[..at].last().copied(), text.get(end).copied());
        if at == self.at || before.is_some_and(is_word) || behind.is_some_and(is_word) {
            return false;
        }
        let rest = text[end..].trim_ascii_start();
        let is_given = rest.starts_with(b"=") && !rest.starts_with(b"==")
            || rest.starts_with(b":") && !rest.starts_with(b"::");
        let is_member = matches!(before, Some(b'.' | b'>')) || text[..at].ends_with(b"::");
        let is_own_member = || {
            let object = object_of(text, at);
            let is_self = [&b"self"[..], b"this", b"cls", b"static", b"Self"].contains(&object);
            is_self || object == owner || object.first().is_some_and(u8::is_ascii_uppercase)
        };
        let is_text = before.as_ref().is_some_and(is_quote) && behind.as_ref().is_some_and(is_quote);
        let is_others = is_member && !is_own_member();
        !is_text && !is_given && !is_others
    }
}

/// The object whose member stands at `at`: `self` of `self.key`, nothing of `key`.
fn object_of(text: &[u8], at: usize) -> &[u8] {
    let lead = &text[at.saturating_sub(LONGEST_LINE)..at];
    let path = [&b"."[..], b"->", b"::"].iter().find_map(|sign| lead.strip_suffix(*sign));
    path.map_or(b"", |path| &path[path.len() - path.iter().rev().take_while(|b| is_word(**b)).count()..])
}

/// The lines of the command that a use stands in: its own, and those above which go on behind a backslash or a backtick.
fn command_around(text: &[u8], at: usize) -> Vec<&[u8]> {
    let own = line_of(text, at);
    let mut start = start_in(text, own);
    let mut lines = vec![own];
    while let Some(end) = start.checked_sub(1).filter(|_| lines.len() < MOST_LINES) {
        let line = neighbour::line_before(text, end, LONGEST_LINE);
        if !matches!(line.trim_ascii_end().last(), Some(b'`' | b'\\')) {
            break;
        }
        start = end - line.len();
        lines.push(line);
    }
    lines
}

/// Whether a line is a command with options: `New-ADUser -AccountPassword $key`.
fn holds_option(line: &[u8]) -> bool {
    line.windows(3).any(|three| three[0] == b' ' && three[1] == b'-' && three[2].is_ascii_uppercase())
}

/// The path of the function whose argument stands at `at`, where it is a member: `cf.connect` of `cf.connect(user, key)`.
fn callee_around(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = neighbour::line_before(text, at, LONGEST_LINE);
    let lead = &before[..open_before(before, b"(", b")")?];
    let is_of_path = |b: &u8| is_word(*b) || matches!(b, b'.' | b':' | b'>' | b'$');
    let path = &lead[lead.len() - lead.iter().rev().take_while(|b| is_of_path(b)).count()..];
    path.contains(&b'.').then_some(path).or(path.contains(&b'>').then_some(path))
}

/// Whose the addresses are; those of this machine and of examples are nobody's.
fn of_hosts(hosts: &[&[u8]], words: Words<'_>, heard: &Heard) -> Option<Told> {
    let is_one = |host: &&&[u8]| {
        let last = host.rsplit(|b| *b == b'.').next().unwrap_or_default();
        host.contains(&b'.')
            && last.len() >= 2
            && last.iter().all(u8::is_ascii_alphabetic)
            && !host.iter().any(|b| matches!(b, b'$' | b'{' | b'}'))
            && crate::memmem::find(host, b"example").is_none()
    };
    let hosts: Vec<&&[u8]> = hosts.iter().filter(is_one).collect();
    let owners: BTreeSet<RuleIx> = hosts.iter().filter_map(|host| heard.of_host(host, words)).collect();
    match (owners.len(), hosts.is_empty()) {
        (_, true) => None,
        (1, _) => alone(owners).map(Told::Owner),
        (0, _) => Some(Told::Stranger),
        _ => None,
    }
}

/// The line at `at`, as much of it as is read.
fn line_of(text: &[u8], at: usize) -> &[u8] {
    let before = neighbour::line_before(text, at, LONGEST_LINE).len();
    let behind = &text[at..text.len().min(at + LONGEST_LINE)];
    &text[at - before..at + memchr::memchr(b'\n', behind).unwrap_or(behind.len())]
}

/// Whether a word holds another, lower case, in any case.
fn holds(word: &[u8], part: &[u8]) -> bool {
    word.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// The hosts that a line names, itself or by the constants on it.
fn hosts_of<'t>(text: &'t [u8], line: &'t [u8]) -> Vec<&'t [u8]> {
    let own: Vec<&[u8]> = address::hosts_in(line).collect();
    if own.is_empty() { hosts_of_constants(text, line) } else { own }
}

/// The hosts that the constants on a line hold.
fn hosts_of_constants<'t>(text: &'t [u8], line: &'t [u8]) -> Vec<&'t [u8]> {
    let at = start_in(text, line);
    let is_constant = |word: &&[u8]| {
        let is_capital = || word.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        let says = |part: &String| ADDRESSES.contains(&part.as_str());
        let may_say = || ADDRESSES.iter().any(|part| holds(word, part.as_bytes()));
        word.len() > SHORTEST_NAME && (is_capital() || may_say() && names::words(word).iter().any(says))
    };
    let constants = line.split(|b| !is_word(*b)).filter(is_constant).take(MOST_CONSTANTS);
    constants
        .filter_map(|word| receiver::constant(word, text, at))
        .flat_map(|line| address::hosts_in(line).collect::<Vec<_>>())
        .collect()
}

/// The hosts of the statement that a use stands in: of its line, or of the nearest that it is nested in.
fn in_statement(text: &[u8], at: usize) -> Vec<&[u8]> {
    let line = line_of(text, at);
    let mut depth = neighbour::indent(line);
    let start = start_in(text, line);
    let above = &text[start.saturating_sub(REACH)..start];
    let around = above.rsplit(|b| *b == b'\n').skip(1).take(MOST_LINES).filter(|line| {
        let is_around = !line.trim_ascii().is_empty() && neighbour::indent(line) < depth;
        depth = if is_around { neighbour::indent(line) } else { depth };
        is_around
    });
    let lines = std::iter::once(line).chain(around).filter(|line| line.len() <= LONGEST_LINE);
    lines.map(|line| hosts_of(text, line)).find(|hosts| !hosts.is_empty()).unwrap_or_default()
}

/// The hosts of the function that a use stands in, where it stands in one.
fn in_block(text: &[u8], at: usize) -> Vec<&[u8]> {
    if neighbour::indent(line_of(text, at)) == 0 {
        return Vec::new();
    }
    let lines =
        neighbour::siblings(text, at).into_iter().flatten().flat_map(|part| part.split(|b| *b == b'\n'));
    lines
        .filter(|line| line.len() <= LONGEST_LINE && !mention::is_comment(line))
        .take(2 * MOST_LINES)
        .flat_map(|line| hosts_of(text, line))
        .filter(|host| !address::label_of(host).is_some_and(|label| mention::is_origin(&label)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;
    use crate::engine::locate::locate;

    #[test]
    fn uses_tell_whose_a_value_is() {
        let words = Words::of_vendors(embedded());
        for (text, told) in [
            ("K = \"VALUE\"\nAPI_KEY = \"VALUE\"\nget(\"https://api.shodan.io/x?key=\" + API_KEY)", None),
            ("API_KEY = \"VALUE\"\nget(\"https://api.shodan.io/x?key=\" + API_KEY)", Some("shodan")),
            ("key <- \"VALUE\"\nu <- paste0(\"https://api.shodan.io/x?key=\", key)", Some("shodan")),
            ("H = \"https://api.shodan.io/x\"\ndef f(q, api_key=\"VALUE\"):\n    get(H, api_key)", None),
            (
                "HOST = \"https://api.shodan.io/x\"\ndef f(q, api_key=\"VALUE\"):\n    get(HOST, api_key)",
                Some("shodan"),
            ),
            ("p = {\"key\": \"VALUE\"}\nget(\"https://api.shodan.io\", p)", None),
            ("params = {\"key\": \"VALUE\"}\nget(\"https://api.shodan.io\", params)", Some("shodan")),
            ("const opts = {\n  key: 'VALUE',\n};\nfetch('https://api.shodan.io', opts)", Some("shodan")),
            ("API_KEY = \"VALUE\"\nget(\"https://api.acme.net/x?key=\" + API_KEY)", Some("")),
            ("API_KEY = \"VALUE\"\nget(\"https://api.shodan.io/x?key=\" + OTHER_API_KEY)", None),
            ("API_KEY = \"VALUE\"\nother.API_KEY(\"https://api.shodan.io/x\")", None),
            ("res = send(\"VALUE\")\nget(\"https://api.shodan.io\", res)", None),
            (
                "def a():\n    key = \"VALUE\"\n    send(key)\n\ndef b(key):\n    get(\"https://api.shodan.io\", key)",
                None,
            ),
        ] {
            let at = text.find("VALUE").unwrap();
            let value = at..at + 5;
            let located = locate(text.as_bytes(), value.clone());
            let found = owner(&located, text.as_bytes(), &value, words, &Heard::default());
            let found = found.map(|found| match found {
                Told::Owner(rule) => embedded().rule(rule).vendor.key,
                Told::Stranger => "",
            });
            assert_eq!(found, told, "{text}");
        }
    }
}
