//! What a run costs and whether it reaches its goals, read from its record.

use std::collections::BTreeMap;

use crate::finance::{Basis, Figures, Statement};
use crate::id::CaseId;
use crate::record::Header;
use crate::stats::Ceilings;
use crate::store::{Record, Results, StoreError};
use crate::verdict::Judgement;

/// The statement of a run with these `results`; empty where its suite asks for none.
pub fn of(
    header: &Header,
    results: &Results,
    ceilings: &Ceilings,
    compared: Option<&[Judgement]>,
) -> Statement {
    if !Statement::is_asked(header) {
        return Statement::default();
    }
    let figures = figures(results);
    Statement::of(&Basis {
        header,
        figures: &figures,
        ceilings,
        compared,
    })
}

/// The figures of the cases of a run with these `results`.
pub fn figures(results: &Results) -> BTreeMap<CaseId, Figures> {
    let results = results.iter();
    results
        .map(|(id, results)| (id.clone(), Figures::of(results)))
        .collect()
}

/// The statement of a record, which is read through only where its suite asks for one.
pub fn of_record(
    record: &Record,
    ceilings: &Ceilings,
    compared: Option<&[Judgement]>,
) -> Result<Statement, StoreError> {
    let results = if Statement::is_asked(&record.header) {
        record.results()?
    } else {
        Results::new()
    };
    Ok(of(&record.header, &results, ceilings, compared))
}
