//! Groups and windows against scripted instruments.

use std::time::Duration;

use super::scripted::Scripted;
use super::*;
use crate::device::cuda::nvml::Reason;
use crate::device::{Finished, Observation, Verification};
use crate::record::{Method, Unit};
use crate::telemetry::window::Measure;

const OWN: u32 = 10;

fn watch(scripted: Scripted, rules: WatchRules) -> Watch {
    let looker = Looker {
        own: OWN,
        parent: 9,
        sees_host: Some(true),
        commands: false,
    };
    Watch::with(Reader::of(scripted), rules, looker)
}

fn group(watch: &mut Watch) -> Seen {
    watch.begin_group();
    watch.end_group()
}

#[test]
fn a_counter_that_grows_during_a_group_voids_it_and_one_between_groups_does_not() {
    let at = |ns| ClockEvents::from([(Reason::HwThermalSlowdown, ns)]);
    let scripted = Scripted {
        events: vec![at(0), at(5_000_000), at(9_000_000), at(9_000_000)],
        listed: vec![vec![OWN]],
        ..Scripted::default()
    };
    let mut watch = watch(scripted, WatchRules::default());
    let first = group(&mut watch);
    let void = first.void.expect("void");
    assert_eq!(void.kind, FailureKind::Clocks);
    assert_eq!(
        void.why,
        "clocks were held down: hw-thermal-slowdown for 5.000 ms"
    );
    assert_eq!(first.events_ns["hw-thermal-slowdown"], 5_000_000);
    assert_eq!(group(&mut watch), Seen::default());
    assert_eq!(watch.exclusivity(), Some(Exclusivity::Verified));
}

#[test]
fn a_power_cap_is_recorded_and_voids_only_under_a_lock() {
    for locked in [false, true] {
        let at = |ns| ClockEvents::from([(Reason::SwPowerCap, ns)]);
        let scripted = Scripted {
            events: vec![at(0), at(5)],
            listed: vec![vec![OWN]],
            ..Scripted::default()
        };
        let rules = WatchRules {
            locked,
            shared: false,
        };
        let seen = group(&mut watch(scripted, rules));
        assert_eq!(seen.void.is_some(), locked);
        assert_eq!(seen.events_ns["sw-power-cap"], 5);
    }
}

#[test]
fn a_process_that_appears_voids_a_group_unless_the_gpu_is_shared() {
    let scripted = || Scripted {
        listed: vec![vec![OWN], vec![OWN, 4242], vec![OWN]],
        ..Scripted::default()
    };
    let mut alone = watch(scripted(), WatchRules::default());
    let voids = [(); 3].map(|()| group(&mut alone).void.map(|void| (void.kind, void.why)));
    let why = "another process used the GPU: 4242".to_owned();
    assert_eq!(voids, [None, Some((FailureKind::Disturbed, why)), None]);
    assert_eq!(alone.exclusivity(), Some(Exclusivity::Verified));
    let rules = WatchRules {
        locked: false,
        shared: true,
    };
    let mut shared = watch(scripted(), rules);
    assert!([(); 3].iter().all(|()| group(&mut shared).void.is_none()));
    let who = vec!["4242".to_owned()];
    assert_eq!(shared.exclusivity(), Some(Exclusivity::Shared(who)));
    shared.begin_unit(false);
    assert_eq!(shared.exclusivity(), None);
}

/// An execution of a millisecond.
struct Steady {
    able: bool,
    done: u64,
}

impl Execution for Steady {
    fn method(&self) -> Method {
        Method {
            name: "events".to_owned(),
            executions: 1,
            tick_ns: None,
        }
    }

    fn verify(&mut self) -> Result<Verification, Refusal> {
        Ok(Verification::default())
    }

    fn warm_up(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    fn sample(&mut self) -> Result<Observation, Refusal> {
        Ok(Observation::default())
    }

    fn keep_busy(&mut self, batch: u32) -> Result<Option<u64>, Refusal> {
        std::thread::sleep(Duration::from_millis(1) * batch);
        self.done += u64::from(batch);
        Ok(self.able.then_some(self.done))
    }

    fn finish(&mut self) -> Result<Finished, Refusal> {
        Ok(Finished::default())
    }
}

/// What a window of half a second finds.
fn found(scripted: Scripted, able: bool) -> Windowed {
    let window = Window {
        measures: vec![Measure::Utilisation, Measure::Energy],
        lead: Duration::from_millis(100),
        length: Duration::from_millis(500),
        batch: 4,
        typical_ns: None,
    };
    let mut execution = Steady { able, done: 0 };
    let mut watch = watch(scripted, WatchRules::default());
    watch.window(&mut execution, &window).expect("no failure")
}

#[test]
fn a_window_gives_energy_power_utilisation_and_activity() {
    let scripted = Scripted {
        listed: vec![vec![OWN]],
        ..Scripted::default()
    };
    let found = found(scripted, true);
    assert_eq!(found.notes, Vec::<String>::new());
    let value = |name: &str| {
        let series = found.series.iter().find(|series| series.metric == name);
        let series = series.unwrap_or_else(|| panic!("{name} in {found:?}"));
        (series.samples[0], series.unit)
    };
    let near = |value: f64, expected: f64, share: f64| (value / expected - 1.0).abs() < share;
    let (energy, unit) = value("energy");
    // An execution of a millisecond or a little more, at 300 W.
    assert!((0.28..0.6).contains(&energy), "{energy} J");
    assert_eq!(unit, Unit::Joules);
    assert!(near(value("energy-by-power").0, energy, 0.1));
    let (power, unit) = value("power");
    assert!(near(power, 300.0, 0.1), "{power} W");
    assert_eq!(unit, Unit::Watts);
    assert!(near(value("utilisation").0, 0.97, 1e-9));
    assert_eq!(value("sm-activity"), (0.5, Unit::Ratio));
    assert_eq!(value("dram-activity"), (0.5, Unit::Ratio));
}

#[test]
fn what_a_window_can_not_tell_is_said() {
    let listed = vec![vec![OWN]];
    let without = Scripted {
        counts_energy: false,
        monitor: false,
        listed: listed.clone(),
        ..Scripted::default()
    };
    let without = found(without, true);
    let metrics: Vec<&str> = without.series.iter().map(|s| s.metric.as_str()).collect();
    assert_eq!(metrics, ["utilisation"]);
    assert_eq!(
        without.notes,
        ["energy was not measured: this NVML lacks the call"]
    );
    let instance = Scripted {
        instance: true,
        listed: listed.clone(),
        ..Scripted::default()
    };
    let instance = found(instance, true);
    assert_eq!(instance.series, Vec::new());
    let why = "NVML counts for the whole GPU, and this is a MIG instance of it";
    assert_eq!(
        instance.notes,
        [format!("utilisation, energy were not measured: {why}")]
    );
    let unable = found(
        Scripted {
            listed,
            ..Scripted::default()
        },
        false,
    );
    let why = "this device doesn't execute back to back";
    assert_eq!(
        unable.notes,
        [format!("utilisation, energy were not measured: {why}")]
    );
}

#[test]
fn a_window_beside_another_process_counts_for_nothing() {
    let scripted = Scripted {
        listed: vec![vec![OWN, 4242]],
        ..Scripted::default()
    };
    let found = found(scripted, true);
    assert_eq!(found.series, Vec::new());
    let why = "3 windows are void: another process used the GPU: 4242";
    assert_eq!(
        found.notes,
        [format!("utilisation, energy were not measured: {why}")]
    );
}
