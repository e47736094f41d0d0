//! The backlog of a run: gaps to the ceilings by what they cost, and what limits each case.

use std::collections::{BTreeMap, HashMap};

use super::Results;
use crate::cli::again;
use crate::finance::{Basis, Figures, Gap, gaps};
use crate::id::CaseId;
use crate::limits::{Facts, Machine, find, without_gap};
use crate::record::CaseHeader;
use crate::report::document::{Backlogged, Document, Place};
use crate::stats::Ceilings;
use crate::store::Record;

/// Gives `document` the backlog of `record`, and the measured cases that aren't in it.
pub fn take(
    document: &mut Document,
    record: &Record,
    results: &Results,
    (ceilings, figures): (&Ceilings, &BTreeMap<CaseId, Figures>),
) {
    let header = &record.header;
    let machine = Machine::of(header, &record.ends, ceilings);
    let found = gaps(&Basis {
        header,
        figures,
        ceilings,
        compared: None,
    });
    let cases: HashMap<&CaseId, &CaseHeader> =
        header.cases.iter().map(|case| (&case.id, case)).collect();
    let facts = |case: &CaseHeader| {
        let time = figures.get(&case.id).and_then(Figures::seconds)?;
        let results = results.get(&case.id).map_or(&[][..], Vec::as_slice);
        Some(Facts::of(&machine, case, results, time.value * 1e9))
    };
    let backlogged = |gap: &Gap| {
        let case = cases.get(&gap.case)?;
        let (file, line) = case.defined_at.clone();
        Some(Backlogged {
            gap: gap.clone(),
            findings: find(&facts(case)?),
            note: header.notes.get(&case.workload).cloned(),
            place: Place { file, line },
            reproduce: again::case(header, &case.id),
        })
    };
    let backlog: Vec<Backlogged> = found.iter().filter_map(backlogged).collect();
    let left_out = header.cases.iter().filter_map(|case| {
        let why = without_gap(&facts(case)?)?;
        Some((case.id.to_string(), why))
    });
    let currency = header.cost.as_ref().map(|price| price.currency.as_str());
    document.take_backlog(&backlog, currency.unwrap_or_default(), left_out);
}
