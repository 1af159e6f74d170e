//! The literal that a name is given: the forms in which files give one, in the order in which they are asked.

use std::ops::Range;

use super::assignment::{LONGEST_GAP, LONGEST_NAME};
use super::named::is_first_argument;
use super::operand::{self, Literal, said, skip};
use super::sign::{MOST_BLANKS, Sign};
use super::{Around, columns, compared, declaration, header, node, pair, prose, table};
use crate::engine::Syntax;
use crate::engine::syntax::given::tuple;
use crate::engine::syntax::{fed, given, trivia};

/// A name, and where what stands behind it begins.
struct Spot<'t> {
    text: &'t [u8],
    name: &'t Range<usize>,
    at: usize,
    around: Around<'t>,
    syntax: Syntax,
}

/// A form in which a name is given a literal.
type Form = fn(&Spot<'_>) -> Option<Literal>;

/// Forms that are known whatever sign stands behind the name.
const WHOLE: [Form; 6] = [
    |spot| operand::by_form(spot.text, spot.name, spot.syntax),
    |spot| tuple::value(spot.text, spot.name).map(quoted),
    |spot| compared::literal_before(spot.text, spot.name),
    |spot| pair::build_field(spot.text, spot.name),
    |spot| pair::parameter(spot.text, spot.name, spot.syntax),
    // The last attribute of its element: `<input value="…" name="password">`.
    |spot| match spot.text.get(spot.at) {
        Some(b'>') => pair::sibling(spot.text, spot.name, spot.syntax),
        _ => None,
    },
];

/// Forms without a sign.
const WITHOUT_SIGN: [Form; 19] = [
    |spot| said(spot.text, spot.name, spot.at).map(quoted),
    |spot| pair::sibling(spot.text, spot.name, spot.syntax),
    |spot| fed::value(spot.text, spot.name).map(quoted),
    |spot| header::value_before(spot.text, spot.name.start).map(quoted),
    |spot| {
        let at = trivia::behind_on_line(spot.text, spot.at);
        pair::directive(spot.text, spot.name, at, spot.syntax)
    },
    |spot| pair::declared(spot.text, spot.name, spot.syntax),
    |spot| pair::option(spot.text, spot.name),
    |spot| declaration::picture(spot.text, spot.name),
    |spot| declaration::fact(spot.text, spot.name),
    |spot| declaration::answered(spot.text, spot.name),
    |spot| declaration::defined(spot.text, spot.name),
    |spot| declaration::variable(spot.text, spot.name),
    |spot| declaration::configured(spot.text, spot.name),
    |spot| pair::counted(spot.text, spot.name),
    |spot| table::property(spot.text, spot.name),
    |spot| table::row(spot.text, spot.name, spot.syntax),
    |spot| columns::numbered(spot.text, spot.name, spot.at),
    |spot| prose::told(spot.text, spot.name),
    |spot| prose::noted(spot.text, spot.name, spot.around),
];

/// Forms in which a comma stands behind the name. The items of a list give each other nothing.
const AMONG_ITEMS: [Form; 6] = [
    |spot| pair::sibling(spot.text, spot.name, spot.syntax),
    |spot| pair::default_of(spot.text, spot.name, spot.syntax),
    |spot| pair::option(spot.text, spot.name),
    |spot| pair::entry(spot.text, spot.name, spot.at),
    |spot| columns::setting(spot.text, spot.name, spot.at),
    |spot| columns::numbered(spot.text, spot.name, spot.at),
];

fn quoted(value: Range<usize>) -> Literal {
    (value, true)
}

/// The name, the literal it is given, and whether that is quoted.
pub(super) fn assigned(
    text: &[u8],
    around: Around<'_>,
    name: Range<usize>,
    sign: &Sign,
) -> Option<(Range<usize>, Range<usize>, bool)> {
    // A tag of YAML: `password: !secret wifi_password`.
    if around.syntax == Syntax::Bare && text[..name.start].ends_with(b" !") {
        return None;
    }
    let spot = Spot { text, name: &name, at: sign.at, around, syntax: around.syntax };
    let first = |forms: &[Form]| forms.iter().find_map(|form| form(&spot));
    if let Some((value, quoted)) = first(&WHOLE) {
        return Some((name, value, quoted));
    }
    let found = match sign.end {
        // A type annotation: `token: str = `, `token string = `.
        None if !around.may_be_far => return None,
        None => first(&WITHOUT_SIGN),
        // `getenv("X_KEY", "…")` gives the second to the first.
        Some(_) if text[sign.at] == b',' && !is_first_argument(text, &name) => first(&AMONG_ITEMS),
        Some(_) if text[sign.at] == b':' && is_of_resource(text, name.start) => return None,
        Some(end) if spot.is_tag_of_image(end) => return None,
        Some(end) => {
            let mut behind = Behind::new(&spot, sign.gap, end);
            match behind.on_next_line() {
                None => {
                    behind.enter();
                    if behind.is_far() {
                        return None;
                    }
                    behind.literal()
                }
                found => found,
            }
        }
    };
    let declared = || around.may_be_far.then(|| given::value(text, &name)).flatten();
    match found {
        Some((value, quoted)) => Some((name, value, quoted)),
        None => declared().map(|(name, value)| (name, value, true)),
    }
}

impl Spot<'_> {
    /// The tag of an image: `registry/app-token:v2`.
    fn is_tag_of_image(&self, sign: usize) -> bool {
        self.text[self.at] == b':'
            && self.text[..self.name.start].ends_with(b"/")
            && sign == self.name.end + 1
            && self.text.get(sign).is_some_and(|b| !b.is_ascii_whitespace())
    }
}

