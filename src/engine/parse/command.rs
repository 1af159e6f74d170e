//! Passwords on a command line: `mysql -pX`, `docker login -p X`, `--password=X`, `sshpass -p X`.

use std::borrow::Cow;
use std::ops::Range;

use super::chosen::{is_in_fours, is_of_words};
use super::{Around, Parsed, device, is_weak, password_confidence};
use crate::catalogue::Confidence;

mod asked;
mod block;
mod secure;

/// How far along a command its options are looked for, bytes.
const LONGEST_COMMAND: usize = 400;
/// Shortest share of the key that unseals a vault, bytes.
const SHORTEST_SHARE: usize = 43;

/// Programs and the options of theirs that take a password. A blank at the end: the value is the next word.
#[rustfmt::skip]
const OPTIONS: &[(&str, &[&str])] = &[
    ("mysql", &[" -p"]), ("mysqldump", &[" -p"]), ("mysqladmin", &[" -p"]), ("mysqlimport", &[" -p"]), ("mariadb", &[" -p"]),
    ("mongo", &[" -p "]), ("mongosh", &[" -p "]), ("mongodump", &[" -p "]), ("mongorestore", &[" -p "]), ("redis-cli", &[" -a "]),
    ("sqlcmd", &[" -P "]), ("bcp", &[" -P "]), ("cqlsh", &[" -p "]), ("influx", &[" -password "]), ("sshpass", &[" -p ", " -p"]),
    ("docker login", &[" -p "]), ("podman login", &[" -p "]), ("helm registry login", &[" -p "]), ("oc login", &[" -p "]),
    ("az login", &[" -p "]), ("cf login", &[" -p "]), ("keytool", &[" -storepass ", " -keypass ", " -srcstorepass ", " -deststorepass "]),
    ("jarsigner", &[" -storepass ", " -keypass "]), ("openssl", &["pass:", " -k "]), ("ldapsearch", &[" -w "]), ("ldapmodify", &[" -w "]),
    ("ldapadd", &[" -w "]), ("smbclient", &[" -U "]), ("smbget", &[" -U "]), ("rpcclient", &[" -U "]), ("net rpc", &[" -U "]), ("net ads", &[" -U "]),
    ("net user", &["net user "]),
    ("cmdkey", &[" /pass:"]), ("schtasks", &[" /rp "]),
    ("swaks", &[" --auth-password ", " -ap "]), ("x11vnc", &[" -passwd "]), ("wget", &["-password=", "-password "]),
    ("htpasswd", &[" -b"]), ("zip -", &[" -P "]), ("unzip -", &[" -P "]), ("7z a", &[" -p"]), ("7z x", &[" -p"]), ("gpg", &[" --passphrase "]),
    ("curl", &[" --proxy-user "]), ("rabbitmqctl add_user", &["add_user "]), ("rabbitmqctl change_password", &["change_password "]),
    ("requirepass", &["requirepass "]), ("auth-pass", &["auth-pass "]), ("mosquitto_", &[" -P "]), ("ncftp", &[" -p "]),
    ("rocommunity", &["community "]), ("nsupdate", &[" -y "]), ("ipmitool", &[" -P "]),
    ("snmpget", &[" -A ", " -X "]), ("snmpwalk", &[" -A ", " -X "]), ("snmpbulkwalk", &[" -A ", " -X "]), ("addprinc", &[" -pw "]), ("alias set", &["set "]),
    ("masterauth", &["masterauth "]), ("rootpw", &["rootpw --plaintext ", "rootpw "]), ("rwcommunity", &["rwcommunity "]),
    ("snmp-server community", &["community "]),
    ("secret 0", &["secret 0 "]), ("nickserv identify", &["identify "]), ("password 0", &["password 0 "]),
    ("password 7", &["password 7 "]),
    ("nuget push", &[" -k ", " --api-key ", " -ApiKey "]), ("stats auth", &["stats auth "]), ("plink", &[" -pw "]), ("pscp", &[" -pw "]), ("psexec", &[" -p "]), ("xfreerdp", &[" /p:"]), ("signtool", &[" /p "]),
    ("-setcookie", &["setcookie "]), ("check_ipmi_sensor", &[" -P "]),
    ("check_pgsql", &[" -p "]), ("check_mysql", &[" -p "]), ("check_ldap", &[" -P "]), ("check_smtp", &[" -P "]), ("check_radius", &[" -p "]),
    ("check_snmp", &[" -C ", " -A ", " -X "]), ("check_nt", &[" -s "]), ("check_wmi", &[" -p "]),
    ("keyring -install", &["install=", "install "]), ("keyring install", &["install "]), ("keys -install", &["install=", "install "]), ("key 0", &["key 0 "]),
    ("tabcmd", &[" -p ", " --password "]), ("hdbsql", &[" -p "]), ("pmcmd", &[" -p "]), ("beeline", &[" -p "]), ("isql", &[" -P"]),
    ("nodetool", &[" -pw "]), ("wireless_wpa string", &["wpa string "]),
    ("crypto/passphrase password", &["passphrase password "]), ("crypto/passphrase-again password", &["again password "]),
    ("mkstore", &["createCredential ", "modifyCredential "]), ("racadm", &[" -p "]), ("operator unseal", &["unseal "]), ("cache_peer", &[" login="]), ("7z.exe", &[" -p"]),
    ("qlogin", &[" -clp "]), ("pmrep", &[" -x "]), ("infacmd", &[" -pd "]), ("vsql", &[" -w "]), ("nzsql", &[" -pw "]),
    ("exaplus", &[" -p "]), ("dsmadmc", &[" -pa=", " -password="]), ("mqttpassword", &["Password "]),
];

