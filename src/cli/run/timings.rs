//! `--timings`: where the wall time of a run went.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::event::{Event, Subscriber, SubscriberError};
use crate::record::{CaseResult, Phase};

/// Collects where time goes while a run goes.
#[derive(Debug)]
pub struct Timings {
    began: Instant,
    /// Reading the suite and opening the device, before `began`.
    opened: Duration,
    compiled: Duration,
    ready_ns: f64,
    probed_ns: f64,
    cases_ns: f64,
    phases: BTreeMap<Phase, f64>,
    /// The process and the beginning of the execution that was counted last.
    counted: Option<(u32, f64)>,
}

impl Timings {
    /// For a run that begins now; reading its suite and opening its device took `opened`.
    pub fn begin(opened: Duration) -> Self {
        Self {
            began: Instant::now(),
            opened,
            compiled: Duration::ZERO,
            ready_ns: 0.0,
            probed_ns: 0.0,
            cases_ns: 0.0,
            phases: BTreeMap::new(),
            counted: None,
        }
    }

    /// The kernels are compiled now.
    pub fn compiled(&mut self) {
        self.compiled = self.began.elapsed();
    }

    /// The table of a run that ends now.
    pub fn render(&self) -> String {
        let total = self.opened + self.began.elapsed();
        self.table(total.as_secs_f64() * 1e9)
    }

    /// Adds a case's time. Cases that one execution reports have the same time, which is spent once.
    fn count(&mut self, result: &CaseResult) {
        let execution = Some((result.process, result.started_ns));
        if self.counted == execution {
            return;
        }
        self.counted = execution;
        self.cases_ns += result.elapsed_ns;
        for (phase, ns) in &result.phases {
            *self.phases.entry(*phase).or_default() += ns;
        }
    }

    fn table(&self, total: f64) -> String {
        let phase = |phase| self.phases.get(&phase).copied().unwrap_or(0.0);
        let executing = phase(Phase::WarmUp) + phase(Phase::Measure);
        let compiled = self.compiled.as_secs_f64() * 1e9;
        let opened = self.opened.as_secs_f64() * 1e9;
        let beside_flush: f64 = self.phases.values().sum::<f64>() - phase(Phase::Flush);
        let rows = [
            ("read the suite, open the device", opened),
            ("compile", compiled),
            ("start of workers", self.ready_ns),
            ("probes of the machine", self.probed_ns),
            ("load", phase(Phase::Load)),
            ("fill", phase(Phase::Fill)),
            ("verify", phase(Phase::Verify)),
            ("warm-up", phase(Phase::WarmUp)),
            ("measure", phase(Phase::Measure)),
            ("windows of slow readings", phase(Phase::Window)),
            ("finish", phase(Phase::Finish)),
            ("rest of workers", self.cases_ns - beside_flush),
            (
                "engine",
                total - opened - compiled - self.ready_ns - self.probed_ns - self.cases_ns,
            ),
        ];
        let mut text = String::from("where the time went:\n");
        let mut line = |name: &str, ns: f64| {
            let share = if total > 0.0 { ns / total * 100.0 } else { 0.0 };
            let _ = writeln!(text, "  {name:<34} {:>9.3} s  {share:>5.1} %", ns * 1e-9);
        };
        for (name, ns) in rows {
            line(name, ns.max(0.0));
        }
        line("all", total);
        line("  of it flushing the cache", phase(Phase::Flush));
        line(
            "  of it neither warm-up nor measure",
            (total - executing).max(0.0),
        );
        text
    }
}

impl Subscriber for Timings {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        match event {
            Event::CaseFinished(result) => self.count(result),
            Event::ProcessFinished(end) => {
                self.ready_ns += end.ready_ns;
                self.probed_ns += end.probed_ns;
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CaseId;
    use crate::record::Outcome;

    #[test]
    fn an_execution_that_reports_several_cases_is_counted_once() {
        let mut timings = Timings::begin(Duration::ZERO);
        // Two cases of one execution, the case after them, and the first one's place in another process.
        for (process, started_ns) in [(0, 1e9), (0, 1e9), (0, 3e9), (1, 3e9)] {
            let id = CaseId::from_text("model/batch=1");
            let mut result = CaseResult::new(id, process, 0, Outcome::Measured);
            result.started_ns = started_ns;
            result.elapsed_ns = 2e9;
            result.phases = BTreeMap::from([(Phase::Measure, 1.5e9)]);
            timings
                .notice(&Event::CaseFinished(&result))
                .expect("it is counted");
        }
        assert!((timings.cases_ns - 6e9).abs() < 1.0, "{timings:?}");
        let measured = timings.phases[&Phase::Measure];
        assert!((measured - 4.5e9).abs() < 1.0, "{timings:?}");
    }

    #[test]
    fn every_second_has_its_row() {
        let phases = [
            (Phase::Load, 0.5e9),
            (Phase::Verify, 1e9),
            (Phase::WarmUp, 1e9),
            (Phase::Measure, 5e9),
            (Phase::Flush, 2e9),
        ];
        let timings = Timings {
            compiled: Duration::from_secs(1),
            ready_ns: 0.5e9,
            probed_ns: 0.25e9,
            cases_ns: 8e9,
            phases: BTreeMap::from(phases),
            ..Timings::begin(Duration::ZERO)
        };
        insta::assert_snapshot!(timings.table(10e9), @r"
        where the time went:
          read the suite, open the device        0.000 s    0.0 %
          compile                                1.000 s   10.0 %
          start of workers                       0.500 s    5.0 %
          probes of the machine                  0.250 s    2.5 %
          load                                   0.500 s    5.0 %
          fill                                   0.000 s    0.0 %
          verify                                 1.000 s   10.0 %
          warm-up                                1.000 s   10.0 %
          measure                                5.000 s   50.0 %
          windows of slow readings               0.000 s    0.0 %
          finish                                 0.000 s    0.0 %
          rest of workers                        0.500 s    5.0 %
          engine                                 0.250 s    2.5 %
          all                                   10.000 s  100.0 %
            of it flushing the cache             2.000 s   20.0 %
            of it neither warm-up nor measure     4.000 s   40.0 %
        ");
    }
}
