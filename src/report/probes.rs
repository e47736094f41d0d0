//! What the probes of a run saw of its machine.

use serde::Serialize;

use super::text;
use crate::record::{ProcessEnd, Timer, Unit};
use crate::stats::median_of;
use crate::units::si;

/// What the probes of a run saw of its machine.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Probes {
    /// The median of the SM clocks that its probes saw under load, in MHz: what gates comparison.
    pub clock_mhz: Option<f64>,
    /// The timer, the medians over processes.
    pub timer: Option<Timer>,
}

impl Probes {
    /// What the ends of a run's processes say.
    pub fn of(ends: &[ProcessEnd]) -> Self {
        let probes = ends.iter().flat_map(|end| &end.probes_mhz);
        let of = |part: fn(&Timer) -> Option<f64>| {
            let timers = ends.iter().filter_map(|end| end.timer.as_ref());
            median_of(&timers.filter_map(part).collect::<Vec<_>>())
        };
        let timed = ends.iter().any(|end| end.timer.is_some());
        Self {
            clock_mhz: median_of(&probes.copied().collect::<Vec<_>>()),
            timer: timed.then(|| Timer {
                tick_ns: of(|timer| timer.tick_ns),
                empty_pair_ns: of(|timer| timer.empty_pair_ns),
                empty_kernel_ns: of(|timer| timer.empty_kernel_ns),
            }),
        }
    }

    /// In words, on one line; none where nothing is known.
    pub(super) fn line(&self) -> Option<String> {
        let seconds = |ns: Option<f64>| ns.map(|ns| si(ns * 1e-9, "s"));
        let timer = |part: fn(&Timer) -> Option<f64>| seconds(self.timer.as_ref().and_then(part));
        let clock = self.clock_mhz;
        let parts = [
            clock.map(|mhz| format!("SM clock {} under load", text::value(mhz, Unit::Megahertz))),
            timer(|timer| timer.tick_ns).map(|tick| format!("events tick in {tick}")),
            timer(|timer| timer.empty_pair_ns)
                .map(|pair| format!("a pair around nothing reads {pair}")),
            timer(|timer| timer.empty_kernel_ns)
                .map(|pair| format!("around an empty kernel {pair}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(clocks: &[f64], timer: Option<[f64; 3]>) -> ProcessEnd {
        let end = serde_json::json!({
            "process": 0, "ended": "2026-11-22T10:01:57Z", "workers": 1, "probes_mhz": clocks,
            "timer": timer.map(|[tick, pair, kernel]| serde_json::json!({
                "tick_ns": tick, "empty_pair_ns": pair, "empty_kernel_ns": kernel,
            })),
        });
        serde_json::from_value(end).expect("an end")
    }

    #[test]
    fn a_machine_in_words() {
        let ends = [
            end(&[1965.0, 1980.0], Some([32.0, 1280.0, 2100.0])),
            end(&[1980.0, 1995.0], Some([32.0, 1312.0, 2132.0])),
        ];
        assert_eq!(
            Probes::of(&ends).line().as_deref(),
            Some(
                "SM clock 1.980 GHz under load, events tick in 32.00 ns, a pair around nothing reads 1.296 us, \
                 around an empty kernel 2.116 us"
            )
        );
        let clock = [end(&[1980.0], None)];
        let line = Probes::of(&clock).line();
        assert_eq!(line.as_deref(), Some("SM clock 1.980 GHz under load"));
        assert_eq!(Probes::of(&[end(&[], None)]), Probes::default());
        assert_eq!(Probes::default().line(), None);
    }
}
