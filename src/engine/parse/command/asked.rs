//! What programs are told when they ask for a password: by `expect`, through a pipe, in a here-document, in a script of ftp.

use super::super::Parsed;
use super::{LONGEST_COMMAND, command_end, judged, word};
use crate::engine::syntax::fed;
use crate::engine::syntax::literal::is_plain_quote;
use crate::engine::syntax::neighbour::{indent, line_before};
use crate::part::start_in;

/// How far before its line with the user the script of ftp says where it goes, bytes.
const LONGEST_SCRIPT: usize = 300;
/// How much of a list of accounts is read, bytes.
const LONGEST_ACCOUNTS: usize = 4096;

/// Whether a keyword, without the blanks around it, is of one of these forms.
pub(super) fn is_keyword(keyword: &[u8]) -> bool {
    matches!(
        keyword,
        b"expect \""
            | b".expect("
            | b"read_until("
            | b"<<<"
            | b"-stdin"
            | b"sudo -s"
            | b"kinit"
            | b"cryptsetup"
            | b"user"
            | b"echo user"
            | b"pgm=ftp"
            | b"$user"
    )
}

/// The password at a keyword.
pub(super) fn password(text: &[u8], at: usize, keyword: &[u8]) -> Option<Parsed> {
    let over = at + keyword.len();
    match keyword {
        b"expect \"" => answered(text, over),
        b".expect(" | b"read_until(" => sent(text, over),
        b"<<<" => here_string(text, at),
        // Their keywords begin with a line break, or not.
        b"user" => script(text, over + 1).or_else(|| acl_user(text, over + 1)),
        b"$user" => macro_given(text, over + 1),
        b"echo user" => script(text, over),
        b"pgm=ftp" => step(text, over),
        _ => fed::piped_into(text, at).and_then(|value| judged(text, value, "|")),
    }
}

/// The password of a user in Redis' own settings, `user metrics on +ping ~* >SECRET`. That right behind `on` has a keyword
/// of its own.
fn acl_user(text: &[u8], at: usize) -> Option<Parsed> {
    let line = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let on = crate::memmem::find(line, b" on ")?;
    let rules = &line[on + 4..];
    let is_rule = |word: &&[u8]| matches!(word.first(), Some(b'+' | b'-' | b'~' | b'&' | b'@' | b'%'));
    rules.split(|b| *b == b' ').next().filter(is_rule)?;
    let sign = at + on + 4 + crate::memmem::find(rules, b" >")? + 2;
    judged(text, word(text, sign, at + line.len())?, "user")
}

/// What a macro of Nagios' resource file is given, `$USER4$=SECRET`. The user before it, a path or an address is no secret: that
/// mixes capitals, small letters and digits.
fn macro_given(text: &[u8], at: usize) -> Option<Parsed> {
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let line = &window[..memchr::memchr(b'\n', window).unwrap_or(window.len())];
    let number = line.iter().take_while(|b| b.is_ascii_digit()).count();
    let given = line[number..].strip_prefix(b"$=").filter(|_| number > 0)?.trim_ascii_end();
    let has = |class: fn(&u8) -> bool| given.iter().any(class);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_other = given.iter().any(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'\\' | b'$'));
    let start = at + number + 2;
    (is_mixed && !is_other).then(|| judged(text, start..start + given.len(), "$USER")).flatten()
}

/// The password below or behind the user in a script of ftp: `open ftp.corp.io`, `user robot`, `SECRET`; `user robot SECRET`.
fn script(text: &[u8], at: usize) -> Option<Parsed> {
    let before = &text[at.saturating_sub(LONGEST_SCRIPT)..at];
    let is_script = |line: &[u8]| {
        let line = line.strip_prefix(b"echo ").unwrap_or(line);
        let is_host = |host: &[u8]| host.iter().any(|b| matches!(b, b'.' | b'$' | b'%'));
        line.strip_prefix(b"open ").is_some_and(is_host) || line.starts_with(b"ftp ")
    };
    before.split(|b| *b == b'\n').find(|line| is_script(line))?;
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let line = &window[..memchr::memchr(b'\n', window)?];
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.next()?;
    let place = |word: &[u8]| {
        let start = start_in(text, word);
        start..start + word.len()
    };
    let value = match words.next() {
        Some(word) => word,
        None => {
            let below = &window[line.len() + 1..];
            let below = below[..memchr::memchr(b'\n', below)?].trim_ascii_end();
            below.strip_prefix(b"echo ").unwrap_or(below)
        }
    };
    words.next().is_none().then(|| judged(text, place(value), "user")).flatten()
}

