//! What speaks for a value, which every doubt that only words around it tell has to outweigh.

use std::ops::Range;

use crate::catalogue::{Origin, Parser, Rule};
use crate::engine::locate::Located;
use crate::engine::owner::vendor_word::{is_in_own_query, names_vendor};

/// How sure it is what a value is, before anything speaks against it. Whoever takes a value notes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Evidence {
    /// Only what stands around it tells.
    Context,
    /// It is called a secret, and nobody's.
    Called,
    /// What it is given to says both that it is a secret and whose, a call takes it that takes such, or what belongs to it
    /// stands beside it.
    Told,
    /// Its own bytes tell: no words around them change what they open.
    Form,
}

impl Evidence {
    /// What is known of a value that is called a secret, once a vendor has it: whether its names or calls speak of that one.
    pub(in crate::engine) fn of_owner(
        rule: &Rule,
        located: &Located<'_>,
        text: &[u8],
        value: &Range<usize>,
    ) -> Evidence {
        let speaks = |name: &&[u8]| names_vendor(rule, name);
        let is_whose = || located.names.iter().chain(&located.callees).any(speaks);
        let is_told = !rule.vendor.is_generic() && (is_whose() || is_in_own_query(rule, text, value));
        if is_told { Evidence::Told } else { Evidence::Called }
    }
}

/// Whether what stands around a value made the rule take it, and not its form.
pub(in crate::engine) fn is_by_context(rule: &Rule) -> bool {
    match rule.detect.origin {
        Origin::Token | Origin::Name(_) => true,
        Origin::Parse(parser) => matches!(
            parser,
            Parser::Assignment
                | Parser::PasswordAssignment
                | Parser::BearerToken
                | Parser::CallArgument
                | Parser::UrlPassword
                | Parser::UrlToken
                | Parser::BasicAuth
                | Parser::CommandPassword
                | Parser::Netrc
        ),
        Origin::Prefix | Origin::Inside => false,
    }
}
