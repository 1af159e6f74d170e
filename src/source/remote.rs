//! What is known to be at the place that a push goes to.
//!
//! In: that place, and what git says the references there are now. Out: what the tracking references are at
//! that speak of it. They follow the URL that a remote fetches from; a push may go elsewhere. Whose a
//! reference is tells the remote's fetch refspecs, as it does git: the name of one remote may start with another's.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;

use super::{
    plumbing,
    push::RefUpdate,
    repo::{Opened, Setting},
};
use crate::boolean;
use crate::order;

/// Only these follow another side; `refs/heads/*` of a mirror changes with every commit here.
const TRACKING: &[u8] = b"refs/remotes/";

/// Where a push goes, as git or a hook manager tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// The URL that is pushed to.
    At(BString),
    /// Only the name of a remote, or a URL in its place.
    Named(BString),
}

impl Remote {
    /// From the arguments of pre-push: a name, or the URL as typed, and the URL. Without any, nothing is known.
    pub fn from_args(args: &[impl AsRef<[u8]>]) -> Remote {
        match args {
            [_, url, ..] => Remote::At(url.as_ref().into()),
            [name] => Remote::Named(name.as_ref().into()),
            [] => Remote::Named(BString::default()),
        }
    }
}

/// What a reference holds.
pub(super) enum Held {
    Id(ObjectId),
    /// The name of another.
    Name(BString),
}

/// What the tracking references are at that speak of `to`. One that git's own line in `updates` contradicts
/// is out of date and left out. `None` when they speak of another place: where they have the main branch of the other side,
/// git says that there is none. The remote's URL was changed, or what it names was made anew.
pub(super) fn tracked(opened: &Opened, to: &Remote, updates: &[RefUpdate]) -> Result<Option<Vec<ObjectId>>> {
    let (here, elsewhere): (Vec<Configured>, Vec<Configured>) =
        configured(&opened.remote_settings()?).into_iter().partition(|remote| remote.is_at(to));
    let mut prefixes: Vec<String> = here.iter().flat_map(Configured::prefixes).collect();
    order::all(&mut prefixes);
    prefixes.dedup();
    if prefixes.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let refs = opened.held_refs(&prefixes)?;
    let main = |held: &Held| match held {
        Held::Name(name) => Some(name.clone()),
        Held::Id(_) => None,
    };
    // Where nothing says which is the main one, any may be: a branch that was deleted there costs a longer look.
    let mains: Vec<BString> = refs.iter().filter_map(|(_, held)| main(held)).collect();
    let (mut ids, told) = (Vec::new(), Told::by(updates)?);
    for (name, held) in refs {
        let Held::Id(id) = held else { continue };
        let is_shared = elsewhere.iter().any(|remote| remote.source_of(name.as_bstr()).is_some());
        let sources: Vec<BString> =
            here.iter().filter_map(|remote| remote.source_of(name.as_bstr())).collect();
        if (mains.is_empty() || mains.contains(&name))
            && sources.iter().any(|source| told.is_gone(source.as_bstr()))
        {
            return Ok(None);
        }
        let is_known = !sources.is_empty() && !is_shared;
        if is_known && sources.iter().all(|source| told.agrees(source.as_bstr(), id)) {
            ids.push(id);
        }
    }
    Ok(Some(ids))
}

/// What git says the references of the other side are at, by their names there: a push of everything tells of as many as
/// are tracked.
struct Told<'u>(HashMap<&'u BStr, Vec<Option<ObjectId>>>);

