//! From a record, and what it is compared with, to a whole document: all that a report shows is read here.
//!
//! It decides nothing: verdicts are those of `compare`, steps those of `history`.

mod backlog;
mod base;
mod case;
mod facts;
mod nights;
mod remarks;
mod telemetry;
mod uncovered;

use std::collections::BTreeMap;
use std::path::Path;

use super::comparing::{self, Compared, Operand, Settings};
use super::{Exit, Fault, ceilings, output, statement};
use crate::finance::{Basis, Figures, Statement};
use crate::id::CaseId;
use crate::record::Header;
use crate::report::document::Document;
use crate::report::{CaseView, Heading, Probes, RunView};
use crate::stats::Ceilings;
use crate::store::{Record, Results};

use base::Base;

/// A document and what its comparison means for the program.
#[derive(Debug)]
pub struct Gathered {
    /// All that a report shows.
    pub document: Document,
    /// What `run` and `compare` show of it.
    pub view: RunView,
    /// How the comparison and the goals end the program.
    pub exit: Exit,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Reads the record in `folder`, compares it with what `against` names as `compare` does, and gathers what belongs
/// to both.
pub fn gather(
    folder: &Path,
    against: Option<&str>,
    settings: Settings,
) -> anyhow::Result<Gathered> {
    let record = Record::open(folder).map_err(Fault::from)?;
    let suite = Some(&record.header.suite);
    let resolve = || {
        let operand = against.map(|word| Operand::resolve(word, Path::new("."), suite));
        operand.transpose()
    };
    let (first, second) = (resolve()?, resolve()?);
    // Comparing and reading samples are each most of a core's work.
    let (compared, results) = std::thread::scope(|scope| {
        let compare = |base| comparing::compare_record(folder, base, settings, None);
        let compared = scope.spawn(move || first.map(compare).transpose());
        let results = record.results();
        let compared = compared.join();
        (
            compared.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            results,
        )
    });
    let (compared, results) = (compared?, results.map_err(Fault::from)?);
    let base = second.as_ref().map(|base| Base::read(base, &record.header));
    let base = base.transpose()?.unwrap_or_default();
    let sides = (second.as_ref(), &base);
    Ok(whole(
        &record,
        &results,
        (compared, settings),
        sides,
        against,
    ))
}

fn whole(
    record: &Record,
    results: &Results,
    (compared, settings): (Option<Compared>, Settings),
    (operand, base): (Option<&Operand>, &Base),
    against: Option<&str>,
) -> Gathered {
    let header = &record.header;
    let mut warnings = match &compared {
        Some(compared) => compared.warnings.clone(),
        None => record.warnings(),
    };
    let of_comparison = compared.as_ref().map(|compared| compared.exit);
    let ceilings = ceilings::of(header, &record.folder);
    let figures = statement::figures(results);
    let view = view(record, results, (&ceilings, &figures), compared);
    let exit = settings.exit_of(&view.statement);
    let exit = of_comparison.unwrap_or(Exit::Success).before(exit);
    let mut document = Document::from(&view);
    document.take_ceilings(&ceilings);
    backlog::take(&mut document, record, results, (&ceilings, &figures));
    case::complete(&mut document.cases, header, results, base);
    facts::complete(&mut document, record, base, against);
    if let Err(error) = nights::take(&mut document, record, results, operand) {
        warnings.push(format!("the nights are left out: {error}"));
    }
    match telemetry::read(record, results) {
        Ok(found) => document.telemetry = found,
        Err(error) => warnings.push(format!("the telemetry is left out: {error}")),
    }
    match remarks::take(&mut document, &record.folder) {
        Ok(damaged) => warnings.extend(damaged),
        Err(error) => warnings.push(format!("the remarks are left out: {error}")),
    }
    document.uncovered = uncovered::kernels(header, base.commit.as_deref());
    document.notes.extend(warnings.iter().cloned());
    Gathered {
        document,
        view,
        exit,
        warnings,
    }
}

fn view(
    record: &Record,
    results: &Results,
    (ceilings, figures): (&Ceilings, &BTreeMap<CaseId, Figures>),
    compared: Option<Compared>,
) -> RunView {
    let header: &Header = &record.header;
    let cases = header.cases.iter().map(|case| {
        let found = results.get(&case.id).map_or(&[][..], Vec::as_slice);
        CaseView::of(case, found).held_against(ceilings, case)
    });
    let shown = output::shown(&record.folder);
    let comparison = compared.map(|compared| compared.view);
    let judgements = comparison.as_ref().map(|view| view.judgements.as_slice());
    let basis = Basis {
        header,
        figures,
        ceilings,
        compared: judgements,
    };
    RunView {
        statement: Statement::of(&basis),
        heading: Heading::of(header, record.summary.as_ref(), Some(shown)),
        probes: Probes::of(&record.ends),
        cases: cases.collect(),
        comparison,
    }
}
