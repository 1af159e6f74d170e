//! Passwords as generators draw them: letters of both cases, digits and any signs. No sign among them says what the value is.

use std::ops::Range;

use fearless_simd::prelude::*;

use super::words;
use crate::engine::shape::probe::Rounds;
use crate::engine::syntax::literal::is_quote;
use crate::lanes::{Answer, Block, Question};

/// Shortest and longest value that is asked about, bytes.
const SHORTEST: usize = 12;
pub(in crate::engine) const LONGEST: usize = 128;
/// From how many letters on a word counts.
const WORD: usize = 4;

/// Whether a value was drawn from letters, digits and signs, and is no expression: kinds of characters are mixed in it, and no
/// words stand between its signs.
pub(in crate::engine) fn is_generated(value: &[u8]) -> bool {
    if !(SHORTEST..=LONGEST).contains(&value.len()) {
        return false;
    }
    let (mut upper, mut lower, mut digits, mut signs) = (0, 0, 0, 0);
    for byte in value {
        match byte {
            b'A'..=b'Z' => upper += 1,
            b'a'..=b'z' => lower += 1,
            b'0'..=b'9' => digits += 1,
            b'!'..=b'~' => signs += 1,
            _ => return false,
        }
    }
    let is_mixed = upper > 0 && lower > 0 && (digits > 0 || signs > 1);
    is_mixed
        && (value.len() - signs) * 3 >= value.len()
        && !is_wordy(value)
        && !is_code(value)
        && !names_scheme(value)
}

