//! Arguments and items of lists: whose call a value is handed to, and what the items before it say.

use crate::engine::locate::words::{
    is_carrier, is_ident, is_login, is_module, is_name, loads_module, login_without_brackets,
    names_first_argument, secret_type, set_by, set_symbol, takes_class,
};
use crate::engine::locate::{How, MOST, Walk};
use crate::engine::names::{self, Role};
use crate::engine::syntax::bracket::open_before;
use crate::engine::syntax::{lexer, neighbour, row};

/// The items of a list before a value.
struct Items {
    /// Where the first begins, behind the bracket if there is one.
    start: usize,
    /// The comma behind the first item.
    first_comma: usize,
    /// Behind the comma before the last one.
    last_comma: Option<usize>,
    /// The comma before the value.
    end: usize,
}

impl<'t> Walk<'t> {
    /// The function before an opening bracket, then whatever the call's result is given to.
    pub(super) fn callee(&mut self, at: usize) -> Option<usize> {
        self.how(How::Argument);
        let end = self.before_types(self.skip_blanks(at));
        let start = self.called(end);
        let chain = &self.text[start..end];
        if !chain.is_empty() && self.out.callees.len() < MOST {
            self.out.callees.push(chain);
        }
        // A type that says what it holds: `ClientSecret::new("…")`. A method that says what it sets.
        if let Some(name) =
            secret_type(chain).or_else(|| set_by(chain)).filter(|_| self.out.names.len() < MOST)
        {
            self.out.names.push(name);
        }
        // The first argument, with no more before it than quotes.
        if self.value.start <= at + 4 {
            self.built(chain, start);
        }
        let left = self.skip_blanks(start);
        let new =
            self.text[self.floor..left].ends_with(b"new") || self.text[self.floor..left].ends_with(b"await");
        let left = if new { self.skip_back(left, is_ident) } else { left };
        Some(left)
    }

    /// What the chain begins with whose link at `start` sets a secret of what it builds: `Acme.builder().id(x).token("…")`.
    fn built(&mut self, link: &'t [u8], start: usize) {
        const MOST_LINKS: usize = 6;
        let link = link.trim_ascii_start();
        let Some(method) = link.strip_prefix(b".").or(link.strip_prefix(b"->")) else { return };
        let sets = || names::role(method) == Role::Secret || method.eq_ignore_ascii_case(b"key");
        let end = self.skip_back(start, |b| b.is_ascii_whitespace());
        if self.before(end) != b')' || method.iter().any(|b| !is_ident(*b)) || !sets() {
            return;
        }
        let (mut head, mut path) = (end, link);
        for _ in 0..MOST_LINKS {
            let close = self.skip_back(head, |b| b.is_ascii_whitespace());
            if self.before(close) != b')' {
                break;
            }
            let Some(open) = open_before(&self.text[self.floor..close - 1], b"(", b")") else { return };
            let open = self.floor + open;
            head = self.called(open);
            path = &self.text[head..open];
        }
        if !path.is_empty() && path != link && self.out.callees.len() < MOST && self.out.names.len() < MOST {
            self.out.callees.push(path);
            self.out.names.push(method);
        }
    }

    /// Before the types that a call is given: `Client<Token>(`, `KeyValuePair<string, string>(`.
    fn before_types(&self, end: usize) -> usize {
        if self.before(end) != b'>' {
            return end;
        }
        let inner = self.skip_back(end - 1, |b| b != b'<' && b != b'\n');
        if self.before(inner) == b'<' { inner - 1 } else { end }
    }

    /// Where the path of the function begins that is called at `end`, with the module that it is taken from,
    /// `require("acme").Client`, and the brackets around both, `(await import("acme")).default`, `(0, acme_1.default)`.
    fn called(&self, end: usize) -> usize {
        let in_path = |b| is_ident(b) || matches!(b, b'.' | b':' | b'>' | b'-' | b'!' | b'\\' | b'?');
        let start = self.skip_back(end, in_path);
        // A link of a chain on its own line.
        let start = match self.skip_back(start, |b| b.is_ascii_whitespace()) {
            above if above < start && self.text[start..end].starts_with(b".") => {
                self.skip_back(above, in_path)
            }
            _ => start,
        };
        let opens = |close: usize| {
            let open = open_before(&self.text[self.floor..close], b"(", b")")?;
            Some(self.floor + open)
        };
        // The path that a module's name is given to: `require` of `require("acme")`.
        let module = |end: usize| {
            let close = end.checked_sub(1).filter(|_| self.before(end) == b')')?;
            let open = opens(close)?;
            let loads = self.skip_back(open, in_path);
            (is_module(&self.text[open + 1..close]) && loads_module(&self.text[loads..open])).then_some(loads)
        };
        if let Some(loads) = module(start) {
            return loads;
        }
        let group = || {
            let close = start.checked_sub(1).filter(|_| self.before(start) == b')')?;
            let open = opens(close).filter(|open| !is_ident(self.before(*open)))?;
            let inner = self.skip_back(close, in_path);
            let first = module(inner).unwrap_or(inner);
            let lead = self.text[open + 1..first].trim_ascii();
            let is_whole = matches!(lead, b"" | b"await" | b"0,") && first < close;
            is_whole.then_some(open)
        };
        group().unwrap_or(start)
    }

