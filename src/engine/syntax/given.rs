//! Values that a name gets though more than a sign stands between: what a property starts with, what a function of that
//! name returns, what a call sets, the default of a setting, an annotation above a field, the cell beside a cell.
//!
//! The same forms are read from both ends: [`names`] from the value, [`value`] from the name.

use std::ops::Range;

use crate::engine::locate::words::is_ident;
use crate::engine::syntax::literal;
use crate::part::start_in;

mod body;
mod passed;
mod place;
pub(in crate::engine) mod tuple;

use place::Place;

/// How far a name and its value may be apart, bytes.
const LONGEST: usize = 240;
/// Most literals behind a name that are looked at.
const MOST: usize = 3;
/// Shortest value that a declaration is read for, bytes.
const SHORTEST: usize = 6;
/// Most closures around a value.
const DEEPEST: usize = 3;
/// Methods that give what stands before them a default.
const DEFAULTS: [&[u8]; 8] =
    [b"default", b"catch", b"prefault", b"orElse", b"or", b"fallback", b"withDefault", b"getOrElse"];
/// Words behind a name that a value may follow.
const WORDS: [&[u8]; 10] =
    [b"by", b"do", b"returns", b"return", b"as", b"value", b"get", b"set", b"with", b"default"];
/// Elements whose one speaks of the next, in pages and in spreadsheets.
const CELLS: [&[u8]; 8] = [b"td", b"th", b"dd", b"dt", b"string", b"cell", b"table-cell", b"c"];
/// The same of settings, where one kind holds names and the other values: `<name>fs.key</name><value>…</value>` of Hadoop.
const LABELS: [&[u8]; 6] = [b"name", b"key", b"param-name", b"env-entry-name", b"propertyname", b"variable"];
const VALUES: [&[u8]; 6] =
    [b"value", b"val", b"param-value", b"env-entry-value", b"propertyvalue", b"defaultvalue"];
/// What only describes the setting, between its name and its value.
const ASIDES: [&[u8]; 2] = [b"description", b"type"];
/// What only marks up or wraps the text of such an element.
const MARKUP: [&[u8]; 12] =
    [b"code", b"b", b"strong", b"em", b"i", b"tt", b"kbd", b"span", b"p", b"data", b"is", b"t"];
/// Longest text of a cell that is a name, bytes, and most words of it.
const LONGEST_NAME: usize = 48;
const MOST_WORDS: usize = 5;

/// What is looked at of a text behind a place, and before it.
fn behind(text: &[u8], at: usize) -> &[u8] {
    &text[at..text.len().min(at + LONGEST)]
}

fn before(text: &[u8], at: usize) -> &[u8] {
    &text[at.saturating_sub(LONGEST)..at]
}

/// The name that a value is given by its declaration.
pub(in crate::engine) fn names<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    if text[..value.start].ends_with(b">") {
        return cell_before(before(text, value.start));
    }
    let bare = || Place { text, open: value.start, end: value.end };
    let Some(open) = literal::start(text, value.start) else {
        return passed::substituted(text, value).or_else(|| body::termed(&bare()));
    };
    let end = literal::at(text, open).filter(|found| found.value == *value)?.end;
    let mut place = Place { text, open, end }.unconverted();
    let mut is_wrapped = false;
    // What a closure returns is given to whatever the closure is given to.
    for _ in 0..DEEPEST {
        match body::enclosing(&place) {
            Some(body::Enclosing::Closure(outer)) => {
                place = outer.unconverted();
                is_wrapped = true;
            }
            Some(body::Enclosing::Named(name)) => return Some(name),
            None => break,
        }
    }
    if let Some(name) = tuple::name(text, place.open) {
        return Some(name);
    }
    let lead = place.before();
    match lead.last()? {
        b'(' => {
            let chain = &lead[..lead.len() - 1];
            let behind = place.behind();
            annotated(chain, behind).or_else(|| defaulted(chain)).or_else(|| passed::returned(chain, behind))
        }
        b',' => passed::set(text, place.open, is_wrapped),
        b'=' if is_wrapped => passed::labelled(&place).or_else(|| place.assigned()),
        b'=' if place.ends_statement() => {
            let declared = &lead[..lead.len() - 1];
            property(declared)
                .or_else(|| body::equated(declared))
                .or_else(|| passed::labelled(&place))
                .or_else(|| body::mocked(declared))
        }
        b':' => {
            let labelled = passed::labelled(&place).or_else(|| body::termed(&place));
            labelled.or_else(|| place.assigned().filter(|_| is_wrapped))
        }
        b'=' | b'>' => passed::labelled(&place),
        b'-' | b'y' if is_wrapped => place.assigned(),
        _ => passed::spelled(&place),
    }
}

