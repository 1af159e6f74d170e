use super::{Kind, Marker, markers};

fn own(text: &str, path: &str) -> Vec<(u32, String)> {
    markers(text.as_bytes(), path.as_bytes())
        .into_iter()
        .filter(|marker| marker.kind == Kind::Own)
        .map(|marker| (*marker.applies_to.start(), marker.rule.unwrap_or_default()))
        .collect()
}

/// In every format its own comment counts.
#[test]
fn each_format_has_its_comment() {
    for (path, line) in [
        ("a.py", "x = 'v'  # stanch:allow acme-key why"),
        ("a.py", "x = 'v' #stanch:allow acme-key why"),
        ("a.rb", "x = 'v' # stanch:allow acme-key why"),
        ("a.js", "x = 'v'; // stanch:allow acme-key why"),
        ("a.ts", "x = `v`; /* stanch:allow acme-key why */"),
        ("a.js", "x = s.replace(/[\"']/g, 'v') // stanch:allow acme-key why"),
        ("a.rs", "let x: &'a str = \"v\"; // stanch:allow acme-key why"),
        ("a.rs", "let x = r#\"a\"b\"#; // stanch:allow acme-key why"),
        ("a.go", "x := \"v\" // stanch:allow acme-key why"),
        ("a.cs", "var x = @\"C:\\\"; // stanch:allow acme-key why"),
        ("a.php", "$x = 'v'; # stanch:allow acme-key why"),
        ("a.sql", "IDENTIFIED BY 'v' -- stanch:allow acme-key why"),
        ("a.lua", "x = 'v' -- stanch:allow acme-key why"),
        ("a.tf", "x = \"v\" # stanch:allow acme-key why"),
        ("a.yaml", "x: it's v # stanch:allow acme-key why"),
        (".env", "X=it's # stanch:allow acme-key why"),
        (".env.example", "X=v # stanch:allow acme-key why"),
        ("a.toml", "x = 'v' # stanch:allow acme-key why"),
        ("a.ini", "x = v ; stanch:allow acme-key why"),
        ("a.xml", "<x>v</x> <!-- stanch:allow acme-key why -->"),
        ("a.html", "<x>v</x> <!-- stanch:allow acme-key why -->"),
        ("a.clj", "(def x \"v\") ;; stanch:allow acme-key why"),
        ("a.tex", "v % stanch:allow acme-key why"),
        ("a.bat", "REM stanch:allow acme-key why"),
        ("a.vbs", "x = \"v\" ' stanch:allow acme-key why"),
        ("a.css", "x { } /* stanch:allow acme-key why */"),
        ("a.ps1", "$x = 'v' # stanch:allow acme-key why"),
        ("Dockerfile", "ENV X=v # stanch:allow acme-key why"),
        ("tool", "# stanch:allow acme-key why"),
        ("tsconfig.json", "\"x\": 1 // stanch:allow acme-key why"),
        ("a.rb", "f(<<~A, <<~B)\n a\nA\n b\nB\nx = 7 % 2 # stanch:allow acme-key why"),
        ("a.rb", "x =~ /don't/ # stanch:allow acme-key why"),
        ("a.pl", "%h = (q => 1); split /(q|w)/; # stanch:allow acme-key why"),
        ("a.php", "<?php #[A('b')]\n$x = 1 << 2; # stanch:allow acme-key why"),
        ("a.lua", "x = a[b[1]] --[[ stanch:allow acme-key why ]]"),
        ("a.lua", "x = 'it\\'s' -- stanch:allow acme-key why"),
        ("a.hs", "f' = \"v\" {- stanch:allow acme-key why -}"),
        ("a.ml", "let x = \"v\" (* stanch:allow acme-key why *)"),
        ("a.fs", "let f = (*) // stanch:allow acme-key why"),
        ("a.pas", "X := 'it''s'; { stanch:allow acme-key why }"),
        ("a.ps1", "$x = \"a `\" b\" # stanch:allow acme-key why"),
        ("a.jl", "x = 'v' #= stanch:allow acme-key why =#"),
    ] {
        let found = markers(line.as_bytes(), path.as_bytes());
        assert_eq!(found.len(), 1, "{path}: {line}");
        assert_eq!(found[0].rule.as_deref(), Some("acme-key"), "{path}: {line}");
        assert_eq!(found[0].reason, "why", "{path}: {line}");
        assert_eq!(found[0].kind, Kind::Own, "{path}: {line}");
    }
}

