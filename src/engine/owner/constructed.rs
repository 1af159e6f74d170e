//! What clients of known vendors are made with, where no rule knows its form, and whose a module is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::catalogue::{Catalogue, Confidence, RuleIx};
use crate::engine::doubt::evidence::Evidence;
use crate::engine::job::{Job, Scored};
use crate::engine::owner::Words;
use crate::engine::shape::claim::shape_in_words;
use crate::engine::shape::form::Forms;
use crate::engine::{names, parse};

/// Strength of what only the call around it tells: below every rule that knows a form.
const CONSTRUCTED: u32 = 20;

/// What clients of known vendors are made with, where no rule knows its form.
pub(in crate::engine) fn constructed(job: &mut Job<'_>, mut forms: Forms<'_, '_>) {
    if job.centres.is_empty() || job.is_machine_made() {
        return;
    }
    let mut known: HashMap<Range<usize>, Vec<usize>> = HashMap::new();
    for (at, found) in job.out.iter().enumerate() {
        known.entry(found.range.clone()).or_default().push(at);
    }
    for run in &job.centres {
        let called = parse::constructed(job.text, run, forms.catalogue);
        let called = called
            .filter(|(rule, range, _)| !forms.is_id(*rule, &job.text[range.clone()]))
            .map(|(rule, range, call)| (rule, range, Cow::Owned(format!("argument of `{call}`"))));
        let found = called.or_else(|| {
            let (rule, range) = parse::entitled(job.text, run, forms.catalogue)?;
            let why = Cow::Borrowed("given to a constant that bears the vendor's name");
            forms.may_be(rule, &job.text[range.clone()]).then_some((rule, range, why))
        });
        let Some((rule, range, why)) = found else { continue };
        let vendor = |rule: RuleIx| forms.catalogue.rule(rule).vendor.key;
        // A form that is not certain is more than none.
        let there = known.entry(range.clone()).or_default();
        let own = there.iter().find(|at| vendor(job.out[**at].rule) == vendor(rule));
        if let Some(own) = own.map(|at| &mut job.out[*at]) {
            own.confidence = own.confidence.max(Confidence::Medium);
            own.evidence = own.evidence.max(Evidence::Told);
            continue;
        }
        there.push(job.out.len());
        let form = shape_in_words(&job.text[range.clone()], 0);
        let mut scored = Scored::new(rule, range, Confidence::Medium, CONSTRUCTED, vec![why, form]);
        scored.evidence = Evidence::Told;
        job.out.push(scored);
    }
}

/// The vendor whose module a line imports: `from acme_sdk import Client`, `import { Client } from '@acme/node'`.
pub(in crate::engine) fn in_import(line: &[u8], catalogue: &Catalogue) -> Option<RuleIx> {
    const SAYS_NOTHING: [&str; 14] = [
        "py", "js", "ts", "go", "rs", "php", "rb", "python", "node", "sdk", "client", "api", "rest",
        "clients",
    ];
    let words = Words::of_vendors(catalogue);
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    // Where the code is kept says nothing: `github.com/acme/acme-go`.
    let hosts = [&b"github.com/"[..], b"gitlab.com/", b"bitbucket.org/"];
    let kept = |host: &&[u8]| Some(crate::memmem::find(line, host)? + host.len());
    let line = &line[hosts.iter().find_map(kept).unwrap_or(0)..];
    let modules = line.split(|b| !is_word(b)).filter(|run| !run.is_empty());
    let of = |run: &[u8]| {
        let parts = names::words(run);
        let own = parts.iter().filter(|word| !SAYS_NOTHING.contains(&word.as_str()));
        words.find(&own.map(String::as_str).collect::<String>())
    };
    let modules = modules.filter(|run| names::role(run) != names::Role::Secret);
    modules
        .filter_map(|run| Some((run.len(), of(run)?)))
        .max_by_key(|(length, _)| *length)
        .map(|(_, rule)| rule)
}
