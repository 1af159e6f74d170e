//! Where a value stands: what it is assigned to, whose argument it is, whose password.
//!
//! A small parser that reads leftwards from the value, the same for every language and file format:
//! it knows quotes, assignment signs, brackets, tags and default operators, not grammars. It never
//! looks further back than [`REACH`] bytes, so that its cost does not depend on the file.

use std::ops::Range;

use crate::engine::shape::confirm::ends_in_break;
use crate::engine::syntax::{annotation, below, fed, given, heading, label, literal, neighbour, trivia};

mod applied;
mod argument;
mod beside;
mod default;
mod name;
pub(in crate::engine) mod user;
pub(in crate::engine) mod words;

use applied::field_behind;
use user::user_before;
use words::{is_carrier, is_ident, is_name, is_noise, names_user, serialized};

/// How far back the parser looks, bytes.
const REACH: usize = 480;
/// Most names and callees that are kept.
pub(super) const MOST: usize = 4;

/// How a value stands in its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It is given to a name: variable, key, field, attribute, element, parameter by name.
    Assigned,
    /// It is an argument of a call.
    Argument,
    /// It is an item of a list.
    Listed,
    /// It is the password part of `user:password`.
    Password,
    /// Words stand before it on the line.
    Spoken,
    /// It stands alone.
    Alone,
}

/// What was found around a value.
#[derive(Debug, Clone)]
pub(super) struct Located<'t> {
    /// In what way it stands there.
    pub(super) how: How,
    /// The names it is given, nearest first.
    pub(super) names: Vec<&'t [u8]>,
    /// The functions it is an argument of, with their path (`twilio.rest.Client`), nearest first.
    pub(super) callees: Vec<&'t [u8]>,
    /// The user of `user:password`.
    pub(super) user: Option<Range<usize>>,
}

impl<'t> Located<'t> {
    /// The parts of the functions' paths: `twilio`, `rest`, `Client`.
    pub(super) fn callee_parts(&self) -> impl Iterator<Item = &'t [u8]> {
        self.callees.iter().flat_map(|callee| callee.split(|byte| *byte == b'.'))
    }
}

/// Looks leftwards from `value`.
pub(super) fn locate(text: &[u8], value: Range<usize>) -> Located<'_> {
    let floor = value.start.saturating_sub(REACH);
    let mut walk = Walk {
        text,
        floor,
        value: value.clone(),
        out: Located { how: How::Alone, names: Vec::new(), callees: Vec::new(), user: None },
    };
    if let Some(user) = user_before(text, floor, &value) {
        walk.out.how = How::Password;
        walk.out.user = Some(user);
        return walk.out;
    }
    let mut fed = fed::names(text, &value);
    fed.extend(field_behind(text, value.end));
    fed.extend(
        given::names(text, &value).or_else(|| heading::of(text, &value)).or_else(|| label::of(text, &value)),
    );
    fed.extend(declared(&text[floor..value.start]));
    if !fed.is_empty() {
        walk.out.how = How::Assigned;
        walk.out.names = fed;
        return walk.out;
    }
    let start = before_anchor(text, floor, walk.skip_opening_quotes(value.start));
    // A weak entity tag, `W/"…"` (RFC 9110 §8.8.3).
    if text[floor..start].ends_with(b"W/") {
        walk.out.names.push(b"etag");
    }
    walk.run(start);
    walk.out
}

/// Where the anchor or the type stands that YAML gives a value, or the value does: `password: &own "…"`, `token: !!str …`.
fn before_anchor(text: &[u8], floor: usize, at: usize) -> usize {
    let before = &text[floor..at];
    let head = before.trim_ascii_end();
    let name = head.iter().rev().take_while(|b| is_name(**b)).count();
    let lead = &head[..head.len() - name];
    let sign = lead.strip_suffix(b"&").or(lead.strip_suffix(b"!!")).filter(|head| head.ends_with(b": "));
    sign.filter(|_| name > 0 && head.len() < before.len()).map_or(at, |head| floor + head.len())
}

