//! What of two sides is measured: the cases whose code or launch differs (or all), and controls.

use std::collections::{BTreeMap, BTreeSet};

use super::side::Side;
use crate::device::Artefact;
use crate::engine::Prepared;
use crate::id::{CaseId, Name};
use crate::plan::{Case, Plan, Task};
use crate::record::{Refusal, Work};
use crate::rng::{self, Sequence};

/// Cases that are measured as base against base.
const CONTROLS: usize = 3;

/// Two sides, reduced to what is measured.
pub struct Study {
    /// Base and head; their plans hold what is measured alone.
    pub sides: [Side; 2],
    /// The code of what is measured.
    pub prepared: [Prepared; 2],
    /// Base's and head's cases before.
    pub cases: [Vec<Case>; 2],
    /// The cases that have the same code on both sides.
    pub same: BTreeSet<CaseId>,
    /// Cases whose work differs, and how.
    pub other_work: BTreeMap<CaseId, String>,
    /// The controls: what they are called, and which case of the base each is.
    pub controls: Vec<(CaseId, CaseId)>,
}

impl Study {
    /// Decides what is measured: what differs between the sides, or the `whole` of each.
    pub fn of(mut sides: [Side; 2], mut prepared: [Prepared; 2], whole: bool) -> Self {
        let cases = [0, 1].map(|side: usize| sides[side].subject.plan.cases.clone());
        let sorted = Sorted::of(&cases, &prepared);
        let controls = if sorted.differs.is_empty() && !whole {
            Vec::new()
        } else {
            controls(&sides[0].subject.plan, &prepared[0])
        };
        for (side, prepared) in sides.iter_mut().zip(&mut prepared) {
            let plan = &mut side.subject.plan;
            let (part, from) =
                plan.part(|case| whole || sorted.differs.contains(&plan.cases[case].id));
            *plan = part;
            prepared.artefacts = from
                .iter()
                .map(|&case| prepared.artefacts[case].clone())
                .collect();
            for control in &controls {
                plan.add(control.case.clone());
                prepared.artefacts.push(control.artefact.clone());
            }
        }
        Self {
            sides,
            prepared,
            cases,
            same: sorted.same,
            other_work: sorted.other_work,
            controls: controls
                .into_iter()
                .map(|control| (control.case.id, control.of))
                .collect(),
        }
    }
}

/// The cases that both sides have, by what is done with them.
#[derive(Default)]
struct Sorted {
    same: BTreeSet<CaseId>,
    other_work: BTreeMap<CaseId, String>,
    differs: BTreeSet<CaseId>,
}

impl Sorted {
    fn of(cases: &[Vec<Case>; 2], prepared: &[Prepared; 2]) -> Self {
        let of_base = cases[0].iter().enumerate();
        let base: BTreeMap<&CaseId, usize> =
            of_base.map(|(place, case)| (&case.id, place)).collect();
        let mut sorted = Self::default();
        for (place, case) in cases[1].iter().enumerate() {
            let Some(&old) = base.get(&case.id) else {
                continue;
            };
            let work = (cases[0][old].work, case.work);
            let code = (prepared[0].identity(old), prepared[1].identity(place));
            let id = case.id.clone();
            if work.0.amounts() != work.1.amounts() {
                sorted.other_work.insert(id, other_work(work));
            } else if code.0.is_some() && code.0 == code.1 {
                sorted.same.insert(id);
            } else {
                sorted.differs.insert(id);
            }
        }
        sorted
    }
}

/// The quantities of work that differ: `work.flops: 2000 (base), 4000 (head)`.
fn other_work((base, head): (Work, Work)) -> String {
    let quantities = [
        ("reads", base.reads, head.reads),
        ("writes", base.writes, head.writes),
        ("flops", base.flops, head.flops),
        ("items", base.items, head.items),
    ];
    let plain = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
    let differing = quantities.iter().filter(|(_, base, head)| base != head);
    let words = differing.map(|(name, base, head)| {
        format!(
            "work.{name}: {} (base), {} (head)",
            plain(*base),
            plain(*head)
        )
    });
    words.collect::<Vec<_>>().join("; ")
}

/// A case of the base under another name.
struct Control {
    case: Case,
    artefact: Result<Artefact, Refusal>,
    of: CaseId,
}

/// Controls from a base: kernels first, by the seed.
fn controls(plan: &Plan, prepared: &Prepared) -> Vec<Control> {
    const STREAM: u64 = 0xc0;
    let mut alone: Vec<usize> = plan
        .units
        .iter()
        .filter(|unit| unit.len() == 1)
        .flatten()
        .copied()
        .filter(|&case| prepared.artefacts.get(case).is_some_and(Result::is_ok))
        .collect();
    Sequence::new(rng::stream(plan.seed, STREAM)).shuffle(&mut alone);
    alone.sort_by_key(|&case| matches!(plan.cases[case].task, Task::Command(_)));
    alone.truncate(CONTROLS);
    let names = (1..).filter_map(|number| Name::new(&format!("control-{number}")).ok());
    let free = names.filter(|name| !plan.cases.iter().any(|case| case.workload == *name));
    let named = alone.into_iter().zip(free);
    named
        .map(|(place, name)| {
            let of = &plan.cases[place];
            let id = CaseId::new(&name, of.axes.iter().map(|(name, value)| (name, value)));
            Control {
                case: Case {
                    id,
                    workload: name,
                    ..of.clone()
                },
                artefact: prepared.artefacts[place].clone(),
                of: of.id.clone(),
            }
        })
        .collect()
}
