//! What a card tells to write is put where the card says: the program says what it said before, now from its
//! environment, and nothing is found any more. An interpreter that is missing is named, not passed over in silence.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops at once, and says what it skips")]

use std::path::Path;
use std::process::Command;

use stanch::catalogue::sample;

const SID: &str = "AC{hex:32}";
/// A URL that an excerpt of a line has no room for.
const URL: &str =
    "postgresql://accounting:{b62:20}@primary.database.acme.internal:5432/accounting_production";
/// The same of a connection string.
const STORAGE: &str = "DefaultEndpointsProtocol=https;AccountName=acmebackups;AccountKey={b64:86}==;EndpointSuffix=core.windows.net";

/// Names of files, the interpreter, and the text. `@SID@`, `@URL@` and `@STORAGE@` stand for the constants.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("whole.sh", "sh", "export TOKEN=\"ghp_{b62:30}{check:crc32-b62-6}\"\necho \"$TOKEN\"\n"),
    ("url.sh", "sh", "export U=\"@URL@\"\necho \"$U\"\n"),
    ("word.sh", "sh", "echo psql @URL@ -c 'select 1'\n"),
    ("nested.sh", "sh", "sh -c 'echo psql @URL@'\n"),
    ("storage.sh", "sh", "export S=\"@STORAGE@\"\necho \"$S\"\n"),
    (
        "option.sh",
        "sh",
        "echo curl -H 'Accept: application/vnd.acme.accounting.v2+json; charset=utf-8' -H 'X-Request-From: nightly job' -u '@SID@:{hex:32}' https://api.twilio.com/2010-04-01\n",
    ),
    ("json.sh", "sh", "echo curl api.twilio.com -d '{\"sid\":\"@SID@\",\"auth_token\":\"{hex:32}\"}'\n"),
    (
        "lines.sh",
        "sh",
        "echo curl api.twilio.com -d '{\n  \"sid\": \"@SID@\",\n  \"auth_token\": \"{hex:32}\"\n}'\n",
    ),
    ("document.sh", "sh", "cat <<EOF\nTWILIO_ACCOUNT_SID=@SID@\nTWILIO_AUTH_TOKEN='{hex:32}'\nEOF\n"),
    ("verbatim.sh", "sh", "cat <<'EOF'\nTWILIO_ACCOUNT_SID=@SID@\nTWILIO_AUTH_TOKEN={hex:32}\nEOF\n"),
    ("whole.py", "python3", "TOKEN = \"ghp_{b62:30}{check:crc32-b62-6}\"\nprint(TOKEN)\n"),
    ("url.py", "python3", "import os, sys\nprint(\"@URL@\")\n"),
    ("part.py", "python3", "s = '@STORAGE@'\nprint(s)\n"),
    ("format.py", "python3", "n = 1\nprint(f\"{n} token ghp_{b62:30}{check:crc32-b62-6} {n}\")\n"),
    (
        "lines.py",
        "python3",
        "import os\ns = \"\"\"\ntoken: ghp_{b62:30}{check:crc32-b62-6}\n\"\"\"\nprint(s)\n",
    ),
    (
        "bot.py",
        "python3",
        "print(\"https://api.telegram.org/bot{digit:10}:AA1{b64url:32}/sendMessage?chat_id=1\")\n",
    ),
    ("whole.mjs", "node", "const token = \"ghp_{b62:30}{check:crc32-b62-6}\";\nconsole.log(token);\n"),
    ("part.mjs", "node", "const o = { s: '@STORAGE@' };\nconsole.log(o.s);\n"),
    ("template.mjs", "node", "const n = 1;\nconsole.log(`${n} ghp_{b62:30}{check:crc32-b62-6} ${n}`);\n"),
    ("part.pl", "perl", "my $s = '@STORAGE@';\nprint \"$s\\n\";\n"),
    ("document.pl", "perl", "print <<EOF;\ndon't: ghp_{b62:30}{check:crc32-b62-6}\nEOF\n"),
    ("called.py", "python3", "import os\nprint(f\"token ghp_{b62:30}{check:crc32-b62-6}\".encode())\n"),
    ("own.pl", "perl", "my $s = q(ghp_{b62:30}{check:crc32-b62-6});\nprint \"$s\\n\";\n"),
    ("ownpart.pl", "perl", "my $s = q{token ghp_{b62:30}{check:crc32-b62-6}};\nprint \"$s\\n\";\n"),
    ("filled.pl", "perl", "my $s = qq[a (b) ghp_{b62:30}{check:crc32-b62-6}];\nprint \"$s\\n\";\n"),
    ("words.pl", "perl", "print join(' ', qw(a ghp_{b62:30}{check:crc32-b62-6} b)), \"\\n\";\n"),
    ("words.tcl", "tclsh", "set s \"token ghp_{b62:30}{check:crc32-b62-6}\"\nputs $s\n"),
    ("double.pl", "perl", "print \"token ghp_{b62:30}{check:crc32-b62-6}\\n\";\n"),
];