impl<'u> Told<'u> {
    fn by(updates: &'u [RefUpdate]) -> Result<Told<'u>> {
        let mut told: HashMap<&BStr, Vec<Option<ObjectId>>> = HashMap::new();
        for RefUpdate { remote_ref, remote_id, .. } in updates {
            let id = remote_id.as_ref().map(|id| plumbing::oid(id.as_bytes())).transpose()?;
            told.entry(remote_ref.as_bstr()).or_default().push(id);
        }
        Ok(Told(told))
    }

    /// Whether git says that the other side has no reference `name`.
    fn is_gone(&self, name: &BStr) -> bool {
        self.0.get(name).is_some_and(|told| told.contains(&None))
    }

    /// Whether git says nothing of the reference `name` of the other side, or that it is at `id`.
    fn agrees(&self, name: &BStr, id: ObjectId) -> bool {
        self.0.get(name).is_none_or(|told| told.iter().all(|now| *now == Some(id)))
    }
}

/// A remote of git's configuration.
#[derive(Debug, Default)]
pub(super) struct Configured {
    pub name: String,
    /// Where it fetches from, and the same as git writes it for a push (`url.*.pushInsteadOf`).
    places: Vec<BString>,
    /// Whether a push without a word more goes to other places too.
    pushes_elsewhere: bool,
    fetch: Vec<Refspec>,
    /// References that are not fetched.
    but: Vec<Pattern>,
    /// Whether a push makes all references there what they are here.
    is_mirror: bool,
    /// Whether what a partial clone lacks is there.
    pub is_promisor: bool,
}

impl Configured {
    pub(super) fn is_at(&self, to: &Remote) -> bool {
        let is_place = |url: &BString| self.places.iter().any(|place| is_same_place(place, url));
        match to {
            Remote::At(url) => is_place(url),
            Remote::Named(name) => (self.name == *name && !self.pushes_elsewhere) || is_place(name),
        }
    }

    /// The folders of references in which its own stand.
    fn prefixes(&self) -> impl Iterator<Item = String> + '_ {
        let own = self.fetch.iter().map(|spec| &spec.to.before).filter(|to| to.starts_with(TRACKING));
        own.filter_map(|to| Some(to[..=to.rfind_byte(b'/')?].to_str().ok()?.to_owned()))
    }

    /// Whether all references here are the other side's too.
    pub(super) fn mirrors(&self) -> bool {
        self.is_mirror || self.fetch.iter().any(|spec| spec.is_all())
    }

    /// Whether anything is fetched from it without a word more.
    pub(super) fn fetches(&self) -> bool {
        !self.fetch.is_empty()
    }

    /// What the reference `name` here is called there.
    pub(super) fn source_of(&self, name: &BStr) -> Option<BString> {
        let mut sources = self.fetch.iter().filter_map(|spec| spec.source_of(name));
        sources.find(|source| self.but.iter().all(|but| but.matched(source.as_bstr()).is_none()))
    }

    /// How much of the reference `name` here is spelt out by what fetches it.
    pub(super) fn follows(&self, name: &BStr) -> Option<usize> {
        self.source_of(name)?;
        let own = self.fetch.iter().filter(|spec| spec.source_of(name).is_some() && !spec.is_all());
        own.map(|spec| spec.to.before.len()).max()
    }

    /// What the reference `name` there is called here.
    pub(super) fn target_of(&self, name: &BStr) -> Option<BString> {
        self.fetch.iter().find_map(|spec| spec.target_of(name))
    }
}

/// `refs/heads/*:refs/remotes/origin/*`.
#[derive(Debug)]
struct Refspec {
    from: Pattern,
    to: Pattern,
}

impl Refspec {
    fn parse(text: &BStr) -> Option<Refspec> {
        let (from, to) = text.strip_prefix(b"+").unwrap_or(text).split_once_str(":")?;
        Some(Refspec { from: Pattern::parse(from), to: Pattern::parse(to) })
    }

    /// `refs/*:refs/*`
    fn is_all(&self) -> bool {
        let is_every = |side: &Pattern| {
            side.before == "refs/" && side.after.as_ref().is_some_and(|after| after.is_empty())
        };
        is_every(&self.from) && is_every(&self.to)
    }

    fn source_of(&self, name: &BStr) -> Option<BString> {
        Some(self.from.with(self.to.matched(name)?))
    }

    fn target_of(&self, name: &BStr) -> Option<BString> {
        Some(self.to.with(self.from.matched(name)?))
    }
}

/// A name of a reference, or what stands before and after its star.
#[derive(Debug)]
struct Pattern {
    before: BString,
    after: Option<BString>,
}

impl Pattern {
    fn parse(text: &[u8]) -> Pattern {
        match text.split_once_str("*") {
            Some((before, after)) => Pattern { before: before.into(), after: Some(after.into()) },
            None => Pattern { before: text.into(), after: None },
        }
    }

