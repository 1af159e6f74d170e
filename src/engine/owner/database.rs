//! Which database a connection string, the URL of a JDBC data source or a driver is for. How drivers, providers and
//! hosts are called stands among the words of the catalogue.

use std::ops::Range;

use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::named::is_database;
use crate::engine::owner::{Words, address};
use crate::engine::syntax::literal::is_plain_quote;

/// How far to each side of a password its connection string is read, bytes, and most lines of it.
const LONGEST_STRING: usize = 300;
const MOST_LINES: usize = 6;
/// Most words of a driver's name that are looked at, and most that are put together: `iSeries Access ODBC Driver`.
const MOST_WORDS: usize = 12;
const JOINED: usize = 3;
/// Most parts of a JDBC URL that say what it is for: `jdbc:p6spy:datadirect:oracle:`.
const MOST_PARTS: usize = 3;

/// What the setting for the server is called, in lower case.
const SERVERS: [&str; 6] = ["server", "data source", "datasource", "host", "addr", "servername"];

/// The database that the first JDBC URL in a text is for: whose host it names, or else what is called so behind `jdbc:`.
/// One that nobody knows has no other.
pub(in crate::engine) fn of_jdbc(text: &[u8], words: Words<'_>) -> Option<RuleIx> {
    jdbc(text).and_then(|url| of_url(url, words))
}

/// What stands behind `jdbc:` in a text, for the first time.
fn jdbc(text: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"jdbc:";
    let is_kind = |rest: &&[u8]| rest.first().is_some_and(u8::is_ascii_alphabetic);
    memchr::memmem::find_iter(text, SCHEME).map(|at| &text[at + SCHEME.len()..]).find(is_kind)
}

fn of_url(url: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let host = crate::memmem::find(&url[..url.len().min(LONGEST_STRING)], b"://").map(|at| &url[at + 3..]);
    let host = host.map(|host| &host[..address::length(host)]);
    let is_of_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+');
    let parts = url.split(|b| *b == b':').take(MOST_PARTS);
    let mut parts = parts.map(|part| &part[..part.iter().take_while(|b| is_of_part(b)).count()]);
    let of_part = |part: &[u8]| {
        let part = names::normalized(part);
        words.find(&format!("jdbc{part}")).or_else(|| words.find(&part)).filter(|rule| is_known(*rule, words))
    };
    host.and_then(|host| of_host(host, words)).or_else(|| parts.find_map(of_part))
}

/// The database that a driver or a provider is for: `SQLNCLI11`, `{iSeries Access ODBC Driver}`, `org.acme.Driver`.
pub(in crate::engine) fn of_driver(driver: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let parts = names::words(driver);
    let parts = &parts[..parts.len().min(MOST_WORDS)];
    let spans = (0..parts.len())
        .flat_map(|start| (start + 1..=parts.len().min(start + JOINED)).rev().map(move |end| start..end));
    spans.into_iter().find_map(|span| {
        words.find_run(&parts[span].concat(), |_| true).filter(|rule| is_known(*rule, words))
    })
}

/// The database that a host takes the logins of: `x.database.windows.net`.
fn of_host(host: &[u8], words: Words<'_>) -> Option<RuleIx> {
    words.of_domain(host).filter(|rule| host.contains(&b'.') && is_known(*rule, words))
}

fn is_known(rule: RuleIx, words: Words<'_>) -> bool {
    is_database(words.catalogue.rule(rule).vendor)
}

