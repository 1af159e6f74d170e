//! Offline proofs: checksums and inner structure that tell a real token from one that only looks like it.
//!
//! A token goes in as written, a [`Verdict`] comes out; [`weight`] says what passing and failing are
//! worth, [`told`] what else can be read inside, and [`seal`] completes made-up tokens for examples. No
//! network, no allocation that grows beyond the token, no panic on any bytes. Each format cites where it
//! comes from; "by test" means that it was found by trying sums on public samples and fits all of them.

mod bases;
mod crc;
mod elevens;
mod inner;
mod keys;
mod marvin;
mod phrase;
#[cfg(test)]
mod tests;

use super::rule::Check;

/// What a check says of one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The sum or structure is right.
    Valid,
    /// It is there and wrong: made up, cut or altered.
    Invalid,
    /// The token has none (an older series, another length), so nothing is said.
    Unknown,
}

impl Verdict {
    fn of(right: bool) -> Self {
        if right { Verdict::Valid } else { Verdict::Invalid }
    }
}

/// What the verdict of a check is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// [`Verdict::Valid`] makes the finding certain; otherwise it is one more piece of evidence.
    pub proves: bool,
    /// What [`Verdict::Invalid`] does.
    pub invalid: Invalid,
}

/// What a wrong sum or structure says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// It is none: the format is documented, or its source read.
    Refutes,
    /// It is hardly one, but told: the format was found on samples, and there may be others.
    Lowers,
    /// Nothing.
    SaysNothing,
}

/// The end of a token: replace so many of the last bytes of the head by this text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many bytes at the end of the head give way.
    pub replaces: usize,
    /// What comes in their place.
    pub text: String,
}

/// Longest token that is looked at; the longest format here (an Atlassian token) has about 200 characters,
/// a JWT a few thousand.
const MAX_TOKEN: usize = 16_384;

/// Checks `token`, the whole secret as written. Linear in its length.
pub fn verify(check: Check, token: &[u8]) -> Verdict {
    if token.len() > MAX_TOKEN {
        return Verdict::Unknown;
    }
    let Ok(text) = std::str::from_utf8(token) else { return Verdict::Unknown };
    if !text.is_ascii() {
        return Verdict::Unknown;
    }
    let verdict = match check {
        Check::Crc32B62 => crc::b62_of_last_part(text),
        Check::Crc32B62OfAll => crc::b62_of_all(text, bases::BASE62),
        Check::Crc32B62LowerOfAll => crc::b62_of_all(text, bases::BASE62_LOWER_FIRST),
        Check::Crc32HexOfAll => crc::hex_of_all(text),
        Check::Crc32B62OfParts => crc::b62_of_parts(text),
        Check::GrafanaCrc32 => crc::grafana(text),
        Check::Crc32HexOfBody => crc::hex_of_body(text),
        Check::GitlabRoutable => crc::gitlab_routable(text),
        Check::Crc32HexUpperOfAll => crc::hex_upper_of_all(text),
        Check::ConfluentCrc32 => crc::confluent(text),
        Check::AdoPatCrc32 => crc::azure_devops(text),
        Check::MsHisMarvin32 | Check::MsHisMarvin32Url => marvin::identifiable(text),
        Check::MsCaskMarvin32 => marvin::cask(text),
        Check::Entra8qMarvin32 => marvin::entra(text),
        Check::Bech32 => keys::bech32(text),
        Check::Base58Check => keys::base58check(text),
        Check::NkeyCrc16 | Check::StellarCrc16 => keys::base32_crc16(text),
        Check::X25519Clamp => keys::x25519_clamp(text),
        Check::Bip39 => phrase::bip39(text),
        Check::AwsAccountId => inner::aws_account_id(text).map(|_| true),
        Check::GithubFineGrainedOwner => inner::github_owner(text).map(|_| true),
        Check::AtlassianDcPat => inner::atlassian_data_center(text),
        Check::PypiMacaroon => inner::pypi_macaroon(text),
        Check::Jwt => inner::jwt(text),
        Check::PlivoToken => inner::plivo(text),
        Check::Pkcs8PrivateKey => inner::pkcs8(text),
        Check::BitlockerGroups => elevens::groups(text),
    };
    verdict.map_or(Verdict::Unknown, Verdict::of)
}

/// What passing and failing `check` are worth.
pub fn weight(check: Check) -> Weight {
    let (proves, invalid) = match check {
        // One random value in 32 passes; unclamped keys work too.
        Check::X25519Clamp => (false, Invalid::SaysNothing),
        // One list of twelve words in sixteen passes.
        Check::Bip39 => (false, Invalid::Refutes),
        // A key, but whose it is the context says.
        Check::Pkcs8PrivateKey => (false, Invalid::Refutes),
        // Almost any base32 decodes to some account number.
        Check::AwsAccountId => (false, Invalid::SaysNothing),
        // Found by test, no vendor text: a right sum is proof, a wrong one may be a format we do not know.
        Check::Crc32B62OfAll | Check::Crc32B62LowerOfAll | Check::Crc32HexOfAll | Check::Crc32HexOfBody => {
            (true, Invalid::Lowers)
        }
        // Every key with the mark has the sum; services may replace characters after it was made, or use a seed of their
        // own.
        Check::MsHisMarvin32 | Check::MsHisMarvin32Url => (true, Invalid::Lowers),
        _ => (true, Invalid::Refutes),
    };
    Weight { proves, invalid }
}

