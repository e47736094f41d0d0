//! The clock and the timer of a fake GPU, as a record has them: probes, groups, warm-up, and what they gate.

use serde_json::Value;

use super::{INCREMENT, Place, SCALE, told};

/// Runs the suite while the fake GPU has these clocks: exit code, standard output, standard error.
fn run(place: &Place, clocks: &str, options: &[&str]) -> (i32, String, String) {
    let mut arguments = vec!["run", "fake.toml", "--quiet"];
    arguments.extend(options);
    let mut command = place.warpmark(&arguments);
    told(
        &command
            .env("FAKE_CUDA_CLOCKS", clocks)
            .output()
            .expect("it runs"),
    )
}

fn reals(list: &Value) -> Vec<f64> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|value| value.as_f64().expect("a number"))
        .collect()
}

fn near(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 0.001
}

/// The clocks of a result's groups in whole MHz.
fn groups(result: &Value) -> Vec<i64> {
    let groups = result["groups"].as_array().expect("groups").iter();
    let clocks = groups.map(|group| group["clock_mhz"].as_f64().expect("a clock"));
    #[allow(clippy::cast_possible_truncation)] // a few thousand
    clocks.map(|clock| clock.round() as i64).collect()
}

#[test]
fn a_process_probes_clock_and_timer_at_start_middle_and_end() {
    let Some(place) = Place::new(&[SCALE, INCREMENT]) else {
        return;
    };
    let (code, output, error) = run(&place, "1755", &[]);
    assert_eq!((code, error.as_str()), (0, ""), "{output}");
    let ends = place.lines("end");
    assert_eq!(ends.len(), 2);
    for end in &ends {
        let probes = reals(&end["probes_mhz"]);
        assert_eq!(probes.len(), 3, "{end}");
        assert!(probes.iter().all(|mhz| near(*mhz, 1755.0)), "{end}");
        for key in ["tick_ns", "empty_pair_ns", "empty_kernel_ns"] {
            assert!(
                end["timer"][key].as_f64().is_some_and(|ns| ns > 0.0),
                "{key}: {end}"
            );
        }
        assert!(
            end["probed_ns"].as_f64().is_some_and(|ns| ns > 0.0),
            "{end}"
        );
        assert!(
            end.get("probe_speeds").is_none(),
            "no case needs the CPU: {end}"
        );
    }
    // A case's timer is that of its process.
    for result in place.results() {
        let process = result["process"].as_u64().expect("a number");
        let end = ends
            .iter()
            .find(|end| end["process"] == process)
            .expect("its end");
        assert_eq!(result["method"]["tick_ns"], end["timer"]["tick_ns"]);
        assert!(near(result["clock_mhz"].as_f64().expect("a clock"), 1755.0));
    }
    let line = output.lines().nth(2).expect("a third line");
    assert!(
        line.starts_with("SM clock 1.755 GHz under load, events tick in "),
        "{output}"
    );
    assert!(line.contains("a pair around nothing reads "), "{output}");
    assert!(line.contains("around an empty kernel "), "{output}");
    // Nothing is probed between the events of a sample, nor between two samples.
    let calls = place.calls();
    let spins = calls
        .iter()
        .filter(|call| call.ends_with("warpmark_spin"))
        .count();
    assert!(spins >= 2 * (16 + 2 + 2), "{spins}");
}