/// What a step of JCL feeds to FTP, a line each: the host where the step does not name it, the user, the password; the user and
/// the password on one line, too.
fn step(text: &[u8], at: usize) -> Option<Parsed> {
    const LONGEST: usize = 1200;
    const OPENS: &[u8] = b"\n//INPUT ";
    let window = &text[at..text.len().min(at + LONGEST)];
    let data = &window[crate::memmem::find(window, OPENS)? + OPENS.len()..];
    let data = data.trim_ascii_start().strip_prefix(b"DD ")?.trim_ascii_start().strip_prefix(b"*")?;
    let lines = data.split(|b| *b == b'\n').skip(1).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut lines = lines.take_while(|line| !line.starts_with(b"/"));
    let is_host = |line: &[u8]| line.contains(&b'.');
    let mut login = lines.next()?;
    if is_host(login) {
        login = lines.next()?;
    }
    let is_user =
        |word: &[u8]| word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'@'));
    let (user, secret) = match memchr::memchr(b' ', login) {
        Some(blank) => (&login[..blank], login[blank..].trim_ascii()),
        None => (login, lines.next()?),
    };
    let start = start_in(text, secret);
    let is_word = !secret.is_empty() && !secret.contains(&b' ');
    (is_user(user) && is_word).then(|| judged(text, start..start + secret.len(), "INPUT")).flatten()
}

/// `expect "assword:"` and the answer that is sent then, `send "SECRET\r"`.
fn answered(text: &[u8], prompt: usize) -> Option<Parsed> {
    const LONGEST: usize = 160;
    let window = &text[prompt..text.len().min(prompt + LONGEST)];
    let asked = memchr::memchr(b'"', window)?;
    let lower = window[..asked].to_ascii_lowercase();
    [&b"assword"[..], b"assphrase"].iter().find(|word| crate::memmem::find(&lower, word).is_some())?;
    let is_between = |b: &u8| b.is_ascii_whitespace() || *b == b'{';
    let rest = &window[asked + 1..];
    let rest = &rest[rest.iter().position(|b| !is_between(b))?..];
    let given = rest.strip_prefix(b"send ")?;
    let given = given.strip_prefix(b"-- ").unwrap_or(given).strip_prefix(b"\"")?;
    let start = prompt + window.len() - given.len();
    let end = given.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n'))?;
    judged(text, start..start + end, "send")
}

/// What the call behind one that waits for a prompt sends: `child.expect('assword:')` and `child.sendline('SECRET')` of
/// pexpect, `tn.read_until(b"Password: ")` and `tn.write(b"SECRET")` of telnetlib.
fn sent(text: &[u8], prompt: usize) -> Option<Parsed> {
    const LONGEST: usize = 200;
    const SENDS: [&[u8]; 6] = [b"sendline", b"send", b"write", b"print", b"cmd", b"send_command"];
    let window = &text[prompt..text.len().min(prompt + LONGEST)];
    let open = window.iter().take(4).position(is_plain_quote)?;
    let (asked, rest) = window[open + 1..].split_at(memchr::memchr(window[open], &window[open + 1..])?);
    let asked = asked.trim_ascii_end().strip_suffix(b":").unwrap_or(asked).to_ascii_lowercase();
    let is_prompt = asked.ends_with(b"assword") || asked.ends_with(b"assphrase");
    let rest = rest.get(1..).filter(|_| is_prompt)?;
    let (between, given) = rest.split_at(rest.iter().position(is_plain_quote)?);
    let callee = between.strip_suffix(b"b").unwrap_or(between).strip_suffix(b"(")?;
    let callee = callee.rsplit(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).next()?;
    let is_next = between.contains(&b'\n') || between.contains(&b';');
    let length = given[1..].iter().position(|b| *b == given[0] || matches!(b, b'\\' | b'\n'))?;
    let start = prompt + window.len() - given.len() + 1;
    (is_next && SENDS.contains(&callee)).then(|| judged(text, start..start + length, "send")).flatten()
}

