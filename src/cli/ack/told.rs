//! What `warpmark ack` did, in words and as JSON.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::Args;
use crate::baseline::Noted;
use crate::cli::format::FactFormat;
use crate::cli::output::{self, shown};
use crate::id::CaseId;
use crate::verdict::{Acknowledged, Acknowledgement, Standing};

/// What was done with acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// They stand there now.
    Acknowledged,
    /// They are gone.
    Removed,
    /// Nothing.
    Listed,
}

/// The cases and metrics as they were asked for.
pub fn asked(args: &Args) -> String {
    let cases = args.cases.join(" or ");
    if args.metrics.is_empty() {
        cases
    } else {
        format!("{cases} with the metric {}", args.metrics.join(" or "))
    }
}

/// All of it.
pub fn text(
    deed: Deed,
    noted: &[Noted],
    dry_run: bool,
    format: FactFormat,
) -> serde_json::Result<String> {
    match format {
        FactFormat::Human => Ok(human(deed, noted, dry_run)),
        FactFormat::Json => json(deed, noted, dry_run),
    }
}

fn human(deed: Deed, noted: &[Noted], dry_run: bool) -> String {
    let mut text = String::new();
    for one in noted {
        let name = one.case.with_metric(&one.metric);
        let _ = writeln!(text, "{}", harmless(&format!("{name}: {}", standing(one))));
    }
    let mut files: Vec<&Path> = noted.iter().map(|one| one.file.as_path()).collect();
    files.dedup();
    let verb = match (deed, dry_run) {
        (Deed::Acknowledged, false) => "written to",
        (Deed::Acknowledged, true) => "would be written to",
        (Deed::Removed, false) => "taken out of",
        (Deed::Removed, true) => "would be taken out of",
        (Deed::Listed, _) => "stands in",
    };
    for file in files {
        let _ = writeln!(text, "{verb} {}", shown(file).display());
    }
    if text.is_empty() {
        "nothing is acknowledged\n".clone_into(&mut text);
    } else if deed != Deed::Listed && !dry_run {
        text.push_str("commit it, so that it counts: git add baselines\n");
    }
    text
}

/// `acknowledged up to 5.000 % until 2027-01-31: the new allocator, https://example.com/7`, or that it is over.
fn standing(one: &Noted) -> Acknowledged {
    let is_over = one.known.is_over(output::today());
    Acknowledged {
        what: one.known.clone(),
        standing: if is_over {
            Standing::Over
        } else {
            Standing::Quiet
        },
    }
}

/// Text of a file that anyone may have written, without characters that steer a terminal.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    dry_run: bool,
    done: Deed,
    acknowledgements: Vec<WireOne<'a>>,
}

#[derive(Serialize)]
struct WireOne<'a> {
    file: &'a Path,
    case: &'a CaseId,
    metric: &'a str,
    #[serde(flatten)]
    known: &'a Acknowledgement,
    over: bool,
}

fn json(deed: Deed, noted: &[Noted], dry_run: bool) -> serde_json::Result<String> {
    let today = output::today();
    let acknowledgements = noted.iter().map(|one| WireOne {
        file: &one.file,
        case: &one.case,
        metric: &one.metric,
        known: &one.known,
        over: one.known.is_over(today),
    });
    output::json(&Wire {
        format: 1,
        dry_run,
        done: deed,
        acknowledgements: acknowledgements.collect(),
    })
}
