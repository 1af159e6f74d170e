//! Tables of digests under the names of what they are of.

use crate::catalogue::Rule;
use crate::engine::context::Surroundings;
use crate::engine::names::{self, Role};
use crate::engine::owner::mention;
use crate::engine::owner::vendor_word::holds_word;
use crate::engine::syntax::neighbour;

/// Whether hex digits under no more than a vendor's name stand in a table of such under other names, or below a comment that
/// speaks of digests, and nothing calls them secrets: of scripts and releases, `acme = "…"` beside `frob = "…"`.
pub(in crate::engine) fn is_in_table(rule: &Rule, around: &Surroundings<'_>) -> bool {
    const DIGESTS: [&str; 12] = [
        "md5",
        "sha",
        "sha1",
        "sha256",
        "sha512",
        "checksum",
        "checksums",
        "digest",
        "digests",
        "commit",
        "revision",
        "evalsha",
    ];
    let (text, value) = (around.text, &around.value);
    let is_secret = |name: &[u8]| names::role(name) == Role::Secret;
    let mut headers = neighbour::headers_above(text, value.start);
    if around.located.names.iter().any(|name| is_secret(name))
        || headers.any(is_secret)
        || neighbour::openers(text, value.start).any(is_secret)
        || is_secret(around.file_name)
    {
        return false;
    }
    let [before, behind] = neighbour::siblings(text, value.start).unwrap_or_default();
    let above = || before.rsplit(|b| *b == b'\n').skip(1);
    let is_like = |run: &[u8]| run.len() == value.len() && run.iter().all(u8::is_ascii_hexdigit);
    let holds_like =
        |line: &[u8]| !holds_word(rule, line) && line.split(|b| !b.is_ascii_alphanumeric()).any(is_like);
    let speaks = |line: &[u8]| names::words(line).iter().any(|word| DIGESTS.contains(&word.as_str()));
    above().chain(behind.split(|b| *b == b'\n').skip(1)).any(holds_like)
        || above().take(3).any(|line| mention::is_comment(line) && speaks(line))
}