/// What stands behind the sign that gives a name its value.
struct Behind<'s, 't> {
    spot: &'s Spot<'t>,
    /// Where the name is over, and where the sign is.
    gap: usize,
    sign: usize,
    /// Where the value may start.
    at: usize,
    /// Whether it is a node of YAML, and how long what stands before its content is.
    is_node: bool,
    mark: usize,
}

impl<'s, 't> Behind<'s, 't> {
    fn new(spot: &'s Spot<'t>, gap: usize, sign: usize) -> Self {
        let text = spot.text;
        let mut at = skip(text, sign, |b| b == b' ' || b == b'\t', MOST_BLANKS);
        let is_node = spot.syntax == Syntax::Bare && text[sign - 1] == b':';
        let mark = match (is_node, spot.syntax) {
            (true, _) => node::content(text, at) - at,
            (_, Syntax::Code) => trivia::behind_on_line(text, at) - at,
            _ => 0,
        };
        at += mark;
        // A line of RouterOS or a shell that goes on below.
        if spot.syntax == Syntax::Bare && text[at..].starts_with(b"\\\n") {
            at = skip(text, at + 2, |b| b == b' ', 20);
        }
        Behind { spot, gap, sign, at, is_node, mark }
    }

    /// The literal that stands alone on the next line, in brackets or not.
    fn on_next_line(&self) -> Option<Literal> {
        let Spot { text, syntax, .. } = *self.spot;
        if self.is_node
            && let Some(found) = node::below(text, self.spot.name, self.at)
        {
            return Some(found);
        }
        let gives = matches!(text.get(self.sign - 1), Some(b'=' | b':' | b'>'));
        let is_open = || {
            matches!(text.get(self.at), Some(b'\n' | b'\r' | b'('))
                || trivia::comment(text, self.at).is_some()
        };
        if !gives || syntax != Syntax::Code || !is_open() {
            return None;
        }
        let below = trivia::behind(text, self.at, |b| b == b'(');
        let found = operand::wrapped(text, below, syntax);
        found.filter(|_| text[self.at..below].contains(&b'\n'))
    }

    /// Goes into a list or an element around the value.
    fn enter(&mut self) {
        let Spot { text, syntax, .. } = *self.spot;
        // The first of several: `secret: ['…', process.env.OLD]`, `&["…"]`.
        let several = [&b"["[..], b"&["].into_iter().find(|open| text[self.at..].starts_with(open));
        if let Some(open) = several.filter(|_| syntax == Syntax::Code)
            && matches!(text.get(self.at + open.len()), Some(b'"' | b'\''))
        {
            self.at += open.len();
        }
        // `<Password><Value>…` of a Windows answer file.
        let inner = skip(text, self.at, |b| b.is_ascii_whitespace(), 40);
        if text[inner..].get(..7).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<value>")) {
            self.at = inner + 7;
        }
    }

    /// Whether too much stands between. Blanks only align it with others, and a type says nothing.
    fn is_far(&self) -> bool {
        let Spot { text, at: sign, .. } = *self.spot;
        let signs = |part: &[u8]| part.iter().filter(|b| !b.is_ascii_whitespace()).count();
        let gap = signs(&text[self.gap..sign]) + signs(&text[self.sign..self.at]);
        gap.saturating_sub(self.mark) > LONGEST_GAP
    }

    fn literal(&self) -> Option<Literal> {
        let Spot { text, name, syntax, .. } = *self.spot;
        let (at, sign) = (self.at, self.sign);
        let is_glued = at == sign && self.gap == name.end && text.get(sign - 1) == Some(&b'=');
        // One literal holds both: `'X-Api-Key: …'`.
        let goes_on = self.gap == name.end && text[sign - 1] == b':';
        let is_query = is_glued && matches!(text[..name.start].last(), Some(b'?' | b'&'));
        let whole = || {
            let is_setting = syntax == Syntax::Bare && !is_query;
            is_setting.then(|| operand::whole_line(text, name, at)).flatten().map(|value| (value, false))
        };
        // `api_key: *alias` is another node.
        let is_alias = |found: &Literal| self.is_node && !found.1 && text.get(found.0.start) == Some(&b'*');
        whole()
            .or_else(|| operand::wrapped(text, at, syntax).filter(|_| !is_query))
            .filter(|found| !is_alias(found))
            .or_else(|| is_glued.then(|| operand::inside_text(text, at)).flatten())
            .or_else(|| pair::default_of(text, name, syntax))
            .or_else(|| operand::quoted_with_name(text, name, at).filter(|_| goes_on))
            .or_else(|| prose::commented(text, name, sign, at).filter(|_| syntax == Syntax::Code))
            .or_else(|| prose::stated(text, name, at, syntax).filter(|_| goes_on))
    }
}

/// Whether a name is a part of the name of a resource at AWS.
fn is_of_resource(text: &[u8], name: usize) -> bool {
    let lead = &text[name.saturating_sub(LONGEST_NAME)..name];
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'/' | b'*');
    let word = &lead[lead.len() - lead.iter().rev().take_while(|b| is_part(b)).count()..];
    word.ends_with(b":") && word.starts_with(b"arn:")
}
