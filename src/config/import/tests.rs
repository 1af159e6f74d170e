use super::*;

#[test]
fn path_expressions_become_patterns_that_say_the_same() {
    let paths = [
        "vendor/a.go",
        "src/vendor/a.go",
        "myvendor/a.go",
        "vendor",
        "a_test.go",
        "src/a_test.go",
        "a_test.gox",
        "package-lock.json",
        "web/package-lock.json",
        "xpackage-lock.json",
        "testdata/x/y.txt",
        "a/testdata/y",
        "img/a.png",
        "img/a.PNG",
        "a.jpeg",
        "a.jpg",
        "a.svg.txt",
        "docs/readme.md",
        "docs/x/readme.md",
        "docsx/a",
        "node_modules/x/y.js",
        "a/node_modules/x.js",
        ".env.example",
        "conf/.env.example",
        "a+b/c.txt",
    ];
    for (regex, expected) in [
        (r"^vendor/", Some("/vendor/")),
        (r"^vendor/.*", Some("/vendor/")),
        (r"vendor/", Some("**/*vendor/")),
        (r"(^|/)vendor/", Some("**/vendor/")),
        (r"^(.*/)?testdata/", Some("**/testdata/")),
        (r".*_test\.go$", Some("**/*_test.go")),
        (r"_test\.go", Some("**/*_test.go*")),
        (r"(.*?)package-lock\.json$", Some("**/*package-lock.json")),
        (r"^docs/[^/]*\.md$", Some("/docs/*.md")),
        (r"^docs/.*\.md$", Some("/docs/**/*.md")),
        (r"\.(png|jpe?g|svg)$", Some("**/*.{png,jpeg,jpg,svg}")),
        (r"(?i)\.png$", Some("**/*.[pP][nN][gG]")),
        (r"^\.env\.example$", Some("/.env.example")),
        (r"a\+b/c\.txt$", Some("**/*a+b/c.txt")),
        (r"[0-9a-f]{32}", None),
        (r"foo.*bar", None),
        (r"^(src|lib)[/\\]", None),
        (r"a(", None),
    ] {
        let glob = paths::glob(regex);
        assert_eq!(glob.as_deref(), expected, "{regex}");
        let Some(glob) = glob else { continue };
        let globs = crate::config::compile_globs([glob.clone()]).unwrap();
        let dfa = regex_automata::meta::Regex::new(regex).unwrap();
        for path in paths {
            assert_eq!(
                globs.matching(path.as_bytes()).is_some(),
                dfa.is_match(path),
                "{regex} {glob} {path}"
            );
        }
    }
}

#[test]
fn fingerprints_of_gitleaks_name_commit_file_and_line() {
    let id = "ab".repeat(20);
    let all = Format::GitleaksIgnore
        .read(&format!("# old\n{id}:a/b.py:rule-x:7\nc:d.py:rule:3\nnonsense\n"))
        .unwrap();
    let select: Vec<&Select> = all.select.iter().map(|one| &one.value).collect();
    assert_eq!(*select[0], Select::Place { commit: Some(id), path: "a/b.py".into(), line: 7 });
    assert_eq!(*select[1], Select::Place { commit: None, path: "c:d.py".into(), line: 3 });
    assert_eq!((all.lost.len(), all.lost[0].line), (1, 4));
}

#[test]
fn allowlists_of_gitleaks() {
    let text = "[extend]\nuseDefault = true\ndisabledRules = [\"twilio-api-key\"]\n\n[[rules]]\nid = \"mine\"\n\
                regex = '''x'''\n[rules.allowlist]\npaths = ['''only/mine''']\n\n[allowlist]\ndescription = \"global\"\n\
                paths = ['''^vendor/''', '''(a|b.*c)x''']\nregexes = ['''^demo-[0-9]+$''']\nstopwords = [\"changeme\", \"abc\"]\n\
                commits = [\"ABCDEF\"]\n\n[[allowlists]]\ncondition = \"AND\"\ndescription = \"both\"\npaths = ['''x''']\n\
                regexes = ['''y''']\n\n[[allowlists]]\nregexTarget = \"line\"\nregexes = ['''csrf''']\n";
    let all = Format::GitleaksToml.read(text).unwrap();
    assert_eq!(
        all.exclude.iter().map(|one| (one.line, one.value.0.as_str())).collect::<Vec<_>>(),
        [(13, "/vendor/")]
    );
    assert_eq!(all.placeholders[0].value, "changeme");
    assert_eq!(all.disable[0].value, "twilio-api-key");
    let select: Vec<&Select> = all.select.iter().map(|one| &one.value).collect();
    assert_eq!(
        select,
        [
            &Select::Value("^demo-[0-9]+$".into()),
            &Select::Commit("abcdef".into()),
            &Select::Line("csrf".into())
        ]
    );
    let lost: Vec<(u32, &str)> = all.lost.iter().map(|one| (one.line, one.text.as_str())).collect();
    assert_eq!(lost, [(13, "(a|b.*c)x"), (15, "abc"), (20, "both"), (9, "only/mine"), (6, "mine")]);
    assert!(Format::GitleaksToml.read("[allowlist\n").is_err());
}

#[test]
fn digests_of_detect_secrets_and_files_of_talisman() {
    let sha1 = "0123456789".repeat(4);
    let text = format!(
        "{{\"version\": \"1.5.0\", \"filters_used\": [{{\"path\": \"detect_secrets.filters.regex.should_exclude_file\", \
         \"pattern\": [\"^docs/\"]}}], \"results\": {{\"a\\\\b.py\": [{{\"type\": \"x\", \"hashed_secret\": \"{sha1}\", \
         \"is_secret\": false, \"line_number\": 3}}]}}}}"
    );
    let all = Format::SecretsBaseline.read(&text).unwrap();
    assert!(all.is_baseline);
    assert_eq!(
        all.select[0].value,
        Select::Digest { path: "a/b.py".into(), sha1, verdict: Verdict::FalseAlarm }
    );
    assert_eq!(all.exclude[0].value.0, "/docs/");
    assert!(Format::SecretsBaseline.read("[]").is_err());

    let text = "fileignoreconfig:\n- filename: a.pem\n  checksum: 00ff\n- filename: docs/x.md\n- filename: y\n  \
                ignore_detectors: [filename]\nscopeconfig:\n- scope: node\nallowed_patterns:\n- 'key={listOfThings}'\nthreshold: high\n";
    let all = Format::Talisman.read(text).unwrap();
    assert_eq!(all.select[0].value, Select::Files("a.pem".into()));
    assert_eq!((all.exclude[0].line, all.exclude[0].value.0.as_str()), (4, "docs/x.md"));
    assert_eq!(all.select[1].value, Select::Value("key={listOfThings}".into()));
    assert_eq!(all.lost.iter().map(|one| one.line).collect::<Vec<_>>(), [5, 8, 11]);
}
