//! `warpmark ack`: slowdowns that are known fail nothing until a day.

mod judged;
mod told;

use std::path::Path;

use jiff::civil::Date;

use super::baseline::{Place, filters, key, no_such_key};
use super::{Exit, Fault, output};
use crate::baseline::{self, Meant, Noted};
use crate::id::Name;
use crate::verdict::Acknowledgement;
use told::Deed;

const EXAMPLES: &str = "\
Examples:
  warpmark ack triad/n=1024 --until 2027-01-31 --ticket KERN-7 --reason 'the new allocator'
  warpmark ack 'triad/*' --at-most 5% --until 2027-01-31 --ticket KERN-7 --reason 'checks'
  warpmark ack --list                            what is acknowledged, and until when
  warpmark ack triad/n=1024 --remove

Without --at-most, the cases are those that RUN measured and that are slower than the baseline, and
how much is borne follows from that run. Commit the file that it writes.
Exit codes: 0 done; 2 usage; 3 no baseline, or a broken one; 4 no case is meant, or none is slower.";

/// Acknowledge that cases are slower: until a day that fails nothing, and reports still show it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The cases, as -f takes them: ids, globs on ids, axis=value, and ! before either
    #[arg(value_name = "CASE", required_unless_present = "list")]
    cases: Vec<String>,
    /// The last day, in UTC, on which it fails nothing
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, required_unless_present_any = ["list", "remove"])]
    until: Option<Date>,
    /// Where it is tracked
    #[arg(long, value_name = "URL", value_parser = said, required_unless_present_any = ["list", "remove"])]
    ticket: Option<String>,
    /// Why it is borne for now
    #[arg(long, value_name = "TEXT", value_parser = said, required_unless_present_any = ["list", "remove"])]
    reason: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", value_parser = said)]
    by: Option<String>,
    /// How much worse it may be, such as 5%, whether it is now or not [default: what RUN showed, and the margin]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    at_most: Option<f64>,
    /// Only these metrics [default: all that are slower; the time with --at-most; all with --list and --remove]
    #[arg(long = "metric", value_name = "NAME")]
    metrics: Vec<String>,
    /// The run that shows it: a record's folder, its id, or `latest` [default: latest]
    #[arg(long, value_name = "RUN", conflicts_with_all = ["at_most", "list", "remove"])]
    run: Option<String>,
    /// The suite [default: that of the latest run; all with --at-most, --list and --remove]
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
    /// Only the machines whose environment key begins so, 4 hex digits or more; with --at-most, --list and --remove
    #[arg(long = "key", value_name = "KEY", value_parser = key)]
    keys: Vec<String>,
    /// List what is acknowledged
    #[arg(long, conflicts_with_all = ["remove", "until", "ticket", "reason", "by", "at_most"])]
    list: bool,
    /// Take acknowledgements away
    #[arg(long, conflicts_with_all = ["until", "ticket", "reason", "by", "at_most"])]
    remove: bool,
    #[command(flatten)]
    place: Place,
}

/// Acknowledges, lists, or takes away.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let dry_run = args.place.dry_run;
    let (deed, noted) = if args.list {
        (Deed::Listed, listed(args)?)
    } else if args.remove {
        (Deed::Removed, removed(args)?)
    } else {
        (Deed::Acknowledged, acknowledged(args)?)
    };
    output::print(told::text(deed, &noted, dry_run, args.place.format.chosen())?.as_bytes())?;
    Ok(Exit::Success)
}

fn meant(args: &Args) -> Result<Meant, Fault> {
    Ok(Meant {
        cases: filters(&args.cases)?,
        metrics: args.metrics.iter().cloned().collect(),
        keys: args.keys.clone(),
    })
}

fn listed(args: &Args) -> Result<Vec<Noted>, Fault> {
    let meant = meant(args)?;
    each_suite(args, |folder, suite| {
        baseline::acknowledgements(folder, suite, &meant)
    })
}

fn removed(args: &Args) -> Result<Vec<Noted>, Fault> {
    let meant = meant(args)?;
    let noted = each_suite(args, |folder, suite| {
        baseline::unacknowledge(folder, suite, &meant, args.place.dry_run)
    })?;
    if noted.is_empty() {
        let message = format!("nothing is acknowledged of {}", told::asked(args));
        return Err(
            Fault::new(Exit::NothingSelected, message).hint("warpmark ack --list prints what is")
        );
    }
    Ok(noted)
}

