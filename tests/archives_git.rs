//! Archives in commits: what a staged jar holds counts as what a staged text holds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;
mod source_common;

use anyhow::Result;
use archive_common::{Told, deflated, key, leak, stanch, stored, zip};
use bstr::BString;
use source_common::Repo;
use stanch::source::archive::{Limits, Opened};
use stanch::source::{Coverage, Flow, Place, Source, Visit, VisitOld};

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