/// What a shell feeds to a program that asks for a password: `realm join -U kim corp.io <<< 'SECRET'`.
fn here_string(text: &[u8], at: usize) -> Option<Parsed> {
    const ASKS: [&[u8]; 8] = [
        b"realm join",
        b"kinit",
        b"passwd",
        b"sudo -S",
        b"password-stdin",
        b"cryptsetup",
        b"net ads join",
        b"passphrase-fd 0",
    ];
    let line = line_before(text, at, LONGEST_COMMAND);
    ASKS.iter().find(|asks| crate::memmem::find(line, asks).is_some())?;
    let start = at + b"<<<".len();
    let blanks = text[start..].iter().take_while(|b| **b == b' ').count();
    judged(text, word(text, start + blanks, command_end(text, start))?, "<<<")
}

/// `echo "root:PASSWORD" | chpasswd`, its here-document, and the accounts below `chpasswd:` of cloud-init, each with its
/// password.
pub(super) fn changed(text: &[u8], at: usize) -> Vec<Parsed> {
    let head = line_before(text, at, LONGEST_COMMAND);
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let end = at + memchr::memchr(b'\n', window).unwrap_or(window.len());
    let line = &text[at - head.len()..end];
    let is_key = || head.trim_ascii().is_empty() && line.trim_ascii().ends_with(b"chpasswd:");
    if crate::memmem::find(line, b"<<").is_some() {
        return accounts(text, end + 1, 0);
    }
    if is_key() {
        let list = list_below(text, end + 1, indent(head));
        return list.map(|(start, indent)| accounts(text, start, indent + 1)).unwrap_or_default();
    }
    piped(text, at, head).into_iter().collect()
}

/// The account that a program prints for `chpasswd`.
fn piped(text: &[u8], at: usize, head: &[u8]) -> Option<Parsed> {
    let line = at - head.len();
    let head = head.trim_ascii_end().strip_suffix(b"|")?.trim_ascii_end();
    let head = head.strip_suffix(b"\"").or(head.strip_suffix(b"'")).unwrap_or(head);
    let colon = memchr::memrchr(b':', head)?;
    head[..colon].last().filter(|b| is_user(b))?;
    judged(text, line + colon + 1..line + head.len(), "chpasswd")
}

/// Where the accounts start below the `list:` of an entry that is indented by `outer`, and how far that is indented.
/// <https://cloudinit.readthedocs.io/en/latest/reference/modules.html#set-passwords>
fn list_below(text: &[u8], from: usize, outer: usize) -> Option<(usize, usize)> {
    const MOST_LINES: usize = 6;
    let window = text.get(from..text.len().min(from + LONGEST_COMMAND))?;
    let mut at = from;
    for line in window.split(|b| *b == b'\n').take(MOST_LINES) {
        let depth = indent(line);
        if depth <= outer {
            return None;
        }
        at += line.len() + 1;
        if line.trim_ascii().starts_with(b"list:") {
            return Some((at, depth));
        }
    }
    None
}

/// The passwords of the lines from `from` on that hold a user and its password, `kim:SECRET`, and are indented by `least`.
fn accounts(text: &[u8], from: usize, least: usize) -> Vec<Parsed> {
    const MOST: usize = 64;
    let window = text.get(from..text.len().min(from + LONGEST_ACCOUNTS)).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = from;
    for line in window.split(|b| *b == b'\n').take(MOST) {
        let bare = line.trim_ascii_start();
        let bare = bare.strip_prefix(b"- ").unwrap_or(bare);
        let colon =
            memchr::memchr(b':', bare).filter(|colon| *colon > 0 && bare[..*colon].iter().all(is_user));
        let Some(colon) = colon.filter(|_| indent(line) >= least) else { break };
        let start = at + line.len() - bare.len() + colon + 1;
        let value = start..start + bare[colon + 1..].trim_ascii_end().len();
        found.extend(judged(text, value, "chpasswd"));
        at += line.len() + 1;
    }
    found
}

fn is_user(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
