//! Container images, built from bytes as `docker save` and the OCI layout lay them out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;

use std::path::Path;

use archive_common::{Told, deflated, gzip, key, leak, stanch, tar, xz, zip, zstd};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Four layers: a secret that the next layer deletes, one that is replaced, one in a jar, one that stays.
fn layers() -> Vec<Vec<u8>> {
    let jar = zip(&[deflated(b"prod.env", &leak("jar"))]);
    let gone = leak("gone");
    vec![
        tar(&[("app/gone.env", &gone), ("app/old.env", &leak("old")), ("cache/x/y.env", &leak("cache"))]),
        tar(&[("app/.wh.gone.env", b""), ("cache/.wh..wh..opq", b""), ("cache/new", b"x\n")]),
        tar(&[("./app/old.env", b"nothing\n"), ("app/a.jar", &jar)]),
        tar(&[("app/.env", &leak("stays"))]),
    ]
}

fn config(layers: &[Vec<u8>]) -> Value {
    let diff_ids: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", digest(layer))).collect();
    json!({
        "architecture": "amd64", "os": "linux",
        "config": { "Env": ["PATH=/bin", format!("API_TOKEN={}", key("env"))], "Labels": { "note": format!("x {}", key("label")) } },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": [
            { "created_by": "/bin/sh -c #(nop) ADD file:0123 in / " },
            { "created_by": "RUN /bin/sh -c rm -rf app/gone.env # buildkit" },
            { "created_by": format!("RUN |1 TOKEN={} /bin/sh -c make install # buildkit", key("arg")) },
            { "created_by": "CMD [\"/app\"]", "empty_layer": true },
            { "created_by": "COPY .env /app/ # buildkit", "comment": format!("token {}", key("comment")), "author": key("author") },
        ],
    })
}

/// What `docker save` wrote before it wrote OCI layouts.
fn docker_save(layers: &[Vec<u8>]) -> Files {
    let config = config(layers).to_string().into_bytes();
    let config_name = format!("{}.json", digest(&config));
    let names: Vec<String> = layers.iter().map(|layer| format!("{}/layer.tar", digest(layer))).collect();
    let manifest = json!([{ "Config": config_name, "RepoTags": ["shop:1.0"], "Layers": names }]);
    let mut files: Files = names.into_iter().zip(layers.iter().cloned()).collect();
    files.push((config_name, config));
    files.push(("manifest.json".to_owned(), manifest.to_string().into_bytes()));
    files
}

/// An OCI layout of one image behind an index of platforms, its layers compressed.
fn oci(layers: &[Vec<u8>]) -> Files {
    let mut files: Files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    let mut add = |bytes: Vec<u8>, kind: &str| {
        let descriptor =
            json!({ "mediaType": kind, "digest": format!("sha256:{}", digest(&bytes)), "size": bytes.len() });
        files.push((format!("blobs/sha256/{}", digest(&bytes)), bytes));
        descriptor
    };
    let config = add(config(layers).to_string().into_bytes(), "application/vnd.oci.image.config.v1+json");
    let packed = layers.iter().enumerate().map(|(at, layer)| match at % 2 {
        0 => add(gzip(layer), "application/vnd.oci.image.layer.v1.tar+gzip"),
        _ => add(zstd(layer), "application/vnd.oci.image.layer.v1.tar+zstd"),
    });
    let packed: Vec<Value> = packed.collect();
    let manifest = json!({ "schemaVersion": 2, "config": config, "layers": packed });
    let manifest = add(manifest.to_string().into_bytes(), "application/vnd.oci.image.manifest.v1+json");
    // Of another platform, which is not here: an engine exports what it has.
    let absent =
        json!({ "digest": format!("sha256:{}", digest(b"absent")), "platform": { "architecture": "arm64" } });
    let inner = json!({ "schemaVersion": 2, "manifests": [absent, manifest] });
    let mut inner = add(inner.to_string().into_bytes(), "application/vnd.oci.image.index.v1+json");
    inner["annotations"] = json!({ "org.opencontainers.image.ref.name": "shop:1.0" });
    let index = json!({ "schemaVersion": 2, "manifests": [inner] });
    files.push(("index.json".to_owned(), index.to_string().into_bytes()));
    files
}

