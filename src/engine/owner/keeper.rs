//! Which server a password in settings is for, where they keep those of several: the key that it is kept under
//! (`"auths": { "registry.acme.io": {`), what its statement polls (`poll imap.acme.com`), the address of its own block
//! (`maven { url = "https://…"`), the source that it is called after (`<server><id>acme</id>` and elsewhere
//! `<id>acme</id><url>https://…`).
//!
//! What stands in the entries beside it is of other servers.

use std::ops::Range;

use crate::engine::names;
use crate::engine::owner::{address, structure};
use crate::engine::syntax::enclosing::{Enclosure, Kind, Level, Tells};

/// How far before a value what says whose it is may stand, and how far behind a source's name its address, bytes.
const REACH: usize = 3072;
const LONGEST_SOURCE: usize = 600;
/// How far into a file its sources are looked for, bytes, and the longest name of one.
const LONGEST_FILE: usize = 128 * 1024;
const LONGEST_NAME: usize = 100;
/// How many structures around a value are looked at, and how many elements.
const DEEPEST: usize = 3;
const MOST_ELEMENTS: usize = 4;

/// What holds logins by the host that they are for.
const BY_HOST: [&str; 8] = [
    "auths",
    "httpbasic",
    "bearer",
    "npmregistries",
    "githuboauth",
    "gitlaboauth",
    "gitlabtoken",
    "bitbucketoauth",
];
/// Words of blocks and lists that are about registries of packages, each with its address.
#[rustfmt::skip]
const REGISTRIES: [&str; 13] = [
    "maven", "ivy", "repository", "repositories", "registry", "registries", "repo", "repos", "hostrules", "feed", "feeds",
    "source", "sources",
];

/// The host of the server that a value is for. An empty one: of a server whose address stands elsewhere.
pub(in crate::engine) fn host<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    if !may_be_kept(&text[value.start.saturating_sub(REACH)..value.start]) {
        return None;
    }
    polled(text, value).or_else(|| of_source(text, value)).or_else(|| {
        let levels = Enclosure::of(text, value).levels;
        (0..levels.len().min(DEEPEST)).find_map(|at| {
            let outer = levels.get(at + 1).and_then(|outer| outer.header);
            keyed(&levels[at], outer).or_else(|| addressed(&levels[at], outer))
        })
    })
}

/// The server of fetchmail's statement that a value stands in: `poll imap.acme.com protocol IMAP user kim password …`.
fn polled<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    const VERB: &[u8] = b"poll ";
    let before = &text[value.start.saturating_sub(REACH)..value.start];
    let mut starts = memchr::memmem::rfind_iter(before, VERB);
    let at = starts.find(|at| *at == 0 || before[at - 1] == b'\n')? + VERB.len();
    let statement = &before[at..];
    let host = address::host(statement.trim_ascii_start());
    let is_login = || names::words(statement).iter().any(|word| word.starts_with("user"));
    (host.contains(&b'.') && is_login()).then_some(host)
}

/// Whether settings of this kind are spoken of before a value at all: most are not.
fn may_be_kept(before: &[u8]) -> bool {
    // Behind the first letter, which may be a capital.
    const PARTS: [&[u8]; 15] = [
        b"poll ",
        b"auths",
        b"maven",
        b"ivy",
        b"ource",
        b"feed",
        b"poetry",
        b"http-basic",
        b"egistr",
        b"repo",
        b"-oauth",
        b"itlab-token",
        b"<server>",
        b"hostRules",
        b"bearer",
    ];
    PARTS.iter().any(|part| crate::memmem::find(before, part).is_some())
}

/// The host that a structure is kept under.
fn keyed<'t>(level: &Level<'t>, outer: Option<&[u8]>) -> Option<&'t [u8]> {
    // The address in an element is that of its names.
    let header = level.header.filter(|header| !header.starts_with(b"<"))?;
    let host = structure::host_of(header)?;
    let is_url = crate::memmem::find(header, b"://").is_some();
    (is_url || outer.is_some_and(|outer| BY_HOST.contains(&names::normalized(outer).as_str())))
        .then_some(host)
}

/// The host of the address that a registry's block gives itself.
fn addressed<'t>(level: &Level<'t>, outer: Option<&[u8]>) -> Option<&'t [u8]> {
    let is_registry = |name: &[u8]| names::words(name).iter().any(|word| REGISTRIES.contains(&word.as_str()));
    if level.kind != Kind::Inner {
        return None;
    }
    let is_of_registries = level.header.into_iter().chain(outer).any(is_registry);
    level.entries.iter().find_map(|entry| {
        let is_address = entry.tells() == Some(Tells::Address);
        let at = crate::memmem::find(entry.given, b"://").filter(|_| is_address)?;
        let is_page = entry.given[..at].ends_with(b"http") || entry.given[..at].ends_with(b"https");
        (is_page && (is_of_registries || is_registry(entry.name)))
            .then(|| address::host(address::behind_user(&entry.given[at + 3..])))
    })
}

