//! Languages and formats, and how each reads a variable of the environment: one row a language.

use super::form::{Form, filled, kept_out, nothing, program, set};
use super::splice::{Strings, called, joined};
use crate::finding::Module;

macro_rules! languages {
    ($($(#[$doc:meta])* $name:ident $([$($ending:literal),+])? => $form:expr;)+) => {
        /// A language or format that stanch can write a replacement in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Language {
            $($(#[$doc])* $name,)+
        }

        impl Language {
            /// How it takes a value from elsewhere.
            pub(super) fn form(self) -> Form {
                match self {
                    $(Language::$name => $form,)+
                }
            }

            /// That of files whose names end in this, where no more than that is known of them.
            pub(super) fn by_ending(ending: &str) -> Option<Language> {
                match ending {
                    $($($($ending)|+ => Some(Language::$name),)?)+
                    _ => None,
                }
            }
        }
    };
}

/// What to do with a secret that a page would show.
pub(super) const PUBLIC: &str = "leave it out; a server asks for it: what a page holds, everybody can read";
/// What to do with one that an app would hold.
pub(super) const IN_APP: &str = "leave it out; a server asks for it: what an app holds, everybody can read";
/// What a file of settings does.
const SETTINGS: Form = nothing("leave it out; read @ENV@ from the environment at start");
/// What becomes of a string in a language without another way.
const APART: Strings = called("joined with the rest of the string");
/// How a double quote, or three of them, begin.
const DOUBLE: fn(&str) -> bool = |open| open.starts_with('"');
/// How strings of Ruby begin that have no letter.
const BARE: [&str; 4] = ["%(", "%[", "%{", "%<"];
const ANY: fn(&str) -> bool = |_| true;

languages! {
    /// Python, and notebooks.
    Python ["py", "pyi", "pyw", "ipynb"] =>
        program("os.environ[\"@ENV@\"]", joined(" + ").keeping("fFrRbBuU"))
        .needing(Module::PythonOs, "import os");
    /// JavaScript, TypeScript and what is made of them.
    JavaScript ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "ejs", "astro"] =>
        program("process.env.@ENV@", joined(" + ").within("${", "}", |open| open == "`"));
    /// CoffeeScript.
    Coffee ["coffee"] => program("process.env.@ENV@", joined(" + ").within("#{", "}", DOUBLE));
    /// Go.
    Go ["go"] => program("os.Getenv(\"@ENV@\")", joined(" + ")).needing(Module::GoOs, "import \"os\"");
    /// Java.
    Java ["java", "jsp"] => program("System.getenv(\"@ENV@\")", joined(" + "));
    /// Groovy, and Gradle's scripts.
    Groovy ["groovy", "gvy", "gradle"] =>
        program("System.getenv(\"@ENV@\")", joined(" + ").within("${", "}", DOUBLE));
    /// Kotlin.
    Kotlin ["kt", "kts"] =>
        program("checkNotNull(System.getenv(\"@ENV@\"))", joined(" + ").within("${", "}", ANY));
    /// Scala.
    Scala ["scala", "sc", "sbt"] => program("sys.env(\"@ENV@\")", joined(" + ").keeping("sfraw"));
    /// Ruby.
    Ruby ["rb", "erb", "rake", "gemspec"] => program(
        "ENV.fetch(\"@ENV@\")",
        joined(" + ").within("#{", "}", |open| {
            DOUBLE(open) || open.starts_with("%Q") || open.starts_with("%W") || BARE.contains(&open)
        }),
    );
    /// Crystal.
    Crystal ["cr"] => program("ENV[\"@ENV@\"]", joined(" + ").within("#{", "}", ANY));
    /// PHP.
    Php ["php", "phtml"] => program("getenv('@ENV@')", joined(" . "));
    /// C#.
    CSharp ["cs", "csx", "cshtml", "razor"] =>
        program("Environment.GetEnvironmentVariable(\"@ENV@\")", joined(" + ").keeping("$@"));
    /// F#.
    FSharp ["fs", "fsx"] =>
        program("Environment.GetEnvironmentVariable(\"@ENV@\")", joined(" + ").keeping("$"));
    /// Visual Basic .NET.
    VisualBasic ["vb"] => program("Environment.GetEnvironmentVariable(\"@ENV@\")", joined(" & "));
    /// Visual Basic for Applications.
    Vba ["bas", "frm"] => program("Environ(\"@ENV@\")", joined(" & "));
    /// VBScript.
    VbScript ["vbs"] => program(
        "CreateObject(\"WScript.Shell\").ExpandEnvironmentStrings(\"%@ENV@%\")",
        joined(" & "),
    );
    /// Rust.
    Rust ["rs"] =>
        program("std::env::var(\"@ENV@\")?", called("joined with the rest of the string by format!"));
    /// Swift.
    Swift ["swift"] => program(
        "ProcessInfo.processInfo.environment[\"@ENV@\"]!",
        joined(" + ").within("\\(", ")", ANY),
    )
    .needing(Module::Foundation, "import Foundation");
    /// Objective-C.
    ObjectiveC ["mm"] => program(
        "NSProcessInfo.processInfo.environment[@\"@ENV@\"]",
        called("joined with the rest of the string by stringWithFormat:"),
    );
    /// MATLAB; with strings of its own, Objective-C.
    Matlab ["m"] => program("getenv('@ENV@')", called("joined with the rest of the string by strcat"));
    /// Elixir.
    Elixir ["ex", "exs"] => program("System.fetch_env!(\"@ENV@\")", joined(" <> ").within("#{", "}", DOUBLE));
    /// Erlang.
    Erlang ["erl", "hrl"] => program("os:getenv(\"@ENV@\")", joined(" ++ "));
    /// Perl.
    Perl ["pl", "pm", "t"] =>
        program("$ENV{@ENV@}", joined(" . ").within("", "", |open| DOUBLE(open) || open.starts_with("qq")));
    /// C.
    C ["c", "h"] => program("getenv(\"@ENV@\")", called("joined with the rest of the string by snprintf"))
        .needing(Module::Stdlib, "#include <stdlib.h>");
    /// C++.
    Cpp ["cc", "cpp", "cxx", "hpp", "hh", "hxx"] => program("getenv(\"@ENV@\")", joined(" + "))
        .needing(Module::Stdlib, "#include <cstdlib>");
    /// D.
    D ["d"] => program("environment[\"@ENV@\"]", joined(" ~ ")).knowing("of std.process");
    /// Dart.
    Dart ["dart"] => program("Platform.environment['@ENV@']!", joined(" + ").within("${", "}", ANY))
        .needing(Module::DartIo, "import 'dart:io'");
    /// Shells of the Bourne kind.
    Shell ["sh", "bash", "zsh", "ksh", "bats"] => filled("\"${@ENV@:?is not set}\"");
    /// PowerShell.
    PowerShell ["ps1", "psm1"] =>
        program("$env:@ENV@", joined(" + ").within("$(", ")", |open| open.ends_with('"')));
    /// Data of PowerShell.
    PowerShellData ["psd1"] => nothing("leave it out: data has no expressions; the module reads $env:@ENV@");
    /// The friendly interactive shell.
    Fish ["fish"] => program("\"$@ENV@\"", joined("").within("", "", DOUBLE));
    /// Windows' batch files.
    Batch ["bat", "cmd"] => filled("%@ENV@%");
    /// Lua.
    Lua ["lua"] => program("os.getenv(\"@ENV@\")", joined(" .. "));
    /// R.
    R ["r", "rmd"] =>
        program("Sys.getenv(\"@ENV@\")", called("joined with the rest of the string by paste0"));
    /// AWK.
    Awk ["awk", "gawk"] => program("ENVIRON[\"@ENV@\"]", joined(" "));
    /// Tcl.
    Tcl ["tcl", "exp"] => program("$::env(@ENV@)", APART.within("", "", DOUBLE));
    /// Julia.
    Julia ["jl"] => program("ENV[\"@ENV@\"]", joined(" * ").within("$(", ")", ANY));
    /// Nim.
    Nim ["nim"] => program("getEnv(\"@ENV@\")", joined(" & ")).knowing("of std/os");
    /// Clojure.
    Clojure ["clj", "cljc"] => program("(System/getenv \"@ENV@\")", called("joined with the rest by str"));
    /// ClojureScript, which pages hold.
    ClojureScript ["cljs"] => nothing(PUBLIC);
    /// Common Lisp.
    Lisp ["lisp", "lsp", "cl"] => program("(uiop:getenv \"@ENV@\")", APART);
    /// Emacs Lisp and Racket.
    Scheme ["el", "rkt"] => program("(getenv \"@ENV@\")", APART);
    /// OCaml.
    OCaml ["ml", "mli"] => program("(Sys.getenv \"@ENV@\")", joined(" ^ "));
    /// Haskell.
    Haskell ["hs", "lhs"] =>
        program("getEnv \"@ENV@\"", APART).knowing("an IO String, of System.Environment");
    /// Delphi and Free Pascal.
    Pascal ["pas", "dpr", "lpr"] =>
        program("GetEnvironmentVariable('@ENV@')", joined(" + ")).knowing("of SysUtils");
    /// Forms of Delphi.
    PascalForm ["dfm", "lfm"] => nothing("leave it out; the code of the form sets it at start, from @ENV@");
    /// Zig.
    Zig ["zig"] =>
        program("std.posix.getenv(\"@ENV@\").?", called("joined with the rest by std.fmt.allocPrint"))
        .knowing("in a function: what stands outside of one is made when it is compiled");
    /// GDScript.
    GdScript ["gd"] => program("OS.get_environment(\"@ENV@\")", joined(" + "));
    /// Solidity.
    Solidity ["sol"] => nothing("leave it out: what a contract holds, everybody can read");
    /// GraphQL.
    GraphQl ["graphql", "gql"] =>
        filled("$@lower@").knowing("a variable of the operation, which the program gives");
    /// CMake.
    CMake ["cmake"] => filled("$ENV{@ENV@}");
    /// Make.
    Makefile ["mk", "mak"] => filled("$(@ENV@)").knowing("make takes it from the environment");
    /// Jenkins' pipelines.
    Jenkinsfile ["jenkinsfile"] => program("env.@ENV@", joined(" + ").within("${", "}", DOUBLE));
    /// Terraform and what else reads its language.
    Terraform ["tf", "hcl"] => program("var.@lower@", APART.within("${", "}", ANY))
        .knowing("set TF_VAR_@lower@; declare it sensitive");
    /// Terragrunt.
    Terragrunt => program("get_env(\"@ENV@\")", APART.within("${", "}", ANY));
    /// Values of Terraform, which refer to nothing.
    Tfvars ["tfvars"] => nothing("leave it out; TF_VAR_NAME in the environment sets the whole of a variable");
    /// Bicep.
    Bicep ["bicep"] => nothing("a parameter below @secure(), without a value: who deploys gives it");
    /// Jsonnet.
    Jsonnet ["jsonnet", "libsonnet"] => program("std.extVar('@ENV@')", joined(" + "))
        .knowing("jsonnet --ext-str @ENV@ takes it from the environment");
    /// Rego.
    Rego ["rego"] => program("opa.runtime().env.@ENV@", called("joined with the rest by concat"));
    /// Nix.
    Nix ["nix"] =>
        nothing("leave it out: everybody reads what Nix has built; name a file outside of the store");
    /// Puppet's manifests.
    Puppet ["pp"] => program("lookup('@lower@')", APART.within("${", "}", DOUBLE))
        .knowing("Hiera has it, encrypted with eyaml encrypt");
    /// Data of Hiera.
    Hiera ["eyaml"] => nothing("eyaml encrypt -p prints what to write in its place: ENC[…]");
    /// States and pillars of Salt.
    Salt ["sls"] =>
        filled("{{ salt['environ.get']('@ENV@') }}").knowing("or encrypted, for Salt's gpg renderer");
    /// Inventories, variables and tasks of Ansible.
    Ansible => filled("{{ lookup('env', '@ENV@') }}").knowing("or ansible-vault encrypt_string");
    /// Dockerfiles.
    Dockerfile ["dockerfile", "containerfile"] =>
        filled("RUN --mount=type=secret,id=@lower@ …").knowing("never ARG or ENV");
    /// An `ENV` of a Dockerfile: there when the container runs.
    DockerfileEnv => set("leave the line out; docker run --env-file gives @ENV@ at run time");
    /// What a Dockerfile runs when the container starts.
    DockerfileStart => nothing("leave it out; the program reads @ENV@, which docker run --env-file gives");
    /// What a Dockerfile says of the image.
    DockerfileLabel => nothing("leave it out: everybody who has the image reads its labels");
    /// `.env` and the like: the values of one machine.
    Dotenv =>
        Form { is_kept_out: true, ..filled("@ENV@=").knowing("in .env.example; this file stays out of git") };
    /// `.env.example` and the like.
    DotenvTemplate => filled("@ENV@=").knowing("no value here; keep it in an ignored .env");
    /// Other `*.env`.
    EnvFile => filled("@ENV@=").knowing("value in an ignored .env; commit .env.example");
    /// `.envrc`, which direnv runs.
    Envrc => filled("source_env_if_exists .envrc.private")
        .knowing("an ignored file, with export @ENV@=…")
        .setting();
    /// Compose files.
    Compose => filled("${@ENV@:?}");
    /// Workflows below `.github/workflows`.
    GithubActions => filled("${{ secrets.@ENV@ }}");
    /// `action.yml`, which has no secrets of its own.
    GithubAction =>
        filled("${{ inputs.@lower@ }}")
            .knowing("declare it under inputs:; a workflow gives it secrets.@ENV@");
    /// `.gitlab-ci.yml`.
    GitlabCi => filled("$@ENV@").knowing("set it, masked, under Settings → CI/CD → Variables");
    /// `.circleci/config.yml`.
    CircleCi => filled("$@ENV@").knowing("set it in the project's settings, or in a context");
    /// `bitbucket-pipelines.yml`.
    Bitbucket => filled("$@ENV@").knowing("set it, secured, as a variable of the repository");
    /// `azure-pipelines.yml`.
    AzurePipelines => filled("$(@ENV@)").knowing("set it as a secret variable of the pipeline");
    /// `.travis.yml`.
    Travis => filled("$@ENV@").knowing("set it in the repository's settings, or seal it with travis encrypt");
    /// `.drone.yml`, `.woodpecker.yml`.
    Drone => filled("{from_secret: @lower@}").knowing("the server holds the secret");
    /// `appveyor.yml`.
    AppVeyor =>
        set(
            "leave it out; set @ENV@ in the project's settings, or write secure: and what AppVeyor encrypted",
        );
    /// `buildspec.yml` of AWS CodeBuild.
    CodeBuild =>
        set("leave it out; secrets-manager: or parameter-store: under env: names where @ENV@ is");
    /// `cloudbuild.yaml` of Google Cloud Build.
    CloudBuild =>
        set("leave it out; secretEnv: gives @ENV@ to the step, availableSecrets: names where it is");
    /// `serverless.yml`.
    Serverless => filled("${env:@ENV@}");
    /// Templates of AWS CloudFormation.
    CloudFormation => filled("{{resolve:secretsmanager:NAME:SecretString:@ENV@}}")
        .knowing("NAME is the secret's in AWS Secrets Manager");
    /// A manifest of a Kubernetes Secret.
    KubernetesSecret =>
        kept_out("leave this file out of git; kubectl create secret, or an external secret store");
    /// The same, and manifests of other kinds in one file.
    KubernetesMixed =>
        nothing("leave the Secret out of this file; kubectl create secret, or an external secret store");
    /// A manifest of a ConfigMap.
    ConfigMap =>
        set("leave it out; a Secret holds @ENV@: kubectl create secret, then envFrom: with a secretRef");
    /// `kustomization.yaml`.
    Kustomization =>
        set("leave it out; envs: of the secretGenerator names a file outside git, with @ENV@=…");
    /// Values of a Helm chart.
    HelmValues =>
        nothing("leave it empty; helm -f reads it from a file outside git, or the chart names a Secret");
    /// Settings of Prometheus and Alertmanager.
    Prometheus => SETTINGS;
    /// YAML of Rails, in which Ruby is filled in.
    Rails => filled("<%= ENV.fetch(\"@ENV@\") %>");
    /// Other YAML.
    Yaml ["yml", "yaml"] => SETTINGS;
    /// JSON.
    Json ["json", "json5", "jsonc"] => SETTINGS;
    /// `appsettings.json` of .NET.
    AppSettings =>
        nothing("leave it out; the environment overrides it, dotnet user-secrets while developing");
    /// `wrangler.toml` of Cloudflare.
    Wrangler => set("leave the line out; wrangler secret put @ENV@");
    /// `fly.toml`.
    Fly => set("leave the line out; fly secrets import reads @ENV@=… from its input");
    /// `vercel.json`.
    Vercel => set("leave it out; vercel env add @ENV@");
    /// `netlify.toml`.
    Netlify => set("leave the line out; netlify env:set @ENV@, then set the value where it asks for it");
    /// `heroku.yml`.
    Heroku => set("leave the line out; set @ENV@ under Settings → Config Vars of the app");
    /// `render.yaml`.
    Render => nothing("write sync: false in the place of value: …, and set @ENV@ in the Render dashboard");
    /// `app.yaml` of App Engine, and others of that name.
    AppYaml =>
        set("leave it out; at start read @ENV@ from the environment, on App Engine from Secret Manager");
    /// Settings of a stack of Pulumi.
    Pulumi => nothing("leave it out; pulumi config set --secret KEY asks for it and writes it encrypted");
    /// Pipelines of Logstash.
    Logstash => filled("${@ENV@}").knowing("Logstash takes it from its keystore or the environment");
    /// `Taskfile.yml`.
    Taskfile => filled("{{.@ENV@}}").knowing("task takes it from the environment");
    /// What a machine does at its first start.
    CloudInit => nothing("leave it out: who is on the machine can read it; fetch it at start from a secret store");
    /// `pip.conf`.
    Pip => nothing("take the login out of the address: ~/.netrc has it, or PIP_INDEX_URL has the whole");
    /// `uv.toml`.
    Uv => nothing("take the login out of the address: ~/.netrc has it, or UV_INDEX_NAME_PASSWORD");
    /// `poetry.toml`.
    Poetry =>
        nothing("leave the line out; set POETRY_HTTP_BASIC_NAME_PASSWORD, with the name of the source");
    /// `bunfig.toml`.
    Bunfig => filled("$@ENV@").knowing("Bun takes it from the environment or .env");
    /// `NuGet.Config`.
    NuGet => filled("%@ENV@%").knowing("NuGet takes it from the environment");
    /// `auth.json` of Composer, and of tools for containers.
    AuthFile => kept_out("leave this file out of git; each user has one, and Composer reads COMPOSER_AUTH too");
    /// `devcontainer.json`.
    DevContainer => filled("${localEnv:@ENV@}").knowing("of the machine that the editor runs on");
    /// `.vscode/mcp.json`.
    EditorServers =>
        filled("${input:@lower@}").knowing("declare it under inputs, a promptString with password: true");
    /// Settings that no program fills anything into.
    Config ["toml", "ini", "cfg", "conf", "properties", "cnf", "edn", "cue"] => SETTINGS;
    /// The properties and the YAML that Spring reads.
    Properties => filled("${@ENV@}");
    /// `gradle.properties`.
    GradleProperties => nothing("leave it out; ~/.gradle/gradle.properties of each machine holds it");
    /// `settings.xml` and `pom.xml`, in which Maven fills in variables.
    Maven => filled("${env.@ENV@}");
    /// Settings in which npm, Yarn, pip, Pipenv or an assistant's list of servers fill in `${NAME}`.
    PackageManager => filled("${@ENV@}");
    /// XML.
    Xml ["xml", "config", "plist"] => SETTINGS;
    /// What an app is made with: `Info.plist`, `strings.xml`.
    AppResource ["xcconfig"] => nothing(IN_APP);
    /// Pages, which every visitor reads.
    Html ["html", "htm"] => nothing(PUBLIC);
    /// nginx.
    Nginx => nothing("move the line to a file outside git, and include that file here");
    /// Apache's httpd.
    Apache => filled("${@ENV@}").knowing("httpd takes it from the environment that it is started in");
    /// HAProxy.
    HaProxy => filled("\"${@ENV@}\"").knowing("HAProxy takes it from the environment, within double quotes");
    /// Caddy.
    Caddyfile => filled("{$@ENV@}");
    /// `supervisord.conf`.
    Supervisor => filled("%(ENV_@ENV@)s").knowing("supervisord takes it from its environment");
    /// Units of systemd.
    Systemd ["service", "timer", "socket"] =>
        set("leave it out; EnvironmentFile= names a file outside git that holds @ENV@=…");
    /// Tables of cron.
    Crontab ["cron"] =>
        set("leave it out; the script that is called reads @ENV@ from a file outside git");
    /// `Procfile`.
    Procfile => set("leave it out; set @ENV@ where the processes are started");
    /// SQL.
    Sql ["sql", "psql", "pgsql", "ddl"] =>
        nothing("leave it out; whoever runs the script sets it then, from @ENV@");
    /// Tables of data.
    Table ["csv", "tsv"] => nothing("leave it out: a table of data reads no variable");
    /// What a package manager wrote down.
    LockFile ["lock"] =>
        nothing(
            "take the login out of the address where the tool has it from, and lock again: a lock reads no variable",
        );
    /// What a program wrote down.
    Recording ["log", "har"] => kept_out("leave this file out of git: it repeats what was sent");
    /// Requests of editors: `.http`, `.rest`.
    HttpRequest ["http", "rest"] =>
        filled("{{@ENV@}}")
            .knowing("from http-client.private.env.json, out of git; or {{$dotenv @ENV@}} of REST Client");
    /// Variables of such.
    HttpEnvironment => nothing("move it to http-client.private.env.json, which stays out of git");
    /// Requests and environments of Bruno.
    Bruno ["bru"] => filled("{{process.env.@ENV@}}").knowing("from .env beside bruno.json, out of git");
    /// A collection of Postman.
    Postman => filled("{{vault:@lower@}}").knowing("Postman Vault holds it");
    /// An environment of Postman.
    PostmanEnvironment =>
        nothing("leave the value empty; requests name what Postman Vault holds: {{vault:@lower@}}");
    /// An export of Insomnia.
    Insomnia =>
        nothing(
            "leave it out; requests name {{ _.@lower@ }}, which a private environment has: no export holds it",
        );
    /// A private key, or a store of such.
    KeyFile => kept_out("leave this file out of git; name the program one outside of it");
    /// What a tool keeps for its user: `.netrc`, `.pgpass`.
    UserFile => kept_out("leave this file out of git; each user has one in the home directory");
    /// What each machine has of its own: `local.properties`, `.dev.vars`.
    LocalFile => kept_out("leave this file out of git; each machine has its own");
    /// `.git-credentials`.
    GitCredentials => kept_out("leave this file out of git; a credential helper keeps it elsewhere");
    /// `.pypirc`.
    Pypirc => kept_out("leave this file out of git; twine reads TWINE_PASSWORD instead");
    /// `.gitmodules`.
    GitModules =>
        nothing("take the login out of the address: a credential helper of each machine holds it, or ssh");
    /// `terraform.tfstate`.
    TerraformState => kept_out("leave this file out of git; a remote backend keeps the state");
    /// Prose and anything else.
    Other => nothing("take it out; where readers need to see something, write @ENV@");
}

/// What to write in place of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instead {
    /// Code of one line that reads it; empty where none can.
    pub code: String,
    /// What else to know or to do; may be empty.
    pub remark: String,
}

impl Instead {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty() && self.remark.is_empty()
    }

    /// Where no code is right: what to do.
    pub(super) fn only(remark: impl Into<String>) -> Instead {
        Instead { code: String::new(), remark: remark.into() }
    }

    /// The remark as it stands behind the code.
    pub fn aside(&self) -> String {
        let Instead { code, remark } = self;
        if code.is_empty() || remark.is_empty() { remark.clone() } else { format!("({remark})") }
    }
}

impl std::fmt::Display for Instead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gap = if self.code.is_empty() || self.remark.is_empty() { "" } else { "   " };
        write!(f, "{}{gap}{}", self.code, self.aside())
    }
}

/// What reads a secret of Jenkins.
pub(super) fn credentials(variable: &str) -> String {
    format!("credentials('{}')", variable.to_ascii_lowercase().replace('_', "-"))
}

/// A text of the table with the names in it.
pub(super) fn put_into(text: &str, variable: &str) -> String {
    text.replace("@ENV@", variable).replace("@lower@", &variable.to_ascii_lowercase())
}

impl Language {
    /// One line that reads the variable, or what to do where code cannot.
    pub fn read_variable(self, variable: &str) -> Instead {
        let form = self.form();
        Instead { code: put_into(form.read, variable), remark: put_into(form.remark, variable) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card has room for no more.
    #[test]
    fn remarks_are_short_and_say_something() {
        for ending in ["py", "sql", "csv", "bru", "tf", "nix", "lock"] {
            let form = Language::by_ending(ending).unwrap().form();
            assert!(!form.read.is_empty() || !form.remark.is_empty(), "{ending}");
            assert!(form.remark.len() < 120, "{ending}");
        }
    }
}