fn tarred(files: &Files) -> Vec<u8> {
    let members: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    tar(&members)
}

fn write(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

fn told(dir: &Path, args: &[&str]) -> Told {
    Told::of(&stanch(dir, &[&["--format", "json"], args].concat()).output().unwrap())
}

/// Every place in an image, as `path:line` and what is said of the layer.
fn seen(told: &Told, outer: &str) -> Vec<String> {
    let findings = told.json["findings"].as_array().unwrap();
    let mut all: Vec<String> = findings
        .iter()
        .flat_map(|finding| finding["locations"].as_array().unwrap())
        .map(|place| {
            let image = &place["inside"]["image"];
            let file = place["file"].as_str().unwrap().strip_prefix(outer).unwrap();
            assert_eq!(image["image"], "shop:1.0", "{place}");
            match image["part"].as_str().unwrap() {
                "config" => format!("{file}:{} config", place["line"]),
                _ => format!(
                    "{file}:{} layer {}/{} {} deleted {} replaced {}",
                    place["line"],
                    image["layer"],
                    image["layers"],
                    image["made_by"],
                    image["deleted_in"],
                    image["replaced_in"]
                ),
            }
        })
        .collect();
    all.sort();
    all
}

const SEEN: [&str; 10] = [
    "!/app/.env:2 layer 4/4 \"COPY … /app/\" deleted null replaced null",
    "!/app/a.jar!/prod.env:2 layer 3/4 \"RUN make …\" deleted null replaced null",
    "!/app/gone.env:2 layer 1/4 \"ADD … /\" deleted 2 replaced null",
    "!/app/old.env:2 layer 1/4 \"ADD … /\" deleted null replaced 3",
    "!/cache/x/y.env:2 layer 1/4 \"ADD … /\" deleted 2 replaced null",
    "!/config/config.json:16 config",
    "!/config/config.json:17 config",
    "!/config/config.json:5 config",
    "!/config/environment:2 config",
    "!/config/history:3 config",
];

#[test]
fn every_form_of_an_image_is_read_layer_by_layer() {
    let layers = layers();
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("saved.tar"), tarred(&docker_save(&layers))).unwrap();
    std::fs::write(temp.path().join("oci.tar"), tarred(&oci(&layers))).unwrap();
    write(&temp.path().join("layout"), &oci(&layers));
    for name in ["saved.tar", "oci.tar", "layout"] {
        for args in [&["--image", name][..], &[name]] {
            let told = told(temp.path(), args);
            assert_eq!(seen(&told, name), SEEN, "{args:?}");
            assert_eq!(told.code, 1);
            assert!(told.list("failed").is_empty() && told.list("skipped").is_empty(), "{}", told.json);
            let notes = told.json["summary"]["notes"].to_string();
            assert_eq!(notes.contains("its index names what is not in it"), name != "saved.tar", "{notes}");
        }
    }
    let told = told(temp.path(), &["."]);
    assert_eq!(told.json["findings"].as_array().unwrap().len(), SEEN.len(), "one finding a secret");
    let digests = told.json.to_string();
    assert!(digests.contains(&format!("sha256:{}", digest(&layers[0]))), "the layer's digest is told");
}

