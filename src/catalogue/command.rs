//! What can be pasted into a shell or sent as it stands: calls that revoke or rotate.

use super::check::clean;
use super::fault::Faults;
use super::inherit;
use super::schema::Vendor;

/// Methods of a request that is no command of a shell.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Refuses a vendor's call that several of its rules would have.
pub(super) fn calls_of(vendor: &Vendor, faults: &mut Faults<'_>) {
    let heirs = vendor
        .rules
        .iter()
        .filter(|rule| !rule.is_derived && rule.fix.call.is_none() && inherit::takes_call(rule))
        .count();
    if heirs > 1 && vendor.fix.call.as_ref().is_some_and(|call| !call.is_empty()) {
        let message = format!(
            "fix.call revokes one kind of credential, and {heirs} rules would have it: write it to those of that kind"
        );
        faults.add(&vendor.vendor, "call", message);
    }
}

/// Refuses a call that could not be pasted into a shell, or sent.
pub(super) fn check_call(id: &str, call: &str, faults: &mut Faults<'_>) {
    clean(id, "call", call, faults);
    if let Some(why) = no_command(call) {
        let start: String = call.chars().take(40).collect();
        let message =
            format!("call “{start}” {why}: write one command, or one request as `DELETE https://…`");
        faults.add_item(id, "call", call, message);
    }
}

/// Why a call could not be pasted into a shell, or sent; `None` when it could.
pub fn no_command(call: &str) -> Option<&'static str> {
    let words: Vec<&str> = call.split_whitespace().collect();
    let Some((first, rest)) = words.split_first() else { return Some("is empty") };
    if call.contains('…') {
        return Some("leaves something out");
    }
    if METHODS.contains(first) {
        let is_request = matches!(rest, [url] if url.starts_with("https://") || url.starts_with("http://"));
        return (!is_request).then_some("is no single request");
    }
    let is_program = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let capital = first.starts_with(|c: char| c.is_ascii_uppercase());
    // `Set-ADAccountPassword` is one of PowerShell, `ALTER` one of SQL, and `For` begins a sentence.
    let is_sentence = capital && !first.contains('-') && first.chars().any(|c| c.is_ascii_lowercase());
    if !first.chars().all(is_program) || is_sentence {
        return Some("begins with no command");
    }
    unquoted(call)
}

/// What stands outside quotes and would make a shell do something else.
fn unquoted(call: &str) -> Option<&'static str> {
    let (mut quote, mut word, mut previous) = (None, String::new(), String::new());
    let mut chars = call.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('"') | None, '\\') => {
                chars.next();
            }
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '>' | '<') => return Some("redirects to a file"),
            (None, ';' | '&' | '`') => return Some("is more than one command"),
            (None, '|') if chars.peek() == Some(&'|') => return Some("is more than one command"),
            (None, '?' | '*') if word.starts_with("http") => return Some("has an address that needs quotes"),
            (None, ' ') => {
                if word.ends_with(':') && !previous.starts_with('-') {
                    return Some("has a remark before the command");
                }
                previous = std::mem::take(&mut word);
            }
            (None, _) => word.push(c),
        }
    }
    quote.map(|_| "has an open quote")
}

#[cfg(test)]
mod tests {
    use super::no_command;

    #[test]
    fn a_call_is_one_command_or_one_request() {
        for call in [
            "curl -X DELETE https://api.acme.com/keys/ID -u TOKEN: -d 'a=1&b=2;'",
            "DELETE https://api.acme.com/keys?id=ID",
            "Set-ADAccountPassword -Identity NAME -Reset",
            "ALTER USER app REMOVE PROGRAMMATIC ACCESS TOKEN token_name",
            "echo 'USER:NEW' | chpasswd",
            "heroku authorizations:revoke ID",
            "/user set [find name=NAME] password=NEW",
        ] {
            assert_eq!(no_command(call), None, "{call}");
        }
        for call in [
            "key service > delete",
            "POST and DELETE https://api.acme.com/v1/keys",
            "For a sub-account: curl https://api.acme.com",
            "sub-account: curl https://api.acme.com",
            "curl -H \"Authorization: OAuth …\" https://api.acme.com",
            "curl https://api.acme.com/keys?id=ID",
            "curl -d 'a https://api.acme.com",
            "a revoke ID && a list",
        ] {
            assert!(no_command(call).is_some(), "{call}");
        }
    }
}