/// What the declaration of a name gives it, and the part of `name` that is the name.
pub(in crate::engine) fn value(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let rest = behind(text, name.end);
    let at = |rest: &[u8]| start_in(text, rest);
    if rest.starts_with(b"</") {
        return cell_behind(rest).map(|cell| (name.clone(), at(cell)..at(cell) + cell.len()));
    }
    // `app:NAME`, `mock.NAME.return_value`.
    let own = |value: Range<usize>| {
        let given = names(text, &value)?;
        let given = at(given)..at(given) + given.len();
        let is_part = given.start >= name.start && given.end < name.end && given.end > name.start;
        (is_part || given.end == name.end && given.start < name.end)
            .then(|| (given.start.max(name.start)..given.end, value))
    };
    // A few values stand before what they are given to.
    let lead = before(text, name.start);
    let next = rest.trim_ascii_start();
    let first = *next.first()?;
    // Behind most names a word says that nothing is given there.
    let word = &next[..next.iter().take_while(|b| b.is_ascii_alphabetic()).count()];
    if !word.is_empty() && !WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return None;
    }
    let above = match first {
        b';' | b'=' | b',' | b')' | b'{' | b':' | b'(' | b'\'' | b'"' => {
            let gives = |at: &usize| match lead[*at] {
                b'(' if !matches!(lead[..*at].last(), Some(b'e' | b'n' | b't')) => false,
                b'(' => [&b"Value"[..], b"doReturn", b"create_secret"]
                    .iter()
                    .any(|call| lead[..*at].ends_with(call)),
                _ => lead[..*at].trim_ascii_end().ends_with(b"default_value"),
            };
            let is_declared = first == b'\'' || lead.contains(&b')');
            let mut signs = memchr::memrchr2_iter(b'(', b'=', lead);
            is_declared.then(|| signs.find(gives)).flatten().map(|at| &lead[at..])
        }
        _ => None,
    };
    // `"NAME"`, `:NAME`, `'--NAME'`, `"app:NAME"`.
    let is_spelt = text[..name.start].last().is_some_and(|b| !is_ident(*b) && !b"( \t\n,=[{".contains(b));
    let literals = |near: &'_ [u8]| {
        let mut cursor = 0;
        for _ in 0..MOST {
            let rest = &near[cursor..];
            let gap = memchr::memchr3(b'"', b'\'', b'`', rest)?;
            // Another statement, or another declaration.
            let is_over = |gap: &[u8]| {
                gap.contains(&b';') && !gap.contains(&b'{') && !gap.trim_ascii_start().starts_with(b";")
                    || gap.windows(2).any(|two| two == b"\n\n")
            };
            if is_over(&rest[..gap]) {
                return None;
            }
            let open = at(near) + cursor + gap;
            let literal = literal::at(text, open);
            cursor = literal.as_ref().map_or(open + 1, |literal| literal.end) - at(near);
            let value = literal
                .map(|literal| literal.value)
                .filter(|value| value.len() >= SHORTEST && place::may_open(&text[at(near)..open], is_spelt));
            if let Some(found) = value.and_then(own) {
                return Some(found);
            }
            if cursor >= near.len() {
                return None;
            }
        }
        None
    };
    // What is left of the name's own literal.
    let quote = text[..name.start].last().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    let quote = quote.or(rest.first().filter(|b| matches!(b, b'"' | b'\'' | b'`')));
    let own_end =
        quote.and_then(|quote| memchr::memchr2(*quote, b'\n', rest).filter(|at| rest[*at] == *quote));
    let rest = own_end.map_or(rest, |at| &rest[at + 1..]);
    let found = above.and_then(literals).or_else(|| literals(rest));
    let found = found.or_else(|| qualified(text, name).map(|value| (name.clone(), value)));
    found.or_else(|| passed::substitute(text, name).and_then(own))
}