/// Reads what a command holds, which starts at the second and ends at the third.
type Reader = fn(&[u8], usize, usize) -> Option<Parsed>;

/// Programs whose passwords no option takes as a word of its own.
const OWN: [(&[u8], Reader); 18] = [
    (b"credential-reference", block::credential),
    (b"login -", logged_in),
    (b"rman target", slashed),
    (b"acme_dns", block::dns_provider),
    (b"tls {", block::dns_provider_within),
    (b"bindmethod=simple", block::replication),
    (b"password1", block::backlog),
    (b"net use", network_drive),
    (b"lftp", user_comma),
    (b"createuser", monitor_user),
    (b"setuser", set_user),
    (b"sqlplus", slashed),
    (b"userid=", slashed),
    (b"expdp", slashed),
    (b"impdp", slashed),
    (b"sqlldr", slashed),
    (b".logon", logon),
    (b"connect", connect),
];

/// The passwords of a command: of an option behind the name of a program that has one, of what PowerShell makes secure.
pub(super) fn passwords(text: &[u8], around: Around<'_>) -> Vec<Parsed> {
    match around.keyword {
        b"convertto-securestring" => secure::strings(text, around.at, command_end(text, around.at)),
        b"createuser" => {
            let private = privacy(text, around.at, command_end(text, around.at));
            password(text, around).into_iter().chain(private).collect()
        }
        b"chpasswd" => asked::changed(text, around.at),
        keyword => match OPTIONS.iter().find(|(program, _)| program.as_bytes() == keyword.trim_ascii()) {
            Some((_, options)) => of_options(text, around, options),
            None => password(text, around).into_iter().collect(),
        },
    }
}

/// What the options of a program take that takes passwords: one, or two as SNMP's clients do.
fn of_options(text: &[u8], around: Around<'_>, options: &[&str]) -> Vec<Parsed> {
    let keyword = around.keyword.trim_ascii();
    let as_option = matches!(keyword, b"requirepass" | b"masterauth") && text[..around.at].ends_with(b"--");
    if is_within_word(text, around, as_option) || keyword == b"secret 0" && !is_of_device(text, around.at) {
        return Vec::new();
    }
    if as_option && matches!(text.get(around.at + keyword.len()), Some(b'"' | b'\'')) {
        let option = format!("--{}", String::from_utf8_lossy(keyword));
        let value = list_item(text, around.at + keyword.len());
        return value.and_then(|value| judged(text, value, &option)).into_iter().collect();
    }
    let end = command_end(text, around.at);
    let command = &text[around.at..end];
    let behind = |option: &&str| {
        memchr::memmem::find_iter(command, option.as_bytes()).find_map(|at| {
            let value = value_of(text, option, around.at + at + option.len(), end)?;
            judged(text, value, option.trim_ascii())
        })
    };
    // `["mysqladmin", "ping", "-pSECRET"]`: what stands right behind its option.
    let listed = || {
        options.contains(&" -p").then_some(())?;
        let at = crate::memmem::find(command, b"\"-p").or_else(|| crate::memmem::find(command, b"'-p"))?;
        let value = word(text, around.at + at + 3, end)?;
        matches!(text.get(value.end), Some(b'"' | b'\'')).then_some(())?;
        judged(text, value, "-p")
    };
    let mut found: Vec<Parsed> = options.iter().filter_map(behind).collect();
    if found.is_empty() {
        found.extend(listed());
    }
    found
}

fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let keyword = around.keyword.trim_ascii();
    if asked::is_keyword(keyword) {
        return asked::password(text, around.at, keyword);
    }
    if keyword.starts_with(b"on >") {
        return acl_user(text, around.at);
    }
    if is_within_word(text, around, false) {
        return None;
    }
    if keyword.starts_with(b"--") {
        return long_option(text, around);
    }
    if device::is_keyword(keyword) {
        let blank = around.keyword.len() - around.keyword.trim_ascii_start().len();
        return device::secret(text, around.at + blank, keyword);
    }
    let (_, read) = OWN.iter().find(|(program, _)| *program == keyword)?;
    read(text, around.at, command_end(text, around.at))
}

/// What an option takes, which ends at `start`.
fn value_of(text: &[u8], option: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let blanks = option.ends_with(' ').then(|| text[start..end].iter().take_while(|b| **b == b' '));
    let start = start + blanks.map_or(0, Iterator::count);
    match option {
        // The password is the word behind the user.
        "add_user " | "change_password " | "net user " | "auth-pass " => nth_word(text, start, end, 1),
        " -b" => nth_word(text, start + 1, end, 2),
        "set " => nth_word(text, start, end, 3),
        // Behind the alias and the user.
        "createCredential " | "modifyCredential " => nth_word(text, start, end, 2),
        // Options may stand before the share, and prose behind the command.
        "unseal " => (0..3)
            .filter_map(|nth| nth_word(text, start, end, nth))
            .find(|word| word.len() >= SHORTEST_SHARE && text[word.start] != b'-'),
        " -y " => {
            let key = word(text, start, end)?;
            let colon = memchr::memrchr(b':', &text[key.clone()])?;
            Some(key.start + colon + 1..key.end)
        }
        " -U " | " --proxy-user " | "stats auth " | " login=" => {
            after_sign(text, login_word(text, start, end)?)
        }
        _ => word(text, start, end),
    }
}

/// Whether a keyword stands within another word, where it is none: `my-sshpass`. Some keywords are a part of what devices
/// and clients are told, and some are given as options.
fn is_within_word(text: &[u8], around: Around<'_>, as_option: bool) -> bool {
    const PARTS: [&[u8]; 3] =
        [b"createuser", b"crypto/passphrase password", b"crypto/passphrase-again password"];
    let keyword = around.keyword.trim_ascii();
    let before = text.get(around.at.wrapping_sub(1));
    let is_glued = before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    // One that begins with a blank stands behind another word.
    let is_apart = around.keyword.starts_with(b" ") || keyword == b"pre-shared-key";
    if !is_glued || as_option || PARTS.contains(&keyword) {
        return false;
    }
    !(is_apart && is_of_device(text, around.at))
}

/// `setuser kim on >SECRET` of Redis.
fn set_user(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let on = crate::memmem::find(&text[at..end], b" on ")?;
    acl_password(text, at + on + 4, end)
}

/// BTEQ of Teradata: `.LOGON server/user,SECRET`.
fn logon(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let logon = word_at(text, at + b".logon".len(), end)?;
    let comma = logon.start + memchr::memchr(b',', &text[logon.clone()])?;
    judged(text, comma + 1..logon.end, "logon")
}