/// The host of the source that a login of NuGet or Maven is called after.
fn of_source<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let elements = elements(text, value.start);
    let tag = |at: &usize| tag_name(&text[*at..]);
    let credentials =
        elements.iter().position(|at| tag(at).eq_ignore_ascii_case(b"packageSourceCredentials"));
    let head = &text[..text.len().min(LONGEST_FILE)];
    if let Some(name) = credentials.and_then(|at| elements.get(at.checked_sub(1)?)) {
        // A blank is written `_x0020_` in the name of an element.
        let name = String::from_utf8_lossy(tag(name)).replace("_x0020_", " ");
        let label = format!("key=\"{name}\"").to_ascii_lowercase();
        let starts = memchr::memmem::find_iter(head, b"<add ");
        let given = starts.filter_map(|at| {
            let source = &head[at..head.len().min(at + LONGEST_SOURCE)];
            let source = &source[..memchr::memchr(b'>', source)?];
            crate::memmem::find(&source.to_ascii_lowercase(), label.as_bytes())?;
            host_in(source)
        });
        return Some(given.last().unwrap_or_default());
    }
    let server = *elements.iter().find(|at| tag(at) == b"server")?;
    let id = element(&text[server..text.len().min(value.end + LONGEST_SOURCE)], b"id")?;
    let label = [b"<id>", id, b"</id>"].concat();
    let named = memchr::memmem::find_iter(head, &label).filter(|at| !(server..value.end).contains(at));
    let addresses = named.filter_map(|at| {
        let behind = at + label.len();
        let source = &head[behind..head.len().min(behind + LONGEST_SOURCE)];
        // Another one begins there.
        let end = crate::memmem::find(source, b"<id>").unwrap_or(source.len());
        host_in(element(&source[..end], b"url")?)
    });
    // Most stand in another file, and the text around speaks of some.
    addresses.last()
}

/// The host of the first address in a piece of text.
fn host_in(part: &[u8]) -> Option<&[u8]> {
    let at = crate::memmem::find(part, b"://")?;
    Some(address::host(address::behind_user(&part[at + 3..])))
}

/// What an element of this name holds, the first of a text.
fn element<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let open = [b"<", name, b">"].concat();
    let inner = &text[crate::memmem::find(text, &open)? + open.len()..];
    let inner = inner[..memchr::memchr(b'<', inner)?].trim_ascii();
    (!inner.is_empty() && inner.len() <= LONGEST_SOURCE).then_some(inner)
}

/// Where the elements begin, behind their `<`, that a place stands in, the nearest first.
fn elements(text: &[u8], at: usize) -> Vec<usize> {
    let floor = at.saturating_sub(REACH);
    let before = &text[floor..at];
    let (mut depth, mut out) = (0_usize, Vec::new());
    for open in memchr::memrchr_iter(b'<', before) {
        let tag = &before[open..];
        let end = memchr::memchr(b'>', tag);
        match tag.get(1) {
            Some(b'/') => depth += 1,
            Some(b'!' | b'?') | None => {}
            // One that closes itself, or that the value is an attribute of.
            _ if end.is_none_or(|end| tag[end - 1] == b'/') => {}
            _ if depth > 0 => depth -= 1,
            _ => out.push(floor + open + 1),
        }
        if out.len() == MOST_ELEMENTS {
            break;
        }
    }
    out
}

/// The name of the element that begins here.
fn tag_name(tag: &[u8]) -> &[u8] {
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'>' | b'/');
    &tag[..tag.iter().take(LONGEST_NAME).position(is_end).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_login_has_its_own_server() {
        for (text, expected) in [
            (
                "{\"auths\":{\"a.io\":{\"auth\":\"VALUE\"},\"https://b.io/v1/\":{\"auth\":\"x\"}}}",
                Some("a.io"),
            ),
            (
                "{\n \"auths\": {\n  \"a.io\": { \"auth\": \"x\" },\n  \"b.io\": {\n   \"auth\": \"VALUE\"\n",
                Some("b.io"),
            ),
            ("npmRegistries:\n  \"https://npm.a.com\":\n    npmAuthToken: VALUE\n", Some("npm.a.com")),
            (
                "repositories {\n  maven {\n    url = uri(\"https://m.a.io/x\")\n    credentials {\n      password = \"VALUE\"\n",
                Some("m.a.io"),
            ),
            (
                "[[tool.poetry.source]]\nname = \"x\"\nurl = \"https://p.a.io/simple\"\npassword = \"VALUE\"\n",
                Some("p.a.io"),
            ),
            (
                "<packageSources>\n<add key=\"a\" value=\"https://a.io/i.json\" />\n<add key=\"b\" value=\"https://b.io/i.json\" />\n</packageSources>\n<packageSourceCredentials>\n<b><add key=\"Username\" value=\"x\" /><add key=\"ClearTextPassword\" value=\"VALUE\" /></b>",
                Some("b.io"),
            ),
            ("<packageSourceCredentials>\n<b>\n<add key=\"ClearTextPassword\" value=\"VALUE\" />", Some("")),
            (
                "<server><id>a</id><password>VALUE</password></server>\n<repository><id>b</id><url>https://b.io</url></repository><repository><id>a</id><url>https://a.io/m</url></repository>",
                Some("a.io"),
            ),
            ("spring:\n  datasource:\n    url: jdbc:mysql://db.a.io/x\n    password: VALUE\n", None),
            ("curl https://a.io -u x:VALUE", None),
        ] {
            let at = text.find("VALUE").unwrap();
            let found = host(text.as_bytes(), &(at..at + 5));
            assert_eq!(found, expected.map(str::as_bytes), "{text}");
        }
    }
}
