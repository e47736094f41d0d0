//! The format by examples, and that nothing damaged panics.

use std::io::Write;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const SMALL: &str = r#"{"device":"a","driver":null,"unit":"ticks of 32 ns","kernels":["k"],"levels":["base","base-again","+1%"],
    "processes":[{"order":[[2,0,1]],"sm_mhz":[[1980.5,null,1981]],"ticks":[[[5,6],[7],[8.5]]]}]}"#;

fn parse(text: &str) -> Result<Timings, String> {
    Timings::parse(Path::new("t.json"), text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_file_reads_back_as_it_was_written_plain_and_packed() {
    let timings = parse(SMALL).expect("valid");
    assert_eq!(
        (timings.unit, timings.tick_ns),
        (Unit::Ticks(32.0), Some(32.0))
    );
    assert_eq!(
        (timings.kind.as_str(), &timings.executions[..]),
        ("cuda", &[1][..])
    );
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["t.json", "t.json.gz"] {
        let path = folder.path().join(name);
        timings.write(&path).expect("written");
        assert_eq!(Timings::read(&path).expect("read"), timings, "{name}");
    }
    let text = String::from_utf8(timings.to_json()).expect("text");
    assert!(text.contains("[5,6],[7],[8.5]"), "{text}");
    let graphs = Timings {
        unit: Unit::Nanoseconds,
        tick_ns: Some(32.0),
        kind: "host".to_owned(),
        executions: vec![100],
        ..timings
    };
    assert_eq!(
        parse(&String::from_utf8_lossy(&graphs.to_json())),
        Ok(graphs)
    );
}

#[test]
fn levels_named_after_the_base_hold_the_same_work() {
    let timings = parse(SMALL).expect("valid");
    let unchanged: Vec<bool> = (0..4).map(|level| timings.is_unchanged(level)).collect();
    assert_eq!(unchanged, [true, true, false, false]);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let change = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        parse(&SMALL.replace(from, to)).expect_err("wrong")
    };
    for (from, to, expected) in [
        (
            "ticks of 32 ns",
            "us",
            "t.json: the unit \"us\" is not known: \"ns\" and \"ticks of 32 ns\" are",
        ),
        ("ticks of 32 ns", "ticks of 0 ns", "is not known"),
        ("[\"k\"]", "[]", "t.json: `kernels` is empty"),
        (
            "[\"k\"]",
            "[\"k\",\"k\"]",
            "the kernel \"k\" is there twice",
        ),
        (
            "[\"k\"]",
            "[\"k\",\"l\"]",
            "processes[0].ticks has 1 kernels, not 2",
        ),
        ("[7],", "", "processes[0].ticks[0] has 2 levels, not 3"),
        ("[7]", "[]", "processes[0].ticks[0][1] has no samples"),
        (
            "[7]",
            "[0]",
            "processes[0].ticks[0][1] holds 0: times are above 0",
        ),
        ("[7]", "[-1]", "holds -1"),
        ("1980.5", "0", "processes[0].sm_mhz: 0 is no clock"),
        (
            "[[2,0,1]]",
            "[[2,0]]",
            "processes[0].order[0] has 2 levels, not 3",
        ),
        (
            "{\"device\"",
            "{\"format\":2,\"device\"",
            "timings of format 2; this warpmark reads 1",
        ),
        (
            "{\"device\"",
            "{\"executions\":[0],\"device\"",
            "`executions` must have",
        ),
        ("[7]", "[\"7\"]", "t.json, line 2, column"),
        ("]}]}", "]", "EOF while parsing"),
    ] {
        let found = change(from, to);
        assert!(found.contains(expected), "{to}: {found}");
    }
    let none = parse(
        &SMALL[..SMALL.find("\"processes\"").expect("there")]
            .replace("\"levels\"", "\"processes\":[],\"levels\""),
    );
    assert!(none.is_err());
}

#[test]
fn damaged_files_are_errors_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.json.gz");
    parse(SMALL).expect("valid").write(&path).expect("written");
    let whole = std::fs::read(&path).expect("read");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xff;
    for bytes in [
        &whole[..whole.len() / 2],
        &whole[..10],
        &damaged,
        b"\x1f\x8b",
    ] {
        let mut file = std::fs::File::create(&path).expect("created");
        file.write_all(bytes).expect("written");
        let error = Timings::read(&path).expect_err("damaged");
        assert!(matches!(error, TimingsError::Gzip { .. }), "{error}");
        assert!(error.hint().is_some());
    }
    assert!(Timings::read(folder.path()).is_err(), "a folder");
    assert!(Timings::read(&folder.path().join("none")).is_err());
}

proptest! {
    #[test]
    fn no_text_panics(cut in 0..SMALL.len(), with in ".{0,8}") {
        let mut text = SMALL.as_bytes()[..cut].to_vec();
        text.extend_from_slice(with.as_bytes());
        text.extend_from_slice(&SMALL.as_bytes()[(cut + 1).min(SMALL.len())..]);
        let _ = Timings::parse(Path::new("t.json"), &text);
    }
}