/// `connect user/SECRET@host`, `connect target user/SECRET@host`: nothing but the user stands before the slash; elsewhere the
/// word is one of prose.
fn connect(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    const ROLES: [&[u8]; 3] = [b"target ", b"auxiliary ", b"catalog "];
    let rest = text[at..end][b"connect".len()..].trim_ascii_start();
    let role = ROLES.iter().find_map(|role| rest.strip_prefix(*role));
    let user = role.map_or(rest, <[u8]>::trim_ascii_start);
    let user = user.strip_prefix(b"\"").or(user.strip_prefix(b"'")).unwrap_or(user);
    let is_over = |b: &u8| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'$' | b'#');
    let over = user.iter().position(is_over)?;
    (over > 0 && user[over] == b'/').then(|| slashed(text, at, end)).flatten()
}

/// Whether a line of a network device's configuration leads up to `at`: a command, its host and its options.
fn is_of_device(text: &[u8], at: usize) -> bool {
    const COMMANDS: [&[u8]; 5] = [b"tacacs-server", b"radius-server", b"username", b"enable", b"tacacs"];
    let from = at.saturating_sub(160);
    let line = &text[memchr::memrchr(b'\n', &text[from..at]).map_or(from, |n| from + n + 1)..at];
    COMMANDS.iter().any(|command| line.trim_ascii_start().starts_with(command))
        || device::vendor(&text[..at]) == Some("mikrotik")
}

/// `user orders on >SECRET ~orders:* +@all` in a list of Redis' users.
fn acl_user(text: &[u8], at: usize) -> Option<Parsed> {
    let from = at.saturating_sub(80);
    let line = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |n| from + n + 1);
    let head = text[line..at].trim_ascii_start();
    head.get(..5).filter(|word| word.eq_ignore_ascii_case(b"user "))?;
    acl_password(text, at, command_end(text, at))
}

/// The word behind `>` among the rules of a user.
fn acl_password(text: &[u8], from: usize, end: usize) -> Option<Parsed> {
    let sign = memchr::memchr(b'>', &text[from..end])?;
    let value = word(text, from + sign + 1, end)?;
    judged(text, value, "on >")
}

/// `createUser monitor SHA "SECRET" AES` of Net-SNMP, `db.createUser({ user: "app", pwd: "SECRET" })` of MongoDB.
fn monitor_user(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let start = at + b"createuser".len();
    if text.get(start) == Some(&b'(') {
        let window = &text[start..text.len().min(start + LONGEST_COMMAND)];
        let open = crate::memmem::find(window, b"pwd")? + b"pwd".len();
        let signs = |b: &u8| matches!(b, b'"' | b'\'' | b':' | b' ');
        let skipped = window[open..].iter().take(8).take_while(|b| signs(b)).count();
        let quote = *window.get(open + skipped - 1).filter(|b| matches!(b, b'"' | b'\''))?;
        let from = start + open + skipped;
        let length = text[from..].iter().take(128).position(|b| *b == quote)?;
        return judged(text, from..from + length, "createUser");
    }
    let words = words_of(text, start, end);
    let kinds: [&[u8]; 7] = [b"MD5", b"SHA", b"SHA-224", b"SHA-256", b"SHA-384", b"SHA-512", b"SHA256"];
    let kind = words.iter().position(|word| kinds.contains(&&text[word.clone()]))?;
    judged(text, words.get(kind + 1)?.clone(), "createUser")
}

/// The second password of such a user, which encrypts: `createUser monitor SHA "…" AES "SECRET"`.
fn privacy(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    const KINDS: [&[u8]; 6] = [b"DES", b"AES", b"AES-128", b"AES-192", b"AES-256", b"AES128"];
    let words = words_of(text, at + b"createuser".len(), end);
    // Behind the user, the digest and its password; both sides may have a key of the engine before.
    let kind = words.iter().skip(3).position(|word| KINDS.contains(&&text[word.clone()]))?;
    judged(text, words.get(kind + 4)?.clone(), "createUser")
}