/// The name of a declaration that ends in its value: `CONSTANTS gc_key TYPE string VALUE '…'` of ABAP, `01 WS-KEY PIC X(36)
/// VALUE "…"` of COBOL, with the literal on the next line or not.
fn declared(before: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 160;
    let before = before.strip_suffix(b"'").or(before.strip_suffix(b"\""))?.trim_ascii_end();
    let (before, word) = before.split_at(before.len().checked_sub(b"value".len())?);
    let ends = before.last().is_some_and(u8::is_ascii_whitespace) && word.eq_ignore_ascii_case(b"value");
    let near = &before[before.len().saturating_sub(LONGEST)..];
    let line = ends.then(|| near.rsplit(|b| *b == b'\n').next()).flatten()?;
    let at = line
        .windows(5)
        .position(|five| five.eq_ignore_ascii_case(b" TYPE") || five.eq_ignore_ascii_case(b" PIC "))?;
    let name = line[..at].trim_ascii_end().rsplit(u8::is_ascii_whitespace).next()?;
    let name = name.split(|b| *b == b'(').next()?;
    (!name.is_empty() && name.iter().all(|b| is_name(*b))).then_some(name)
}

pub(super) struct Walk<'t> {
    pub(super) text: &'t [u8],
    pub(super) floor: usize,
    pub(super) value: Range<usize>,
    pub(super) out: Located<'t>,
}

impl<'t> Walk<'t> {
    pub(super) fn before(&self, at: usize) -> u8 {
        if at > self.floor { self.text[at - 1] } else { 0 }
    }

    fn before_by(&self, at: usize, by: usize) -> u8 {
        if at >= self.floor + by { self.text[at - by] } else { 0 }
    }

    pub(super) fn skip_back(&self, mut at: usize, skip: impl Fn(u8) -> bool) -> usize {
        while at > self.floor && skip(self.text[at - 1]) {
            at -= 1;
        }
        at
    }

