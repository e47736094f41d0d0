//! Progress on standard error: a bar on a terminal, else a line a process.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::output;
use crate::engine::LockError;
use crate::event::{Event, Subscriber, SubscriberError};
use crate::record::{CaseResult, Header, Outcome, ProcessStart, Reading};

/// Shows how a run goes.
pub struct Progress {
    manner: Manner,
    bar: ProgressBar,
    /// Cases of all processes.
    total: usize,
    /// Cases that are done in this try.
    done: usize,
    /// Cases that an earlier try did.
    before: usize,
    processes: u32,
    process: u32,
    process_cases: usize,
    process_done: usize,
    process_began: Instant,
    began: Instant,
    waiting_for: Option<String>,
    /// The case, and the time left when it began.
    now: String,
    /// What the GPU said last.
    gauges: String,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Not at all, but for what the user must know.
    Quiet,
    /// A line a process.
    Lines,
    /// A bar that moves.
    Bar,
}

impl Progress {
    /// Progress as standard error can show it; none if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let manner = match (quiet, terminal && !dumb) {
            (true, _) => Manner::Quiet,
            (false, true) => Manner::Bar,
            (false, false) => Manner::Lines,
        };
        let bar = match manner {
            Manner::Bar => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            Manner::Quiet | Manner::Lines => ProgressBar::hidden(),
        };
        let now = Instant::now();
        Self {
            manner,
            bar,
            total: 0,
            done: 0,
            before: 0,
            processes: 0,
            process: 0,
            process_cases: 0,
            process_done: 0,
            process_began: now,
            began: now,
            waiting_for: None,
            now: String::new(),
            gauges: String::new(),
        }
    }

    /// Says whom the run waits for, once for each holder.
    pub fn waiting(&mut self, held: &LockError, left: Duration) {
        let holder = held.to_string();
        if self.waiting_for.as_ref() != Some(&holder) {
            self.line(&format!("waiting at most {}: {holder}", span(left)));
            self.waiting_for = Some(holder);
        }
    }

    /// A line that stays.
    fn line(&self, text: &str) {
        match self.manner {
            Manner::Quiet => {}
            Manner::Lines => anstream::eprintln!("{text}"),
            Manner::Bar => self.bar.suspend(|| anstream::eprintln!("{text}")),
        }
    }

    /// A line that the user must see, quiet or not.
    fn remark(&self, text: &str) {
        self.bar.suspend(|| anstream::eprintln!("{text}"));
    }

    fn compiling(&self, case: &str, number: usize, total: usize) {
        match self.manner {
            Manner::Bar => {
                self.bar.set_style(style("{wide_msg}"));
                self.bar
                    .set_message(format!("compiling {number} of {total}: {case}"));
            }
            Manner::Lines if number == 1 => {
                self.line(&format!("compiling the kernels of {total} cases"));
            }
            Manner::Lines | Manner::Quiet => {}
        }
    }

    fn run_started(&mut self, header: &Header, folder: &Path, resumed: u32) {
        self.processes = header.processes;
        self.total = header.cases.iter().map(|case| count(case.processes)).sum();
        let done = |case: &crate::record::CaseHeader| count(case.processes.min(resumed));
        self.before = header.cases.iter().map(done).sum();
        self.began = Instant::now();
        let cases = header.cases.len();
        let goes_on = match resumed {
            0 => String::new(),
            _ => format!(", of which {resumed} are done"),
        };
        self.line(&format!(
            "{} on {}: {cases} cases, {} processes{goes_on}; record {}",
            header.suite,
            header.device,
            header.processes,
            output::shown(folder).display()
        ));
        self.show_bar();
    }

    fn show_bar(&self) {
        if self.manner == Manner::Bar {
            self.bar
                .set_style(style("{prefix} {bar:24} {pos}/{len} {wide_msg}"));
            self.bar.set_length(self.total as u64);
            self.bar.set_position(self.before as u64);
        }
    }

    /// Says that two runs begin, in `turns`; `header` is that of either.
    pub fn announce(&mut self, header: &Header, what: &str, turns: u32) {
        self.processes = turns;
        self.total = header.cases.len().saturating_mul(count(turns));
        self.began = Instant::now();
        let cases = header.cases.len();
        self.line(&format!(
            "{} on {}: {what}, {cases} cases with controls, {turns} processes",
            header.suite, header.device
        ));
        self.show_bar();
    }

    fn process_started(&mut self, start: &ProcessStart) {
        self.process = start.process;
        self.process_cases = start.order.len();
        self.process_done = 0;
        self.process_began = Instant::now();
        let number = start.process + 1;
        self.bar
            .set_prefix(format!("process {number}/{}", self.processes));
    }

    fn case_finished(&mut self, result: &CaseResult) {
        self.done += 1;
        self.process_done += 1;
        self.bar.inc(1);
        if let Outcome::Failed(failure) = &result.outcome {
            let (case, process) = (&result.case, result.process + 1);
            self.remark(&format!(
                "failed: {case}: {} (process {process})",
                failure.message
            ));
        }
    }

    fn process_finished(&mut self) {
        if self.manner == Manner::Lines {
            let (number, all) = (self.process + 1, self.processes);
            let cases = self.process_done;
            let took = span(self.process_began.elapsed());
            let left = match self.left() {
                Some(left) if number < all => format!(", about {} left", span(left)),
                _ => String::new(),
            };
            self.line(&format!(
                "process {number} of {all}: {cases} cases in {took}{left}"
            ));
        }
    }

    /// Shows the case that runs, and the GPU.
    fn show(&self) {
        self.bar.set_message(format!("{}{}", self.gauges, self.now));
    }

    /// The time that is left, at the pace so far.
    fn left(&self) -> Option<Duration> {
        let pace = self
            .began
            .elapsed()
            .checked_div(u32::try_from(self.done).ok()?)?;
        let open = self.total.saturating_sub(self.before + self.done);
        pace.checked_mul(u32::try_from(open).ok()?)
    }
}

