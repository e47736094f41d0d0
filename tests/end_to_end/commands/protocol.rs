//! Commands that report their own samples.

use warpmark::id::AxisValue;
use warpmark::record::{Better, FailureKind, Refusal, Unit};

use super::{Bench, series, words};

/// A command that prints `lines`.
fn printing(lines: &[&str]) -> Bench {
    let mut bench = Bench::new(&["cat"]);
    std::fs::write(bench.path("lines"), lines.join("\n")).expect("written");
    bench.task.stdin = Some(bench.path("lines"));
    bench
}

#[test]
fn samples_replace_the_wall_time_and_metrics_stand_beside() {
    let mut bench = printing(&[
        "loading",
        r#"{"warpmark":1,"metric":"time","unit":"ms","better":"lower","samples":[1.5,2]}"#,
        r#"{"other":"json"}"#,
        r#"{"warpmark":1,"metric":"tokens","unit":"per-second","better":"higher","samples":[5e3]}"#,
        r#"{"warpmark":1,"metric":"time","unit":"us","better":"lower","samples":[3]}"#,
    ]);
    bench.task.metrics = words(&["tokens"]);
    let (observation, _) = bench.measured();
    assert_eq!(observation.time_ns, None);
    assert_eq!(series(&observation, "time").samples, [1.5e6, 2e6, 3e3]);
    let tokens = series(&observation, "tokens");
    assert_eq!(
        (tokens.unit, tokens.better),
        (Unit::PerSecond, Better::Higher)
    );
    assert_eq!(tokens.samples, [5e3]);
    series(&observation, "user-time");
}

#[test]
fn the_method_says_who_took_the_time() {
    let line = r#"{"warpmark":1,"metric":"time","unit":"s","better":"lower","samples":[1]}"#;
    for (bench, name) in [
        (printing(&[line]), "reported"),
        (printing(&["plain"]), "wall"),
    ] {
        bench.with(|device, request| {
            use warpmark::device::Device;
            let mut execution = device.open(request).expect("opened");
            execution.sample().expect("sampled");
            assert_eq!(execution.method().name, name);
        });
    }
}

#[test]
fn several_cases_come_from_one_process() {
    let line = |batch: &str, time: u32| {
        format!(
            r#"{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[{time}],"case":{{"batch":{batch}}}}}"#
        )
    };
    let values = [AxisValue::Integer(1), AxisValue::Integer(8)];
    let bench = printing(&[&line("8.0", 80), &line("1", 10)]).inner("batch", &values);
    let (observation, _) = bench.measured();
    assert_eq!(observation.time_ns, None);
    let found: Vec<(&AxisValue, f64)> = observation
        .reports
        .iter()
        .map(|report| (&report.point["batch"], report.series.samples[0]))
        .collect();
    assert_eq!(found, [(&values[1], 80.0), (&values[0], 10.0)]);
    let failure = printing(&[]).inner("batch", &values).failure();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert_eq!(failure.message, "it reported no time for batch=1");
}

#[test]
fn a_point_of_another_case_is_passed_over_and_noted() {
    let line = r#"{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[5],"case":{"batch":9}}"#;
    let own = line.replace('9', "8");
    let bench = printing(&[line, &own]).inner("batch", &[AxisValue::Integer(8)]);
    let (observation, finished) = bench.measured();
    assert_eq!(observation.reports.len(), 1);
    let note = "the command reported batch=9, which this run doesn't measure";
    assert_eq!(finished.notes, [note]);
}