#[test]
fn an_image_that_is_compressed_as_a_whole_is_read_as_one() {
    let layers = layers();
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("a.tar.gz"), gzip(&tarred(&docker_save(&layers)))).unwrap();
    std::fs::write(temp.path().join("b.tar.zst"), zstd(&tarred(&oci(&layers)))).unwrap();
    std::fs::write(temp.path().join("c.tar.xz"), xz(&tarred(&oci(&layers)))).unwrap();
    for name in ["a.tar.gz", "b.tar.zst", "c.tar.xz"] {
        for args in [&["--image", name][..], &[name]] {
            let told = told(temp.path(), args);
            assert_eq!(seen(&told, name), SEEN, "{args:?}");
            assert!(told.list("failed").is_empty(), "{}", told.json);
        }
    }
    // Cut short: what there is is read, as an image or as bytes, and it is said.
    let whole = gzip(&tarred(&docker_save(&layers)));
    for cut in [whole.len() / 4, whole.len() * 3 / 4, whole.len() - 10] {
        std::fs::write(temp.path().join("cut.tar.gz"), &whole[..cut]).unwrap();
        let told = told(temp.path(), &["cut.tar.gz"]);
        assert!(!told.list("failed").is_empty() && told.code != 0, "cut at {cut}: {}", told.json);
    }
    // No image, although it begins as one.
    let plain = gzip(&tar(&[("blobs/x.env", &leak("plain")), ("y", b"z")]));
    std::fs::write(temp.path().join("plain.tgz"), plain).unwrap();
    assert_eq!(told(temp.path(), &["plain.tgz"]).places(), ["plain.tgz!/blobs/x.env:2"]);
}

/// The layout of two platforms in one index, of which `keep` says what is there.
fn two_platforms(keep: &dyn Fn(&str) -> bool) -> Files {
    let mut files: Files = Vec::new();
    let mut manifests = Vec::new();
    for platform in ["amd64", "arm64"] {
        let layer = tar(&[("app/.env", &leak(platform))]);
        let config = config(std::slice::from_ref(&layer)).to_string().into_bytes();
        let at = |bytes: &[u8]| format!("sha256:{}", digest(bytes));
        let manifest =
            json!({ "config": { "digest": at(&config) }, "layers": [{ "digest": at(&layer) }] }).to_string();
        manifests.push(json!({
            "digest": at(manifest.as_bytes()), "platform": { "os": "linux", "architecture": platform },
        }));
        for (part, bytes) in [("manifest", manifest.into_bytes()), ("config", config), ("layer", layer)] {
            if keep(&format!("{platform} {part}")) {
                files.push((format!("blobs/sha256/{}", digest(&bytes)), bytes));
            }
        }
    }
    files.push(("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    files.push(("index.json".to_owned(), json!({ "manifests": manifests }).to_string().into_bytes()));
    files
}

#[test]
fn what_is_absent_for_another_platform_is_noted_and_no_fault() {
    let scan = |keep: &dyn Fn(&str) -> bool| {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("image.tar"), tarred(&two_platforms(keep))).unwrap();
        told(temp.path(), &["image.tar"])
    };
    let note = |told: &Told| told.json["summary"]["notes"].to_string().contains("linux/arm64");
    let whole = scan(&|_| true);
    assert!(!note(&whole) && whole.list("failed").is_empty());
    // Its manifest, or all that the manifest names.
    for absent in [&["arm64 manifest", "arm64 config", "arm64 layer"][..], &["arm64 config", "arm64 layer"]] {
        let told = scan(&|part| !absent.contains(&part));
        assert!(note(&told) && told.list("failed").is_empty(), "{}", told.json);
        assert!(told.places().contains(&"image.tar!/app/.env:2".to_owned()), "{}", told.json);
    }
    // A part of an image is damage, and so is a file with nothing whole in it.
    let told = scan(&|part| part != "arm64 layer");
    assert_eq!(told.list("failed").len(), 1, "{}", told.json);
    let told = scan(&|part| part.ends_with("manifest"));
    assert_eq!((told.list("failed").len(), told.code), (4, 2), "{}", told.json);
    let told = scan(&|_| false);
    assert_eq!(told.list("failed"), ["image.tar: index.json names no image that is here"]);
}

#[test]
fn the_card_says_which_layer_and_that_deleting_did_not_help() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("saved.tar"), tarred(&docker_save(&layers()))).unwrap();
    let output = stanch(temp.path(), &["--image", "saved.tar", "--color", "never"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "saved.tar!/app/gone.env:2",
        "layer 1/4 of shop:1.0 (sha256:",
        "by `ADD … /`, entry 1 of its history; deleted in layer 2, still in the image",
        "the configuration of the image shop:1.0",
    ] {
        assert!(joined.contains(part), "{part}\n{shown}");
    }
    for name in ["gone", "old", "cache", "jar", "stays", "env", "arg", "label"] {
        assert!(!shown.contains(&key(name)[4..]), "{name} is shown");
    }
}