    /// What the star stands for in `name`.
    fn matched<'n>(&self, name: &'n BStr) -> Option<&'n [u8]> {
        let rest = name.strip_prefix(self.before.as_slice())?;
        match &self.after {
            Some(after) => rest.strip_suffix(after.as_slice()),
            None => rest.is_empty().then_some(rest),
        }
    }

    /// The name in which the star stands for `between`.
    fn with(&self, between: &[u8]) -> BString {
        let after = self.after.as_ref().map_or(b"".as_slice(), |after| after);
        [self.before.as_slice(), between, after].concat().into()
    }
}

/// The remotes that `settings` (all of `remote.` and `url.`) speak of.
pub(super) fn configured(settings: &[Setting]) -> Vec<Configured> {
    let mut names: Vec<&str> =
        settings.iter().filter_map(|setting| Some(field(setting, "remote.")?.0)).collect();
    order::all(&mut names);
    names.dedup();
    // Another remote may go by a name that is no text and reads the same.
    names.retain(|name| !name.contains(char::REPLACEMENT_CHARACTER));
    names.into_iter().map(|name| one(settings, name)).collect()
}

fn one(settings: &[Setting], name: &str) -> Configured {
    let values = |wanted: &str| -> Vec<&BString> {
        let own = settings.iter().filter(|setting| field(setting, "remote.") == Some((name, wanted)));
        own.filter_map(|setting| setting.value.as_ref()).collect()
    };
    let urls = values("url");
    let is_set = |key: &str| {
        let setting = settings.iter().rfind(|setting| field(setting, "remote.") == Some((name, key)));
        // A name without a value is set.
        let value = |setting: &Setting| {
            setting.value.as_ref().is_none_or(|value| boolean::read(value) != Some(false))
        };
        setting.is_some_and(value)
    };
    let mut remote = Configured {
        name: name.to_owned(),
        is_mirror: is_set("mirror"),
        is_promisor: is_set("promisor"),
        ..Configured::default()
    };
    // git fetches from the first and pushes to all.
    if let Some(url) = urls.first() {
        remote.places.extend([instead(settings, "insteadof", url), instead(settings, "pushinsteadof", url)]);
    }
    let pushed = values("pushurl").into_iter().chain(urls.iter().copied().skip(1));
    for url in pushed.map(|url| instead(settings, "insteadof", url)) {
        let is_same = |place: &BString| is_same_place(place, &url) || is_by_another_protocol(place, &url);
        match remote.places.iter().any(is_same) {
            true => remote.places.push(url),
            false => remote.pushes_elsewhere = true,
        }
    }
    for spec in values("fetch") {
        match spec.strip_prefix(b"^") {
            Some(but) => remote.but.push(Pattern::parse(but)),
            None => remote.fetch.extend(Refspec::parse(spec.as_bstr())),
        }
    }
    remote
}

/// Name and key of a setting: `remote.NAME.KEY`.
fn field<'s>(setting: &'s Setting, section: &str) -> Option<(&'s str, &'s str)> {
    setting.key.strip_prefix(section)?.rsplit_once('.')
}

/// A URL as git rewrites it by `url.BASE.insteadOf`: the longest start wins.
fn instead(settings: &[Setting], key: &str, url: &BString) -> BString {
    let starts = settings.iter().filter_map(|setting| {
        let (base, which) = field(setting, "url.")?;
        let start = setting.value.as_ref()?;
        (which == key && url.starts_with(start)).then_some((start.len(), base))
    });
    match starts.max_by_key(|(length, _)| *length) {
        Some((length, base)) => [base.as_bytes(), &url[length..]].concat().into(),
        None => url.clone(),
    }
}

/// Whether two URLs are known to lead to one repository: they are alike, or spell one place in two ways that git or the host
/// takes for the same. Where that is not known they do not: what is then looked at again was published at worst.
fn is_same_place(one: &BString, other: &BString) -> bool {
    let path = |url: &BString| -> BString {
        let path = url.strip_prefix(b"file://").unwrap_or(url);
        path.strip_suffix(b"/").unwrap_or(path).into()
    };
    path(one) == path(other) || on_host(one).is_some_and(|place| Some(place) == on_host(other))
}