/// The first words of a command, without the quotes around them.
fn words_of(text: &[u8], start: usize, end: usize) -> Vec<Range<usize>> {
    const MOST: usize = 8;
    let mut words = Vec::new();
    let mut from = start;
    while let Some(next) = word_at(text, from, end).filter(|_| words.len() < MOST) {
        from = next.end + usize::from(text.get(next.end) == Some(&b'"'));
        words.push(next);
    }
    words
}

/// `sqlplus user/SECRET@host`, `connect system/"SECRET"@host`, `CONNECT hr/SECRET@//host:1521/service`.
fn slashed(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let sign = at + memchr::memchr(b'@', &text[at..end])?;
    let quoted =
        text[..sign].strip_suffix(b"\"").and_then(|head| Some((memchr::memrchr(b'"', head)?, head.len())));
    if let Some((open, close)) = quoted.filter(|(open, _)| *open > at && text[open - 1] == b'/') {
        return judged(text, open + 1..close, "user/password@host");
    }
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=');
    let start = at + text[at..sign].iter().rposition(is_end)? + 1;
    let slash = start + memchr::memchr(b'/', &text[start..sign]).filter(|n| *n > 0)?;
    judged(text, slash + 1..sign, "user/password@host")
}

/// The next literal of a list, from the quote on that closes the one before: `"--password", "SECRET"`.
fn list_item(text: &[u8], close: usize) -> Option<Range<usize>> {
    let quote = *text.get(close)?;
    let rest = text[close + 1..].get(..80.min(text.len() - close - 1))?;
    let item = rest.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start().strip_prefix(&[quote])?;
    let start = close + 1 + rest.len() - item.len();
    let length = item.iter().position(|b| *b == quote)?;
    Some(start..start + length)
}

/// `net use Z: \\server\share /user:corp\kim PASSWORD`, or the password before the option.
fn network_drive(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let option = at + find_ignoring_case(&text[at..end], b" /user:")?;
    let user = word_at(text, option + b" /user:".len(), end)?;
    let behind = word_at(text, user.end, end).and_then(|value| judged(text, value, "/user:"));
    behind.or_else(|| {
        let mut start = at + b"net use ".len();
        let mut last: Option<Range<usize>> = None;
        while let Some(found) = word_at(text, start, option) {
            start = found.end;
            last = Some(found);
        }
        // A drive or a share stands there, too.
        let last = last.filter(|word| !text[word.clone()].iter().any(|b| matches!(b, b'\\' | b':')))?;
        judged(text, last, "net use")
    })
}

/// `fly login -c https://ci.corp.io -u kim -p SECRET`: what a program logs a user in with.
fn logged_in(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    const USERS: [&[u8]; 3] = [b" -u ", b" --user ", b" --username "];
    const OPTION: &[u8] = b" -p ";
    let command = &text[at..end];
    USERS.iter().find(|user| crate::memmem::find(command, user).is_some())?;
    let option = at + crate::memmem::find(command, OPTION)? + OPTION.len();
    judged(text, word(text, option, end)?, "-p")
}

/// `lftp -u user,PASSWORD`.
fn user_comma(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let option = at + crate::memmem::find(&text[at..end], b" -u ")? + 4;
    let pair = word_at(text, option, end)?;
    let comma = memchr::memchr(b',', &text[pair.clone()])?;
    judged(text, pair.start + comma + 1..pair.end, "-u")
}

/// The next word behind blanks, backslashes included.
fn word_at(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let bytes = text.get(start..end)?;
    let lead = bytes.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"')).count();
    let length = bytes[lead..].iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'"').count();
    (length > 0).then_some(start + lead..start + lead + length)
}

fn find_ignoring_case(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}

/// `--password=X`, `--password X`, `--passphrase X`.
fn long_option(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if let [.., b'"' | b'\''] = around.keyword {
        let value = list_item(text, around.at + around.keyword.len() - 1)?;
        return judged(text, value, "--password");
    }
    let option = around.keyword.trim_ascii_end();
    let option = option.strip_suffix(b"=").unwrap_or(option);
    let after = around.at + option.len();
    text.get(after).filter(|b| matches!(b, b'=' | b' '))?;
    let value = word(text, after + 1, command_end(text, around.at))?;
    // `--creds user:SECRET` of skopeo and podman.
    let value = if option.ends_with(b"creds") { after_sign(text, value)? } else { value };
    judged(text, value, &String::from_utf8_lossy(option))
}

