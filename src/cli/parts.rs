//! Whether the reports of parts are all the parts of one run, each once.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::order;

/// Numbers of missing parts that are listed.
const LISTED: usize = 20;

/// The parts that were given.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Given>);

/// One of them.
#[derive(Debug)]
struct Given {
    file: String,
    part: u64,
    run: Run,
}

/// What parts are parts of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    parts: u64,
    name: String,
}

impl Parts {
    /// Takes note of the part that a report says it is; one of a whole run says none.
    pub(super) fn add(&mut self, file: &Path, shard: &Value) {
        if shard.is_null() {
            return;
        }
        let number = |key: &str| shard[key].as_u64().unwrap_or(0);
        let name = shard["run"].as_str().unwrap_or_default().to_owned();
        let run = Run { parts: number("parts"), name };
        self.0.push(Given { file: file.display().to_string(), part: number("part"), run });
    }

    /// What is missing, there twice, or of another run.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut runs: Vec<&Run> = Vec::new();
        for given in &self.0 {
            if !runs.contains(&&given.run) {
                runs.push(&given.run);
            }
        }
        // Of several the one that most is here of is the one that was meant; the first of equals.
        order::by_key(&mut runs, |run| std::cmp::Reverse(self.of(run).count()));
        let Some((meant, others)) = runs.split_first() else { return Vec::new() };
        let odd = self.0.iter().filter(|given| !(1..=given.run.parts).contains(&given.part));
        let mut faults: Vec<String> =
            odd.map(|given| format!("{} does not say which part it is", given.file)).collect();
        faults.extend(self.missing(meant));
        faults.extend(self.doubled(meant));
        for run in others.iter().filter(|run| self.missing(run).is_some() || !self.doubled(run).is_empty()) {
            faults.extend(self.of(run).map(|given| {
                format!(
                    "{} is part {} of {} of another run: {}, not {}",
                    given.file, given.part, run.parts, run.name, meant.name
                )
            }));
        }
        faults
    }

    fn of<'p>(&'p self, run: &'p Run) -> impl Iterator<Item = &'p Given> {
        self.0.iter().filter(move |given| given.run == *run)
    }

    fn missing(&self, run: &Run) -> Option<String> {
        let known: HashSet<u64> = self.of(run).map(|given| given.part).collect();
        let count = run.parts.saturating_sub(known.len() as u64);
        let missing: Vec<String> = (1..=run.parts)
            .filter(|part| !known.contains(part))
            .take(LISTED)
            .map(|part| part.to_string())
            .collect();
        let listed = missing.join(", ");
        let run = format!("of {} of {}", run.parts, run.name);
        match missing.len() {
            0 => None,
            1 => Some(format!("part {listed} {run} is missing")),
            LISTED if count > LISTED as u64 => Some(format!("parts {listed} and others {run} are missing")),
            _ => Some(format!("parts {listed} {run} are missing")),
        }
    }

    fn doubled(&self, run: &Run) -> Vec<String> {
        let mut met = HashSet::new();
        let again = self.of(run).filter(|given| !met.insert(given.part));
        again
            .map(|given| format!("{} is part {} of {} once more", given.file, given.part, run.parts))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(given: &[(u64, u64, &str)]) -> Vec<String> {
        let mut parts = Parts::default();
        for (at, (part, of, run)) in given.iter().enumerate() {
            parts.add(Path::new(&format!("{at}")), &json!({ "part": part, "parts": of, "run": run }));
        }
        parts.faults()
    }

    #[test]
    fn only_all_parts_once_are_a_run() {
        assert!(faults(&[]).is_empty());
        assert!(faults(&[(2, 2, "a"), (1, 2, "a")]).is_empty());
        assert!(faults(&[(2, 2, "a"), (1, 2, "a"), (1, 1, "b")]).is_empty(), "two whole runs");
        assert_eq!(faults(&[(1, 3, "a")]), ["parts 2, 3 of 3 of a are missing"]);
        assert_eq!(faults(&[(1, 2, "a"), (1, 2, "a"), (2, 2, "a")]), ["1 is part 1 of 2 once more"]);
        assert_eq!(
            faults(&[(1, 2, "a"), (2, 2, "b")]),
            ["part 2 of 2 of a is missing", "1 is part 2 of 2 of another run: b, not a"]
        );
        assert_eq!(faults(&[(0, 0, "")]), ["0 does not say which part it is"]);
        assert!(faults(&[(1, u64::MAX, "a")])[0].ends_with("are missing"));
    }
}