/// Whether two URLs name one path on one host by two protocols: who gives both to one remote says that they are one place.
fn is_by_another_protocol(one: &BString, other: &BString) -> bool {
    let (
        Some(OnHost::Served { protocol, host, path }),
        Some(OnHost::Served { protocol: by, host: at, path: to }),
    ) = (on_host(one), on_host(other))
    else {
        return false;
    };
    let name = |path: &BString| -> BString {
        let path = path.trim_start_with(|c| c == '/');
        path.strip_suffix(b".git").unwrap_or(path).into()
    };
    protocol.is_ssh() != by.is_ssh() && host == at && name(&path) == name(&to)
}

/// Host and path of a URL that goes over the network, without what may be secret in it.
pub(super) fn over_network(url: &BString) -> Option<String> {
    let (host, path) = match url.split_once_str("://") {
        Some((b"file", _)) => return None,
        Some((_, rest)) => rest.split_once_str("/")?,
        None => url.split_once_str(":").filter(|(host, _)| !host.contains(&b'/') && host.len() > 1)?,
    };
    let host = host.rsplit_once_str("@").map_or(host, |(_, host)| host);
    let path = path.split(|byte| b"?#".contains(byte)).next().unwrap_or(path);
    Some(format!("{}/{}", host.as_bstr(), path.trim_with(|c| c == '/').as_bstr()))
}

/// Hosting services that name a repository by owner and name alone, over each protocol, with `.git` or without.
const SERVICES: [&[u8]; 4] = [b"github.com", b"gitlab.com", b"bitbucket.org", b"codeberg.org"];

/// A repository on another machine.
#[derive(PartialEq, Eq)]
enum OnHost {
    /// Of one of [`SERVICES`].
    Hosted { host: BString, path: BString },
    /// Of a server of which nothing is known.
    Served { protocol: Protocol, host: BString, path: BString },
}

/// How a repository is asked for; what it is called by one protocol says nothing of another.
#[derive(PartialEq, Eq)]
enum Protocol {
    /// A path of that user's machine, from its root or from the user's home.
    Ssh {
        user: BString,
        is_of_home: bool,
    },
    /// Who asks does not choose what is answered.
    Http,
    Https,
    Git,
}

impl Protocol {
    fn is_ssh(&self) -> bool {
        matches!(self, Protocol::Ssh { .. })
    }
}

/// Where a URL leads that goes over the network and names no port.
fn on_host(url: &BString) -> Option<OnHost> {
    let (scheme, rest) = url.split_once_str("://").map_or((&b"ssh"[..], None), |(s, rest)| (s, Some(rest)));
    // Behind a host and a slash stands a path from the root, behind host and colon one as it is.
    let (host, path) = match rest {
        Some(rest) => rest.split_at(rest.find_byte(b'/')?),
        None => url.split_once_str(":").filter(|(host, _)| !host.contains(&b'/') && host.len() > 1)?,
    };
    let (user, host) = host.rsplit_once_str("@").unwrap_or((b"", host));
    if host.contains(&b':') {
        return None;
    }
    let host = BString::from(host.to_ascii_lowercase());
    let is_ssh = matches!(scheme, b"ssh" | b"git+ssh" | b"ssh+git");
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let is_hosted = SERVICES.contains(&host.as_slice()) && (!is_ssh || user == b"git");
    if is_hosted && matches!(scheme, b"ssh" | b"git+ssh" | b"ssh+git" | b"http" | b"https") {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let path = path.strip_suffix(b".git").unwrap_or(path).into();
        return Some(OnHost::Hosted { host, path });
    }
    let (protocol, path) = match scheme {
        b"http" => (Protocol::Http, path),
        b"https" => (Protocol::Https, path),
        b"git" => (Protocol::Git, path),
        _ if is_ssh => {
            // git takes the slash before a tilde away, and a shell there gives a path without either its home.
            let path = path.strip_prefix(b"/").filter(|rest| rest.starts_with(b"~")).unwrap_or(path);
            let own = path.strip_prefix(b"~/").unwrap_or(path);
            let is_of_home = own.len() < path.len() || !path.starts_with(b"/") && !path.starts_with(b"~");
            (Protocol::Ssh { user: user.into(), is_of_home }, own)
        }
        _ => return None,
    };
    Some(OnHost::Served { protocol, host, path: path.into() })
}

