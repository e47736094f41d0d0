//! `--resume`: goes on where a run stopped, if nothing has changed since.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::overrides::Overrides;
use super::pinning::Taken;
use super::progress::Progress;
use super::start::{self, Begun, Results};
use super::subject::{Refused, Subject};
use super::timings::Timings;
use super::{Options, header, methods, outcome};
use crate::cli::comparing::Operand;
use crate::cli::{Exit, Fault, output};
use crate::engine::{Earlier, Signals};
use crate::environment;
use crate::id::CaseId;
use crate::manifest;
use crate::record::{CaseHeader, Header};
use crate::store::{self, Record, Writer};

/// What `--resume RUN` means: what looks like a suite is one, and its latest run is meant.
pub fn meant(suite: Option<&Path>, run: &str) -> (Option<PathBuf>, String) {
    let path = Path::new(run);
    let is_suite = path
        .extension()
        .is_some_and(|extension| extension == "toml")
        && path.is_file();
    match suite {
        None if is_suite => (Some(path.to_owned()), "latest".to_owned()),
        _ => (suite.map(Path::to_owned), run.to_owned()),
    }
}

/// Goes on with `run`, of `suite` where one is named.
pub fn resume(
    suite: Option<&Path>,
    run: &str,
    options: &Options,
    signals: &Signals,
) -> anyhow::Result<Exit> {
    let root = store::root_for(suite.unwrap_or(Path::new(".")));
    let name = suite.and_then(|path| manifest::load(path).ok());
    let name = name.as_ref().map(|suite| &suite.name);
    let folder = store::find(&root, name, run).map_err(Fault::from)?;
    let record = Record::open(&folder).map_err(Fault::from)?;
    if record.is_complete() {
        let shown = output::shown(&folder);
        anstream::eprintln!(
            "the run {} is complete: {}",
            record.header.id,
            shown.display()
        );
        return Ok(Exit::Success);
    }
    // The header stays as it is while a run goes; its processes are looked at under the lock.
    let mut progress = Progress::new(options.quiet);
    let device = (record.header.device.as_str(), record.header.suite.as_str());
    let Some(lock) = start::lock(&root, device, options.wait, &mut progress, signals)? else {
        return Ok(outcome::interrupted(signals));
    };
    let path = suite.map_or_else(|| PathBuf::from(&record.header.suite_path), Path::to_owned);
    if !path.is_file() {
        let message = format!("the suite {} of this run is not here", path.display());
        return Err(Fault::new(Exit::Input, message)
            .hint("go to the folder that the run was started in, or name the suite")
            .into());
    }
    let subject = match Subject::load(&path, &Overrides::of_record(&record.header)?)? {
        Ok(subject) => subject,
        Err(Refused(exit)) => return Ok(exit),
    };
    let mut timings = Timings::begin(subject.took);
    let Some(prepared) = start::prepare(&subject, &root, &mut progress, signals)? else {
        return Ok(outcome::interrupted(signals));
    };
    timings.compiled();
    start::refuse_company(&subject)?;
    let Some(taken) = Taken::take(&subject, &root, (lock, options.locks), signals)? else {
        return Ok(outcome::interrupted(signals));
    };
    let mut now = header::of(&subject, &prepared)?;
    taken.state_in(&mut now);
    same(&record.header, &now)?;
    let against = start::base(&subject, options)?;
    let methods = methods::of_base(against.as_ref(), &subject, &record.header);
    let mut begun = begin(&folder, (against, timings, taken))?;
    begun.earlier = Earlier::wished(methods);
    start::measure(&subject, &prepared, begun, (options, progress), signals)
}

/// Takes up the record: what is whole counts, the rest is set aside.
fn begin(
    folder: &Path,
    (against, timings, taken): (Option<Operand>, Timings, Taken),
) -> Result<Begun, Fault> {
    let (writer, header, done) = Writer::resume(folder)?;
    let mut results = Results::default();
    let record = Record::open(folder)?;
    record.each_case(|result| results.add(result))?;
    results.1 = record.ends;
    Ok(Begun {
        header,
        writer,
        done,
        results,
        earlier: Earlier::default(),
        against,
        timings,
        taken,
    })
}

/// Refuses to go on where something changed since the run began: half a run of each would be neither.
fn same(then: &Header, now: &Header) -> Result<(), Fault> {
    let changed = |what: String| {
        let message = format!("the run {} can't go on: {what}", then.id);
        Fault::new(Exit::Input, message)
            .hint("start a new run, or restore what has changed since this one began")
    };
    if then.device != now.device {
        let what = format!("the device is {}, and was {}", now.device, then.device);
        return Err(changed(what));
    }
    if let Some(what) = changed_environment(then, now) {
        return Err(changed(what));
    }
    if then.seed != now.seed {
        let what = format!("the suite's seed is {}, and was {}", now.seed, then.seed);
        return Err(changed(what));
    }
    changed_cases(&then.cases, &now.cases).map_or(Ok(()), |what| Err(changed(what)))
}

fn changed_environment(then: &Header, now: &Header) -> Option<String> {
    if then.environment.key == now.environment.key {
        return None;
    }
    let differences = environment::diff(&then.environment, &now.environment);
    let breaking = differences
        .iter()
        .filter(|fact| fact.breaks_comparability());
    let facts = breaking.map(|fact| {
        let text = |value: &Option<serde_json::Value>| {
            value
                .as_ref()
                .map_or_else(|| "unknown".to_owned(), ToString::to_string)
        };
        format!(
            "{} is {}, and was {}",
            fact.fact,
            text(&fact.b),
            text(&fact.a)
        )
    });
    Some(format!(
        "the environment changed: {}",
        facts.collect::<Vec<_>>().join("; ")
    ))
}

fn changed_cases(then: &[CaseHeader], now: &[CaseHeader]) -> Option<String> {
    let lacking = |cases: &[CaseHeader], others: &[CaseHeader]| {
        let others: HashSet<CaseId> = others.iter().map(|case| case.id.clone()).collect();
        cases
            .iter()
            .map(|case| case.id.clone())
            .find(|id| !others.contains(id))
    };
    if let Some(id) = lacking(then, now) {
        return Some(format!("the suite changed: case {id} is gone"));
    }
    if let Some(id) = lacking(now, then) {
        return Some(format!("the suite changed: case {id} is new"));
    }
    then.iter().zip(now).find_map(|(then, now)| {
        if then.id != now.id {
            Some("the suite changed: its cases have another order".to_owned())
        } else if then.definition != now.definition {
            Some(format!(
                "the suite changed: case {} is defined otherwise",
                then.id
            ))
        } else if then.identity != now.identity {
            Some(format!("the kernel of case {} changed", then.id))
        } else {
            None
        }
    })
}