#[test]
fn an_image_with_a_missing_layer_is_told_and_the_rest_is_read() {
    let layers = layers();
    let temp = tempfile::tempdir().unwrap();
    let mut files = docker_save(&layers);
    files.retain(|(name, _)| !name.starts_with(&digest(&layers[3])));
    std::fs::write(temp.path().join("saved.tar"), tarred(&files)).unwrap();
    let told = told(temp.path(), &["saved.tar"]);
    let id = digest(&layers[3]);
    assert_eq!(
        told.list("failed"),
        [format!("saved.tar!/{id}/layer.tar: layer sha256:{id} is missing from the image")]
    );
    assert_eq!((told.code, seen(&told, "saved.tar").len()), (1, SEEN.len() - 1));
    // Without what describes it, it is a tar like any other: nothing is lost.
    files.retain(|(name, _)| !name.ends_with(".json"));
    std::fs::write(temp.path().join("plain.tar"), tarred(&files)).unwrap();
    let told = Told::of(&stanch(temp.path(), &["--format", "json", "plain.tar"]).output().unwrap());
    assert!(told.places().iter().any(|place| place.ends_with("/layer.tar!/app/gone.env:2")), "{}", told.json);
}

/// A pipe in the place of a layer would be waited for without end.
#[test]
#[cfg(unix)]
fn a_layer_that_is_no_file_is_told() {
    let temp = tempfile::tempdir().unwrap();
    let files = two_platforms(&|_| true);
    write(temp.path(), &files);
    let (name, _) = files.iter().find(|(_, bytes)| bytes.starts_with(b"app/.env")).unwrap();
    let layer = temp.path().join(name);
    std::fs::remove_file(&layer).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&layer).status().unwrap().success());
    let told = told(temp.path(), &["."]);
    let failed = told.list("failed");
    assert!(failed.iter().all(|line| line.ends_with("it is no file")) && !failed.is_empty(), "{}", told.json);
    assert!(told.code == 1 && told.places().iter().any(|at| at.ends_with("app/.env:2")), "{}", told.json);
}

#[test]
fn a_blob_that_is_not_what_its_name_says_is_told_and_read() {
    let temp = tempfile::tempdir().unwrap();
    let mut files = oci(&layers());
    let packed = gzip(&layers()[0]);
    let name = format!("blobs/sha256/{}", digest(&packed));
    let blob = files.iter_mut().find(|(file, _)| *file == name).unwrap();
    blob.1 = gzip(&tar(&[("app/swapped.env", &leak("swapped"))]));
    write(&temp.path().join("layout"), &files);
    std::fs::write(temp.path().join("oci.tar"), tarred(&files)).unwrap();
    std::fs::write(temp.path().join("oci.tar.gz"), gzip(&tarred(&files))).unwrap();
    for image in ["layout", "oci.tar", "oci.tar.gz"] {
        let told = told(temp.path(), &["--image", image]);
        let failed = told.list("failed");
        assert!(failed.len() == 1 && failed[0].contains(&name) && failed[0].contains("digest"), "{failed:?}");
        assert!(told.places().iter().any(|place| place.contains("swapped.env")), "{}", told.json);
    }
}

