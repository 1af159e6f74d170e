//! Tokens of one payment, card or customer, which are no key of the shop.

use std::ops::Range;

use crate::engine::doubt::counter::{name_before, without_quotes};
use crate::engine::names;

/// How far around a value the record that it belongs to is looked at, bytes.
const AROUND: usize = 1000;

/// Whether a value is a token of one payment, card or customer.
pub(in crate::engine) fn is_of_one(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    is_of_payment(text, name, value) || is_card_of_stripe(text, name, value)
}

/// Whether a token names one payment, card or customer: what belongs to those stands beside it. What opens an account is
/// called otherwise.
fn is_of_payment(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    #[rustfmt::skip]
    const OF: [&str; 16] = [
        "payment", "card", "credit", "customer", "universal", "x", "source", "instrument", "transaction", "checkout",
        "three", "threeds", "ds", "ds2", "network", "original",
    ];
    #[rustfmt::skip]
    const FIELDS: [&[u8]; 28] = [
        b"amount", b"currency", b"cardtype", b"card_type", b"cardbin", b"cardexpiry", b"expiry_month", b"expirymonth",
        b"expires_on", b"exp_month", b"cvvresult", b"avsresult", b"securitycode", b"holdername", b"tendertype",
        b"refund", b"last4", b"lastdigits", b"last_four", b"display_number", b"maskedcard", b"xxxxxxxx", b"******",
        b"payment_type", b"\"card\"", b"cardonfile", b"saleflag", b"responsecode",
    ];
    let named = own_of_value(text, name);
    let mut words = names::words(named);
    let is_token = words.pop().is_some_and(|last| last == "token");
    // A record quotes its names, or is a query. What is in capitals is a setting.
    let is_record = matches!(text[..name.start].last(), Some(b'"' | b'\'' | b'&'));
    if !is_token
        || !is_record
        || !named.iter().any(u8::is_ascii_lowercase)
        || !words.iter().all(|word| OF.contains(&word.as_str()))
    {
        return false;
    }
    let near =
        text[value.start.saturating_sub(AROUND)..text.len().min(value.end + AROUND)].to_ascii_lowercase();
    let fields = FIELDS.iter().filter(|field| crate::memmem::find(&near, field).is_some()).count();
    // A `token` alone may be anybody's.
    fields >= if words.is_empty() { 3 } else { 2 }
}

/// The name of the object that holds a `value`: `"token": { "value": "…" }`.
fn own_of_value<'t>(text: &'t [u8], name: &Range<usize>) -> &'t [u8] {
    let named = &text[name.clone()];
    if named != b"value" {
        return named;
    }
    let outer = without_quotes(&text[..name.start]).trim_ascii_end().strip_suffix(b"{").unwrap_or_default();
    name_before(text, outer.len()).map_or(named, |name| &text[name])
}

/// Whether a value is a card that Stripe made a token of, `tok_…`: its SDK or a card stands around it.
fn is_card_of_stripe(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    const NEAR: usize = 400;
    const OF: [&str; 5] = ["source", "card", "stripe", "charge", "payment"];
    let Some(number) = text[value.clone()].strip_prefix(b"tok_") else { return false };
    let is_number = matches!(number.len(), 14 | 24) && number.iter().all(u8::is_ascii_alphanumeric);
    let of_name = || names::words(&text[name.clone()]).iter().any(|word| OF.contains(&word.as_str()));
    let around = || {
        let part = &text[value.start.saturating_sub(NEAR)..text.len().min(value.end + NEAR)];
        let part = part.to_ascii_lowercase();
        [&b"stripe"[..], b"card"].iter().any(|word| crate::memmem::find(&part, word).is_some())
    };
    is_number && (of_name() || around())
}
