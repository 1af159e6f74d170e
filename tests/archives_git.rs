//! Archives in commits: what a staged jar holds counts as what a staged text holds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;
mod source_common;

use anyhow::Result;
use archive_common::{Told, deflated, key, leak, stanch, stored, zip};
use bstr::BString;
use source_common::Repo;
use stanch::source::archive::{Limits, Opened, Unpacker};
use stanch::source::{Blob, Coverage, Flow, Place, Source, Visit, VisitOld};

fn staged(repo: &Repo) -> Told {
    Told::of(&stanch(&repo.root, &["--staged", "--format", "json"]).output().unwrap())
}

#[test]
fn a_staged_archive_is_held_against_the_one_before() {
    let repo = Repo::init(&[]);
    let text = leak("a");
    repo.add("lib/app.jar", zip(&[deflated(b"prod.env", &text)]));
    let told = staged(&repo);
    assert_eq!((told.code, told.places()), (1, vec!["lib/app.jar!/prod.env:2".to_owned()]));
    let commands = told.json["findings"][0]["advice"]["commands"].to_string();
    assert!(commands.contains("git add :/lib/app.jar\""), "{commands}");

    let id = repo.commit("with a secret");
    repo.add("lib/app.jar", zip(&[deflated(b"readme", b"new\n"), deflated(b"prod.env", &text)]));
    let told = staged(&repo);
    assert_eq!((told.code, told.json["summary"]["old"].as_u64()), (0, Some(1)), "it was there before");
    repo.add("lib/app.jar", zip(&[deflated(b"copy.env", &text), deflated(b"prod.env", &text)]));
    assert_eq!(staged(&repo).code, 1, "a second copy is new");
    // Out of the archive, into a text: no copy more.
    repo.add("lib/app.jar", zip(&[deflated(b"readme", b"new\n")]));
    repo.add("prod.env", &text);
    assert_eq!(staged(&repo).code, 0, "it only moved");

    let output = stanch(&repo.root, &["--history", "--format", "json"]).output().unwrap();
    let told = Told::of(&output);
    // The versions that were staged and never committed are still among the objects.
    let (blobs, others): (Vec<String>, Vec<String>) =
        told.places().into_iter().partition(|place| place.starts_with("blob "));
    assert_eq!(others, ["lib/app.jar!/prod.env:2", "prod.env:2"]);
    assert_eq!(blobs.len(), 3, "{blobs:?}");
    assert!(told.json["findings"].to_string().contains(&id));
    assert!(!String::from_utf8_lossy(&output.stdout).contains(&key("a")));
}

/// Hands over one file, and notes which were asked for.
struct Shelf(Vec<u8>, Vec<BString>);

impl Source for Shelf {
    fn visit(&mut self, _: &mut Visit<'_>) -> Result<Coverage> {
        Ok(Coverage::default())
    }

    fn parents(&self, _: &Place) -> usize {
        1
    }

    fn replaced(&mut self, _: &Place, _: usize, _: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }

    fn left_at(&mut self, _: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> Result<()> {
        self.1.extend_from_slice(paths);
        for path in paths.iter().filter(|path| *path == "a!/b.zip") {
            each(path.as_ref(), &self.0)?;
        }
        Ok(())
    }
}

#[test]
fn an_archive_is_opened_once_for_all_of_its_members() {
    let zip = zip(&[deflated(b"x", b"1\n"), deflated(b"y", b"2\n"), deflated(b"z", b"3\n")]);
    let mut shelf = Shelf(zip, Vec::new());
    let mut read = Vec::new();
    Opened::new(&mut shelf, Limits::HOOK, &|_| true)
        .left_at(&Place::Staged, &["a!/b.zip!/x".into(), "a!/b.zip!/y".into()], &mut |path, bytes| {
            read.push((path.to_string(), bytes.to_vec()));
            Ok(Flow::Continue)
        })
        .unwrap();
    assert_eq!(
        read,
        [("a!/b.zip!/x".to_owned(), b"1\n".to_vec()), ("a!/b.zip!/y".to_owned(), b"2\n".to_vec())]
    );
    assert_eq!(shelf.1.iter().filter(|path| *path == "a!/b.zip").count(), 1, "{:?}", shelf.1);
}

#[test]
fn a_commit_does_not_wait_for_a_large_archive_and_says_so() {
    let repo = Repo::init(&[]);
    let filler: Vec<u8> = (0u32..9 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    repo.add("large.zip", zip(&[deflated(b"a.env", &leak("a")), stored(b"filler", &filler)]));
    repo.add("cut.zip", &zip(&[deflated(b"a.env", &leak("a"))])[..60]);
    let told = staged(&repo);
    assert_eq!(
        told.list("skipped"),
        [
            "cut.zip: damaged: Missing end of central directory",
            "large.zip: archive of more than 8 MiB; `stanch scan` looks into it"
        ]
    );
    assert_eq!((told.code, told.list("failed").len()), (0, 0));
    let told = Told::of(&stanch(&repo.root, &["--format", "json", "large.zip"]).output().unwrap());
    assert_eq!((told.code, told.places()), (1, vec!["large.zip!/a.env:2".to_owned()]));
}

#[test]
fn what_could_not_be_looked_into_is_said_by_each_run_with_a_cache() {
    let repo = Repo::init(&[]);
    repo.add("cut.zip", &zip(&[deflated(b"a.env", &leak("a"))])[..60]);
    repo.add("whole.zip", zip(&[deflated(b"readme", b"nothing\n")]));
    repo.commit("both");
    let scan = || {
        let args = ["--history", "--cache", "--format", "json"];
        Told::of(&stanch(&repo.root, &args).output().unwrap())
    };
    let (first, again) = (scan(), scan());
    assert_eq!((first.code, first.list("failed").len()), (2, 1), "{}", first.json);
    assert_eq!((again.code, again.list("failed")), (2, first.list("failed")), "{}", again.json);
    let blobs = |told: &Told| told.json["summary"]["blobs"].as_u64().unwrap();
    assert!(blobs(&again) < blobs(&first), "what was clean is left out all the same");
}

#[test]
fn a_commit_names_what_it_does_not_look_into() {
    let repo = Repo::init(&[]);
    repo.commit("base");
    let dump = [&b"PGDMP\x01\x0e\0\x04\x08\x01"[..], &archive_common::zlib(&leak("a").repeat(9))].concat();
    repo.add("backup.dump", &dump);
    repo.add("shop.parquet", b"PAR1\x15\x04 and pages");
    let mut hook = std::process::Command::new(env!("CARGO_BIN_EXE_stanch"));
    hook.args(["hook", "pre-commit"]).current_dir(&repo.root);
    let ran = hook.env("HOME", &repo.root).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    for told in ["backup.dump (dump of PostgreSQL", "shop.parquet (Parquet file: not looked into)"] {
        assert!(said.contains(told), "{said}");
    }
}

/// A pointer of Git LFS, and where its content is kept.
fn pointer(content: &[u8]) -> (String, String) {
    use sha2::Digest as _;
    let id: String = sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    let size = content.len();
    let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize {size}\n");
    (text, format!("objects/{}/{}/{id}", &id[..2], &id[2..4]))
}

#[test]
fn what_a_pointer_stands_for_is_recorded_with_it() {
    let repo = Repo::init(&[]);
    let jar = zip(&[deflated(b"prod.env", &leak("a"))]);
    repo.commit("base");
    let ((text, text_at), (packed, packed_at)) = (pointer(&leak("b")), pointer(&jar));
    repo.add("app.jar", &packed);
    repo.add("notes.txt", &text);
    let told = staged(&repo);
    let absent = "content in Git LFS that is not here: only its pointer was seen";
    assert_eq!(told.list("skipped"), [format!("app.jar: {absent}"), format!("notes.txt: {absent}")]);
    assert_eq!(told.code, 0);

    repo.write(format!(".git/lfs/{text_at}"), leak("b"));
    repo.write(format!(".git/lfs/{packed_at}"), &jar);
    let told = staged(&repo);
    assert_eq!(told.places(), ["app.jar!/prod.env:2", "notes.txt:2"], "{}", told.json);
    assert!(told.list("skipped").is_empty(), "{}", told.json);
    // On disk it stands where its content should: what helps depends on whether that is here.
    let aside = |name: &str| Told::of(&stanch(&repo.root, &[name, "--format", "json"]).output().unwrap());
    let told = aside("notes.txt").list("skipped").join("");
    assert!(told.contains("`git lfs checkout`") && !told.contains("fetch"), "{told}");
    let (gone, _) = pointer(&leak("nowhere"));
    repo.write("gone.txt", gone);
    let told = aside("gone.txt").list("skipped").join("");
    assert!(told.contains("`git lfs fetch --all`"), "{told}");
    // Elsewhere, where the configuration says so.
    std::fs::rename(repo.root.join(".git/lfs"), repo.root.join(".git/kept")).unwrap();
    repo.git(&["config", "lfs.storage", "kept"]);
    assert_eq!(staged(&repo).places().len(), 2);
    // In a commit as well; and what was there before is old.
    repo.commit("with pointers");
    let range = stanch(&repo.root, &["--since", "HEAD~1", "--format", "json"]).output().unwrap();
    assert_eq!(Told::of(&range).places(), ["app.jar!/prod.env:2", "notes.txt:2"]);
    let longer = [leak("b"), b"more\n".to_vec()].concat();
    let (text, text_at) = pointer(&longer);
    repo.write(format!(".git/kept/{text_at}"), &longer);
    repo.add("notes.txt", &text);
    let told = staged(&repo);
    assert_eq!((told.code, told.json["summary"]["old"].as_u64()), (0, Some(1)), "{}", told.json);
    // What only starts like a pointer is a text.
    repo.add("notes.txt", [text.into_bytes(), leak("c")].concat());
    assert_eq!(staged(&repo).places(), ["notes.txt:5"]);
    // A content that is large is not waited for.
    let filler = vec![b'a'; 9 << 20];
    let (text, text_at) = pointer(&filler);
    repo.write(format!(".git/kept/{text_at}"), &filler);
    repo.add("notes.txt", &text);
    let told = staged(&repo);
    let large = "notes.txt: content in Git LFS of more than 8 MiB; `stanch scan` looks into it";
    assert_eq!(told.list("skipped"), [large]);
}

#[test]
fn a_server_does_not_wait_for_an_archive_either() {
    let repo = Repo::init(&[]);
    let filler: Vec<u8> = (0u32..9 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    repo.add("large.zip", zip(&[deflated(b"a.env", &leak("a")), stored(b"filler", &filler)]));
    let id = repo.commit("large");
    repo.git(&["update-ref", "-d", "HEAD"]);
    let update = |timeout: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stanch"));
        command.args(["hook", "update", "refs/heads/new", &"0".repeat(40), &id]).current_dir(&repo.root);
        command.env("HOME", &repo.root).env("GIT_CONFIG_NOSYSTEM", "1");
        repo.git(&["config", "stanch.receiveTimeout", timeout]);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = update("60s");
    assert!(code == Some(0) && said.contains("archive of more than 8 MiB"), "{code:?} {said}");
    // One that is read when the time is over has not been looked through.
    let limits = Limits { deadline: Some(std::time::Instant::now()), ..Limits::HOOK };
    let mut unpacker = Unpacker::new(limits, &|_| true);
    let small = zip(&[deflated(b"a.env", &leak("a"))]);
    let blob = Blob { bytes: &small, path: "a.zip".into(), place: &Place::Staged, part: None };
    unpacker.open(&blob, &mut |_| Ok(Flow::Continue)).unwrap();
    assert_eq!(unpacker.finish().late, 1);
    let (code, said) = update("1ms");
    assert!(code == Some(2) && said.contains("not all of this push was looked through"), "{code:?} {said}");
}
