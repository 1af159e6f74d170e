//! What speaks for a value, which every doubt that only words around it tell has to outweigh.

use std::ops::Range;

use crate::catalogue::{Origin, Parser, Rule};
use crate::engine::locate::Located;
use crate::engine::names::{self, Role};
use crate::engine::owner::vendor_word::{is_in_own_query, names_vendor};

/// How sure it is what a value is, before anything speaks against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Evidence {
    /// Only what stands around it tells.
    Context,
    /// What it is given to says both that it is a secret and whose.
    Named,
    /// Its own bytes tell: no words around them change what they open.
    Form,
}

impl Evidence {
    /// What is known of the value that the rule took.
    pub(in crate::engine) fn of(
        rule: &Rule,
        located: &Located<'_>,
        text: &[u8],
        value: &Range<usize>,
    ) -> Evidence {
        if !is_by_context(rule) {
            return Evidence::Form;
        }
        if rule.vendor.is_generic() {
            return Evidence::Context;
        }
        let own = located.names.first().is_some_and(|name| names::role(name) == Role::Secret);
        let speaks = |name: &&[u8]| names_vendor(rule, name);
        let is_whose = || located.names.iter().chain(&located.callees).any(speaks);
        if own && (is_whose() || is_in_own_query(rule, text, value)) {
            Evidence::Named
        } else {
            Evidence::Context
        }
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
                | Parser::BasicAuth
                | Parser::CommandPassword
                | Parser::Netrc
        ),
        Origin::Prefix | Origin::Inside => false,
    }
}