/// What a method gives under the name that a container of dependencies knows it by: `@Bean("NAME")`, `@Named("NAME")` above
/// `String provide() { return "…"; }`.
fn qualified(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    const MARKS: [&[u8]; 5] =
        [b"@Bean(\"", b"@Bean(name = \"", b"@Bean(value = \"", b"@Named(\"", b"@Qualifier(\""];
    MARKS.iter().find(|mark| text[..name.start].ends_with(mark))?;
    let declared = behind(text, name.end);
    let head = declared.strip_prefix(b"\")")?;
    let gap = memchr::memchr3(b'"', b';', b'}', head).filter(|at| head[*at] == b'"')?;
    let open = start_in(text, head) + gap;
    let found = literal::at(text, open)?;
    matches!(body::enclosing(&Place { text, open, end: found.end })?, body::Enclosing::Named(_))
        .then_some(found.value)
}

/// `NAME { get; set; } = "…"` of C#.
fn property(declared: &[u8]) -> Option<&[u8]> {
    const WORDS: [&[u8]; 7] = [b"get", b"set", b"init", b"private", b"protected", b"internal", b"required"];
    let (head, inner) = last_block(declared)?;
    let mut words = inner.split(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let is_accessor = words.clone().any(|word| word == b"get") && words.all(|word| WORDS.contains(&word));
    is_accessor.then(|| last_name(head)).flatten()
}

/// What stands before the bracket that the end of a text closes, and within: `NAME {…}`.
fn last_block(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.trim_ascii_end().strip_suffix(b"}")?;
    let open = memchr::memrchr2(b'{', b'}', body).filter(|at| body[*at] == b'{')?;
    Some((&body[..open], &body[open + 1..]))
}

/// `@Value("…") private String NAME;` of Spring, `[DefaultValue("…")] string NAME {` of C#, `default_value = "…")]` above
/// `NAME: String` of Rust: the last word of what is declared behind.
fn annotated<'t>(annotation: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    const ANNOTATIONS: [&[u8]; 3] = [b"@Value", b"DefaultValue", b"default_value"];
    if !ANNOTATIONS.iter().any(|known| annotation.ends_with(known)) {
        return None;
    }
    let declared = behind.strip_prefix(b")")?;
    let declared = declared.strip_prefix(b"]").unwrap_or(declared);
    let is_end = |b: &u8| matches!(b, b';' | b'=' | b',' | b')' | b'(' | b'{' | b'"' | b':');
    let end = declared.iter().position(is_end)?;
    let is_field = declared[end] == b':';
    let declared = declared[..end].trim_ascii();
    let words = declared.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    (is_field || words.count() > 1).then(|| last_name(declared)).flatten()
}

/// `NAME: z.string().min(1).default("…")`: what a chain of calls that ends in a default is given to.
fn defaulted(chain: &[u8]) -> Option<&[u8]> {
    let method = defaults(chain)?;
    let mut rest = chain[..chain.len() - method.len()].strip_suffix(b".")?.trim_ascii_end();
    loop {
        rest = match rest.last()? {
            b')' => &rest[..opening(rest)?],
            b'.' => rest[..rest.len() - 1].trim_ascii_end(),
            byte if is_ident(*byte) => &rest[..rest.len() - last_name(rest)?.len()],
            _ => break,
        };
        // What follows a sign is the whole chain.
        if rest.trim_ascii_end().ends_with(b":") || rest.trim_ascii_end().ends_with(b"=") {
            break;
        }
    }
    let rest = rest.trim_ascii_end();
    let named = rest.strip_suffix(b":").or(rest.strip_suffix(b"="))?.trim_ascii_end();
    let named = named.strip_suffix(b"\"").or(named.strip_suffix(b"'")).unwrap_or(named);
    last_name(named)
}