    /// What a statement calls whose arguments stand behind a blank: `c = Acme::Client.new sid, "…"`, `require("acme") sid, "…"`.
    fn command(&self, statement: &'t [u8]) -> Option<&'t [u8]> {
        let given = crate::memmem::find(statement, b"= ").map_or(statement, |at| &statement[at + 2..]);
        let given = given.trim_ascii_start();
        let in_path = |b: &u8| is_ident(*b) || matches!(b, b'.' | b':');
        let path = &given[..given.iter().take_while(|b| in_path(b)).count()];
        let module = given[path.len()..].strip_prefix(b"(").filter(|_| loads_module(path));
        let module = module.and_then(|rest| Some(&rest[..memchr::memchr(b')', rest)?]));
        let length = match module.filter(|module| is_module(module)) {
            Some(module) => path.len() + module.len() + 2,
            None => path.len(),
        };
        let callee = &given[..length];
        let operand = given[length..].strip_prefix(b" ").and_then(|rest| rest.first());
        let is_operand = |b: &u8| is_ident(*b) || matches!(b, b'"' | b'\'' | b'@' | b'$' | b':');
        let has_parts = callee.iter().any(|b| matches!(b, b'.' | b':' | b'('));
        (has_parts && !callee.ends_with(b":") && operand.is_some_and(is_operand)).then_some(callee)
    }

    /// Back over earlier items to the bracket that opens the list; a name given first counts as the
    /// value's name for functions such as `getenv("X", "…")`.
    pub(super) fn earlier_items(&mut self, at: usize) -> Option<usize> {
        if let Some(symbol) = set_symbol(&self.text[self.floor..at]) {
            self.how(How::Assigned);
            self.out.names.push(symbol);
            return None;
        }
        let items = self.items_before(at)?;
        let line = at - neighbour::line_before(self.text, at, at - self.floor).len();
        if let Some(login) = login_without_brackets(&self.text[line.max(items.start)..at]) {
            self.how(How::Argument);
            self.out.callees.push(login);
            return None;
        }
        let has_bracket = items.start > self.floor;
        let is_called = (!has_bracket || items.start < line) && self.called_without_brackets(line, &items);
        if is_called || !has_bracket {
            return None;
        }
        if let Some(login) = self.login_of_two(&items) {
            self.how(How::Argument);
            self.out.callees.push(login);
            return Some(items.start - 1);
        }
        if self.text[items.start - 1] == b'(' {
            return self.argument(&items);
        }
        self.how(How::Listed);
        let name = self.literal_or_name(items.start, items.first_comma);
        self.out.names.extend(name.filter(|name| names::role(name) != Role::Neutral));
        Some(self.opened(items.start - 1))
    }

    /// What a pair is given to whose second the value is, where that is a login: `auth=(sid, "…")`, `'auth' => [$sid, '…']`,
    /// `basic_auth: {sid, "…"}`.
    fn login_of_two(&self, items: &Items) -> Option<&'t [u8]> {
        let sign = self.skip_blanks(items.start - 1);
        let name = self.skip_back(sign, |b| matches!(b, b'=' | b'>' | b':'));
        let (name, _) = self.name(self.skip_blanks(name)).filter(|_| name < sign)?;
        (items.last_comma.is_none() && is_login(name)).then_some(name)
    }

    /// What takes a user and the value, without a comma between: `:basic-auth [sid "…"]`, `applyBasicAuth sid "…"`.
    pub(super) fn login_applied(&mut self, at: usize) -> bool {
        let is_of_word = |b| is_ident(b) || matches!(b, b'.' | b'-' | b'$' | b'/' | b'(' | b')');
        let user = self.skip_back(at, is_of_word);
        let open = self.skip_blanks(user);
        let end = self.skip_blanks(open - usize::from(self.before(open) == b'['));
        let start = self.skip_back(end, |b| is_ident(b) || b == b'-');
        let login = &self.text[start..end];
        let is_pair = self.out.how == How::Alone && user < at && start < end && end < user;
        if !is_pair || !names::normalized(login).ends_with("basicauth") {
            return false;
        }
        self.how(How::Argument);
        self.out.callees.push(login);
        true
    }