#[test]
fn a_group_has_its_own_clock_and_its_samples_their_cycles() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    // Three stamps while it warms up, then two a group: the second group has the other clock.
    let (code, output, error) = run(&place, "1980*6,1755*1,1980", &["--samples", "60", "--json"]);
    assert_eq!(code, 0, "{error}");
    let results = place.results();
    for result in &results {
        assert_eq!(groups(result), [1980, 1755, 1980]);
        assert!(near(result["clock_mhz"].as_f64().expect("a clock"), 1980.0));
    }
    let json: Value = serde_json::from_str(&output).expect("JSON");
    let metrics = json["cases"][0]["metrics"].as_array().expect("metrics");
    let names: Vec<&str> = metrics
        .iter()
        .filter_map(|metric| metric["metric"].as_str())
        .collect();
    assert_eq!(names, ["time", "clock", "cycles"]);
    let (clock, cycles) = (&metrics[1], &metrics[2]);
    assert_eq!(
        (clock["unit"].as_str(), clock["better"].as_str()),
        (Some("MHz"), Some("higher"))
    );
    assert_eq!(clock["summary"]["count"], 6);
    assert!(near(
        clock["summary"]["min"].as_f64().expect("a clock"),
        1755.0
    ));
    assert!(near(
        clock["summary"]["max"].as_f64().expect("a clock"),
        1980.0
    ));
    let times = |result: &Value| reals(&result["series"][0]["samples"]);
    let of = |(place, ns): (usize, f64)| {
        ns * if (20..40).contains(&place) {
            1.755
        } else {
            1.980
        }
    };
    let all: Vec<f64> = results
        .iter()
        .flat_map(|result| times(result).into_iter().enumerate().map(of))
        .collect();
    assert_eq!(all.len(), 120);
    let mean = all.iter().sum::<f64>() / 120.0;
    assert!(
        near(cycles["summary"]["mean"].as_f64().expect("a mean"), mean),
        "{cycles}: {mean}"
    );
}

#[test]
fn warm_up_goes_on_while_the_clock_rises() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, error) = run(&place, "345*2,1200,1600,1980", &[]);
    assert_eq!(code, 0, "{error}");
    for result in place.results() {
        assert_eq!(groups(&result), [1980], "{result}");
        // 5, and one or more in each of four steps of 3 ms.
        assert!(
            result["warm_up"].as_u64().is_some_and(|count| count >= 9),
            "{result}"
        );
    }
    assert!(!output.contains("did not hold"), "{output}");
}

#[test]
fn a_clock_that_never_holds_is_said_with_the_limit() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, error) = run(&place, "swings", &[]);
    assert_eq!(code, 0, "{error}");
    // A quarter of the timeout of 2 s.
    let note = "the SM clock did not hold within 0.5 % in 0.5 s of warm-up";
    assert_eq!(output.matches(note).count(), 1, "{output}");
    for result in place.results() {
        assert!(result["notes"].to_string().contains(note), "{result}");
        assert!(
            result["warm_up"].as_u64().is_some_and(|count| count > 5),
            "{result}"
        );
    }
}

#[test]
fn another_clock_is_not_comparable_and_both_are_named() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    assert_eq!(run(&place, "1980", &[]).0, 0);
    let base = std::fs::read_dir(place.at(".warpmark/runs/fake"))
        .expect("runs")
        .next();
    let base = base.expect("a record").expect("an entry").path();
    let compare = ["--compare", base.to_str().expect("UTF-8")];
    let (code, output, error) = run(&place, "1995", &compare);
    assert_eq!(code, 21, "{output}{error}");
    let why = "SM clock of the probe: 1980 MHz (base), 1995 MHz (candidate)";
    assert!(output.contains(why), "{output}");
    let (_, output, error) = run(&place, "1984", &compare);
    assert!(!output.contains("SM clock of the probe"), "{output}{error}");
}

#[test]
fn a_probe_that_ends_the_context_costs_no_case() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, error) = place.run("illegal-address:warpmark_spin");
    assert_eq!(code, 0, "{output}{error}");
    assert!(output.contains("1 measured"), "{output}");
    assert_eq!(
        error.matches("the probe of the SM clock failed").count(),
        1,
        "{error}"
    );
    for end in place.lines("end") {
        assert!(end.get("probes_mhz").is_none(), "{end}");
        assert!(
            end["workers"].as_u64().is_some_and(|workers| workers >= 2),
            "{end}"
        );
    }
}