#[test]
fn programs_read_what_they_held() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, interpreter, text) in PROGRAMS {
        if !has(interpreter) {
            continue;
        }
        let text = text.replace("@SID@", SID).replace("@URL@", URL).replace("@STORAGE@", STORAGE);
        let text = sample::expand(&text, name);
        let path = dir.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let before = run(interpreter, &path, None);
        let found = scan(&path);
        let Some(finding) = found["findings"].as_array().and_then(|found| found.first()) else {
            wrong.push(format!("{name}: nothing found"));
            continue;
        };
        let instead = finding["advice"]["instead"].as_str().unwrap().to_owned();
        let (text, value) = applied(&text, finding, &instead);
        std::fs::write(&path, &text).unwrap();
        let variable = instead
            .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .find(|word| word.len() > 4 && word.contains('_'));
        let after = run(interpreter, &path, variable.map(|name| (name, value.as_str())));
        let left = scan(&path)["findings"].as_array().map_or(0, Vec::len);
        if after != before || left > 0 {
            wrong.push(format!(
                "{name}: `{instead}` gave {left} findings and\n{text}\n{after}\nnot\n{before}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What to write instead, by the name of the file, its first line, what it is, and the line.
#[test]
fn the_replacement_fits_the_file() {
    const SID: &str = "AC{hex:32}";
    const URL: &str = "postgresql://accounting:{b62:20}@primary.database.acme.internal:5432/production";
    let own = |line: &str| format!("TWILIO_ACCOUNT_SID={SID}\n{line}\n");
    let assigned = own("TWILIO_AUTH_TOKEN={hex:32}");
    let quoted = own("TWILIO_AUTH_TOKEN = \"{hex:32}\"");
    let mapped = format!("TWILIO_ACCOUNT_SID: {SID}\nTWILIO_AUTH_TOKEN: {{hex:32}}\n");
    let script = |first: &str, text: &str| format!("{first}\n{text}");
    let secret =
        format!("kind: Secret\nstringData:\n  TWILIO_ACCOUNT_SID: {SID}\n  TWILIO_AUTH_TOKEN: {{hex:32}}\n");
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, text, expected) in [
        ("dockerfile_parser.py", quoted.clone(), "os.environ["),
        ("composer-config.yml", mapped.clone(), "leave it out; "),
        ("prod.tfvars", quoted.clone(), "leave the line out; set TF_VAR_twilio_auth_token"),
        (
            "compose.yaml",
            format!("environment:\n  - TWILIO_ACCOUNT_SID={SID}\n  - TWILIO_AUTH_TOKEN={{hex:32}}\n"),
            "${TWILIO_AUTH_TOKEN:?}",
        ),
        ("docker-compose.prod.yml", mapped.clone(), "${TWILIO_AUTH_TOKEN:?}"),
        ("secret.yaml", secret, "leave this file out of git; kubectl create secret"),
        ("app.toml", quoted.clone(), "leave it out; "),
        (
            ".gitlab-ci.yml",
            script("variables:", &mapped),
            "leave the line out; set TWILIO_AUTH_TOKEN, masked, under Settings",
        ),
        (
            "job.gitlab-ci.yml",
            format!("variables: {{SID: {SID}}}\nscript:\n  - curl -H 'X-Twilio-Auth-Token: {{hex:32}}' x\n"),
            "'\"$TWILIO_AUTH_TOKEN\"'   (set it, masked",
        ),
        (".envrc", own("export TWILIO_AUTH_TOKEN={hex:32}"), "source_env_if_exists .envrc.private"),
        (".env.example", assigned.clone(), "TWILIO_AUTH_TOKEN=   (no value here"),
        ("deploy", script("#!/usr/bin/env bash", &assigned), "\"${TWILIO_AUTH_TOKEN:?is not set}\""),
        ("report", script("#!/usr/bin/python3", &quoted), "os.environ["),
        ("serve", script("#!/usr/bin/env node", &quoted), "process.env.TWILIO_AUTH_TOKEN"),
        ("a.cts", quoted.clone(), "process.env.TWILIO_AUTH_TOKEN"),
        ("a.lua", quoted.clone(), "os.getenv(\"TWILIO_AUTH_TOKEN\")"),
        ("a.R", quoted.clone(), "Sys.getenv(\"TWILIO_AUTH_TOKEN\")"),
        ("Makefile", assigned.clone(), "leave the line out; make takes TWILIO_AUTH_TOKEN from"),
        ("c.mk", own("AUTH_TOKEN = {hex:32}"), "$(TWILIO_AUTH_TOKEN)"),
        ("Jenkinsfile", quoted.clone(), "credentials('twilio-auth-token')"),
        ("ansible/a.yml", mapped.clone(), "\"{{ lookup('env', 'TWILIO_AUTH_TOKEN') }}\"   (or ansible-vault"),
        (
            "settings.xml",
            format!("<u>{SID}</u><twilio.token>{{hex:32}}</twilio.token>\n"),
            "${env.TWILIO_AUTH_TOKEN}",
        ),
        (".pypirc", assigned.clone(), "leave this file out of git; twine reads"),
        (
            "site.conf",
            format!("# {SID}\nproxy_set_header Twilio-Auth-Token \"{{hex:32}}\";\n"),
            "move the line to a file outside git",
        ),
        (
            "b.go",
            format!("// {SID}\nconst (\n\ttwilioAuthToken = \"{{hex:32}}\"\n)\n"),
            "os.Getenv(\"TWILIO_AUTH_TOKEN\")   (with var",
        ),
        (
            "e.ts",
            format!("// {SID}\nenum Twilio {{\n  AuthToken = '{{hex:32}}',\n}}\n"),
            "process.env.TWILIO_AUTH_TOKEN!   (an enum takes no call",
        ),
        (
            "d.php",
            format!("<?php // {SID}\nfunction twilio($authToken = '{{hex:32}}') {{}}\n"),
            "getenv('TWILIO_AUTH_TOKEN')   (a default takes no call",
        ),
        (
            "d.cs",
            format!("// {SID}\nvoid F(string twilioAuthToken = \"{{hex:32}}\") {{}}\n"),
            "System.Environment.GetEnvironmentVariable(\"TWILIO_AUTH_TOKEN\")   (a default takes no call",
        ),
        (
            "flow.compose.yml",
            format!("# {SID}\nenvironment: {{TWILIO_AUTH_TOKEN: {{hex:32}}}}\n"),
            "\"${TWILIO_AUTH_TOKEN:?}\"",
        ),
        (
            "a.ipynb",
            format!(
                "{{\"cells\": [{{\"cell_type\": \"code\", \"outputs\": [], \"source\": [\n  \"# {SID}\\n\",\n  \
                 \"twilio_auth_token = \\\"{{hex:32}}\\\"\\n\"\n]}}], \"nbformat\": 4}}\n"
            ),
            "os.environ[\"TWILIO_AUTH_TOKEN\"]   (needs import os)",
        ),
        ("old.py", own("# auth_token = \"{hex:32}\""), "leave it out: no program reads a comment"),
        ("old.go", own("\t// don't use auth_token {hex:32}"), "leave it out: no program reads a comment"),
        (
            "App.jsx",
            format!("// {SID}\nconst a = <Phone authToken=\"{{hex:32}}\" />;\n"),
            "{process.env.TWILIO_AUTH_TOKEN}   (on a server only",
        ),
        (
            "doc.rb",
            own("twilio = <<~DOC\n  auth_token: {hex:32}\nDOC"),
            "#{ENV.fetch(\"TWILIO_AUTH_TOKEN\")}",
        ),
        (
            "doc.php",
            format!("<?php // {SID}\n$twilio = <<<DOC\nauth_token: {{hex:32}}\nDOC;\n"),
            "getenv('TWILIO_AUTH_TOKEN')   ($value set to it above the here-document",
        ),
        (
            "u.service",
            format!("Environment=TWILIO_SID={SID}\nEnvironment=TWILIO_AUTH_TOKEN={{hex:32}}\n"),
            "leave it out; EnvironmentFile=",
        ),
        (
            "Dockerfile",
            format!("FROM a\nENV TWILIO_ACCOUNT_SID={SID}\nENV TWILIO_AUTH_TOKEN={{hex:32}}\n"),
            "leave the line out; docker run --env-file",
        ),
        (
            "b.dockerfile",
            format!("FROM a\nARG TWILIO_ACCOUNT_SID={SID}\nARG TWILIO_AUTH_TOKEN={{hex:32}}\n"),
            "RUN --mount=type=secret",
        ),
        // The statement around the value decides as well.
        (
            "main.tf",
            format!("# {SID}\nvariable \"twilio_auth_token\" {{\n  default = \"{{hex:32}}\"\n}}\n"),
            "leave the default out; set TF_VAR_",
        ),
        (
            "a.rs",
            format!("// {SID}\nconst TWILIO_AUTH_TOKEN: &str = \"{{hex:32}}\";\n"),
            "std::sync::LazyLock::new(",
        ),
        (
            "a.go",
            format!("// {SID}\nconst twilioAuthToken = \"{{hex:32}}\"\n"),
            "os.Getenv(\"TWILIO_AUTH_TOKEN\")   (with var",
        ),
        (
            "a.kt",
            format!("// {SID}\nconst val TWILIO_AUTH_TOKEN = \"{{hex:32}}\"\n"),
            "checkNotNull(System.getenv(\"TWILIO_AUTH_TOKEN\"))   (in a val without const)",
        ),
        (
            "A.java",
            format!("// {SID}\n@Value(\"${{{{twilio.authToken:{{hex:32}}}}}}\") String twilioAuthToken;\n"),
            "\"${TWILIO_AUTH_TOKEN}\"",
        ),
        (
            "gradle.properties",
            format!("sid={SID}\ntwilioAuthToken={{hex:32}}\n"),
            "leave it out; ~/.gradle/gradle.properties holds it, or ORG_GRADLE_PROJECT_twilioAuthToken",
        ),
        (
            "deployment.yaml",
            format!(
                "kind: Deployment\nenv:\n  - name: TWILIO_ACCOUNT_SID\n    value: {SID}\n  \
                 - name: TWILIO_AUTH_TOKEN\n    value: {{hex:32}}\n"
            ),
            "valueFrom: {secretKeyRef: {name: NAME, key: TWILIO_AUTH_TOKEN}}",
        ),
        (
            "call.py",
            "# api.twilio.com\nheaders = {\"Authorization\": \"Basic {base64:AC{hex:32}:{hex:32}}\"}\n"
                .to_owned(),
            "make it at run time: base64 of ID:SECRET, the secret from os.environ[",
        ),
        (
            "call.sh",
            format!("curl https://api.twilio.com/2010-04-01/Accounts -u '{SID}:{{hex:32}}'\n"),
            "'\"${TWILIO_AUTH_TOKEN:?is not set}\"'",
        ),
        ("a.tsx", quoted.clone(), "process.env.TWILIO_AUTH_TOKEN!   (on a server only"),
        ("a.bat", own("set TWILIO_AUTH_TOKEN={hex:32}"), "leave the line out; set TWILIO_AUTH_TOKEN where"),
        ("b.bat", own("set AUTH_TOKEN={hex:32}"), "%TWILIO_AUTH_TOKEN%"),
        (
            "a.fish",
            own("set -x TWILIO_AUTH_TOKEN {hex:32}"),
            "leave the line out; set TWILIO_AUTH_TOKEN where",
        ),
        (
            "b.R",
            own("Sys.setenv(TWILIO_AUTH_TOKEN = \"{hex:32}\")"),
            "leave the line out; set TWILIO_AUTH_TOKEN where",
        ),
        (".Renviron", assigned.clone(), "leave this file out of git; each machine"),
        ("q.rb", own("auth_token = %q(token {hex:32})"), ") + ENV.fetch(\"TWILIO_AUTH_TOKEN\") + %q("),
        ("w.rb", own("twilio = %w[auth_token {hex:32}]"), "] + [ENV.fetch(\"TWILIO_AUTH_TOKEN\")] + %w["),
        (
            "b.lua",
            format!("-- {SID}\nlocal auth_token = [==[token {{hex:32}}]==]\n"),
            "]==] .. os.getenv(\"TWILIO_AUTH_TOKEN\") .. [==[",
        ),
        (
            "block.lua",
            format!("--[[ {SID}\n  auth_token = \"{{hex:32}}\"\n]]\n"),
            "leave it out: no program reads a comment",
        ),
        (
            "page.html",
            format!("<!-- twilio {SID}\n  auth_token = \"{{hex:32}}\" -->\n"),
            "leave it out: no program reads a comment",
        ),
        (
            "user_data.tf",
            format!("# {SID}\nuser_data = <<-EOF\n  TWILIO_AUTH_TOKEN={{hex:32}}\nEOF\n"),
            "${var.twilio_auth_token}",
        ),
        (
            "map.tf",
            format!(
                "# {SID}\nvariable \"twilio\" {{\n  default = {{\n    auth_token = \"{{hex:32}}\"\n  }}\n}}\n"
            ),
            "leave the default out; set TF_VAR_twilio; declare it sensitive",
        ),
        (
            "here.ps1",
            format!("# {SID}\n$twilio = @'\nauth_token: {{hex:32}}\n'@\n"),
            "$($env:TWILIO_AUTH_TOKEN)   (once the here-string has double quotes)",
        ),
        (
            "lib/app.dart",
            format!(
                "// {SID}\nimport 'package:flutter/material.dart';\nconst twilioAuthToken = '{{hex:32}}';\n"
            ),
            "const String.fromEnvironment('TWILIO_AUTH_TOKEN')   (flutter build --dart-define=",
        ),
        (
            "App.swift",
            format!("// {SID}\nimport UIKit\nlet twilioAuthToken = \"{{hex:32}}\"\n"),
            "leave it out; a server asks for it",
        ),
        (
            "s.m",
            format!("// {SID}\nNSString *twilioAuthToken = [@\"token {{hex:32}}\" copy];\n"),
            "NSProcessInfo.processInfo.environment[@\"TWILIO_AUTH_TOKEN\"]",
        ),
        (
            "pipelines/Jenkinsfile",
            format!("// {SID}\nsh 'curl -H \"Twilio-Auth-Token: {{hex:32}}\" x'\n"),
            "$TWILIO_AUTH_TOKEN   (with TWILIO_AUTH_TOKEN = credentials('twilio-auth-token')",
        ),
        (
            ".circleci/config.yml",
            format!("# {SID}\njobs:\n  - run: curl -H 'Twilio-Auth-Token: {{hex:32}}' x\n"),
            "'\"$TWILIO_AUTH_TOKEN\"'   (set it in the project's settings",
        ),
        (
            "bitbucket-pipelines.yml",
            format!("# {SID}\nscript:\n  - export TWILIO_AUTH_TOKEN={{hex:32}}\n"),
            "leave the line out; set TWILIO_AUTH_TOKEN, secured",
        ),
        (
            "azure-pipelines.yml",
            format!("# {SID}\nvariables:\n- name: TWILIO_AUTH_TOKEN\n  value: {{hex:32}}\n"),
            "leave the line out; set TWILIO_AUTH_TOKEN as a secret variable",
        ),
        (".drone.yml", mapped.clone(), "{from_secret: twilio_auth_token}"),
        (
            "play.yml",
            format!("- hosts: all\n  vars:\n    sid: {SID}\n    twilio_auth_token: {{hex:32}}\n"),
            "\"{{ lookup(",
        ),
        ("chart/values.yaml", mapped.clone(), "leave it empty; helm -f"),
        (
            "config.map.yaml",
            format!("kind: ConfigMap\ndata:\n  SID: {SID}\n  TWILIO_AUTH_TOKEN: {{hex:32}}\n"),
            "leave it out; a Secret holds TWILIO_AUTH_TOKEN",
        ),
        ("a.csv", format!("twilio,{SID},{{hex:32}}\n"), "leave it out: a table of data reads no variable"),
        (
            "yarn.lock",
            "  resolved \"https://ada:{b62:20}@npm.acme.io/a.tgz\"\n".to_owned(),
            "take the login out of the address",
        ),
        ("a.bru", format!("vars {{\n  sid: {SID}\n  twilio_auth_token: {{hex:32}}\n}}\n"), "{{process.env."),
        (
            "c.ipynb",
            format!(
                "{{\"cells\": [{{\"cell_type\": \"code\", \"outputs\": [], \"source\": [\n  \"# {SID}\\n\",\n  \
                 \"twilio_auth_token <- '{{hex:32}}'\\n\"\n]}}], \"metadata\": \
                 {{\"kernelspec\": {{\"language\": \"R\"}}}}, \"nbformat\": 4}}\n"
            ),
            "Sys.getenv(",
        ),
        (
            "d.ipynb",
            format!(
                "{{\"cells\": [{{\"cell_type\": \"markdown\", \"source\": [\n  \"twilio {SID}\\n\",\n  \
                 \"auth token: {{hex:32}}\\n\"\n]}}], \"nbformat\": 4}}\n"
            ),
            "leave it out, or write the name TWILIO_AUTH_TOKEN",
        ),
        ("a.awk", quoted.clone(), "ENVIRON[\"TWILIO_AUTH_TOKEN\"]"),
        ("a.tcl", own("set twilio_auth_token \"{hex:32}\""), "$::env(TWILIO_AUTH_TOKEN)"),
        ("b.rs", quoted.clone(), "&std::env::var(\"TWILIO_AUTH_TOKEN\").expect(\"TWILIO_AUTH_TOKEN\")"),
        ("c.rs", own("t = \"{hex:32}\".to_owned()"), "std::env::var(\"TWILIO_AUTH_TOKEN\").expect("),
        (
            "b.vb",
            own("Const TWILIO_AUTH_TOKEN As String = \"{hex:32}\""),
            "Environment.GetEnvironmentVariable(",
        ),
        (
            "b.cs",
            format!("// {SID}\nconst string TwilioAuthToken = \"{{hex:32}}\";\n"),
            "System.Environment.GetEnvironmentVariable(\"TWILIO_AUTH_TOKEN\")   (static readonly",
        ),
        (
            "b.php",
            format!("<?php // {SID}\nclass A {{ private string $twilioAuthToken = '{{hex:32}}'; }}\n"),
            "getenv('TWILIO_AUTH_TOKEN')   (a property takes no call",
        ),
        ("b.ts", own("const password: string = \"{b62:16}#{b62:4}\""), "process.env."),
        // Where a URL or a line has to be replaced the card says so.
        (
            "b.kt",
            format!("const val U = \"{URL}\"\n"),
            "checkNotNull(System.getenv(\"POSTGRES_URL\"))   (for the whole string; in a val without const",
        ),
        (
            "b.tf",
            format!("provider \"a\" {{\n  url = \"{URL}\"\n}}\n"),
            "var.postgres_url   (for the whole string",
        ),
        ("c.tf", own("twilio_auth = \"token {hex:32}\""), "${var.twilio_auth_token}"),
        ("c.env", format!("DATABASE_URL={URL}\n"), "DATABASE_URL=   (the whole line; "),
        ("b.mk", format!("U := {URL}\n"), "$(POSTGRES_URL)   (for the whole URL"),
        (
            ".github/workflows/b.yml",
            "      token: ghp_{b62:30}{check:crc32-b62-6}\n".to_owned(),
            "${{ secrets.GH_TOKEN }}",
        ),
        (
            ".github/workflows/ci.yml",
            format!("      - run: psql {URL}\n"),
            "${{ secrets.POSTGRES_URL }}   (for the whole URL",
        ),
        (
            "set.py",
            own("os.environ[\"TWILIO_AUTH_TOKEN\"] = \"{hex:32}\""),
            "leave the line out; set TWILIO_AUTH_TOKEN where the program is started",
        ),
    ] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, sample::expand(&text, name)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
        command.args(["scan", name, "--format", "json"]).current_dir(dir.path()).env("HOME", dir.path());
        let told: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let instead = told["findings"][0]["advice"]["instead"].as_str().unwrap_or_default();
        if !instead.starts_with(expected) {
            wrong.push(format!("{name}: `{instead}`, not `{expected}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Does what the card says, and tells what the variable has to hold.
fn applied(text: &str, finding: &serde_json::Value, instead: &str) -> (String, String) {
    let number = |key: &str| finding[key].as_u64().unwrap() as usize;
    let (code, remark) = instead.split_once("   (").unwrap_or((instead, ""));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = lines[number("line") - 1].clone();
    let (mut from, mut to) = (number("column") - 1, number("end_column") - 1);
    if remark.contains("for the whole") {
        from = line.find("postgresql://").unwrap();
        to = from + line[from..].find(['"', '\'', ' ']).unwrap_or(line.len() - from);
    }
    let value = line[from..to].to_owned();
    if let Some((open, close)) = remark.strip_prefix("in the place of ").and_then(|rest| rest.split_once('…'))
    {
        let close = close.strip_suffix(')').unwrap();
        assert!(line[..from].ends_with(open) && line[to..].starts_with(close), "{remark}: {line}");
        (from, to) = (from - open.len(), to + close.len());
    }
    let is_quoted = ['"', '\''].iter().any(|q| line[..from].ends_with(*q) && line[to..].starts_with(*q));
    if is_quoted && !remark.contains("ends the") && !code.starts_with("${") {
        (from, to) = (from - 1, to + 1);
    }
    lines[number("line") - 1] = format!("{}{code}{}", &line[..from], &line[to..]);
    if remark.contains("needs import os") {
        lines.insert(0, "import os".to_owned());
    }
    if remark.contains("in parentheses") {
        let line = &mut lines[number("line") - 1];
        *line = line.replace("(f\"", "((f\"").replace("\".", "\").");
    }
    let mut text = lines.join("\n") + "\n";
    if remark.contains("<<EOF, not <<'EOF'") {
        text = text.replace("<<'EOF'", "<<EOF");
    }
    (text, value)
}

fn scan(path: &Path) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(["scan", "--format", "json"]).arg(path.file_name().unwrap());
    command.current_dir(path.parent().unwrap()).env("HOME", path.parent().unwrap());
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

fn run(interpreter: &str, path: &Path, variable: Option<(&str, &str)>) -> String {
    let output = Command::new(interpreter).arg(path).envs(variable).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn has(tool: &str) -> bool {
    let has = Command::new(tool).arg("-c").arg(":").output().is_ok();
    if !has {
        eprintln!("NOT CHECKED: no `{tool}` here");
    }
    has
}