    /// The items before the comma at `at`, back to the bracket that is open there or as far as is looked; none where a
    /// statement ends between.
    fn items_before(&self, at: usize) -> Option<Items> {
        let list = lexer::list_before(self.text, self.floor, at);
        (!list.is_over).then(|| Items {
            start: list.open.map_or(self.floor, |open| open + 1),
            first_comma: list.commas.first().copied().unwrap_or(at),
            last_comma: list.commas.last().map(|comma| comma + 1),
            end: at,
        })
    }

    /// A call without brackets on the line that starts at `line`: `use Rack::Auth, "…"`. Whether it is one.
    fn called_without_brackets(&mut self, line: usize, items: &Items) -> bool {
        let before = &self.text[line..items.end];
        let first = before.split(|b| *b == b',').next().unwrap_or_default().trim_ascii();
        let (callee, operand) = first.split_at(first.iter().position(|b| *b == b' ').unwrap_or(0));
        if takes_class(callee) {
            self.how(How::Argument);
            self.out.callees.push(operand.trim_ascii());
            return true;
        }
        if let Some(called) = self.command(before) {
            self.how(How::Argument);
            self.out.callees.push(called);
            return true;
        }
        // `buildConfigField "String", "X", "…"`, `header "X-Token", "…"`.
        let from = items.last_comma.filter(|comma| *comma >= line).unwrap_or(items.end - operand.len());
        let name = self.literal_or_name(from, items.end).filter(|_| !callee.is_empty());
        let Some(name) = name.filter(|_| names_first_argument(callee)) else { return false };
        self.how(How::Assigned);
        self.out.names.push(name);
        true
    }

    /// An argument of the call, or a value of the row, whose bracket stands before the items.
    fn argument(&mut self, items: &Items) -> Option<usize> {
        let open = items.start - 1;
        let callee_end = self.before_types(self.skip_blanks(open));
        let callee_start = match self.before(callee_end) == b')' {
            true => self.called(callee_end),
            false => self.skip_back(callee_end, |b| is_name(b) || b == b':' || b == b'>'),
        };
        let called = &self.text[callee_start..callee_end];
        let is_row = called.is_empty() || called.eq_ignore_ascii_case(b"values");
        let column = is_row.then(|| row::column_of(self.text, open, items.end)).flatten();
        let first = self.literal_or_name(items.start, items.first_comma);
        if let Some(column) = column.filter(|column| names::role(column) != Role::Neutral) {
            self.how(How::Assigned);
            // What the row is about says whose its secret is.
            self.out.names.extend(first.filter(|_| names::role(column) == Role::Secret));
            self.out.names.push(column);
            return None;
        }
        // The first argument of what a module gives by default, `acme.default(SID, "…")`, is no name.
        let items_text = self.text[items.start..items.end].trim_ascii_start();
        let is_quoted = matches!(items_text.first(), Some(b'"' | b'\''));
        let is_carried = column.is_some_and(is_carrier);
        let named =
            is_carried || names_first_argument(called) && (is_quoted || !called.ends_with(b".default"));
        if takes_class(called) {
            self.out.callees.push(self.text[items.start..items.first_comma].trim_ascii());
        }
        // The item just before, `buildConfigField("String", "X", "…")`, else the first.
        let before = items.last_comma.and_then(|comma| self.literal_or_name(comma, items.end));
        if let Some(name) = before.or(first).filter(|_| named) {
            self.how(How::Assigned);
            self.out.names.push(name);
        }
        // A row of values: `('theme_hash', '…')`.
        let title = first.filter(|name| called.is_empty() && names::role(name) == Role::Counter);
        self.out.names.extend(title);
        self.callee(open)
    }

    /// Where what a list is given to ends: before its bracket, or before its type too, `names := []string{"…"}`.
    pub(super) fn opened(&self, bracket: usize) -> usize {
        let in_type = |b| is_ident(b) || matches!(b, b'[' | b']' | b'<' | b'>' | b'*' | b'.');
        let kind = self.skip_blanks(self.skip_back(bracket, in_type));
        if self.before(kind) == b'=' { kind } else { bracket }
    }
}
