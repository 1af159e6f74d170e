//! The words that [`locate`](crate::engine::locate) has to know: what is no name, what only carries one, which
//! functions name a value by another argument, what names are made of.

use crate::engine::names;

/// Words that stand where a name could but only say what type or kind of thing follows.
pub(in crate::engine) fn is_noise(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const NOISE: &[&str] = &[
        "string", "str", "char", "const", "var", "let", "val", "final", "static", "public", "private",
        "protected", "internal", "readonly", "export", "set", "mut", "auto", "my", "our", "local", "def",
        "default", "bytes", "byte", "nsstring", "object", "any", "optional", "some", "a", "an", "the", "is",
        "was", "to", "of", "with", "as", "in", "for", "and", "env", "arg", "setx", "new", "return", "std",
        "static_str", "constexpr", "lateinit", "override", "required", "else", "then", "if", "or", "not",
        "self", "this", "declare", "meta-data", "cstring", "text", "tostring", "string?", "u8",
    ];
    // The private half of a pair: `mailer.private=…`.
    if name.ends_with(b".private") {
        return false;
    }
    let name = name.rsplit(|&b| b == b'.' || b == b':').next().unwrap_or(name);
    name.len() < 24 && NOISE.iter().any(|noise| name.eq_ignore_ascii_case(noise.as_bytes()))
}

/// Names that only carry a value; the real name stands in a sibling (`name: X`, `value: …`).
pub(in crate::engine) fn is_carrier(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const CARRIERS: &[&str] = &[
        "value", "val", "default", "defaultvalue", "default_value", "defaultValue", "data", "content",
        "text", "string", "entry", "item", "v", "contents", "insecureDefault", "stringvalue", "plaintext_value",
        "parametervalue", "usevalue", "inline_string", "inline_bytes", "option_value", "setting_value", "config_value", "meta_value",
    ];
    // `@Value` of a procedure's parameters.
    let last = name.rsplit(|&b| b == b'.' || b == b'@').next().unwrap_or(name);
    CARRIERS.iter().any(|carrier| last.eq_ignore_ascii_case(carrier.as_bytes()))
}

/// Whether the word behind this one is what somebody is called who logs in.
pub(in crate::engine) fn names_user(word: &[u8]) -> bool {
    const USERS: [&[u8]; 5] = [b"user", b"username", b"login", b"--user", b"--username"];
    USERS.contains(&word)
}

/// Functions whose first argument names the second.
pub(in crate::engine) fn names_first_argument(callee: &[u8]) -> bool {
    #[rustfmt::skip]
    const NAMED: &[&str] = &[
        "getenv", "get", "env", "setenv", "put", "set", "header", "add", "append", "define", "putenv",
        "getordefault", "getstring", "setproperty", "getproperty", "config", "default", "setdefault",
        "fetch", "lookup", "lookupenv", "environ", "insert", "property", "param", "setheader", "addheader",
        "withenv", "envordefault", "getenvordefault", "withenvironment", "buildconfigfield", "resvalue",
        "field", "var", "variable", "parameter", "string", "with_env", "get_env", "set_var", "e",
        "getenvordie", "getvalue", "tuple", "pair", "entry", "of", "mapof", "envor", "option", "unwrap_or",
        "keyvaluepair", "simpleentry", "basicnamevaluepair", "make_pair", "emplace",
        "addkeyedsingleton", "registerinstance", "withparameter", "values",
    ];
    let last = callee.rsplit(|&b| b == b'.' || b == b':' || b == b'>').next().unwrap_or(callee);
    NAMED.iter().any(|named| last.eq_ignore_ascii_case(named.as_bytes()))
        || last.to_ascii_lowercase().ends_with(b"env")
}

/// Functions that give the module of a name: `require("acme")`, `import("acme")`, `importlib.import_module("acme")`.
pub(in crate::engine) fn loads_module(callee: &[u8]) -> bool {
    const LOADS: [&[u8]; 4] = [b"require", b"import", b"import_module", b"__import__"];
    LOADS.contains(&callee.rsplit(|b| !is_ident(*b)).next().unwrap_or_default())
}

/// Whether an argument is the name of a module in quotes: a word or a path.
pub(in crate::engine) fn is_module(argument: &[u8]) -> bool {
    const LONGEST: usize = 80;
    let is_part = |b: &u8| is_name(*b) || *b == b'/';
    match argument.trim_ascii() {
        [b'"', name @ .., b'"'] | [b'\'', name @ .., b'\''] => {
            (1..=LONGEST).contains(&name.len()) && name.iter().all(is_part)
        }
        _ => false,
    }
}