/// The method at the end of a chain that gives what stands before it a default.
fn defaults(chain: &[u8]) -> Option<&[u8]> {
    last_name(chain).filter(|method| DEFAULTS.contains(method))
}

/// Where the bracket opens that ends a text.
fn opening(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    text.iter().rposition(|b| {
        match b {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The text of the cell before the one that opens at the end: `<td>NAME</td><td>`, `<td>Acme API key</td><td><code>`.
fn cell_before(lead: &[u8]) -> Option<&[u8]> {
    let mut rest = lead;
    // The value's own tags, then those that close the cell before.
    let mut passed = [None; 2];
    for (closes, passed) in [false, true].into_iter().zip(&mut passed) {
        while let Some((tag, before)) = tag_before(rest).filter(|(tag, _)| tag.closes == closes) {
            *passed = passed.or(tag.cell);
            rest = before.trim_ascii_end();
        }
        rest = before_aside(rest);
    }
    let [own, before] = passed;
    if !speaks_of(before?, own?) {
        return None;
    }
    let name = rest[memchr::memrchr(b'>', rest)? + 1..].trim_ascii();
    let name = name.strip_suffix(b":").unwrap_or(name);
    let is_of_name = |b: &u8| is_ident(*b) || matches!(b, b' ' | b'-' | b'.' | b'/');
    let is_name = name.len() <= LONGEST_NAME && name.iter().all(is_of_name);
    (!name.is_empty() && is_name && name.split(|b| *b == b' ').count() <= MOST_WORDS).then_some(name)
}

/// What a cell may hold, by its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Either,
    Name,
    Value,
}

/// Whether a cell may hold the name of what the next holds.
fn speaks_of(cell: Cell, next: Cell) -> bool {
    cell != Cell::Value && next != Cell::Name && (cell == Cell::Name || next == Cell::Either)
}

/// The tag of a cell, or of what stands in one.
struct Tag {
    closes: bool,
    cell: Option<Cell>,
}

impl Tag {
    /// From what stands between its brackets. One with a name of its own, `<string name="…">` of Android, is none.
    fn of(inner: &[u8]) -> Option<Tag> {
        let bare = inner.strip_prefix(b"/").unwrap_or(inner);
        let name = bare.split(u8::is_ascii_whitespace).next()?;
        let name = name.rsplit(|b| *b == b':').next()?;
        let is_of = |known: &[&[u8]]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
        // JMeter says by an attribute which it is: `<stringProp name="Argument.value">`.
        if name == b"stringProp" {
            let cell = match bare.strip_suffix(b"\"") {
                Some(bare) if bare.ends_with(b".name") => Cell::Name,
                Some(bare) if bare.ends_with(b".value") => Cell::Value,
                None if bare.len() < inner.len() => Cell::Name,
                _ => return None,
            };
            return Some(Tag { closes: bare.len() < inner.len(), cell: Some(cell) });
        }
        let kinds = [(&CELLS[..], Cell::Either), (&LABELS, Cell::Name), (&VALUES, Cell::Value)];
        let cell = kinds.into_iter().find(|(known, _)| is_of(known)).map(|(_, cell)| cell);
        let is_known = (cell.is_some() || is_of(&MARKUP)) && crate::memmem::find(bare, b" name=").is_none();
        is_known.then_some(Tag { closes: bare.len() < inner.len(), cell })
    }
}

/// The tag at the end of a text, and what stands before it.
fn tag_before(text: &[u8]) -> Option<(Tag, &[u8])> {
    let body = text.strip_suffix(b">")?;
    let open = memchr::memrchr2(b'<', b'>', body).filter(|at| body[*at] == b'<')?;
    Some((Tag::of(&body[open + 1..])?, &text[..open]))
}

/// Whether an element says of which type a value is, or what it is for: `<env-entry-type>…`, `<description>…`.
fn is_aside(name: &[u8]) -> bool {
    name.ends_with(b"-type") || ASIDES.contains(&name)
}

/// What stands before the element that ends a text, where it only describes the value.
fn before_aside(text: &[u8]) -> &[u8] {
    let over = text.strip_suffix(b">").and_then(|body| Some(&body[memchr::memrchr(b'<', body)?..]));
    let name = over.and_then(|over| over.strip_prefix(b"</")).filter(|name| is_aside(name));
    let open = name.and_then(|name| memchr::memmem::rfind(text, &[&b"<"[..], name, b">"].concat()));
    open.map_or(text, |open| text[..open].trim_ascii_end())
}

/// Length of such an element at the start of a text, in the brackets of its name and behind them.
fn aside_length(inner: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'>', inner)?;
    let name = Some(&inner[..end]).filter(|name| is_aside(name))?;
    let over = [&b"</"[..], name, b">"].concat();
    Some(crate::memmem::find(inner, &over)? + over.len())
}

/// The text of the cell behind the one that ends at the start: `</td><td>VALUE</td>`.
fn cell_behind(rest: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    // The cell that was closed, and the one that was opened.
    let mut passed = [None; 2];
    loop {
        let step = rest[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let Some(inner) = rest[at + step..].strip_prefix(b"<") else { break };
        if let Some(length) = aside_length(inner).filter(|_| passed == [Some(Cell::Name), None]) {
            at += step + 1 + length;
            continue;
        }
        let end = memchr::memchr(b'>', inner)?;
        let tag = Tag::of(&inner[..end])?;
        // An empty cell lies between.
        if passed[1].is_some() && tag.closes {
            return None;
        }
        let passed = &mut passed[usize::from(!tag.closes)];
        *passed = passed.or(tag.cell);
        at += step + end + 2;
    }
    let cell = &rest[at..];
    let cell = &cell[..memchr::memchr(b'<', cell)?];
    let [Some(name), Some(value)] = passed else { return None };
    (speaks_of(name, value) && !cell.is_empty() && !cell.iter().any(u8::is_ascii_whitespace)).then_some(cell)
}

/// The identifier that ends a text.
fn last_name(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_end();
    let length = text.iter().rev().take_while(|b| is_ident(**b)).count();
    (length > 0).then(|| &text[text.len() - length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_both_ends() {
        for text in [
            "public string ApiToken { get; set; } = \"VALUE7\";",
            "public string ApiToken { get; init; } = \"VALUE7\";",
            "String ApiToken() { return \"VALUE7\"; }",
            "get ApiToken() { return 'VALUE7' }",
            "fn ApiToken() -> &'static str {\n    return \"VALUE7\";\n}",
            "var ApiToken: String { \"VALUE7\" }",
            "string ApiToken { get { return \"VALUE7\"; } }",
            "def ApiToken(self):\n    return \"VALUE7\"\n",
            "public string ApiToken\n{\n    get;\n    set;\n} = \"VALUE7\";",
            "@Value(\"VALUE7\") private String ApiToken;",
            "@Value(\"VALUE7\")\n    private final String ApiToken;",
            "ApiToken: z.string().min(1).default(\"VALUE7\"),",
            "ApiToken: z\n    .string()\n    .default('VALUE7')",
            "<tr><td>ApiToken</td><td>VALUE7</td></tr>",
            "<td><code>ApiToken</code></td>\n  <td class=\"x\"><code>VALUE7</code></td>",
            "<entry><string>ApiToken</string><string>VALUE7</string></entry>",
            "<property>\n  <name>ApiToken</name>\n  <value>VALUE7</value>\n</property>",
            "<key>ApiToken</key><string>VALUE7</string>",
            "<env-entry-name>ApiToken</env-entry-name>\n  <env-entry-type>java.lang.String</env-entry-type>\n  <env-entry-value>VALUE7</env-entry-value>",
            "<Cell><Data ss:Type=\"String\">ApiToken</Data></Cell><Cell><Data ss:Type=\"String\">VALUE7</Data></Cell>",
            "<table:table-cell><text:p>ApiToken</text:p></table:table-cell><table:table-cell><text:p>VALUE7</text:p>",
            "let(:ApiToken) { 'VALUE7' }",
            "let!(:ApiToken) do\n  'VALUE7'\nend",
            "let(:ApiToken) { -> { 'VALUE7' } }",
            "attribute :ApiToken, :string, default: 'VALUE7'",
            "def ApiToken\n  # for now\n  'VALUE7'\nend",
            "def ApiToken() -> str: return \"VALUE7\"",
            "ApiToken = lambda: \"VALUE7\"",
            "pub const fn ApiToken() -> &'static str {\n    \"VALUE7\"\n}",
            "export const ApiToken = async (): Promise<string> => 'VALUE7';",
            "const ApiToken = function () { return 'VALUE7'; };",
            "val ApiToken: String\n    get() = \"VALUE7\"",
            "val ApiToken: String by lazy { \"VALUE7\" }",
            "every { config.ApiToken } returns \"VALUE7\"",
            "lazy var ApiToken: String = { \"VALUE7\" }()",
            "string ApiToken() => \"VALUE7\";",
            "def ApiToken, do: \"VALUE7\"",
            "(defn ApiToken [] \"VALUE7\")",
            "(define (ApiToken) \"VALUE7\")",
            "ApiToken() { echo \"VALUE7\"; }",
            "func (c *Config) ApiToken() (string, error) {\n\treturn \"VALUE7\"\n}",
            "setattr(o, \"ApiToken\", \"VALUE7\")",
            "StringVarP(&token, \"ApiToken\", \"t\", \"VALUE7\", \"help\")",
            "when(o.ApiToken()).thenReturn(\"VALUE7\")",
            "doReturn(\"VALUE7\").when(o).ApiToken();",
            "mock.ApiToken.return_value = \"VALUE7\"",
            "jest.spyOn(o, 'ApiToken').mockReturnValue('VALUE7')",
            "registry.add(\"ApiToken\", () -> \"VALUE7\");",
            "#[arg(long, default_value = \"VALUE7\")]\nApiToken: String,",
            "sed -i 's/@ApiToken@/VALUE7/' a.conf",
            "CREATE SECRET ApiToken AS 'VALUE7';",
            "vault.create_secret('VALUE7', 'ApiToken')",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            let named = names(text.as_bytes(), &place("VALUE7"));
            assert_eq!(named, Some(&b"ApiToken"[..]), "{text}");
            let found = value(text.as_bytes(), &place("ApiToken")).map(|(_, value)| value);
            assert_eq!(found, Some(place("VALUE7")), "{text}");
        }
        for text in [
            "if (ApiToken) { return \"VALUE7\"; }",
            "ApiToken { x = 1 } = \"VALUE7\"",
            "ApiToken: f(\"VALUE7\")",
            "<td>ApiToken</td><td></td><td>VALUE7</td>",
            "<p>ApiToken</p><p>VALUE7</p>",
            "<name>ApiToken</name><key>VALUE7</key>",
            "<value>ApiToken</value><string>VALUE7</string>",
            "f(ApiToken, () => { return \"VALUE7\" + x; })",
            "if is_valid(ApiToken): return \"VALUE7\"",
            "match kind { Kind::ApiToken(x) -> \"VALUE7\" }",
            "ApiToken || \"VALUE7\"",
            "expect(o.ApiToken).to eq('VALUE7')",
            "f(ApiToken, 'VALUE7')",
            "def ApiToken\n  x\nend\n'VALUE7'",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            assert_eq!(names(text.as_bytes(), &place("VALUE7")), None, "{text}");
            assert_eq!(value(text.as_bytes(), &place("ApiToken")), None, "{text}");
        }
    }
}