/// Whatever stands in the tar beside the image, cut off, behind damage or twice under one name.
#[test]
fn what_stands_beside_an_image_is_read_or_told() {
    let beside = |files: &[(&str, Vec<u8>)]| {
        let mut all = docker_save(&[tar(&[("a", b"x\n")])]);
        all.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())));
        tarred(&all)
    };
    let at = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).position(|part| part == word).unwrap();
    let places = |told: &Told| {
        told.places().into_iter().filter(|place| !place.contains("!/config/")).collect::<Vec<_>>()
    };
    let temp = tempfile::tempdir().unwrap();

    let long = [leak("cut"), vec![b'x'; 3_000]].concat();
    let whole = beside(&[("other.env", long.clone())]);
    std::fs::write(temp.path().join("cut.tar"), &whole[..at(&whole, &long) + 1_000]).unwrap();
    let cut = told(temp.path(), &["cut.tar"]);
    assert!(
        cut.list("failed").iter().any(|why| why.contains("other.env: damaged: it ends too early")),
        "{}",
        cut.json
    );
    assert_eq!(places(&cut).len(), 1, "{}", cut.json);

    let mut damaged = beside(&[("one.txt", vec![b'x'; 100]), ("other.gz", gzip(&leak("behind")))]);
    let header = at(&damaged, b"one.txt");
    damaged[header + 148..header + 155].fill(b'7');
    std::fs::write(temp.path().join("damaged.tar"), &damaged).unwrap();
    let damaged = told(temp.path(), &["damaged.tar"]);
    assert!(
        damaged.list("failed").iter().any(|why| why.contains("damaged.tar: damaged")),
        "{}",
        damaged.json
    );

    let twice = beside(&[("x.gz", gzip(&leak("first"))), ("x.gz", gzip(b"nothing\n"))]);
    std::fs::write(temp.path().join("twice.tar"), twice).unwrap();
    let twice = told(temp.path(), &["twice.tar"]);
    assert!(twice.list("failed").is_empty(), "{}", twice.json);
    assert_eq!(places(&twice), ["twice.tar!/x.gz!/x:2"], "{}", twice.json);
}

#[test]
fn a_damaged_description_is_told() {
    let temp = tempfile::tempdir().unwrap();
    let mut files = oci(&layers());
    let index = files.iter_mut().find(|(name, _)| name == "index.json").unwrap();
    index.1.truncate(20);
    write(&temp.path().join("layout"), &files);
    let told = told(temp.path(), &["layout"]);
    assert_eq!(told.list("failed"), ["layout: index.json is damaged at line 1, column 20"]);
    let blobs = told.places().iter().filter(|place| place.starts_with("layout/blobs/sha256/")).count();
    assert!(told.code == 1 && blobs >= 3, "what it no longer leads to is read as files: {}", told.json);
}

#[test]
fn what_lies_beside_a_layout_is_read_as_files() {
    let layers = layers();
    let temp = tempfile::tempdir().unwrap();
    let mut files = oci(&layers);
    let (index, text) = files.iter_mut().find(|(name, _)| name == "index.json").unwrap();
    assert_eq!(index, "index.json");
    let mut named: Value = serde_json::from_slice(text).unwrap();
    named["annotations"] = json!({ "note": key("annotation") });
    *text = serde_json::to_vec(&named).unwrap();
    for name in ["app.env", "sub/b.env", "blobs/sha256/loose", ".hidden"] {
        files.push((name.to_owned(), leak(name)));
    }
    write(&temp.path().join("layout"), &files);
    for args in [&["layout"][..], &["."], &["--image", "layout"]] {
        let told = told(temp.path(), args);
        let places = told.places();
        for name in ["app.env:2", "sub/b.env:2", "blobs/sha256/loose:2", ".hidden:2", "index.json:1"] {
            let place = format!("layout/{name}");
            assert!(places.contains(&place), "{args:?} lacks {place}: {places:?}");
        }
        let parts = places.iter().filter(|place| place.starts_with("layout!/")).count();
        assert_eq!(parts, SEEN.len(), "the image is read as one: {places:?}");
        assert_eq!(places.len(), SEEN.len() + 5, "and nothing twice: {places:?}");
    }
}

#[test]
fn what_is_no_image_is_refused_when_one_was_asked_for() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("a.tar"), tar(&[("a", b"b\n")])).unwrap();
    for name in ["a.tar", ".", "missing.tar"] {
        let output = stanch(temp.path(), &["--image", name]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("is no container image") || told.contains("cannot look at missing.tar"),
            "{told}"
        );
    }
}