/// The database that the connection string around a password is for: what JDBC calls it, whose host, provider or driver it
/// names, else that of the driver which is `set` beside it, or else whose names the settings have (SqlClient, Npgsql, MySQL
/// Connector, ODP.NET). Where it names what nobody knows, it is some database's.
pub(in crate::engine) fn of_string(
    text: &[u8],
    password: &Range<usize>,
    set: impl FnOnce() -> Option<RuleIx>,
    words: Words<'_>,
) -> Option<RuleIx> {
    let string = string_around(text, password);
    let value = |name: &str| {
        let mut behind =
            memchr::memmem::find_iter(&string, name.as_bytes()).map(|at| &string[at + name.len()..]);
        let rest = behind.find_map(|rest| rest.trim_ascii_start().strip_prefix(b"="))?;
        let end = rest.iter().position(|b| matches!(b, b';' | b'"' | b'\''));
        Some(rest[..end.unwrap_or(rest.len())].trim_ascii())
    };
    let server = |name: &&str| {
        let server = value(name)?;
        let server = server.strip_prefix(b"tcp:").unwrap_or(server);
        of_host(server.split(|b| matches!(b, b',' | b':')).next()?, words)
    };
    let nobody = || Words { is_generic: true, ..words }.find("database");
    if let Some(url) = jdbc(&string) {
        return of_url(url, words).or_else(nobody);
    }
    if let Some(rule) = SERVERS.iter().find_map(server) {
        return Some(rule);
    }
    // `Provider=MSDASQL;Driver={Acme}`: of a bridge the driver behind it tells.
    let drivers = ["provider", "driver"].into_iter().filter_map(value);
    let drivers: Vec<&[u8]> = drivers.filter(|driver| !driver.is_empty()).collect();
    match drivers[..] {
        [] => set().or_else(|| words.find(dialect(&string))),
        _ => drivers.iter().find_map(|driver| of_driver(driver, words)).or_else(nobody),
    }
}

/// The connection string around a password, in lower case: of its line, and of those above and below whose literals are
/// put together with it.
fn string_around(text: &[u8], password: &Range<usize>) -> Vec<u8> {
    let floor = password.start.saturating_sub(LONGEST_STRING);
    let before = &text[floor..password.start];
    let behind = &text[password.end..text.len().min(password.end + LONGEST_STRING)];
    let ends = memchr::memrchr_iter(b'\n', before).take(MOST_LINES);
    let start = { ends }.find(|at| !is_put_together(&before[..*at], &before[at + 1..]));
    let mut breaks = memchr::memchr_iter(b'\n', behind).take(MOST_LINES);
    let end = breaks.find(|at| !is_put_together(&behind[..*at], &behind[at + 1..]));
    let mut string = before[start.map_or(0, |at| at + 1)..].to_ascii_lowercase();
    string.extend(behind[..end.unwrap_or(behind.len())].to_ascii_lowercase());
    string
}

/// Whether a literal at the end of a line is put together with one that the next line begins with: by a sign, `&`, `+` or
/// `.`, and what lets a line go on, or by nothing.
fn is_put_together(above: &[u8], below: &[u8]) -> bool {
    let is_quote = |b: Option<&u8>| b.is_some_and(is_plain_quote);
    let above = above.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let trimmed = above.trim_ascii_end();
    if is_quote(appended(above, below).and_then(<[u8]>::first)) {
        let bare = trimmed.strip_suffix(b";").unwrap_or(trimmed);
        return is_quote(bare.trim_ascii_end().last());
    }
    let bare = trimmed.strip_suffix(b";").or(trimmed.strip_suffix(b"_")).or(trimmed.strip_suffix(b"\\"));
    let bare = bare.unwrap_or(trimmed).trim_ascii_end();
    let is_sign = |b: &u8| matches!(b, b'+' | b'&' | b'.');
    let signs = bare.iter().rev().take_while(|b| is_sign(b)).count();
    let is_statement = trimmed.ends_with(b";") && signs == 0;
    let below = below.trim_ascii_start();
    let lead = below.iter().take_while(|b| is_sign(b)).count();
    let below = below[lead..].trim_ascii_start();
    let below = below.strip_prefix(b"$").or(below.strip_prefix(b"f")).unwrap_or(below);
    !is_statement && is_quote(bare[..bare.len() - signs].trim_ascii_end().last()) && is_quote(below.first())
}

/// What a line adds to the variable that the line above is about: `cs = cs & "…"`, `$cs .= "…"`, `cs += "…"`.
fn appended<'t>(above: &[u8], below: &'t [u8]) -> Option<&'t [u8]> {
    let below = below.trim_ascii_start();
    let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
    let (name, rest) = below.split_at(below.iter().take_while(|b| is_of_name(b)).count());
    if name.is_empty() || !above.trim_ascii_start().starts_with(name) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let (sign, rest) = match rest.strip_prefix(b"=") {
        Some(given) => given.trim_ascii_start().strip_prefix(name)?.trim_ascii_start().split_first()?,
        None => {
            let (sign, rest) = rest.split_first()?;
            (sign, rest.strip_prefix(b"=")?)
        }
    };
    matches!(sign, b'&' | b'+' | b'.').then(|| rest.trim_ascii_start())
}

