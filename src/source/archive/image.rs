//! Container images, as their documents describe them: which layers, in which order, made by what.
//!
//! In: the files of an image, in a tar or in a directory. Out: each image in it. Read are the OCI image
//! layout (image-spec 1.1: `oci-layout`, `index.json`, `blobs/`) and what `docker save` writes (Docker
//! Image Specification 1.2: `manifest.json`), which newer engines write side by side.

use std::{
    collections::HashMap,
    io::{self, Read},
    path::{Path, PathBuf},
};

use rawzip::{FileReader, ReaderAt};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Slice, digest, rest::Seen, rewind::Rewind, tar::Cursor};
use crate::order;
use crate::source::disk;

/// More members than the tar of an image has: it is looked through before anything is known of it.
const MAX_MEMBERS: usize = 20_000;
/// Largest document that is read, bytes.
const MAX_DOCUMENT: u64 = 8 << 20;
/// Indexes within indexes: a tag of several platforms is two.
const MAX_INDEXES: usize = 4;

/// The files of an image.
pub(super) enum Store<'s> {
    /// In a tar, by name.
    Tar {
        file: Slice<'s>,
        members: HashMap<String, Member>,
        /// Those whose names came once more.
        shadowed: Vec<(u64, u64, String)>,
        /// Why it could not be read to its end.
        fault: Option<io::Error>,
    },
    /// In a directory.
    Directory(PathBuf),
}

/// Where a member of the tar is.
pub(super) enum Member {
    Bytes {
        start: u64,
        length: u64,
    },
    /// Older engines wrote a layer that two images share once.
    Link(String),
}

/// A file of the store.
pub(super) struct Held<'s> {
    pub(super) file: Box<dyn ReaderAt + 's>,
    pub(super) length: u64,
}

impl Held<'_> {
    pub(super) fn slice(&self) -> Slice<'_> {
        Slice { file: self.file.as_ref(), start: 0, length: self.length }
    }
}

