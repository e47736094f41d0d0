//! What a process is told of its cases that earlier ones found out.
//!
//! Method and number of executions are chosen once, and hold for all processes of a run. An output that one process has
//! judged right is known by its digest to the next.

use std::collections::HashMap;

use crate::id::CaseId;
use crate::record::{CaseResult, FailureKind, Method, Outcome, Refusal};

/// What is known of a run's cases before a process measures them.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// The methods of the base, which the first process follows where it can.
    wished: HashMap<CaseId, Method>,
    /// Those by which a process of this run has measured.
    used: HashMap<CaseId, Method>,
    /// The digests of outputs that a process of this run has verified.
    verified: HashMap<CaseId, String>,
}

impl Earlier {
    /// How the base was timed, and nothing of this run.
    pub fn wished(wished: HashMap<CaseId, Method>) -> Self {
        Self {
            wished,
            ..Self::default()
        }
    }

    /// How a case is to be timed, where that is known.
    pub fn method(&self, case: &CaseId) -> Option<&Method> {
        self.used.get(case).or_else(|| self.wished.get(case))
    }

    /// The digest of an output of a case that was verified in this run.
    pub fn verified(&self, case: &CaseId) -> Option<&String> {
        self.verified.get(case)
    }

    /// Wishes for what `other` has used, where nothing is known yet.
    pub fn follow(&mut self, other: &Self) {
        for (case, method) in &other.used {
            let known = self.wished.entry(case.clone());
            known.or_insert_with(|| method.clone());
        }
    }

    /// Takes what a process has found out of a case.
    pub fn take(&mut self, result: &CaseResult) {
        if result.outcome != Outcome::Measured {
            return;
        }
        if let Some(method) = &result.method {
            let used = self.used.entry(result.case.clone());
            used.or_insert_with(|| method.clone());
        }
        if let Some(digest) = &result.digest {
            let verified = self.verified.entry(result.case.clone());
            verified.or_insert_with(|| digest.clone());
        }
    }

    /// Takes what a process has found out of a case, which fails where an earlier one timed it otherwise: values of two
    /// methods are no sample of one thing.
    pub fn check(&mut self, result: &mut CaseResult) {
        let used = self.used.get(&result.case);
        if let (Outcome::Measured, Some(own), Some(used)) = (&result.outcome, &result.method, used)
            && (&own.name, own.executions) != (&used.name, used.executions)
        {
            let (own, used) = (words(own), words(used));
            let message = format!("timed by {own}, and by {used} in an earlier process");
            result.outcome = Refusal::failed(FailureKind::Device, message).into();
            result.series.clear();
        }
        self.take(result);
    }
}

fn words(method: &Method) -> String {
    match method.executions {
        1 => method.name.clone(),
        executions => format!("{} of {executions} executions", method.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Name;

    fn result(name: &str, executions: u32) -> CaseResult {
        let case = CaseId::new(&Name::new("copy").expect("a name"), []);
        CaseResult {
            outcome: Outcome::Measured,
            method: Some(Method {
                name: name.to_owned(),
                executions,
                tick_ns: None,
            }),
            ..super::super::blank(&case, 0, 0)
        }
    }

    #[test]
    fn what_was_used_counts_before_what_was_wished() {
        let first = result("graph", 100);
        let base = result("events", 1);
        let wished = base
            .method
            .clone()
            .map(|method| (base.case.clone(), method));
        let mut earlier = Earlier::wished(wished.into_iter().collect());
        assert_eq!(earlier.method(&first.case), base.method.as_ref());
        earlier.check(&mut first.clone());
        assert_eq!(earlier.method(&first.case), first.method.as_ref());
    }

    #[test]
    fn a_run_follows_the_one_that_it_is_measured_in_turns_with() {
        let (first, second) = (result("graph", 100), result("graph", 50));
        let mut base = Earlier::default();
        base.take(&first);
        let mut head = Earlier::default();
        head.follow(&base);
        assert_eq!(head.method(&first.case), first.method.as_ref());
        base.follow(&{
            let mut other = Earlier::default();
            other.take(&second);
            other
        });
        assert_eq!(base.method(&first.case), first.method.as_ref());
    }

    #[test]
    fn the_first_output_that_was_verified_is_known() {
        let with = |digest: Option<&str>, outcome| CaseResult {
            digest: digest.map(str::to_owned),
            outcome,
            ..result("events", 1)
        };
        let wrong = Refusal::failed(FailureKind::Wrong, "args[1][0] is 1, the reference has 2");
        let mut earlier = Earlier::default();
        for (result, known) in [
            (with(None, Outcome::Measured), None),
            (with(Some("a"), wrong.into()), None),
            (with(Some("b"), Outcome::Measured), Some("b")),
            (with(Some("c"), Outcome::Measured), Some("b")),
        ] {
            earlier.take(&result);
            assert_eq!(earlier.verified(&result.case).map(String::as_str), known);
        }
    }

    #[test]
    fn two_methods_in_one_run_fail_the_case() {
        let mut earlier = Earlier::default();
        earlier.check(&mut result("graph", 100));
        for (other, why) in [
            (
                result("graph", 50),
                Some(
                    "timed by graph of 50 executions, and by graph of 100 executions in an earlier process",
                ),
            ),
            (
                result("events", 1),
                Some("timed by events, and by graph of 100 executions in an earlier process"),
            ),
            (result("graph", 100), None),
        ] {
            let mut other = other;
            earlier.check(&mut other);
            let message = match other.outcome {
                Outcome::Failed(failure) => Some(failure.message),
                _ => None,
            };
            assert_eq!(message.as_deref(), why);
        }
    }
}
