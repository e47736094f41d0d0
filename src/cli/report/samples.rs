//! `warpmark report --format csv --samples`: every sample of a record, and of a base that is one.

use std::path::Path;

use crate::baseline;
use crate::cli::Fault;
use crate::cli::comparing::Operand;
use crate::id::Name;
use crate::report::CsvSamples;
use crate::store::Record;

/// The samples of the record in `folder` as CSV, then those of the base where that is a record: a baseline keeps none.
pub fn sheet(folder: &Path, against: Option<&str>, suite: Option<&Name>) -> Result<String, Fault> {
    let mut rows = CsvSamples::new();
    let record = Record::open(folder)?;
    let run = &record.header.id;
    record.each_case(|result| rows.push("candidate", run, &result))?;
    let suite = suite.or(Some(&record.header.suite));
    let base = against.map(|word| Operand::resolve(word, Path::new("."), suite));
    if let Some(Operand::Record(folder)) = base.transpose()? {
        let base = Record::open(&folder)?;
        let renamed = &record.header.renamed;
        base.each_case(|mut result| {
            result.case = baseline::present_id(&result.case, renamed);
            rows.push("base", &base.header.id, &result);
        })?;
    }
    Ok(rows.finish())
}