impl<'s> Store<'s> {
    /// The members of a tar; `None` when it is not that of an image.
    pub(super) fn in_tar(file: Slice<'s>) -> Option<Store<'s>> {
        let mut archive = tar::Archive::new(Cursor { file, at: 0 });
        let (mut members, mut shadowed, mut fault) = (HashMap::new(), Vec::new(), None);
        for entry in archive.entries_with_seek().ok()? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(err) => {
                    fault = Some(err);
                    break;
                }
            };
            if members.len() + shadowed.len() > MAX_MEMBERS {
                return None;
            }
            let name = plain(&String::from_utf8_lossy(&entry.path_bytes()));
            let kind = entry.header().entry_type();
            if kind.is_symlink() || kind.is_hard_link() {
                let target = entry.link_name_bytes().unwrap_or_default();
                let target = linked(&name, &String::from_utf8_lossy(&target), kind.is_hard_link());
                members.insert(name, Member::Link(target));
            } else if kind.is_file() {
                let (start, length) = (entry.raw_file_position(), entry.size());
                let before = members.insert(name.clone(), Member::Bytes { start, length });
                if let Some(Member::Bytes { start, length }) = before {
                    shadowed.push((start, length, name));
                }
            }
        }
        let has = |name: &str| members.contains_key(name);
        let is_image = has("manifest.json") || has("oci-layout") && has("index.json");
        is_image.then_some(Store::Tar { file, members, shadowed, fault })
    }

    /// As [`Store::in_tar`], for one that is compressed and that nobody has called an image. All of it has to be unpacked to
    /// be known, so that is done only when its first member is one of an image.
    pub(super) fn in_packed_tar(file: &'s Rewind<'_>) -> Option<Store<'s>> {
        let mut archive = tar::Archive::new(Cursor { file: file.slice(), at: 0 });
        // `tar -C DIR .` begins with the directory itself.
        let names = archive.entries_with_seek().ok()?.map_while(Result::ok).take(2);
        let mut names = names.map(|entry| plain(&String::from_utf8_lossy(&entry.path_bytes())));
        let name = names.find(|name| !name.is_empty())?;
        let part = name.split('/').next().unwrap_or_default();
        let digest = part.strip_prefix("sha256:").unwrap_or(part);
        let is_digest = digest.get(..64).is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let is_known = ["blobs", "oci-layout", "index.json", "manifest.json", "repositories"].contains(&part);
        // A folder of its own for each layer (Docker Image Specification 1.2), whatever that is called.
        let is_layer = name.ends_with("/layer.tar");
        if is_known || is_digest || is_layer { Store::in_tar(file.slice()) } else { None }
    }

    /// Whether a directory is an image layout.
    pub(super) fn is_layout(directory: &Path) -> bool {
        directory.join("oci-layout").is_file() && directory.join("index.json").is_file()
    }

    /// A file of the store; `None` when it is missing.
    pub(super) fn get(&self, name: &str) -> io::Result<Option<Held<'_>>> {
        match self {
            Store::Directory(directory) => {
                // A digest is all that may follow; a name with a way in it is not one.
                if name.split('/').any(|part| part == "..") || name.starts_with('/') {
                    return Ok(None);
                }
                let path = directory.join(name);
                let file = match disk::open_regular(&path) {
                    Ok(file) => file,
                    Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(err) => return Err(err),
                };
                let length = file.metadata()?.len();
                Ok(Some(Held { file: Box::new(FileReader::from(file)), length }))
            }
            Store::Tar { file, members, .. } => {
                let mut name = name;
                for _ in 0..2 {
                    match members.get(name) {
                        Some(Member::Link(target)) => name = target,
                        Some(Member::Bytes { start, length }) => {
                            let part = file.part(*start, *length)?;
                            return Ok(Some(Held { file: Box::new(part), length: *length }));
                        }
                        None => break,
                    }
                }
                Ok(None)
            }
        }
    }

    /// What the tar holds beside `used`, in the order in which it stands there: each with its name and its content.
    pub(super) fn others(&self, used: &[String]) -> Vec<(String, io::Result<Slice<'_>>)> {
        let Store::Tar { file, members, shadowed, .. } = self else { return Vec::new() };
        let mut others: Vec<(u64, u64, &String)> =
            shadowed.iter().map(|(start, length, name)| (*start, *length, name)).collect();
        for (name, member) in members.iter().filter(|(name, _)| !used.contains(name)) {
            if let Member::Bytes { start, length } = member {
                others.push((*start, *length, name));
            }
        }
        order::all(&mut others);
        others.into_iter().map(|(start, length, name)| (name.clone(), file.part(start, length))).collect()
    }

    /// Why the tar could not be read to its end.
    pub(super) fn fault(&mut self) -> Option<io::Error> {
        if let Store::Tar { fault, .. } = self { fault.take() } else { None }
    }

    /// The parts of the tar that are its files; one that is cut off is none.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        let Store::Tar { file, members, shadowed, .. } = self else { return seen };
        let members = members.values().filter_map(|member| match member {
            Member::Bytes { start, length } => Some((*start, *length)),
            Member::Link(_) => None,
        });
        for (start, length) in members.chain(shadowed.iter().map(|(start, length, _)| (*start, *length))) {
            if file.part(start, length).is_ok() {
                seen.add(start, length);
            }
        }
        seen
    }

    /// A document; that it is not what its name says is added to `faults`.
    fn document(&self, name: &str, faults: &mut Vec<String>) -> Result<Vec<u8>, String> {
        let held = self.get(name).map_err(|err| format!("{name}: {err}"))?;
        let held = held.ok_or_else(|| format!("{name} is missing from the image"))?;
        if held.length > MAX_DOCUMENT {
            return Err(format!("{name} is too large for a document of an image"));
        }
        let mut bytes = Vec::new();
        Cursor { file: held.slice(), at: 0 }
            .read_to_end(&mut bytes)
            .map_err(|err| format!("{name}: {err}"))?;
        faults.extend(digest::fault(name, &bytes).filter(|fault| !faults.contains(fault)));
        Ok(bytes)
    }

    fn parsed<T: DeserializeOwned>(&self, name: &str, faults: &mut Vec<String>) -> Result<T, String> {
        // The error tells line and column; what stands there is not repeated.
        serde_json::from_slice(&self.document(name, faults)?)
            .map_err(|err| format!("{name} is damaged at line {}, column {}", err.line(), err.column()))
    }
}

/// A name in the tar without what `tar` puts in front.
fn plain(name: &str) -> String {
    name.trim_start_matches("./").trim_start_matches('/').to_owned()
}

/// What the link at `name` points to, from the top of the tar.
fn linked(name: &str, target: &str, is_hard: bool) -> String {
    let mut parts: Vec<&str> = if is_hard { Vec::new() } else { name.split('/').collect() };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// One image.
#[derive(Debug, Default)]
pub(super) struct Image {
    /// How it is called, where somebody has named it.
    pub(super) name: String,
    /// The file of its configuration, and what that holds.
    pub(super) config_file: String,
    pub(super) config: Option<Vec<u8>>,
    /// Lowest first.
    pub(super) layers: Vec<Made>,
    /// As its index names it: `linux/amd64`.
    platform: String,
}

/// A layer and how it came about.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    /// Its file in the store.
    pub(super) file: String,
    /// The digest of its content, `sha256:…`; that of its file where the configuration has none.
    pub(super) digest: String,
    /// The instruction that made it, as recorded; may hold secrets.
    pub(super) made_by: String,
    /// Its number in the history, from 1; 0 when the history has none.
    pub(super) entry: usize,
    /// It is not meant to be in the image.
    pub(super) is_foreign: bool,
}