    /// Over blanks and comments on the line.
    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        trivia::before_on_line(self.text, self.floor, at.max(self.floor))
    }

    /// Over line breaks that a literal writes as escapes.
    fn skip_breaks(&self, mut at: usize) -> usize {
        while ends_in_break(&self.text[self.floor..at]) {
            at = self.skip_back(at - 2, |b| b == b'\\' || b == b' ');
        }
        at
    }

    /// Over the quote that opens the value's literal, its escapes and its prefix letters.
    fn skip_opening_quotes(&self, start: usize) -> usize {
        let quote = |b: u8| matches!(b, b'"' | b'\'' | b'`');
        if let Some(open) = literal::start(self.text, start).filter(|open| *open > self.floor) {
            // A text in quotes within the literal: `'"…"'`, `"\"…\""`.
            return self.skip_back(open, |b| quote(b) || b == b'\\');
        }
        let at = self.skip_back(start, |b| quote(b) || b == b'\\');
        if at == start {
            let before = &self.text[self.floor..start];
            let rest = before.strip_suffix(b"&quot;").or(before.strip_suffix(b"<![CDATA["));
            return rest.map_or(start, |rest| self.floor + rest.len());
        }
        let prefix = self.skip_back(at, |b| {
            matches!(b, b'b' | b'B' | b'r' | b'R' | b'f' | b'F' | b'u' | b'U' | b'L' | b'@' | b'$' | b'#')
        });
        if prefix < at && at - prefix <= 2 && !is_ident(self.before(prefix)) { prefix } else { at }
    }

    /// One construct after the other, outwards, until nothing more is learned.
    fn run(&mut self, mut at: usize) {
        for _ in 0..6 {
            let Some(next) = self.step(at) else { return };
            if next >= at || self.out.names.len() >= MOST {
                return;
            }
            at = next;
        }
    }

    pub(super) fn how(&mut self, how: How) {
        if self.out.how == How::Alone {
            self.out.how = how;
        }
    }

    fn step(&mut self, from: usize) -> Option<usize> {
        let at = self.outwards(from);
        // A line of a literal that begins behind an escape.
        if ends_in_break(&self.text[self.floor..at]) {
            let over = self.skip_breaks(at);
            return (self.before(over) == b':').then(|| self.assignment(over - 1)).flatten();
        }
        let at = if matches!(self.before(at), b'\n' | b'\r') { self.line_above(at)? } else { at };
        let byte = self.before(at);
        if matches!(byte, b'r' | b'e') && self.is_alternative(at) {
            return self.alternative(at);
        }
        // What is applied to the value is noted, and then nothing else is learned.
        let may_apply = is_ident(byte) || matches!(byte, b'"' | b')' | b'.');
        if may_apply && (self.applied(at) || self.login_applied(at)) {
            return None;
        }
        self.sign(at, from)
    }

    /// Over blanks, the line breaks in a block of a literal and the lines of a cell.
    fn outwards(&self, from: usize) -> usize {
        let at = self.skip_blanks(from);
        let opener = || below::opener(self.text, &self.value).filter(|open| *open > self.floor);
        let at = match (self.before(at) == b'\n').then(opener).flatten() {
            Some(open) => self.skip_blanks(open),
            None => at,
        };
        self.cell_line(at).unwrap_or(at)
    }

    /// What the sign before `at` makes of the value; `from` is where the value or what it stands in begins.
    fn sign(&mut self, at: usize, from: usize) -> Option<usize> {
        match self.before(at) {
            _ if self.is_default(at) => self.default_of(at - 2),
            _ if self.is_arrow(at) => self.assignment(at - 2),
            b'=' => self.assignment(
                self.skip_back(at, |b| matches!(b, b'=' | b':' | b'!' | b'+' | b'|' | b'?' | b'~')),
            ),
            b'>' => self.marked_up(at).or_else(|| self.element(at)),
            b'?' => self.condition(at - 1),
            b':' if self.before_by(at, 2) == b':' => None,
            b':' => self.assignment(
                serialized(&self.text[self.floor..at - 1]).map_or(at - 1, |end| self.floor + end),
            ),
            b'(' if self.is_remark(at) => self.spoken(at - 1),
            b'(' => self.called_with(at - 1),
            b'|' => self.closure(at).and_then(|open| self.called_with(open)),
            b',' => self.earlier_items(at - 1),
            b'{' if self.is_fallback(at - 1) => self.default_of(at - 1),
            b'{' if self.text[self.floor..at].ends_with(b"=${") => self.assignment(at - 3), // `?key=${"…"}`
            b'[' | b'{' => {
                self.how(How::Listed);
                Some(self.opened(at - 1))
            }
            // `**Auth Token:** …` of Markdown.
            b'*' => {
                let emphasis = self.skip_back(at, |b| b == b'*');
                (self.before(emphasis) == b':').then(|| self.assignment(emphasis - 1)).flatten()
            }
            b'+' => self.concatenation(at - 1),
            b'.' if at < from => self.concatenation(at - 1),
            b'-' => self.list_item(at - 1),
            byte if is_ident(byte) || byte == b'"' || byte == b'\'' => self.spoken(at),
            _ => None,
        }
    }

    /// Whether a default operator stands before `at`: `??`, `||`, `?:`, `:-` of a shell.
    fn is_default(&self, at: usize) -> bool {
        let operator = [self.before_by(at, 2), self.before(at)];
        matches!(&operator, b"??" | b"||" | b"?:" | b":-")
    }

    /// Whether an arrow stands before `at` that gives a value to what is before it: `=>`, `->`, `<-` of R.
    fn is_arrow(&self, at: usize) -> bool {
        matches!(&[self.before_by(at, 2), self.before(at)], b"=>" | b"->" | b"<-")
    }

    /// Where the line above ends that goes on in this one; where it does not, what is applied to the value is noted.
    fn line_above(&mut self, at: usize) -> Option<usize> {
        let above = self.skip_back(at, |b| b.is_ascii_whitespace());
        // What a line above says that ends in a colon, a comment too, is about the next; and one above a declaration is
        // none within it.
        let says = self.before(above) == b':' || !self.out.names.is_empty();
        let over = if says { above } else { trivia::before(self.text, self.floor, at) };
        let goes_on = match self.before(over) {
            // Not the padding of a value.
            b'=' => !is_name(self.before_by(over, 2)) && self.before_by(over, 2) != b'=',
            sign => matches!(sign, b'(' | b'[' | b'{' | b',' | b'|' | b'?' | b'+' | b'\\' | b'>' | b':'),
        };
        if !goes_on {
            self.applied(at);
            return None;
        }
        Some(if self.before(over) == b'\\' { self.skip_blanks(over - 1) } else { over })
    }

    /// Whether the value stands bare in brackets behind a word and a blank, as prose has it: `the auth token (…)`.
    fn is_remark(&self, at: usize) -> bool {
        at == self.value.start
            && self.text.get(self.value.end) == Some(&b')')
            && self.before_by(at, 2) == b' '
            && is_ident(self.before_by(at, 3))
    }

    /// Names to the left of an assignment sign, to the start of the statement.
    fn assignment(&mut self, at: usize) -> Option<usize> {
        self.how(How::Assigned);
        let at = annotation::colon_before(self.text, self.floor, at).unwrap_or(at);
        let at = self.skip_blanks(at);
        let (name, mut at) = self.name(self.skip_back(at, |b| b == b'*'))?;
        let carrier = is_carrier(name);
        if !is_noise(name) && !carrier {
            self.out.names.push(name);
        }
        for _ in 0..MOST {
            let left = self.skip_back(at, |b| {
                matches!(b, b' ' | b'\t' | b'&' | b'*' | b'?' | b'!' | b'<' | b'>' | b'\'')
            });
            let left = self.before_slice(left);
            let typed = self.before(left) == b':' && self.before_by(left, 2) != b':' && left < at + 1;
            let left = if typed { self.skip_blanks(left - 1) } else { left };
            // A path before a parameter is no type: `/hooks/acme?key=`.
            let is_path = self.before(at) == b'?' && left + 1 == at && !typed;
            let is_over = is_path || ends_in_break(&self.text[self.floor..left]);
            if !is_name(self.before(left)) || is_over || left == at && !typed {
                break;
            }
            let start = self.skip_back(left, is_name);
            let word = &self.text[start..left];
            if !is_noise(word) && self.out.names.len() < MOST {
                self.out.names.push(word);
            }
            at = start;
        }
        if carrier {
            self.sibling_names(at);
        }
        Some(at)
    }

    /// Before the sign of a slice in a type: `key: []const u8`, `key: [*:0]const u8`.
    fn before_slice(&self, at: usize) -> usize {
        let open = self.skip_back(at.saturating_sub(1), |b| b.is_ascii_digit() || matches!(b, b'*' | b':'));
        let is_slice = self.before(at) == b']' && self.before(open) == b'[';
        if is_slice { self.skip_back(open - 1, |b| matches!(b, b' ' | b'?' | b'*')) } else { at }
    }

    /// Over a literal that is glued to the value: `"Bearer " + value`, `"…?key=" + value`.
    fn concatenation(&mut self, at: usize) -> Option<usize> {
        let at = self.skip_back(at, |b| b.is_ascii_whitespace());
        let quote = self.before(at);
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        if matches!(self.before(at - 1), b'=' | b':') {
            return self.assignment(at - 2);
        }
        let open = self.skip_back(at - 1, |b| b != quote && b != b'\n');
        (self.before(open) == quote).then(|| open - 1)
    }

    /// Words before the value on its line: `ENV NAME value`, `Bearer value`, `--token value`.
    fn spoken(&mut self, mut at: usize) -> Option<usize> {
        const SAYS: [&[u8]; 4] = [b"is", b"ist", b"est", b"es"];
        const LEADS_TO: [&[u8]; 10] =
            [b"for", b"of", b"in", b"on", b"to", b"at", b"from", b"de", b"di", b"von"];
        let line = neighbour::line_before(self.text, at, at - self.floor);
        // A row of a table: what stands before is of other columns.
        if line.iter().filter(|b| **b == b'\t').count() >= 2 && self.text.get(at) == Some(&b'\t') {
            self.how(How::Listed);
            return None;
        }
        self.how(How::Spoken);
        let is_said =
            line.split(|b| *b == b' ').rfind(|word| !word.is_empty()).is_some_and(|w| SAYS.contains(&w));
        for _ in 0..if is_said { 10 } else { 6 } {
            let is_sign = |b| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b':' | b'=' | b'(' | b'*' | b'`');
            at = self.skip_back(at, is_sign);
            let start = self.line_start(self.skip_back(at, is_name), at);
            if start == at || self.out.names.len() >= MOST || ends_in_break(&self.text[self.floor..at]) {
                break;
            }
            let word = &self.text[start..at];
            // `"key": "Authorization", "value": "SSWS …"`, `--name X --value …`.
            if is_carrier(word.strip_prefix(b"--").unwrap_or(word)) || word == b"--body" {
                self.sibling_names(start);
                break;
            }
            // `API key for the shop account is …`: the key, not the account.
            if is_said && LEADS_TO.contains(&word) {
                self.out.names.clear();
            } else if names_user(word) && self.out.names.len() > 1 {
                // `user kim insecure-password …`: who logs in names no service.
                self.out.names.pop();
            } else if !(is_noise(word) || is_said && SAYS.contains(&word)) {
                self.out.names.push(word);
            }
            at = start;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "VALUEVALUE";

    fn at(text: &str) -> Located<'_> {
        let start = text.find(VALUE).unwrap();
        locate(text.as_bytes(), start..start + VALUE.len())
    }

    fn names(text: &str) -> Vec<String> {
        at(text).names.iter().map(|n| String::from_utf8_lossy(n).into_owned()).collect()
    }

    fn callees(text: &str) -> Vec<String> {
        at(text).callees.iter().map(|n| String::from_utf8_lossy(n).into_owned()).collect()
    }

    #[test]
    fn names_in_every_shape() {
        for text in [
            "AUTH_TOKEN=VALUEVALUE",
            "export AUTH_TOKEN='VALUEVALUE'",
            "AUTH_TOKEN: VALUEVALUE",
            "\"AUTH_TOKEN\": \"VALUEVALUE\"",
            "AUTH_TOKEN := \"VALUEVALUE\"",
            "const AUTH_TOKEN: &'static str = \"VALUEVALUE\";",
            "var AUTH_TOKEN string = \"VALUEVALUE\"",
            "private static final String AUTH_TOKEN = \"VALUEVALUE\";",
            "let AUTH_TOKEN: String = \"VALUEVALUE\"",
            "<AUTH_TOKEN>VALUEVALUE</AUTH_TOKEN>",
            "<string name=\"AUTH_TOKEN\">VALUEVALUE</string>",
            "<add key=\"AUTH_TOKEN\" value=\"VALUEVALUE\"/>",
            "os.getenv(\"AUTH_TOKEN\", \"VALUEVALUE\")",
            "config['AUTH_TOKEN'] = 'VALUEVALUE'",
            "'AUTH_TOKEN' => 'VALUEVALUE'",
            "ENV AUTH_TOKEN VALUEVALUE",
            "--AUTH_TOKEN VALUEVALUE",
            "x.set_AUTH_TOKEN('VALUEVALUE')",
            "buildConfigField \"String\", \"AUTH_TOKEN\", \"\\\"VALUEVALUE\\\"\"",
            "{\"name\": \"AUTH_TOKEN\",\n  \"value\": \"VALUEVALUE\"}",
            "- name: AUTH_TOKEN\n  value: VALUEVALUE",
            "process.env.AUTH_TOKEN || 'VALUEVALUE'",
            "process.env['AUTH_TOKEN'] ?? \"VALUEVALUE\"",
            "os.environ.get(\"AUTH_TOKEN\") or \"VALUEVALUE\"",
            "AUTH_TOKEN = os.environ.get(\"X\") or \"VALUEVALUE\"",
            "AUTH_TOKEN = prod ? \"VALUEVALUE\" : x;",
            "AUTH_TOKEN: env === 'prod' ? 'VALUEVALUE' : x,",
            "AUTH_TOKEN = x if is_prod(y) else \"VALUEVALUE\"",
            "${AUTH_TOKEN:-VALUEVALUE}",
            "define('AUTH_TOKEN', 'VALUEVALUE');",
            "{\\\"AUTH_TOKEN\\\": \\\"VALUEVALUE\\\"}",
            "?AUTH_TOKEN=VALUEVALUE&to=1",
            "variable \"AUTH_TOKEN\" {\n  type = string\n  default = \"VALUEVALUE\"\n}",
            "AUTH_TOKEN =\n    \"VALUEVALUE\"",
            "AUTH_TOKEN:\n  - VALUEVALUE",
            "ENV['AUTH_TOKEN'] = \"VALUEVALUE\"",
            "headers.set(\"AUTH_TOKEN\", \"VALUEVALUE\")",
            "# AUTH_TOKEN VALUEVALUE",
            "Client(AUTH_TOKEN=\"VALUEVALUE\")",
            "x = f(1, AUTH_TOKEN: \"VALUEVALUE\")",
            "AUTH_TOKEN = \"abc\" + \"VALUEVALUE\"",
            "AUTH_TOKEN: |-\n  VALUEVALUE\n",
            "AUTH_TOKEN = <<-EOT\n  VALUEVALUE\n  EOT\n",
            "<input value=\"VALUEVALUE\" type=\"text\" name=\"AUTH_TOKEN\">",
            "echo VALUEVALUE | gh secret set AUTH_TOKEN",
            "ENV.fetch(\"AUTH_TOKEN\") { \"VALUEVALUE\" }",
            "AUTH_TOKEN:\n  Type: String\n  Default: VALUEVALUE\n",
            "resource \"a\" \"AUTH_TOKEN\" {\n  name = \"x\"\n  value = \"VALUEVALUE\"\n}",
            "aws ssm put-parameter --name /prod/AUTH_TOKEN --value VALUEVALUE",
            "  CONSTANTS AUTH_TOKEN(12) TYPE c VALUE 'VALUEVALUE'.",
            "AUTH_TOKEN of the shop: <code>VALUEVALUE</code>",
            "<field name=\"key\">AUTH_TOKEN</field>\n<field name=\"value\">VALUEVALUE</field>",
            "UPDATE a SET value = 'VALUEVALUE' WHERE path = 'x/AUTH_TOKEN';",
            "  01  AUTH_TOKEN  PIC X(36) VALUE\n      \"VALUEVALUE\".",
        ] {
            assert!(names(text).iter().any(|name| name.contains("AUTH_TOKEN")), "{text}: {:?}", at(text));
        }
    }

    #[test]
    fn callees_and_users() {
        assert_eq!(callees("client = twilio.rest.Client(\"AC1\", \"VALUEVALUE\")"), ["twilio.rest.Client"]);
        assert_eq!(callees("new Twilio(\n  sid,\n  'VALUEVALUE'\n)"), ["Twilio"]);
        assert_eq!(callees("Twilio::REST::Client.new('AC', 'VALUEVALUE')"), ["Twilio::REST::Client.new"]);
        assert_eq!(callees("use Rack::TwilioAuth, 'VALUEVALUE', '/sms'"), ["Rack::TwilioAuth"]);
        for (text, callee) in [
            ("c = require(\"acme\")(SID, \"VALUEVALUE\")", "require(\"acme\")"),
            ("c = new (require('acme').Client)(sid, 'VALUEVALUE')", "(require('acme').Client)"),
            ("(await import(\"acme\")).default(\"VALUEVALUE\")", "(await import(\"acme\")).default"),
            ("c = (0, acme_1.default)(SID, \"VALUEVALUE\")", "(0, acme_1.default)"),
            ("c = Acme::Client.new ENV[\"SID\"], \"VALUEVALUE\"", "Acme::Client.new"),
            ("c = require(\"acme\") sid, \"VALUEVALUE\"", "require(\"acme\")"),
            ("c = ::Acme::Client\n  .new(sid, \"VALUEVALUE\")", "::Acme::Client\n  .new"),
            ("c = Acme(env(\"X\").unwrap_or(\"VALUEVALUE\"))", "Acme"),
            ("c = Acme(process.env.X || \"VALUEVALUE\")", "Acme"),
            ("c = Acme(os.environ.get(\"X\") or \"VALUEVALUE\")", "Acme"),
            ("c = Acme(is_prod(a) ? \"VALUEVALUE\" : x)", "Acme"),
            ("c = Acme(\"abc\" if prod else \"VALUEVALUE\")", "Acme"),
            ("(acme/client sid \"VALUEVALUE\")", "acme/client"),
        ] {
            assert_eq!(callees(text), [callee], "{text}");
        }
        for text in ["(f(x))(\"VALUEVALUE\")", "return a, \"VALUEVALUE\"", "x = a.b, \"VALUEVALUE\""] {
            assert!(callees(text).iter().all(|callee| callee.is_empty()), "{text}: {:?}", callees(text));
        }
        for text in [
            "(twilio/with-auth \"AC\" \"VALUEVALUE\"\n  (send!))",
            "(def c\n  (twilio/with-auth\n    (System/getenv \"SID\")\n    \"VALUEVALUE\"))",
        ] {
            assert_eq!(callees(text), ["twilio/with-auth"], "{text}");
        }
        assert_eq!(callees("(Client. \"VALUEVALUE\")"), ["Client"]);
        for text in
            ["(def token \"VALUEVALUE\")", "(f :token \"VALUEVALUE\")", "(use the token \"VALUEVALUE\")"]
        {
            assert!(callees(text).is_empty(), "{text}");
        }
        assert_eq!(callees("use(Rack::TwilioAuth, 'VALUEVALUE')"), ["Rack::TwilioAuth", "use"]);
        let text = "curl -u AC12:VALUEVALUE https://x";
        assert_eq!(&text[at(text).user.unwrap()], "AC12");
        let text = "https://AC12:VALUEVALUE@api.x.com/";
        assert_eq!(&text[at(text).user.unwrap()], "AC12");
        assert_eq!(at("VALUEVALUE\n").how, How::Alone);
    }
}