#[test]
fn a_line_that_breaks_the_agreement_fails_by_its_number() {
    let good = r#""metric":"time","unit":"ns","better":"lower","samples":[1]"#;
    let table = [
        (
            r#"{"warpmark":2,"metric":"x"}"#.to_owned(),
            "protocol 2 is newer than this warpmark, which knows 1",
        ),
        (
            format!(r#"{{"warpmark":0,{good}}}"#),
            "there is no protocol 0",
        ),
        (
            r#"{"warpmark":1"#.to_owned(),
            "EOF while parsing an object (column 13)",
        ),
        (
            good.replace("[1]", "[NaN]"),
            "expected value (column 71); JSON has no NaN and no Infinity",
        ),
        (
            good.replace("[1]", "[1,-2]"),
            "sample 1 is -2.0: samples are finite and not negative",
        ),
        (good.replace("[1]", "[]"), "no samples"),
        (
            good.replace("[1]", "[1e999]"),
            "number out of range (column 75)",
        ),
        (
            good.replace(
                r#""ns","better":"lower","samples":[1]"#,
                r#""s","better":"lower","samples":[1e305]"#,
            ),
            "sample 0 is 1e305: samples are finite and not negative",
        ),
        (
            good.replace("ns", "fortnights"),
            "unknown unit \"fortnights\" (ns, us, ms, s, bytes, joules, count and per-second are known)",
        ),
        (
            good.replace("\"ns\"", "\"bytes\""),
            "the metric \"time\" can't be in bytes",
        ),
        (
            good.replace("lower", "smaller"),
            "\"better\" is \"smaller\", neither \"lower\" nor \"higher\"",
        ),
        (
            good.replace("time", "tokens"),
            "metric \"tokens\" is not declared (`metrics` has none)",
        ),
        (
            good.replace("samples", "sample"),
            "unknown field `sample`, expected one of `warpmark`, `metric`, `unit`, `better`, `samples`, `case` (column 67)",
        ),
        (
            format!(r#"{good},"case":{{"batch":1}}"#),
            "unknown axis \"batch\" in \"case\" (`inner` has none)",
        ),
    ];
    for (line, expected) in table {
        let line = if line.starts_with('{') {
            line
        } else {
            format!(r#"{{"warpmark":1,{line}}}"#)
        };
        let failure = printing(&["plain", &line, "plain"]).failure();
        assert_eq!(failure.kind, FailureKind::Protocol, "{line}");
        assert_eq!(
            failure.message,
            format!("line 2 of standard output: {expected}")
        );
        assert_eq!(failure.detail.as_deref(), Some(line.as_str()));
    }
}

#[test]
fn units_and_directions_stay_and_axes_are_complete() {
    let ns = r#"{"warpmark":1,"metric":"tokens","unit":"ns","better":"lower","samples":[1]}"#;
    let mut bench = printing(&[ns, &ns.replace("\"ns\"", "\"count\"")]);
    bench.task.metrics = words(&["tokens"]);
    let failure = bench.failure();
    assert_eq!(
        failure.message,
        "line 2 of standard output: metric \"tokens\" has another unit or direction than on a line before"
    );
    let time = ns.replace("tokens", "time");
    let failure = printing(&[&time])
        .inner("batch", &[AxisValue::Integer(1)])
        .failure();
    assert_eq!(
        failure.message,
        "line 1 of standard output: \"case\" lacks the inner axis \"batch\""
    );
}

#[test]
fn a_command_may_say_what_the_machine_lacks() {
    let samples = r#"{"warpmark":1,"metric":"time","unit":"s","better":"lower","samples":[1]}"#;
    let lacking = r#"{"warpmark":1,"unsupported":" no GPU "}"#;
    let Err(Refusal::Unsupported(why)) = printing(&["plain", lacking]).sample() else {
        panic!("supported");
    };
    assert_eq!(why, "no GPU");
    for lines in [
        [samples, lacking].as_slice(),
        &[lacking, samples],
        &[r#"{"warpmark":1,"unsupported":" "}"#],
        &[r#"{"warpmark":1,"unsupported":3}"#],
        &[r#"{"warpmark":1,"unsupported":"no GPU","metric":"time"}"#],
    ] {
        assert_eq!(
            printing(lines).failure().kind,
            FailureKind::Protocol,
            "{lines:?}"
        );
    }
}