/// Whether `check` is a sum of 30 bits or more: what passes it is a token, whatever it touches.
pub fn is_sum(check: Check) -> bool {
    match check {
        Check::Crc32B62
        | Check::Crc32B62OfAll
        | Check::Crc32B62OfParts
        | Check::Crc32B62LowerOfAll
        | Check::Crc32HexOfAll
        | Check::GrafanaCrc32
        | Check::Crc32HexOfBody
        | Check::GitlabRoutable
        | Check::Crc32HexUpperOfAll
        | Check::ConfluentCrc32
        | Check::AdoPatCrc32
        | Check::MsHisMarvin32
        | Check::MsHisMarvin32Url
        | Check::MsCaskMarvin32
        | Check::Entra8qMarvin32
        | Check::Bech32
        | Check::Base58Check => true,
        Check::NkeyCrc16
        | Check::StellarCrc16
        | Check::X25519Clamp
        | Check::Bip39
        | Check::AwsAccountId
        | Check::GithubFineGrainedOwner
        | Check::AtlassianDcPat
        | Check::PypiMacaroon
        | Check::Jwt
        | Check::PlivoToken
        | Check::Pkcs8PrivateKey
        | Check::BitlockerGroups => false,
    }
}

/// Whether passing `check` makes certain what the context has said: the value is a whole one of its kind, and everybody's
/// look the same.
pub fn proves_in_context(check: Check) -> bool {
    check == Check::Pkcs8PrivateKey
}

/// What can be read inside a token, in words for a person: whose it is, when it was made. Never the
/// secret part.
pub fn told(check: Check, token: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(token).ok().filter(|text| text.is_ascii() && text.len() <= MAX_TOKEN)?;
    match check {
        Check::AwsAccountId => inner::aws_account_id(text).map(|account| format!("AWS account {account}")),
        Check::GithubFineGrainedOwner => {
            inner::github_owner(text).map(|owner| format!("GitHub user number {owner}"))
        }
        Check::MsCaskMarvin32 => {
            marvin::cask_month(text).map(|(year, month)| format!("made in {month} {year}"))
        }
        Check::Jwt => inner::jwt_told(text),
        _ => None,
    }
}

/// Whether a word, in lower case, stands in the English list of BIP-39.
pub fn is_bip39_word(word: &str) -> bool {
    phrase::number(word).is_some()
}

/// The last day of a token that says when it ends, counted from 1970-01-01.
pub fn last_day(check: Check, token: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(token).ok().filter(|text| text.is_ascii() && text.len() <= MAX_TOKEN)?;
    match check {
        Check::Jwt => inner::jwt_last_day(text),
        _ => None,
    }
}

/// A day counted from 1970-01-01, as YYYY-MM-DD.
pub fn date(day: u32) -> String {
    inner::day(i64::from(day))
}

/// Completes the token at the end of `head`, which may stand in a line of text. `None` when the head is
/// too short or the check has nothing that can be made.
pub fn seal(check: Check, head: &[u8]) -> Option<Sealed> {
    let head = std::str::from_utf8(head).ok()?;
    match check {
        Check::Crc32B62 => crc::seal_b62_of_last_part(head),
        Check::Crc32B62OfAll => crc::seal_b62_of_all(head, bases::BASE62),
        Check::Crc32B62LowerOfAll => crc::seal_b62_of_all(head, bases::BASE62_LOWER_FIRST),
        Check::Crc32HexOfAll => crc::seal_hex_of_all(head),
        Check::Crc32B62OfParts => crc::seal_b62_of_parts(head),
        Check::GrafanaCrc32 => crc::seal_grafana(head),
        Check::Crc32HexOfBody => crc::seal_hex_of_body(head),
        Check::GitlabRoutable => crc::seal_gitlab_routable(head),
        Check::Crc32HexUpperOfAll => crc::seal_hex_upper_of_all(head),
        Check::ConfluentCrc32 => crc::seal_confluent(head),
        Check::AdoPatCrc32 => crc::seal_azure_devops(head),
        Check::MsHisMarvin32 => marvin::seal_identifiable(head, bases::BASE64),
        Check::MsHisMarvin32Url => marvin::seal_identifiable(head, bases::BASE64_URL),
        Check::MsCaskMarvin32 => marvin::seal_cask(head),
        Check::Entra8qMarvin32 => marvin::seal_entra(head),
        Check::Bech32 => keys::seal_bech32(head),
        Check::Base58Check => keys::seal_base58check(head),
        Check::NkeyCrc16 | Check::StellarCrc16 => keys::seal_base32_crc16(head),
        Check::X25519Clamp => keys::seal_x25519(head),
        Check::AwsAccountId => inner::seal_aws(head),
        Check::PypiMacaroon => inner::seal_pypi(head),
        Check::Bip39 => phrase::seal_bip39(head),
        Check::BitlockerGroups => elevens::seal(head),
        Check::GithubFineGrainedOwner
        | Check::AtlassianDcPat
        | Check::Jwt
        | Check::PlivoToken
        | Check::Pkcs8PrivateKey => None,
    }
}

impl Sealed {
    fn append(text: String) -> Self {
        Sealed { replaces: 0, text }
    }
}

/// The token at the end of a line of text: letters, digits and `_ - . ~`, with padding at its end.
fn token_at_end(head: &str) -> &str {
    let body = head.trim_end_matches('=');
    let start = body.rfind(|c: char| !(c.is_ascii_alphanumeric() || "_-.~".contains(c)));
    let start = start.map_or(0, |at| at + body[at..].chars().next().map_or(1, char::len_utf8));
    &head[start..]
}

/// The last `length` bytes of `head`, when it has so many.
fn last(head: &str, length: usize) -> Option<&str> {
    head.get(head.len().checked_sub(length)?..)
}