/// `manifest.json` of `docker save`.
#[derive(Deserialize)]
struct Saved {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "RepoTags", default)]
    tags: Option<Vec<String>>,
    #[serde(rename = "Layers", default)]
    layers: Option<Vec<String>>,
}

/// A reference to a blob (image-spec, "OCI Content Descriptors").
#[derive(Deserialize, Default)]
struct Descriptor {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    annotations: Option<HashMap<String, String>>,
    #[serde(default)]
    platform: Option<Platform>,
}

/// What an image is made for.
#[derive(Deserialize, Default)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

/// An image index or an image manifest: the one has `manifests`, the other `layers`.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Option<Vec<Descriptor>>,
}

/// The part of an image configuration that tells where layers come from.
#[derive(Deserialize, Default)]
struct Config {
    #[serde(default)]
    rootfs: Rootfs,
    #[serde(default)]
    history: Option<Vec<History>>,
}

#[derive(Deserialize, Default)]
struct Rootfs {
    #[serde(default)]
    diff_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    created_by: Option<String>,
    #[serde(default)]
    empty_layer: Option<bool>,
}

/// What a store holds.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) images: Vec<Image>,
    /// What could not be understood, or is missing.
    pub(super) faults: Vec<String>,
    /// Images that an index names and nobody has put here: those of other platforms.
    pub(super) absent: Vec<String>,
}

/// The images of a store, as its documents describe them.
pub(super) fn images(store: &Store<'_>) -> Listed {
    let mut listed = Listed::default();
    if matches!(store.get("manifest.json"), Ok(Some(_))) {
        match store.parsed::<Vec<Saved>>("manifest.json", &mut listed.faults) {
            Ok(saved) => listed.images.extend(saved.into_iter().map(from_saved)),
            Err(fault) => listed.faults.push(fault),
        }
    } else {
        match store.parsed::<Manifest>("index.json", &mut listed.faults) {
            Ok(index) => from_index(store, index, "", MAX_INDEXES, &mut listed),
            Err(fault) => listed.faults.push(fault),
        }
        if listed.images.is_empty() && listed.faults.is_empty() {
            listed.faults.push("index.json names no image that is here".to_owned());
        }
    }
    leave_out_absent(store, &mut listed);
    for image in &mut listed.images {
        match store.document(&image.config_file, &mut listed.faults) {
            Ok(config) => {
                attribute(image, &config);
                image.config = Some(config);
            }
            Err(fault) => listed.faults.push(fault),
        }
    }
    listed
}

/// An engine that holds one platform of several may export the manifests of all. Where one image is here
/// whole, another of which nothing is here belongs to such a platform.
fn leave_out_absent(store: &Store<'_>, listed: &mut Listed) {
    let is_here = |name: &str| matches!(store.get(name), Ok(Some(_)));
    let holds = |image: &Image, all: bool| {
        let layers = image.layers.iter().filter(|layer| !layer.is_foreign).map(|layer| &layer.file);
        let mut files = std::iter::once(&image.config_file).chain(layers);
        if all { files.all(|file| is_here(file)) } else { files.any(|file| is_here(file)) }
    };
    if listed.images.iter().any(|image| holds(image, true)) {
        let (here, absent): (Vec<Image>, Vec<Image>) =
            std::mem::take(&mut listed.images).into_iter().partition(|image| holds(image, false));
        listed.images = here;
        let named = |image: Image| if image.platform.is_empty() { image.name } else { image.platform };
        listed.absent.extend(absent.into_iter().map(named));
    }
}

fn from_saved(saved: Saved) -> Image {
    let layers = saved.layers.unwrap_or_default().into_iter();
    let layers = layers.map(|file| Made { file: plain(&file), ..Made::default() });
    Image {
        name: saved.tags.and_then(|tags| tags.into_iter().next()).unwrap_or_default(),
        config_file: plain(&saved.config),
        config: None,
        layers: layers.collect(),
        platform: String::new(),
    }
}

