//! What the packages promise each other: one version, one list of platforms, names that installers look for.
//! `packaging/try` makes the packages and installs them; this needs no release build.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_yaml::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn workflows() -> [(&'static str, Value); 2] {
    [".github/workflows/ci.yml", ".github/workflows/release.yml"]
        .map(|path| (path, serde_yaml::from_str(&read(path)).unwrap()))
}

#[test]
fn the_version_stands_in_cargo_toml_and_where_readers_copy_it_from() {
    let mut places = vec!["setup.py".into(), ".github".into(), "packaging".into(), "install.sh".into()];
    while let Some(path) = places.pop() {
        let path: PathBuf = path;
        if path.is_dir() {
            places.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            assert!(!text.contains(VERSION), "{}: take the version from Cargo.toml", path.display());
        }
    }
    let page = read("docs/hook-managers.md");
    let revs: Vec<_> = page.lines().filter_map(|line| line.trim().strip_prefix("rev: v")).collect();
    assert!(!revs.is_empty());
    for rev in revs {
        let rev = rev.split_whitespace().next().unwrap();
        assert_eq!(rev, VERSION, "docs/hook-managers.md: `rev:` is not this version");
    }
}

#[test]
fn each_hook_is_offered_from_source_as_a_wheel_and_from_path() {
    let hooks: Vec<Value> = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).unwrap();
    let find = |id: &str| {
        let mut hook =
            hooks.iter().find(|hook| hook["id"] == id).unwrap_or_else(|| panic!("no {id}")).clone();
        let language = hook["language"].as_str().unwrap().to_owned();
        for own in ["id", "description", "language"] {
            hook.as_mapping_mut().unwrap().remove(own);
        }
        (language, hook)
    };
    for id in ["stanch", "stanch-push", "stanch-message"] {
        let (language, source) = find(id);
        assert_eq!(language, "rust");
        for (suffix, language) in [("-wheel", "python"), ("-system", "system")] {
            assert_eq!(find(&format!("{id}{suffix}")), (language.into(), source.clone()), "{id}{suffix}");
        }
    }
    assert_eq!(hooks.len(), 9);
}

#[test]
fn npm_has_the_platforms_that_are_built() {
    let [_, (_, release)] = workflows();
    let built: BTreeSet<String> = release["jobs"]["build"]["strategy"]["matrix"]["include"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|entry| entry["target"].as_str().unwrap().to_owned())
        .collect();
    let platforms: serde_json::Value = serde_json::from_str(&read("packaging/npm/platforms.json")).unwrap();
    let packed: BTreeSet<String> = platforms.as_object().unwrap().keys().cloned().collect();
    assert_eq!(packed, built);
}

#[test]
fn actions_are_pinned_by_commit_and_jobs_end() {
    for (path, workflow) in workflows() {
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            assert!(job["timeout-minutes"].is_u64(), "{path}: {name} has no limit");
            for step in job["steps"].as_sequence().unwrap() {
                let Some(action) = step["uses"].as_str() else { continue };
                let (_, commit) = action.split_once('@').unwrap();
                let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(is_commit, "{path}: {action} can change under us");
            }
        }
    }
}

#[test]
fn nothing_is_offered_before_the_release_is_published() {
    let [_, (path, workflow)] = workflows();
    for (name, job) in workflow["jobs"].as_mapping().unwrap() {
        let is_before = ["build", "again", "pack", "publish"].contains(&name.as_str().unwrap());
        assert!(is_before || job["needs"] == "publish", "{path}: {name:?} does not wait for `publish`");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_packer_that_fails_is_not_taken_for_one_that_is_missing() {
    let script = read("packaging/try");
    let start = script.find("linux_packages() {").unwrap();
    let function = &script[start..start + script[start..].find("\n}\n").unwrap() + 3];
    for (status, expected) in [(0, "went on: "), (2, "went on: deb or rpm: a packer is missing"), (1, "")] {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("packaging")).unwrap();
        let packer = root.path().join("packaging/linux.py");
        std::fs::write(&packer, format!("#!/bin/sh\nexit {status}\n")).unwrap();
        let run = format!(
            "set -euo pipefail; chmod +x packaging/linux.py\nroot=$PWD binary=b target=t out=o work=$PWD skipped=()\n\
             {function}\nlinux_packages\necho \"went on: ${{skipped[*]-}}\""
        );
        let mut bash = std::process::Command::new("bash");
        let output = bash.args(["-c", &run]).current_dir(&root).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), expected.trim_end(), "{output:?}");
        assert_eq!(output.status.success(), status != 1, "{output:?}");
    }
}

/// cargo-binstall's first guesses hold `stanch-vVERSION-TARGET` beside the program, in a folder of that name.
#[test]
#[cfg(target_os = "linux")]
fn the_archive_has_the_name_and_shape_that_installers_expect() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::Command;

    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    // Any program will do: what is tried is the way around it.
    std::fs::write(at("program"), format!("#!/bin/sh\necho stanch {VERSION}\n")).unwrap();
    std::fs::set_permissions(at("program"), std::fs::Permissions::from_mode(0o700)).unwrap();
    for folder in ["assets/completions", "assets/man", "assets/doc"] {
        std::fs::create_dir_all(at(folder)).unwrap();
        std::fs::write(at(folder).join("some"), "text").unwrap();
    }
    let run = |program: &str, args: &[&Path]| {
        let output =
            Command::new(program).args(args).env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let target = "x86_64-unknown-linux-musl";
    let pack = |out: &str| {
        let file = run("packaging/archive", &[&at("program"), Path::new(target), &at(out), &at("assets")]);
        PathBuf::from(file.trim_end())
    };
    let archive = pack("one");
    assert_eq!(archive.file_name().unwrap().to_str().unwrap(), format!("stanch-v{VERSION}-{target}.tar.gz"));
    assert_eq!(
        std::fs::read(&archive).unwrap(),
        std::fs::read(pack("two")).unwrap(),
        "the same input, other bytes"
    );
    let members = run("tar", &[Path::new("-tzf"), &archive]);
    assert!(
        members.lines().any(|member| member == format!("stanch-v{VERSION}-{target}/stanch")),
        "{members}"
    );

    let sum = run("sha256sum", &[&archive]);
    let sum = Path::new(sum.split_whitespace().next().unwrap());
    let [archive_flag, sum_flag, prefix_flag, no_hook] =
        ["--archive", "--checksum", "--prefix", "--no-hook"].map(Path::new);
    run("./install.sh", &[archive_flag, &archive, sum_flag, sum, prefix_flag, &at("prefix"), no_hook]);
    let installed = at("prefix/bin/stanch");
    assert_eq!(run(installed.to_str().unwrap(), &[]), format!("stanch {VERSION}\n"));
}