fn acknowledged(args: &Args) -> anyhow::Result<Vec<Noted>> {
    let known = |at_most| {
        let (until, ticket, reason) = (args.until, args.ticket.clone(), args.reason.clone());
        let given = until.zip(ticket).zip(reason);
        let ((until, ticket), reason) = given.expect("clap asks for all three");
        Acknowledgement {
            until,
            at_most,
            ticket,
            reason,
            by: args.by.clone(),
        }
    };
    let Some(at_most) = args.at_most else {
        return judged::acknowledged(args, &known);
    };
    let (meant, known) = (meant(args)?, known(at_most));
    let noted = each_suite(args, |folder, suite| {
        baseline::acknowledge_all(folder, suite, (&meant, &known), args.place.dry_run)
    })?;
    if noted.is_empty() {
        let message = format!("no case of the baselines matches {}", told::asked(args));
        let fault = Fault::new(Exit::NothingSelected, message);
        return Err(fault
            .hint("warpmark baseline show prints cases and metrics; a baseline knows no tags")
            .into());
    }
    Ok(noted)
}

/// What `of` finds in the baselines of the suites that are meant.
fn each_suite(
    args: &Args,
    of: impl Fn(&Path, &Name) -> Result<Vec<Noted>, baseline::BaselineError>,
) -> Result<Vec<Noted>, Fault> {
    let (folder, suites) = args.place.open(args.suite.as_slice())?;
    if !args.keys.is_empty() && !baseline::has_key(&folder, &suites, &args.keys)? {
        return Err(no_such_key(&args.keys));
    }
    let mut all = Vec::new();
    for suite in &suites {
        all.extend(of(&folder, suite)?);
    }
    Ok(all)
}

/// A day that isn't over.
fn day(text: &str) -> Result<Date, String> {
    let day: Date = text
        .parse()
        .map_err(|_| "write a day as year, month and day: 2027-01-31".to_owned())?;
    let today = output::today();
    if day < today {
        Err(format!(
            "that day is over: give one from today on, {today} (UTC)"
        ))
    } else {
        Ok(day)
    }
}

/// A text that says something, on one line.
fn said(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("say it, in a few words".to_owned())
    } else if text.chars().any(char::is_control) {
        Err("it has control characters, or several lines: one line of text will do".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A share: `5%` or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let share = match text.trim().strip_suffix('%') {
        // Divided, so that 5 % is the double nearest to 0.05.
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    share
        .filter(|share| Acknowledgement::can_bear(*share))
        .ok_or_else(|| "a share is 5% or 0.05: above 0, and 100 (10000%) at most".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read() {
        for (text, expected) in [
            ("5%", Some(0.05)),
            (" 0.5 % ", Some(0.005)),
            ("0.05", Some(0.05)),
            ("150%", Some(1.5)),
            ("0", None),
            ("-1%", None),
            ("nan", None),
            ("inf", None),
            ("10001%", None),
            ("5 percent", None),
            ("", None),
        ] {
            assert_eq!(share(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn days_are_read_and_must_not_be_over() {
        for (text, expected) in [
            ("9999-12-31", Ok("9999-12-31")),
            ("2027-02-30", Err("write a day")),
            ("31.01.2027", Err("write a day")),
            ("tomorrow", Err("write a day")),
            ("2020-01-31", Err("that day is over")),
        ] {
            let found = day(text).map(|day| day.to_string());
            match expected {
                Ok(expected) => assert_eq!(found.as_deref(), Ok(expected), "{text}"),
                Err(begin) => {
                    assert!(found.is_err_and(|why| why.starts_with(begin)), "{text}");
                }
            }
        }
        let today = output::today();
        assert_eq!(day(&today.to_string()), Ok(today), "the last day counts");
    }

    #[test]
    fn texts_say_something_on_one_line() {
        assert_eq!(said("  why "), Ok("why".to_owned()));
        for text in ["", "  ", "a\nb", "a\u{1b}[2Jb"] {
            assert!(said(text).is_err(), "{text:?}");
        }
    }
}
