//! How the cases of a run are timed: method and number of executions are chosen once, and hold for all its processes.

use std::collections::HashMap;

use crate::id::CaseId;
use crate::record::{CaseResult, FailureKind, Method, Outcome, Refusal};

/// The methods of a run's cases.
#[derive(Debug, Clone, Default)]
pub struct Methods {
    /// Those of the base, which the first process follows where it can.
    wished: HashMap<CaseId, Method>,
    /// Those by which a process of this run has measured.
    used: HashMap<CaseId, Method>,
}

impl Methods {
    /// Those of the base.
    pub fn wished(wished: HashMap<CaseId, Method>) -> Self {
        Self {
            wished,
            used: HashMap::new(),
        }
    }

    /// How a case is to be timed, where that is known.
    pub fn of(&self, case: &CaseId) -> Option<&Method> {
        self.used.get(case).or_else(|| self.wished.get(case))
    }

    /// Wishes for what `other` has used, where nothing is known yet.
    pub fn follow(&mut self, other: &Self) {
        for (case, method) in &other.used {
            let known = self.wished.entry(case.clone());
            known.or_insert_with(|| method.clone());
        }
    }

    /// Takes how a process has timed a case.
    pub fn take(&mut self, result: &CaseResult) {
        if let (Outcome::Measured, Some(method)) = (&result.outcome, &result.method) {
            let used = self.used.entry(result.case.clone());
            used.or_insert_with(|| method.clone());
        }
    }

    /// Takes how a process has timed a case, which fails where an earlier one did it otherwise: values of two methods
    /// are no sample of one thing.
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
        let mut methods = Methods::wished(wished.into_iter().collect());
        assert_eq!(methods.of(&first.case), base.method.as_ref());
        methods.check(&mut first.clone());
        assert_eq!(methods.of(&first.case), first.method.as_ref());
    }

    #[test]
    fn a_run_follows_the_one_that_it_is_measured_in_turns_with() {
        let (first, second) = (result("graph", 100), result("graph", 50));
        let mut base = Methods::default();
        base.take(&first);
        let mut head = Methods::default();
        head.follow(&base);
        assert_eq!(head.of(&first.case), first.method.as_ref());
        base.follow(&{
            let mut other = Methods::default();
            other.take(&second);
            other
        });
        assert_eq!(base.of(&first.case), first.method.as_ref());
    }

    #[test]
    fn two_methods_in_one_run_fail_the_case() {
        let mut methods = Methods::default();
        methods.check(&mut result("graph", 100));
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
            methods.check(&mut other);
            let message = match other.outcome {
                Outcome::Failed(failure) => Some(failure.message),
                _ => None,
            };
            assert_eq!(message.as_deref(), why);
        }
    }
}
