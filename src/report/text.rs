//! Values as text.

use anstyle::{AnsiColor, Style};

use super::{CaseView, MetricView, RunView};
use crate::record::{Occupancy, Unit};
use crate::stats::{CeilingFraction, Summary};
use crate::units::{rough, significant};
use crate::verdict::Verdict;

/// A value of a metric: times in seconds, everything with an SI prefix.
pub(super) fn value(value: f64, unit: Unit) -> String {
    unit.show(value)
}

/// The mean with half the width of its 99 % interval as a share: `1.234 ms ± 0.5000 %`.
pub(super) fn mean(summary: &Summary, unit: Unit) -> String {
    let mean = value(summary.mean, unit);
    match summary.interval {
        Some(interval) if summary.mean != 0.0 => {
            let half = (interval.high - interval.low) / 2.0;
            format!(
                "{mean} ± {} %",
                significant(half / summary.mean.abs() * 100.0)
            )
        }
        _ => mean,
    }
}

/// `71 % of read`.
pub(super) fn of_ceiling(found: CeilingFraction) -> String {
    format!("{} of {}", rough(found.fraction), found.of)
}

/// `1.200 ms to 1.300 ms`.
pub(super) fn range(low: f64, high: f64, unit: Unit) -> String {
    format!("{} to {}", value(low, unit), value(high, unit))
}

/// `5 x 100`, or `483 in 5` where processes have different numbers.
pub(super) fn samples(metric: &MetricView, summary: &Summary) -> String {
    let (count, processes) = (summary.count, summary.processes);
    let void = match metric.void {
        0 => String::new(),
        void => format!(", {void} void"),
    };
    if count % processes == 0 && metric.void == 0 {
        format!("{processes} x {}", count / processes)
    } else {
        format!("{count} in {processes}{void}")
    }
}

/// What a case's reader must know of it.
pub(super) fn remarks(case: &CaseView) -> Vec<String> {
    let mut remarks = Vec::new();
    if case.nondeterministic {
        remarks.push("nondeterministic: the output differs between processes".to_owned());
    }
    remarks.extend(few_processes(case));
    let local = case.occupancy.as_ref().map_or(0, |found| found.local);
    if local > 0 {
        remarks.push(format!(
            "{local} bytes of local memory a thread: spilled registers, or arrays that registers can't hold"
        ));
    }
    remarks.extend(case.notes.iter().cloned());
    remarks
}

/// In how many processes a case was measured, where those aren't all.
pub(super) fn few_processes(case: &CaseView) -> Option<String> {
    let is_less = case.processes < case.planned as usize && !case.metrics().is_empty();
    let (processes, planned) = (case.processes, case.planned);
    is_less.then(|| format!("measured in {processes} of {planned} processes"))
}

/// `50 % (registers, threads)`.
pub(super) fn occupancy(occupancy: &Occupancy) -> String {
    let share = rough(occupancy.theoretical);
    if occupancy.limited_by.is_empty() {
        return share;
    }
    format!("{share} ({})", occupancy.limits())
}

/// `4 measured, 1 failed`.
pub(super) fn case_counts(run: &RunView) -> String {
    let names = ["measured", "failed", "unsupported", "not measured"];
    let counts = run.counts();
    let shown = counts.iter().zip(names).enumerate();
    shown
        .filter(|(index, (count, _))| *index == 0 || **count > 0)
        .map(|(_, (count, name))| format!("{count} {name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text that others wrote, without characters that steer a terminal or the order in which text is read: all controls
/// but line ends are spelled out.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            c if c.is_control() || steers_text(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Whether `c` is unseen and turns the direction of text, or ends a line without being a line's end.
fn steers_text(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// `text` with at most `most` characters: where it has more, an ellipsis stands for those in the middle.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let tail = kept / 2;
    let characters = || text.chars();
    let head = characters().take(kept - tail);
    let tail = characters().skip(count - tail);
    head.chain(['\u{2026}']).chain(tail).collect()
}

/// The colour of a verdict.
pub(super) fn style(verdict: Verdict) -> Style {
    let plain = Style::new();
    let color = match verdict {
        Verdict::Failed | Verdict::Regressed | Verdict::RegressedSpread => AnsiColor::Red,
        Verdict::Crept | Verdict::Suspect | Verdict::Missing | Verdict::Incomparable => {
            AnsiColor::Yellow
        }
        Verdict::Improved => AnsiColor::Green,
        Verdict::Inconclusive | Verdict::Unsupported | Verdict::New => AnsiColor::Cyan,
        Verdict::Unchanged => return plain,
    };
    let style = plain.fg_color(Some(color.into()));
    if verdict.is_regression() || verdict == Verdict::Failed {
        style.bold()
    } else {
        style
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Better;
    use crate::report::Rates;

    #[test]
    fn text_of_others_steers_no_terminal() {
        let table = [
            ("plain ü\nline", "plain ü\nline"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("over\rwritten", "over\\rwritten"),
            ("a\tb\u{7}", "a    b\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}gpj.exe", "a\\u{202e}gpj.exe"),
            ("\u{2066}a\u{2069}\u{2028}", "\\u{2066}a\\u{2069}\\u{2028}"),
            ("שלום", "שלום"),
        ];
        for (given, expected) in table {
            assert_eq!(harmless(given), expected);
        }
    }

    #[test]
    fn long_text_loses_its_middle() {
        let table = [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc\u{2026}fg"),
            ("äöüäöü", 3, "ä\u{2026}ü"),
            ("abc", 1, "\u{2026}"),
            ("", 0, ""),
        ];
        for (given, most, expected) in table {
            assert_eq!(shortened(given, most), expected);
        }
    }

    #[test]
    fn values_have_their_units_and_samples_their_processes() {
        for (unit, expected) in [
            (Unit::Nanoseconds, "1.234 us"),
            (Unit::Bytes, "1.234 kB"),
            (Unit::Joules, "1.234 kJ"),
            (Unit::Count, "1.234 k"),
            (Unit::PerSecond, "1.234 k/s"),
            (Unit::Megahertz, "1.234 GHz"),
            (Unit::Watts, "1.234 kW"),
            (Unit::Ratio, "123400 %"),
        ] {
            assert_eq!(value(1234.0, unit), expected);
        }
        for (processes, void, expected) in [
            (vec![vec![1.0; 4], vec![1.0; 4]], 0, "2 x 4"),
            (vec![vec![1.0; 4], vec![1.0; 3]], 0, "7 in 2"),
            (vec![vec![1.0; 4]], 2, "4 in 1, 2 void"),
        ] {
            let summary = Summary::of(&processes).expect("samples");
            let metric = MetricView {
                metric: "time".to_owned(),
                unit: Unit::Count,
                better: Better::Lower,
                summary: Some(summary),
                void,
                of_clock: false,
                rates: Rates::default(),
            };
            assert_eq!(samples(&metric, &summary), expected);
        }
    }

    #[test]
    fn an_interval_is_a_share_of_its_mean() {
        let two = Summary::of(&[[99.0], [101.0]]).expect("samples");
        assert_eq!(mean(&two, Unit::Count), "100.0 ± 63.66 %");
        let one = Summary::of(&[[5.0]]).expect("samples");
        assert_eq!(mean(&one, Unit::Bytes), "5.000 B");
        let zero = Summary::of(&[[0.0], [0.0]]).expect("samples");
        assert_eq!(mean(&zero, Unit::Count), "0");
    }
}