/// Not a comment, or not a word of its own.
#[test]
fn a_marker_in_a_string_or_url_does_not_count() {
    for (path, text) in [
        ("a.py", "x = 'v # stanch:allow acme-key'"),
        ("a.py", "\"\"\"\n# stanch:allow acme-key\n\"\"\""),
        ("a.py", "x = \"http://host/#stanch:allow acme-key\""),
        ("a.py", "x = 1 # https://host/?stanch:allow acme-key"),
        ("a.py", "x = 1 # https://host/stanch:allow acme-key"),
        ("a.js", "x = `\n// stanch:allow acme-key\n`"),
        ("a.js", "x = 'v // stanch:allow acme-key'"),
        ("a.jsx", "<a>http://stanch:allow acme-key</a>"),
        ("a.rs", "let x = r#\"\" // stanch:allow acme-key\"#;"),
        ("a.cs", "var x = @\"\"\" // stanch:allow acme-key\";"),
        ("a.sh", "curl 'http://x # stanch:allow acme-key'"),
        ("a.sh", "cat <<EOF\nX=v # stanch:allow acme-key\nEOF\n"),
        (".env", "X=http://h/#stanch:allow acme-key"),
        (".env", "X=\"v # stanch:allow acme-key\""),
        ("a.yaml", "x: 'v # stanch:allow acme-key'"),
        ("a.properties", "x=v # stanch:allow acme-key"),
        ("a.json", "{\"x\": \"v\"} // stanch:allow acme-key"),
        ("a.json", "{\"x\": \"# stanch:allow acme-key\"}"),
        ("a.xml", "<x a=\"# stanch:allow acme-key\"/>"),
        ("a.unknown", "x = v # stanch:allow acme-key"),
        ("a.rb", "x = %q(a # stanch:allow acme-key)"),
        ("a.rb", "f(<<~A, <<~B)\n a\nA\n # stanch:allow acme-key\nB\n"),
        ("a.pl", "my $x = q{a # stanch:allow acme-key};"),
        ("a.pl", "print << 'END';\n# stanch:allow acme-key\nEND\n"),
        ("a.php", "<?php\n$x = <<<EOT\n# stanch:allow acme-key\nEOT;\n"),
        ("a.tf", "x = <<-EOT\n  # stanch:allow acme-key\n  EOT\n"),
        ("a.lua", "x = [==[a -- stanch:allow acme-key]==]"),
        ("a.ex", "x = ~s(a # stanch:allow acme-key)"),
        ("a.ps1", "$x = @'\n# stanch:allow acme-key\n'@"),
        ("a.m", "x = @\"a // stanch:allow acme-key\";"),
        ("a.py", "x = 1 # unstanch:allow acme-key"),
        ("a.py", "x = 1 # stanch:allowance acme-key"),
    ] {
        assert_eq!(own(text, path), [], "{path}: {text}");
    }
}

#[test]
fn next_line_and_blocks_reach_where_they_say() {
    let next = "a\n# stanch:allow-next-line acme-key why\n# stanch:allow-next-line acme-id why\nX=v\n";
    assert_eq!(own(next, "x.properties"), [(4, "acme-key".into()), (4, "acme-id".into())]);
    let block = "/* stanch:allow-next-line acme-key a\n   longer reason */\nx = 'v';\n";
    assert_eq!(own(block, "x.js"), [(3, "acme-key".into())]);

    let text = "# stanch:allow-start acme-key why\nX\nY\n# stanch:allow-end\nZ\n";
    let found = markers(text.as_bytes(), b"x.py");
    assert_eq!((found.len(), found[0].applies_to.clone()), (1, 1..=4));
    let open = markers(b"# stanch:allow-start acme-key why\nX\n", b"x.py");
    assert_eq!(open[0].kind, Kind::Faulty("has no stanch:allow-end"));
    let end = markers(b"# stanch:allow-end\nX\n", b"x.py");
    assert_eq!(end[0].kind, Kind::Faulty("has no stanch:allow-start"));
}