impl Subscriber for Progress {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        match event {
            Event::Compiling {
                case,
                number,
                total,
            } => self.compiling(case.as_str(), *number, *total),
            Event::RunStarted {
                header,
                folder,
                resumed,
            } => self.run_started(header, folder, *resumed),
            Event::ProcessStarted(start) => self.process_started(start),
            Event::CaseStarted { case, .. } => {
                let left = self.left().map(|left| format!("{} left, ", span(left)));
                self.now = format!("{}{case}", left.unwrap_or_default());
                self.show();
            }
            Event::Gauged(reading) => {
                self.gauges = gauges(reading);
                self.show();
            }
            Event::CaseFinished(result) => self.case_finished(result),
            Event::ProcessFinished(_) => self.process_finished(),
            Event::Warning(text) => self.bar.suspend(|| output::warn(text)),
            Event::RunFinished(_) => self.bar.finish_and_clear(),
        }
        Ok(())
    }
}

impl Drop for Progress {
    /// An error must not leave a half-drawn bar above its message.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What the GPU says, in front of the case: `1980 MHz 62 °C 512 W, `; empty where it says nothing.
fn gauges(reading: &Reading) -> String {
    let values = [
        reading.sm_mhz.map(|mhz| format!("{mhz} MHz")),
        reading.temperature_c.map(|degrees| format!("{degrees} °C")),
        reading.power_w.map(|watts| format!("{watts:.0} W")),
    ];
    let words: Vec<String> = values.into_iter().flatten().collect();
    if words.is_empty() {
        return String::new();
    }
    format!("{}, ", words.join(" "))
}

/// A time for people: `12 s`, `3 min 20 s`, `0.4 s`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gpu_is_shown_as_far_as_it_tells() {
        let reading = Reading {
            sm_mhz: Some(1980),
            temperature_c: Some(62),
            power_w: Some(511.6),
            ..Reading::default()
        };
        assert_eq!(gauges(&reading), "1980 MHz 62 °C 512 W, ");
        assert_eq!(gauges(&Reading::default()), "");
    }

    #[test]
    fn spans_are_short() {
        let table = [
            (0.04, "0.0 s"),
            (9.96, "10.0 s"),
            (12.9, "12 s"),
            (200.0, "3 min 20 s"),
            (7300.0, "2 h 1 min"),
        ];
        for (seconds, text) in table {
            assert_eq!(span(Duration::from_secs_f64(seconds)), text);
        }
    }
}