impl Opened {
    /// All settings of remotes and of how URLs are rewritten.
    pub(super) fn remote_settings(&self) -> Result<Vec<Setting>> {
        let Some(repo) = &self.repo else { return self.git.settings("^(remote|url)\\.") };
        let config = repo.config_snapshot();
        let of = |section| super::repo::settings(config.plumbing(), section);
        Ok([of("remote."), of("url.")].concat())
    }

    /// All settings of branches: what each was pushed to or follows.
    pub(super) fn branch_settings(&self) -> Result<Vec<Setting>> {
        match &self.repo {
            Some(repo) => Ok(super::repo::settings(repo.config_snapshot().plumbing(), "branch.")),
            None => self.git.settings("^branch\\."),
        }
    }

    /// The references below `prefixes`, each with what it holds itself.
    fn held_refs(&self, prefixes: &[String]) -> Result<Vec<(BString, Held)>> {
        let Some(repo) = self.repo.as_ref().filter(|repo| super::repo::ref_format(repo) == "files") else {
            return self.git.held_refs(prefixes);
        };
        let platform = repo.references().context("cannot read the references")?;
        let mut all = Vec::new();
        for prefix in prefixes {
            let below = platform.prefixed(prefix.as_bytes().as_bstr());
            for reference in below.map_err(|err| anyhow::anyhow!("cannot read the references: {err}"))? {
                let reference =
                    reference.map_err(|err| anyhow::anyhow!("cannot read the references: {err}"))?;
                let target = reference.target();
                let held = match (target.try_id(), target.try_name()) {
                    (Some(id), _) => Held::Id(id.to_owned()),
                    (None, Some(name)) => Held::Name(name.as_bstr().to_owned()),
                    (None, None) => continue,
                };
                all.push((reference.name().as_bstr().to_owned(), held));
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_are_alike_and_what_may_be_two_is_two() {
        let same = |one: &str, other: &str| is_same_place(&one.into(), &other.into());
        assert!(same("https://GitHub.com/a/b", "git@github.com:a/b.git"));
        assert!(same("ssh://git@gitlab.com/a/b.git/", "https://me@gitlab.com/a/b"));
        assert!(same("me@example.com:/srv/b", "ssh://me@Example.com/srv/b/"));
        assert!(same("me@example.com:b", "ssh://me@example.com/~/b"));
        assert!(same("https://me@example.com/a/b", "https://example.com/a/b/"));
        // From the root, and from the home of whoever asks; a folder may end in `.git`.
        assert!(!same("me@example.com:/srv/b", "me@example.com:srv/b"));
        assert!(!same("ssh://me@example.com/srv/b", "me@example.com:srv/b"));
        assert!(!same("me@example.com:/srv/b", "me@example.com:/srv/b.git"));
        assert!(!same("ssh://me@example.com/~ann/b", "me@example.com:ann/b"));
        // What a server names so over one protocol need not be what it names so over another.
        assert!(!same("https://example.com/a/b", "git@example.com:a/b.git"));
        assert!(!same("https://example.com/a/b", "http://example.com/a/b"));
        assert!(!same("https://gitlab.com.example/a/b", "https://gitlab.com/a/b"));
        assert!(same("/srv/b.git/", "file:///srv/b.git"));
        assert!(!same("/srv/b", "/srv/b.git") && !same("../priv.git", "../pub.git"));
        assert!(!same("ann@example.com:b", "bob@example.com:b"));
        assert!(!same("ann@github.com:a/b", "git@github.com:a/b"));
        assert!(!same("ssh://example.com:22/b", "ssh://example.com:2222/b"));
        assert!(!same("https://example.com/a/b", "https://example.com/a/c"));
    }

    #[test]
    fn a_place_on_the_network_is_named_without_who_asked() {
        let name = |url: &str| over_network(&url.into());
        for url in ["https://me:pass@example.com/a/b?key=1", "git@example.com:a/b/", "ssh://example.com/a/b"]
        {
            assert_eq!(name(url).as_deref(), Some("example.com/a/b"), "{url}");
        }
        for url in [".", "../b", "/srv/b", "file:///srv/b", "C:/b", "./a:b"] {
            assert_eq!(name(url), None, "{url}");
        }
    }
}