#[test]
fn other_tools_markers_are_understood() {
    for (path, text, line) in [
        ("a.py", "x # pragma: allowlist secret", 1),
        ("a.py", "x # pragma: whitelist secret", 1),
        ("a.py", "# pragma: allowlist nextline secret\nx", 2),
        ("a.py", "x # gitleaks:allow", 1),
        ("a.py", "x # betterleaks:allow", 1),
        ("a.go", "x // trufflehog:ignore", 1),
        ("a.py", "x # ggignore", 1),
        ("a.py", "x # kingfisher:ignore", 1),
        ("a.js", "x // secretlint-disable-line", 1),
        ("a.js", "// secretlint-disable-next-line\nx", 2),
    ] {
        let found = markers(text.as_bytes(), path.as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        assert!(matches!(found[0].kind, Kind::Foreign(_)) && found[0].rule.is_none(), "{text}");
        assert_eq!(*found[0].applies_to.start(), line, "{text}");
    }
    let block = markers(b"/* secretlint-disable */\nx\n/* secretlint-enable */\ny\n", b"a.js");
    assert_eq!(block[0].applies_to, 1..=3);
    assert!(markers(b"x = 'gitleaks:allow'", b"a.py").is_empty());
}

#[test]
fn a_marker_may_name_the_value_too_and_two_may_share_a_line() {
    let found =
        markers(b"x # stanch:allow acme-key#k7f3-2q9x dead since May, stanch:allow acme-id public", b"a.py");
    let parts: Vec<(&str, Option<&str>, &str)> = found
        .iter()
        .map(|m: &Marker| (m.rule.as_deref().unwrap(), m.bound.as_deref(), m.reason.as_str()))
        .collect();
    assert_eq!(parts, [("acme-key", Some("k7f3-2q9x"), "dead since May"), ("acme-id", None, "public")]);
    assert!(matches!(markers(b"# stanch:allow", b"a.py")[0].kind, Kind::Faulty(_)));
    assert!(matches!(markers(b"# stanch:allow Because I say so", b"a.py")[0].kind, Kind::Faulty(_)));
    assert!(matches!(markers(b"# stanch:allow acme-key#k7 x", b"a.py")[0].kind, Kind::Faulty(_)));
}

/// Hostile shapes stay linear: a megabyte of each takes well under a second, and hours if it were quadratic.
#[test]
fn no_text_takes_long() {
    for (path, piece) in [
        ("a.sh", "<<A\n"),
        ("a.rb", "<<~A <<~B\n"),
        ("a.php", "<<<A\nA(\n"),
        ("a.pl", "=q(\n"),
        ("a.rb", " %w["),
        ("a.lua", "[=["),
        ("a.ps1", "@'\n"),
        ("a.js", "(/["),
        ("a.rs", "r#"),
        ("a.c", "/*"),
        ("a.py", "\"\"\""),
        ("a.py", "# stanch:allow "),
        ("a.js", "// stanch:allow-next-line a\n"),
        ("a.html", "<!--"),
        ("a.rs", "'"),
        ("a.py", "# ggignore "),
        ("a.c", "stanch:allow-next-line a\n"),
    ] {
        let start = if path == "a.c" { "/*" } else { "" };
        let text = start.to_owned() + &piece.repeat((1 << 20) / piece.len()) + "stanch:allow";
        markers(text.as_bytes(), path.as_bytes());
    }
}
