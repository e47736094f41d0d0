//! The worker's side: whether the clock held while a group of samples was taken.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use super::Trouble;
use super::steward::Steward;
use crate::device::GroupSeen;
use crate::device::cuda::nvml::Identity;
use crate::record::{Failure, FailureKind, GroupVoid, Refusal};

/// What a worker must know of a pinned clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The GPU.
    pub gpu: Identity,
    /// The SM clock in MHz.
    pub sm: u32,
    /// A group farther off than this share is void.
    pub tolerance: f64,
    /// The SM clocks that the GPU can have, in MHz, highest first.
    pub supported: Vec<u32>,
}

/// The lowest and the highest clock before any was seen.
const NONE_SEEN: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// Looks at a pinned clock while samples are taken.
#[derive(Debug)]
pub struct Watch {
    held: Held,
    steward: Steward,
    /// The lowest and the highest clock of a group so far, in MHz.
    extremes: Cell<(f64, f64)>,
}

impl Watch {
    /// Opens NVML for it.
    pub fn open(held: &Held) -> Result<Self, Trouble> {
        Ok(Self {
            steward: Steward::open(held.gpu.clone())?,
            held: held.clone(),
            extremes: Cell::new(NONE_SEEN),
        })
    }

    /// Forgets the clocks of an earlier case.
    pub fn begin(&self) {
        self.extremes.set(NONE_SEEN);
    }

    /// Adds to a failure because of clocks what to set instead.
    pub fn advise(&self, refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::Failed(failure) if failure.kind == FailureKind::Clocks => {
                let advice = self.held.advice(self.extremes.get());
                Refusal::Failed(Failure {
                    message: format!("{}; {advice}", failure.message),
                    ..failure
                })
            }
            other => other,
        }
    }

    /// What is seen of a group that ended just now: it is void where the clock did not hold.
    pub fn look(&self, seen: GroupSeen) -> Result<GroupSeen, Refusal> {
        let trouble = |error: Trouble| {
            let message = format!("the pinned clock can't be read: {error}");
            Refusal::failed(FailureKind::Device, message)
        };
        let clock = if let Some(clock) = seen.clock_mhz {
            clock
        } else {
            let clock = self
                .steward
                .ask("nvmlDeviceGetClockInfo", |gpu| gpu.sm_clock());
            f64::from(clock.map_err(trouble)?)
        };
        let (lowest, highest) = self.extremes.get();
        self.extremes.set((lowest.min(clock), highest.max(clock)));
        let reasons = self
            .steward
            .ask("nvmlDeviceGetCurrentClocksEventReasons", |gpu| {
                gpu.throttled_by()
            });
        let void = self.held.judge(clock, &reasons.map_err(trouble)?);
        Ok(GroupSeen {
            clock_mhz: Some(clock),
            void: seen.void.or(void),
        })
    }
}

impl Held {
    /// Why a group with this clock in MHz, held down by `reasons`, is void.
    fn judge(&self, clock: f64, reasons: &[String]) -> Option<GroupVoid> {
        let wanted = f64::from(self.sm);
        let is_off = (clock - wanted).abs() > self.tolerance * wanted;
        if !is_off && reasons.is_empty() {
            return None;
        }
        let mut why = if is_off {
            format!("the SM clock was {clock:.0} MHz, not {wanted:.0}")
        } else {
            format!("the SM clock was held down at {clock:.0} MHz")
        };
        if !reasons.is_empty() {
            why = format!("{why} ({})", reasons.join(", "));
        }
        Some(GroupVoid {
            kind: FailureKind::Clocks,
            why,
        })
    }

    /// What to set where the clock is not held, by the lowest and the highest that were seen, in MHz.
    ///
    /// Kernels can see a clock above the one that NVML names: an H100 ran at 1,995 MHz for whole runs, while NVML said
    /// 1,980 throughout. Neither power nor a lower lock changes that; a wider tolerance takes it as it is.
    fn advice(&self, (lowest, highest): (f64, f64)) -> String {
        let wanted = f64::from(self.sm);
        let above = (highest - wanted) / wanted;
        if lowest >= wanted * (1.0 - self.tolerance) && above > self.tolerance {
            let percent = (above * 1000.0).ceil() / 10.0;
            return format!(
                "kernels saw up to {highest:.0} MHz though NVML holds {}: set tolerance = \"{percent}%\" under [clocks]",
                self.sm
            );
        }
        let below = self.supported.iter().find(|clock| {
            let clock = f64::from(**clock);
            clock < f64::from(self.sm) && clock <= lowest * (1.0 + self.tolerance)
        });
        match below {
            Some(clock) => format!(
                "set sm = {clock} under [clocks], which the GPU held, or let it have more power or cooling"
            ),
            None => {
                "let the GPU have more power or cooling, or set policy = \"observe\" under [clocks]"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        Held {
            gpu: Identity::default(),
            sm: 1500,
            tolerance: 0.004,
            supported: vec![1980, 1515, 1500, 1485, 1200, 345],
        }
    }

    #[test]
    fn a_group_is_void_where_the_clock_was_off_or_held_down() {
        let heat = vec!["hw-thermal-slowdown".to_owned()];
        // Half a step of 15 MHz is within, a step is not.
        let table: [(f64, &[String], Option<&str>); 6] = [
            (1500.0, &[], None),
            (1506.0, &[], None),
            (1494.0, &[], None),
            (1485.0, &[], Some("the SM clock was 1485 MHz, not 1500")),
            (
                1200.0,
                &heat,
                Some("the SM clock was 1200 MHz, not 1500 (hw-thermal-slowdown)"),
            ),
            (
                1500.0,
                &heat,
                Some("the SM clock was held down at 1500 MHz (hw-thermal-slowdown)"),
            ),
        ];
        for (clock, reasons, expected) in table {
            let void = held().judge(clock, reasons);
            assert_eq!(void.map(|void| void.why).as_deref(), expected, "{clock}");
        }
    }

    #[test]
    fn a_clock_is_advised_that_the_gpu_held() {
        assert!(held().advice((1205.0, 1500.0)).contains("sm = 1200 "));
        assert!(held().advice((1485.0, 1515.0)).contains("sm = 1485 "));
        assert!(held().advice((1500.0, 1500.0)).contains("sm = 1485 "));
        assert!(
            held()
                .advice((100.0, 1500.0))
                .starts_with("let the GPU have")
        );
    }

    #[test]
    fn a_clock_above_the_lock_is_no_lack_of_power() {
        let advice = held().advice((1510.0, 1511.4));
        let expected = "kernels saw up to 1511 MHz though NVML holds 1500: set tolerance = \"0.8%\" under [clocks]";
        assert_eq!(advice, expected);
    }
}
