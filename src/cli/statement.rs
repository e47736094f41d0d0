//! What a run costs and whether it reaches its goals, read from its record.

use std::collections::{BTreeMap, HashMap};

use crate::finance::{Basis, Figures, Statement};
use crate::id::CaseId;
use crate::record::{CaseResult, Header};
use crate::stats::Ceilings;
use crate::store::{Record, StoreError};
use crate::verdict::Judgement;

/// The results of a run by case, one a process.
type Results = HashMap<CaseId, Vec<CaseResult>>;

/// The statement of a run with these `results`; empty where its suite asks for none.
pub fn of(
    header: &Header,
    results: &Results,
    ceilings: &Ceilings,
    compared: Option<&[Judgement]>,
) -> Statement {
    if Statement::is_asked(header) {
        whole(header, results, ceilings, compared)
    } else {
        Statement::default()
    }
}

/// The same also where a suite has neither prices nor goals: what items take of time and energy.
pub fn whole(
    header: &Header,
    results: &Results,
    ceilings: &Ceilings,
    compared: Option<&[Judgement]>,
) -> Statement {
    let figures = results.iter();
    let figures: BTreeMap<CaseId, Figures> = figures
        .map(|(id, results)| (id.clone(), Figures::of(results)))
        .collect();
    Statement::of(&Basis {
        header,
        figures: &figures,
        ceilings,
        compared,
    })
}

/// The statement of a record, which is read through only where its suite asks for one.
pub fn of_record(
    record: &Record,
    ceilings: &Ceilings,
    compared: Option<&[Judgement]>,
) -> Result<Statement, StoreError> {
    let mut results = Results::new();
    if Statement::is_asked(&record.header) {
        record.each_case(|result| {
            let of_case = results.entry(result.case.clone()).or_default();
            of_case.push(result);
        })?;
    }
    Ok(of(&record.header, &results, ceilings, compared))
}