/// The word for the database whose settings have such names, in a string in lower case that names no driver.
fn dialect(string: &[u8]) -> &'static str {
    let has = |word: &str| crate::memmem::find(string, word.as_bytes()).is_some();
    match () {
        () if has("data source=tcp:") => "mssql",
        () if has("teradata") || has("dbcname=") => "teradata",
        () if has("warehouse=") => "snowflake",
        () if has("oracle") => "oracle",
        () if has("postgres") || has("npgsql") || has("sslmode=") || has("dbname=") => "postgres",
        () if has("mysql") || has("port=3306") || has("@tcp(") || has("@unix(") => "mysql",
        () if has("host=") && has("username=") => "postgres",
        () if has("initial catalog=") || has("trustservercertificate") || has("sql server") => "mssql",
        () if has("uid=") && has("server=") => "mysql",
        () if has("database=") && has("user id=") => "mssql",
        () if has("data source=") && has("user id=") => "oracle",
        () => "database",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ByName, embedded};

    fn words() -> Words<'static> {
        Words { catalogue: embedded(), takes: ByName::Password, is_generic: false }
    }

    fn vendor(rule: Option<RuleIx>) -> &'static str {
        rule.map_or("", |rule| embedded().rule(rule).vendor.key)
    }

    #[test]
    fn urls_of_jdbc() {
        for (url, key) in [
            ("jdbc:postgresql://db/x", "postgres"),
            ("jdbc:oracle:thin:@ora:1521:x", "oracle-db"),
            ("jdbc:jtds:sqlserver://db/x", "mssql"),
            ("jdbc:mysql:loadbalance://a,b/x", "mysql"),
            ("jdbc:sap://hana:30015", "hana"),
            ("jdbc:exa:exa1..4:8563", "exasol"),
            ("jdbc:as400://as4/LIB", "ibm-i"),
            ("jdbc:informix-sqli://h:1526/x", "informix"),
            ("jdbc:sqlserver://x.database.windows.net:1433", "azure-sql"),
            ("jdbc:frob://db/x", ""),
            ("jdbc:", ""),
        ] {
            assert_eq!(vendor(of_jdbc(url.as_bytes(), words())), key, "{url}");
        }
    }

    #[test]
    fn drivers_and_providers() {
        for (driver, key) in [
            ("{ODBC Driver 18 for SQL Server}", "mssql"),
            ("SQLNCLI11.1", "mssql"),
            ("Microsoft.ACE.OLEDB.12.0", "ms-access"),
            ("{Microsoft Access Driver (*.mdb, *.accdb)}", "ms-access"),
            ("IBMDA400", "ibm-i"),
            ("{IBM DB2 ODBC DRIVER}", "db2"),
            ("OraOLEDB.Oracle", "oracle-db"),
            ("com.vertica.jdbc.Driver", "vertica"),
            ("com.sap.db.jdbc.Driver", "hana"),
            ("QMYSQL", "mysql"),
            ("{Frob ODBC Driver}", ""),
        ] {
            assert_eq!(vendor(of_driver(driver.as_bytes(), words())), key, "{driver}");
        }
    }

    #[test]
    fn strings_over_lines() {
        for (text, key) in [
            ("c = \"Driver={Pervasive ODBC Unicode Interface};\" + ;\n  \"UID=x;PWD=§;\"", "pervasive"),
            ("c = \"Provider=Ifxoledbc;\" & _\n    \"Password=§;\"", "informix"),
            ("c = \"Driver={MySQL ODBC 8.0};\"\n    \"Pwd=§;\"", "mysql"),
            ("s = \"Provider=IBMDA400;\"\ns = s & \"Password=§;\"", "ibm-i"),
            ("$s = 'Driver={Vertica};';\n$s .= 'Uid=x;Pwd=§;';", "vertica"),
            ("a = \"Driver={MySQL ODBC 8.0};\";\n\"Server=x;Uid=y;Pwd=§;\"", "mysql"),
            ("a = \"Driver={Vertica};\";\n\"Data Source=x;User Id=y;Pwd=§;\"", "oracle-db"),
            ("\"Provider=MSDASQL;Driver={PostgreSQL Unicode};Uid=y;Pwd=§;\"", "postgres"),
            ("\"Driver={Frob};Server=x;Uid=y;Pwd=§;\"", "generic"),
        ] {
            let at = text.find('§').unwrap();
            let found = of_string(text.as_bytes(), &(at..at + "§".len()), || None, words());
            assert_eq!(vendor(found), key, "{text}");
        }
    }
}