/// Calls back with every word between blanks or quotes that was drawn so, whatever signs of the text are glued to it. Linear
/// in `text`.
pub(in crate::engine) fn drawn_words(text: &[u8], found: &mut impl FnMut(Range<usize>)) {
    let is_telling = |b: &u8| {
        matches!(b, b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&' | b'*' | b'+' | b'?' | b'@' | b'^' | b'~')
    };
    Rounds::<8>::over(text, &OfWords, &mut |word: Range<usize>| {
        let value = &text[word.clone()];
        if value.len() >= SHORTEST && value.iter().any(is_telling) && is_generated(value) {
            found(word);
        }
    });
}

/// Whether a byte can be in a word: anything to be seen but quotes.
struct OfWords;

impl Question for OfWords {
    const BEHIND: usize = 0;

    #[inline(always)]
    fn ask<S: Simd>(&self, bytes: impl Fn(usize) -> Block<S>) -> Answer<S> {
        let bytes = bytes(0);
        let quote = bytes.simd_eq(b'"') | bytes.simd_eq(b'\'') | bytes.simd_eq(b'`');
        (bytes - b'!').simd_lt(b'~' - b'!' + 1) & !quote
    }
}

/// Whether a value is or holds what something else is put in for: `<name>`, `${NAME}`, `{{ name }}`, `%(name)s`.
pub(in crate::engine) fn holds_template(value: &[u8]) -> bool {
    const ENDS: [(&[u8], &[u8]); 7] =
        [(b"<", b">"), (b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b"`", b"`"), (b"%", b"%"), (b"@", b"@")];
    const FORMS: [(&[u8], &[u8]); 6] =
        [(b"${", b"}"), (b"#{", b"}"), (b"$(", b")"), (b"%(", b")"), (b"{{", b"}}"), (b"\\(", b")")];
    let is_around = |(open, close): &(&[u8], &[u8])| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    let is_expression = |b: &u8| b.is_ascii_alphanumeric() || b"_-.:'\"[]() ".contains(b);
    let holds = |(open, close): &(&[u8], &[u8])| {
        memchr::memmem::find_iter(value, open).any(|at| {
            let inner = &value[at + open.len()..];
            crate::memmem::find(inner, close).is_some_and(|end| {
                inner[..end].iter().all(is_expression) && inner[..end].iter().any(u8::is_ascii_alphabetic)
            })
        })
    };
    let is_word = |inner: &[u8]| {
        inner.len() >= WORD && inner.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
            || inner.len() >= WORD && inner.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'))
    };
    let names = || {
        memchr::memchr_iter(b'<', value).any(|at| {
            let inner = &value[at + 1..];
            memchr::memchr(b'>', inner).is_some_and(|end| is_word(&inner[..end]))
        })
    };
    // `{}`, `{name}`, `{user.id:>4}`: the place of a value in a text.
    let is_place = |inner: &[u8]| {
        inner.is_empty()
            || inner.len() > 1
                && (inner[0].is_ascii_alphabetic() || inner[0] == b'_')
                && inner.iter().all(|b| b.is_ascii_alphanumeric() || b"_.:-|<> ".contains(b))
    };
    let places = || {
        memchr::memchr_iter(b'{', value).any(|at| {
            let inner = &value[at + 1..];
            memchr::memchr(b'}', inner).is_some_and(|end| is_place(&inner[..end]))
        })
    };
    places()
        || ENDS.iter().any(is_around)
        || FORMS.iter().any(|form| holds(form) || is_around(form))
        || names()
}

/// Whether a value names the scheme that its rest was hashed or sealed with: `$6$…`, `{SSHA}…`, `NACL[…]`.
pub(in crate::engine) fn names_scheme(value: &[u8]) -> bool {
    const LONGEST_NAME: usize = 16;
    let Some((first, rest)) = value.split_first() else { return false };
    let name = value.iter().take(LONGEST_NAME).take_while(|b| b.is_ascii_uppercase()).count();
    if name > 1 && value.get(name) == Some(&b'[') && value.ends_with(b"]") {
        return true;
    }
    let close = match first {
        b'$' => b'$',
        b'{' => b'}',
        _ => return false,
    };
    let name =
        rest.iter().take(LONGEST_NAME).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    name > 0 && rest.get(name) == Some(&close)
}

/// Whether words stand in a value, or its letters and digits run as in words.
fn is_wordy(value: &[u8]) -> bool {
    let runs = value.split(|b| !b.is_ascii_alphabetic());
    let in_words: usize = runs.flat_map(pieces).map(<[u8]>::len).filter(|length| *length >= WORD).sum();
    let plain = || value.iter().copied().filter(u8::is_ascii_alphanumeric).collect::<Vec<u8>>();
    in_words * 2 >= value.len() || words::reads_like_words(&plain())
}

/// The words of a run of letters: with a capital first, of small letters, of capitals alone.
fn pieces(run: &[u8]) -> impl Iterator<Item = &[u8]> {
    run.chunk_by(|one, next| {
        next.is_ascii_lowercase() || one.is_ascii_uppercase() && next.is_ascii_uppercase()
    })
}

/// Whether a value is a regular expression, or code between two literals, where quotes stand beside other signs.
fn is_code(value: &[u8]) -> bool {
    const MARKS: [&[u8]; 13] =
        [b"(?", b"[a-z", b"[A-Z", b"[0-9", b"[^", b".*", b".+", b"\\d", b"\\w", b"\\s", b"]+", b"]*", b"]{"];
    let marks = MARKS.iter().filter(|mark| crate::memmem::find(value, mark).is_some()).count();
    let is_joint = |b: u8| b",:;=()[]{}<>+".contains(&b);
    let is_between = value
        .windows(2)
        .any(|two| is_quote(&two[0]) && is_joint(two[1]) || is_joint(two[0]) && is_quote(&two[1]));
    // What stands between the quotes of two literals.
    let is_rest = value.first().is_some_and(|b| b",)]};+".contains(b))
        && value.last().is_some_and(|b| b",([{+:=".contains(b));
    marks >= 2 || is_between || is_rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    #[test]
    fn expressions_are_not_drawn() {
        for value in [
            "getPassword(user1)",
            "os.environ[Key1]",
            "Auth::Password2",
            "this->passwordOf(User1)",
            "^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,}$",
            "#loginPassword1",
            "A1::B2",
            "config.get(Env1,secretKey)",
        ] {
            assert!(!is_generated(value.as_bytes()), "{value}");
        }
        for value in [
            "<Your Password 1>",
            "${DB_Password1}",
            "{{ vault.Db1 }}",
            "kim-${Db1}-x",
            "a%(Name1)s",
            "%DbPass1%",
            "Kx7<your-password>9",
            "${flipX1}:${flipY1}",
        ] {
            assert!(holds_template(value.as_bytes()), "{value}");
        }
        assert!(names_scheme(b"$6$abcDEF1$x") && names_scheme(b"{SSHA}abc") && !names_scheme(b"$Kx7!vQ$"));
    }

    #[test]
    fn drawn_words_of_a_text() {
        assert!(crate::lanes::told(&OfWords).into_iter().eq((b'!'..=b'~').filter(|b| !b"\"'`".contains(b))));
        let text =
            "- name: API_SECRET\n  value: \"Kx7!vQ2$rT9#mW4\"\n  file: getSecretOf(user1.Name), v1.2.3\n";
        let mut words = Vec::new();
        drawn_words(text.as_bytes(), &mut |word| words.push(&text[word]));
        assert_eq!(words, ["Kx7!vQ2$rT9#mW4"]);
    }

    #[test]
    fn what_generators_draw() {
        let all: Vec<u8> = (b'!'..=b'~').filter(|b| !matches!(b, b'"' | b'\'' | b'\\' | b'`')).collect();
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        for (length, most) in [(16, 600), (20, 300), (32, 250)] {
            let is_lost =
                |value: &Vec<u8>| !is_generated(value) || holds_template(value) || names_scheme(value);
            let lost = (0..10_000).map(|_| draw.text(&all, length)).filter(is_lost).count();
            assert!(lost <= most, "{lost} of 10,000 of {length} characters lost");
        }
    }
}
