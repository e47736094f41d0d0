//! Goals against the cases of a plan: what a manifest alone can't tell.

use std::collections::HashSet;

use super::{Plan, glob};
use crate::diagnostic::Diagnostic;
use crate::manifest::Suite;
use crate::record::BASELINE;

/// The mistakes of goals that speak of cases which the whole `plan` of `suite` doesn't have.
pub fn unmatched_goals(suite: &Suite, plan: &Plan) -> Vec<Diagnostic> {
    let ids: HashSet<&str> = plan.cases.iter().map(|case| case.id.as_str()).collect();
    let mut found = Vec::new();
    for stated in &suite.goals {
        let goal = &stated.goal;
        if !ids.iter().any(|id| glob(&goal.case, id)) {
            let message = format!("no case matches {:?}", goal.case);
            let help = match nearest(&goal.case, &ids) {
                Some(near) => format!("did you mean \"{near}\"? `*` stands for anything"),
                None => {
                    "`warpmark list` shows the ids of cases; `*` stands for anything".to_owned()
                }
            };
            found.push(Diagnostic::new(message, stated.case_place).help(help));
        }
        let Some((of, place)) = goal.of.as_deref().zip(stated.of_place) else {
            continue;
        };
        if of != BASELINE && !ids.contains(of) {
            let message = format!("there is no case {of:?}");
            let help = match nearest(of, &ids) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => {
                    format!(
                        "write the id of one case, as `warpmark list` shows it, or {BASELINE:?}"
                    )
                }
            };
            found.push(Diagnostic::new(message, place).help(help));
        }
    }
    found
}

/// The id that `text` is most likely a slip of.
fn nearest<'a>(text: &str, ids: &HashSet<&'a str>) -> Option<&'a str> {
    let scored = ids
        .iter()
        .map(|id| (strsim::jaro_winkler(text, id), *id))
        .filter(|(score, _)| *score >= 0.85);
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.map(|(_, id)| id)
}
