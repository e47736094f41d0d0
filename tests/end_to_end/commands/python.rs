//! Scripts that report by `warpmark.py`, as the command device gives it to them.

use warpmark::id::AxisValue;
use warpmark::record::{FailureKind, Unit};

use super::{Bench, printed, series, words};
use crate::support;

fn script(text: &str) -> Option<Bench> {
    let bench = Bench::new(&["python3", "script.py"]);
    std::fs::write(bench.path("script.py"), text).expect("written");
    support::has_tool("python3").then_some(bench)
}

#[test]
fn three_lines_measure_a_function() {
    let text = "import time\nimport warpmark\nwarpmark.measure(lambda: time.sleep(0.002), samples=7)\nwarpmark.report_peak_memory()\n";
    let Some(mut bench) = script(text) else {
        return;
    };
    bench.task.metrics = words(&["memory"]);
    let (observation, _) = bench.measured();
    let times = &series(&observation, "time").samples;
    assert_eq!(times.len(), 7);
    assert!(
        times.iter().all(|time| (2e6..2e9).contains(time)),
        "{times:?}"
    );
    let memory = series(&observation, "memory");
    assert_eq!(memory.unit, Unit::Bytes);
    assert!(memory.samples[0] > 1e6, "{memory:?}");
}

/// PyTorch's words that the module uses, over a clock that the test sets.
const TORCH: &str = "
import sys, types
now = [0.0]
log = []
class Event:
    def __init__(self, enable_timing): assert enable_timing
    def record(self): self.at = now[0]; log.append('record')
    def synchronize(self): log.append('wait')
    def elapsed_time(self, end): return end.at - self.at
cuda = types.SimpleNamespace(is_available=lambda: True, Event=Event,
    synchronize=lambda: log.append('idle'), max_memory_allocated=lambda: 123456)
sys.modules['torch'] = types.SimpleNamespace(cuda=cuda)
def step(): now[0] += 1.5; log.append('step')
import warpmark
";

#[test]
fn a_gpu_is_timed_by_events_from_an_idle_device() {
    let text = format!(
        "{TORCH}warpmark.measure(step, samples=2, warmup=1)\nwarpmark.report_peak_memory()\nprint(*log)\n"
    );
    let Some(mut bench) = script(&text) else {
        return;
    };
    bench.task.metrics = words(&["memory"]);
    let (observation, finished) = bench.measured();
    assert_eq!(series(&observation, "time").samples, [1.5e6, 1.5e6]);
    assert_eq!(series(&observation, "memory").samples, [123_456.0]);
    let stdout = printed(&bench, &finished, "stdout");
    let log = "step idle idle record step record wait idle record step record wait";
    assert_eq!(stdout.lines().last(), Some(log));
}

#[test]
fn lines_are_whole_and_ordered_among_other_output() {
    let text = "
import warpmark
print('no line end', end='')
warpmark.report('time', range(5000), 'us', 'lower', case={'batch': 8})
warpmark.report('time', 7, 's', 'lower', case={'batch': 1})
print('done')
";
    let Some(bench) = script(text) else { return };
    let bench = bench.inner("batch", &[AxisValue::Integer(1), AxisValue::Integer(8)]);
    let (observation, finished) = bench.measured();
    let stdout = printed(&bench, &finished, "stdout");
    assert!(stdout.starts_with("no line end\n{\"warpmark\":1,") && stdout.ends_with("\ndone\n"));
    assert!(stdout.lines().all(|line| line.len() < 4096));
    assert_eq!(observation.reports.len(), 2);
    let samples = &observation.reports[0].series.samples;
    let expected: Vec<f64> = (0..5000).map(|number| f64::from(number) * 1e3).collect();
    assert_eq!(samples, &expected);
    assert_eq!(observation.reports[1].series.samples, [7e9]);
}

#[test]
fn wrong_calls_fail_in_the_script() {
    let table = [
        (
            "'time', [], 'ns', 'lower'",
            "ValueError: there are no samples to report",
        ),
        (
            "'time', [1, float('nan')], 'ns', 'lower'",
            "ValueError: sample 1 is nan: samples are finite and not negative",
        ),
        (
            "'time', [-1], 'ns', 'lower'",
            "ValueError: sample 0 is -1: samples are finite and not negative",
        ),
        (
            "'time', [1], 'days', 'lower'",
            "ValueError: unknown unit 'days': warpmark knows ns, us, ms, s, bytes, joules, count, per-second",
        ),
        (
            "'time', [1], 'ns', 'more'",
            "ValueError: better is \"lower\" or \"higher\", not 'more'",
        ),
    ];
    for (call, expected) in table {
        let Some(bench) = script(&format!("import warpmark\nwarpmark.report({call})\n")) else {
            return;
        };
        let failure = bench.failure();
        assert_eq!(failure.kind, FailureKind::Command, "{call}");
        let detail = failure.detail.unwrap_or_default();
        assert_eq!(detail.lines().last(), Some(expected));
    }
}