fn judged(text: &[u8], value: Range<usize>, option: &str) -> Option<Parsed> {
    let bytes = &text[value.clone()];
    let is_option =
        bytes.first().is_some_and(|b| matches!(b, b'-' | b'/' | b'$' | b'<' | b'%' | b'(' | b'[' | b'.'));
    let is_port = bytes.iter().all(|b| b.is_ascii_digit() || *b == b':');
    if bytes.len() < 5
        || is_option
        || bytes.starts_with(b"grub.pbkdf2.")
        || is_port
        || is_weak(bytes, b"")
        || !bytes.iter().all(u8::is_ascii_graphic) && !is_in_fours(bytes)
    {
        return None;
    }
    // What unlocks a key or a disk is words more often than not.
    let is_phrase =
        ["assphrase", "SecureString"].iter().any(|end| option.contains(end)) && is_of_words(bytes);
    let word = if is_phrase || is_in_fours(bytes) { Confidence::Medium } else { Confidence::Low };
    Some(Parsed {
        secret: value,
        confidence: password_confidence(bytes, word),
        why: Cow::Owned(format!("value of `{option}` on a command line")),
        parts: Vec::new(),
    })
}

/// The end of the command: its line, with lines that a backslash, a caret or a backtick continues.
fn command_end(text: &[u8], at: usize) -> usize {
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let mut end = 0;
    for (i, &byte) in window.iter().enumerate() {
        let goes_on = || {
            let line = window[..i].strip_suffix(b"\r").unwrap_or(&window[..i]);
            line.is_empty() || line.ends_with(b"\\") || line.ends_with(b" ^") || line.ends_with(b" `")
        };
        if byte == b'|' || byte == b';' || byte == b'\n' && !goes_on() {
            return at + i;
        }
        end = i + 1;
    }
    at + end
}

/// The word at `start`, without its quotes.
fn word(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let bytes = text.get(start..end)?;
    let escaped = bytes.iter().take_while(|b| **b == b'\\').count();
    let quote = bytes.get(escaped).copied().filter(|b| matches!(b, b'"' | b'\''));
    let from = escaped + usize::from(quote.is_some());
    let stop = |b: &u8| match quote {
        Some(quote) => *b == quote || *b == b'\\',
        None => {
            b.is_ascii_whitespace()
                || matches!(b, b'"' | b'\'' | b'`' | b')' | b',' | b'&' | b'<' | b'>' | b'\\')
        }
    };
    let length = bytes[from..].iter().position(stop).unwrap_or(bytes.len() - from);
    (length > 0).then_some(start + from..start + from + length)
}

/// A user and a password in one word, whose domain may stand before a backslash: `'CORP\kim%SECRET'`.
fn login_word(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let bytes = text.get(start..end)?;
    let quote = bytes.first().copied().filter(|b| matches!(b, b'"' | b'\''));
    let domain = bytes.iter().position(|b| !b.is_ascii_alphanumeric() && !b"\"'._-".contains(b))?;
    if bytes[domain] != b'\\' {
        return word(text, start, end);
    }
    let slashes = bytes[domain..].iter().take_while(|b| **b == b'\\').count();
    let from = start + domain + slashes;
    let stop = |b: &u8| quote.map_or(b.is_ascii_whitespace() || b"\"'`)<>".contains(b), |quote| *b == quote);
    let length = text[from..end].iter().position(stop).unwrap_or(end - from);
    (length > 0).then_some(from..from + length)
}

fn nth_word(text: &[u8], start: usize, end: usize, nth: usize) -> Option<Range<usize>> {
    let mut at = start;
    for _ in 0..nth {
        at = word(text, at, end)?.end;
        at += text[at..end].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"' | b'\'')).count();
    }
    word(text, at, end)
}

/// `user%password`, `user:password`.
fn after_sign(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let at = text[word.clone()].iter().position(|b| matches!(b, b'%' | b':'))?;
    Some(word.start + at + 1..word.end)
}
