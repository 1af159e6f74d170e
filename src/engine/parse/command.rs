//! Passwords on a command line: `mysql -pX`, `docker login -p X`, `--password=X`, `sshpass -p X`.

use std::borrow::Cow;
use std::ops::Range;

use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;

/// How far along a command its options are looked for, bytes.
const LONGEST_COMMAND: usize = 400;

/// Programs and the options of theirs that take a password. A blank at the end: the value is the next word.
#[rustfmt::skip]
const OPTIONS: &[(&str, &[&str])] = &[
    ("mysql", &[" -p"]), ("mysqldump", &[" -p"]), ("mysqladmin", &[" -p"]), ("mysqlimport", &[" -p"]), ("mariadb", &[" -p"]),
    ("mongo", &[" -p "]), ("mongosh", &[" -p "]), ("mongodump", &[" -p "]), ("mongorestore", &[" -p "]), ("redis-cli", &[" -a "]),
    ("sqlcmd", &[" -P "]), ("bcp", &[" -P "]), ("cqlsh", &[" -p "]), ("influx", &[" -password "]), ("sshpass", &[" -p ", " -p"]),
    ("docker login", &[" -p "]), ("podman login", &[" -p "]), ("helm registry login", &[" -p "]), ("oc login", &[" -p "]),
    ("az login", &[" -p "]), ("cf login", &[" -p "]), ("keytool", &[" -storepass ", " -keypass ", " -srcstorepass ", " -deststorepass "]),
    ("jarsigner", &[" -storepass ", " -keypass "]), ("openssl", &["pass:", " -k "]), ("ldapsearch", &[" -w "]), ("ldapmodify", &[" -w "]),
    ("ldapadd", &[" -w "]), ("smbclient", &[" -U "]), ("net use", &[" /user:"]), ("wget", &["-password=", "-password "]),
    ("htpasswd", &[" -b"]), ("zip", &[" -P "]), ("unzip", &[" -P "]), ("7z", &[" -p"]), ("gpg", &[" --passphrase "]),
    ("curl", &[" --proxy-user "]), ("rabbitmqctl add_user", &["add_user "]), ("rabbitmqctl change_password", &["change_password "]),
    ("expect", &["send "]), ("plink", &[" -pw "]), ("pscp", &[" -pw "]), ("psexec", &[" -p "]), ("xfreerdp", &[" /p:"]), ("signtool", &[" /p "]),
];

/// A password option behind the name of a program that has one.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let keyword = around.keyword.trim_ascii();
    if text
        .get(around.at.wrapping_sub(1))
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    {
        return None;
    }
    if keyword.starts_with(b"--") {
        return long_option(text, around);
    }
    let (_, options) = OPTIONS.iter().find(|(program, _)| program.as_bytes() == keyword)?;
    let end = command_end(text, around.at);
    let command = &text[around.at..end];
    options.iter().find_map(|option| {
        memchr::memmem::find_iter(command, option.as_bytes()).find_map(|at| {
            let start = around.at + at + option.len();
            let value = match *option {
                // The password is the word behind the user.
                "add_user " | "change_password " | " /user:" => nth_word(text, start, end, 1)?,
                " -b" => nth_word(text, start + 1, end, 2)?,
                " -U " | " --proxy-user " => after_sign(text, word(text, start, end)?)?,
                _ => word(text, start, end)?,
            };
            judged(text, value, option.trim_ascii())
        })
    })
}

/// `--password=X`, `--password X`, `--passphrase X`.
fn long_option(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let after = around.at + around.keyword.trim_ascii_end().len();
    let start = after + usize::from(matches!(text.get(after), Some(b'=' | b' ')));
    if start == after {
        return None;
    }
    let value = word(text, start, command_end(text, around.at))?;
    judged(text, value, &String::from_utf8_lossy(around.keyword.trim_ascii()))
}

fn judged(text: &[u8], value: Range<usize>, option: &str) -> Option<Parsed> {
    let bytes = &text[value.clone()];
    let is_option =
        bytes.first().is_some_and(|b| matches!(b, b'-' | b'/' | b'$' | b'<' | b'%' | b'(' | b'[' | b'.'));
    let is_port = bytes.iter().all(|b| b.is_ascii_digit() || *b == b':');
    if bytes.len() < 5
        || is_option
        || is_port
        || is_weak(bytes, b"")
        || !bytes.iter().all(u8::is_ascii_graphic)
    {
        return None;
    }
    Some(Parsed {
        secret: value,
        confidence: password_confidence(bytes, Confidence::Low),
        why: Cow::Owned(format!("value of `{option}` on a command line")),
        parts: Vec::new(),
    })
}

/// The end of the command: its line, with lines that a backslash continues.
fn command_end(text: &[u8], at: usize) -> usize {
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let mut end = 0;
    for (i, &byte) in window.iter().enumerate() {
        if byte == b'|' || byte == b';' || byte == b'\n' && i > 0 && window[i - 1] != b'\\' {
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