/// Calls whose first argument is the class that the others are for: `use Rack::Auth, "…"`.
pub(in crate::engine) fn takes_class(callee: &[u8]) -> bool {
    let last = callee.rsplit(|b| matches!(b, b'.' | b':' | b'>')).next().unwrap_or(callee);
    const TAKES: [&[u8]; 7] =
        [b"use", b"add_middleware", b"addMiddleware", b"insert_before", b"insert_after", b"partial", b"bind"];
    TAKES.contains(&last)
}

/// The type in `ClientSecret::new`, `new ApiKey`, `AccessToken.from`, when its name is one of a secret.
pub(in crate::engine) fn secret_type(chain: &[u8]) -> Option<&[u8]> {
    const MAKES: [&[u8]; 4] = [b"new", b"from", b"of", b"parse"];
    let mut parts = chain.rsplit(|b| matches!(b, b'.' | b':' | b'>')).filter(|part| !part.is_empty());
    let last = parts.next()?;
    let name = if MAKES.contains(&last) { parts.next()? } else { last };
    let words = names::words(name);
    let is_secret = words.len() == 2
        && name[0].is_ascii_uppercase()
        && matches!(words[1].as_str(), "secret" | "token" | "key" | "password");
    (is_secret && names::role(name) == names::Role::Secret).then_some(name)
}

/// What a method sets whose name says that it is a secret: `ConsumerSecret` of `setConsumerSecret`, `api_key` of
/// `with_api_key`.
pub(in crate::engine) fn set_by(chain: &[u8]) -> Option<&[u8]> {
    const SETS: [&[u8]; 3] = [b"set", b"with", b"use"];
    let method = chain.rsplit(|b| !is_ident(*b)).next().unwrap_or_default();
    let rest = SETS.iter().find_map(|verb| method.strip_prefix(*verb))?;
    let rest =
        rest.strip_prefix(b"_").or(rest.first().is_some_and(u8::is_ascii_uppercase).then_some(rest))?;
    (names::words(rest).len() > 1 && names::role(rest) == names::Role::Secret).then_some(rest)
}

/// Bytes of an identifier.
pub(in crate::engine) fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes of a dotted path, an option or a header name.
pub(in crate::engine) fn is_name(byte: u8) -> bool {
    is_ident(byte) || matches!(byte, b'.' | b'-' | b'$' | b'@' | b'\\')
}

/// `basic_auth "user", "…"` of Ruby, and the kind of a login before its arguments: `:basic, "user", "…"`.
pub(in crate::engine) fn login_without_brackets(text: &[u8]) -> Option<&[u8]> {
    const LOGINS: [&[u8]; 3] = [b"basic_auth ", b":basic_auth, ", b":basic, "];
    LOGINS.iter().find_map(|login| {
        let start = memchr::memmem::rfind(text, login)?;
        let word = text[start..start + login.len()].trim_ascii();
        Some(word.strip_suffix(b",").unwrap_or(word))
    })
}

/// Whether a function takes user and password, as clients of HTTP have it.
pub(in crate::engine) fn is_login(callee: &[u8]) -> bool {
    const LOGINS: [&str; 16] = [
        "auth",
        "basic",
        "basicauth",
        "setbasicauth",
        "withbasicauth",
        "httpbasicauth",
        "httpbasicauthenticator",
        "withauth",
        "authheader",
        "authorizationbasic",
        "applybasicauth",
        "addpassword",
        "basiccredentials",
        "usernamepasswordcredentials",
        "networkcredential",
        "passwordauthentication",
    ];
    let part = callee.rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_').next().unwrap_or_default();
    LOGINS.contains(&names::normalized(part).as_str())
}

/// The symbol that ends a text and is set: `set :session_secret` of Sinatra and Capistrano.
pub(in crate::engine) fn set_symbol(text: &[u8]) -> Option<&[u8]> {
    let start = text.iter().rposition(|byte| !is_ident(*byte))? + 1;
    (start < text.len() && text[..start].ends_with(b"set :")).then_some(&text[start..])
}

/// Where the name ends in front of a string that PHP serialized, whose length ends `text`: `s:7:"api_key";s:40`.
pub(in crate::engine) fn serialized(text: &[u8]) -> Option<usize> {
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let before = text[..text.len() - digits].strip_suffix(b";s:")?;
    (digits > 0).then_some(before.len())
}