fn from_index(store: &Store<'_>, index: Manifest, name: &str, left: usize, listed: &mut Listed) {
    for descriptor in index.manifests.unwrap_or_default() {
        let own = |key: &str| descriptor.annotations.as_ref().and_then(|all| all.get(key)).cloned();
        let named = own("io.containerd.image.name").or_else(|| own("org.opencontainers.image.ref.name"));
        let name = named.unwrap_or_else(|| name.to_owned());
        let file = blob(&descriptor.digest);
        let platform = descriptor.platform.map(|of| format!("{}/{}", of.os, of.architecture));
        // An engine that holds one platform of several exports the index of all.
        if (left < MAX_INDEXES || platform.is_some()) && matches!(store.get(&file), Ok(None)) {
            listed.absent.push(platform.unwrap_or(descriptor.digest));
            continue;
        }
        match store.parsed::<Manifest>(&file, &mut listed.faults) {
            Ok(inner) if inner.manifests.is_some() && left > 0 => {
                from_index(store, inner, &name, left - 1, listed);
            }
            Ok(manifest) => {
                let platform = platform.unwrap_or_default();
                listed.images.push(Image { platform, ..from_manifest(manifest, name) });
            }
            Err(fault) => listed.faults.push(fault),
        }
    }
}

fn from_manifest(manifest: Manifest, name: String) -> Image {
    let layers = manifest.layers.unwrap_or_default().into_iter().map(|layer| Made {
        file: blob(&layer.digest),
        is_foreign: layer.media_type.contains("foreign") || layer.media_type.contains("nondistributable"),
        digest: layer.digest,
        ..Made::default()
    });
    let layers = layers.collect();
    let config_file = blob(&manifest.config.unwrap_or_default().digest);
    Image { name, config_file, config: None, layers, platform: String::new() }
}

/// Where the layout keeps the blob of a digest.
fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}

/// Gives each layer its digest and the instruction that made it.
fn attribute(image: &mut Image, config: &[u8]) {
    let config: Config = serde_json::from_slice(config).unwrap_or_default();
    let digests = config.rootfs.diff_ids.unwrap_or_default();
    let history = config.history.unwrap_or_default();
    let mut entries = history.iter().enumerate().filter(|(_, entry)| entry.empty_layer != Some(true));
    for (at, layer) in image.layers.iter_mut().enumerate() {
        if let Some(digest) = digests.get(at) {
            layer.digest = digest.clone();
        }
        if let Some((number, entry)) = entries.next() {
            layer.entry = number + 1;
            layer.made_by = entry.created_by.clone().unwrap_or_default();
        }
    }
}

/// An instruction as far as it may be shown: what it does and to which path, never its arguments, which
/// may hold the very secret.
pub(super) fn shown(made_by: &str) -> String {
    let command = made_by.trim().trim_start_matches("/bin/sh -c #(nop)").trim();
    let command = command.strip_suffix("# buildkit").unwrap_or(command).trim();
    let mut words = command.split_whitespace();
    let is_harmless = |word: &&str| {
        word.len() <= 32
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
            && word.split(|c: char| !c.is_ascii_alphanumeric()).all(|part| part.len() <= 14)
    };
    match words.next().unwrap_or_default() {
        "" => String::new(),
        word @ ("COPY" | "ADD") => {
            format!("{word} … {}", words.next_back().filter(is_harmless).unwrap_or("…"))
        }
        word if word != "RUN" && word.len() <= 12 && word.bytes().all(|b| b.is_ascii_uppercase()) => {
            format!("{word} …")
        }
        _ => {
            let shell = command.split_once("-c ").map_or("", |(_, shell)| shell);
            format!("RUN {} …", shell.split_whitespace().next().filter(is_harmless).unwrap_or_default())
                .replace("  ", " ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_is_shown_without_its_arguments() {
        for (made_by, expected) in [
            ("COPY config.env /app/ # buildkit", "COPY … /app/"),
            ("/bin/sh -c #(nop) ADD file:1234567890abcdef in / ", "ADD … /"),
            ("RUN /bin/sh -c npm config set //r/:_authToken=abc # buildkit", "RUN npm …"),
            ("/bin/sh -c apt-get update", "RUN apt-get …"),
            ("|1 TOKEN=abc /bin/sh -c make", "RUN make …"),
            ("RUN |1 TOKEN=abc /bin/sh -c TOKEN=abc make", "RUN …"),
            ("ENV TOKEN=abc", "ENV …"),
            ("ADD https://a:b@c/d 0123456789abcdef0123", "ADD … …"),
            ("", ""),
        ] {
            assert_eq!(shown(made_by), expected);
        }
    }

    #[test]
    fn links_lead_from_where_they_stand() {
        assert_eq!(linked("a/layer.tar", "../b/layer.tar", false), "b/layer.tar");
        assert_eq!(linked("a/layer.tar", "b/layer.tar", true), "b/layer.tar");
        assert_eq!(linked("a", "../../../x", false), "x");
    }
}
