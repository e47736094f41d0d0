use proptest::prelude::*;

use super::*;
use crate::report::document::Bound;

/// What a runner makes of the value of a property: the escapes of `escapeProperty` undone, `%` last.
fn read_property(given: &str) -> String {
    read_data(&given.replace("%3A", ":").replace("%2C", ","))
}

/// What a runner makes of a message: the escapes of `escapeData` undone, `%` last.
fn read_data(given: &str) -> String {
    given
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%25", "%")
}

proptest! {
    #[test]
    fn a_runner_reads_what_was_meant(text in "(?s)[%0-9A-D:,\r\n=a ]{0,40}|(?s).{0,40}") {
        let (property, data) = (property(&text), data(&text));
        prop_assert_eq!(read_property(&property), text.clone());
        prop_assert_eq!(read_data(&data), text);
        prop_assert!(!data.contains(['\r', '\n']));
        prop_assert!(!property.contains(['\r', '\n', ':', ',']));
    }

    #[test]
    fn cutting_keeps_within_its_limit(text in "(?s).{0,80}", most in 1..60_usize) {
        prop_assert!(cut(&text, most).chars().count() <= most);
    }
}

#[test]
fn a_command_is_one_line() {
    let place = Place {
        file: "a,b:c.toml".to_owned(),
        line: 12,
    };
    let annotation = Annotation {
        level: Level::Error,
        place: Some(&place),
        title: "regressed: copy/n=1".to_owned(),
        message: "100 % worse\n::error::not mine".to_owned(),
    };
    assert_eq!(
        annotation.command(&|file| format!("suites/{file}")),
        "::error file=suites/a%2Cb%3Ac.toml,line=12,title=regressed%3A copy/n=1::100 %25 worse%0A::error::not mine\n"
    );
}

#[test]
fn goals_that_are_not_met_are_notices_the_missed_first() {
    let goal = |name: &str, status| GoalEntry {
        name: name.to_owned(),
        status,
        case: Some("copy/n=1".to_owned()),
        metric: "time".to_owned(),
        value: Some("2 us".to_owned()),
        interval: None,
        bounds: vec![Bound {
            side: "at-most",
            value: "1 us".to_owned(),
        }],
        headroom: None,
        why: None,
        owner: Some("kernels".to_owned()),
        kpi: None,
        due: None,
    };
    let mut document = Document {
        suite: "memory".to_owned(),
        device: "mock".to_owned(),
        measured: 1,
        goals: vec![
            goal("near", "at-risk"),
            goal("fine", "met"),
            goal("slow", "missed"),
        ],
        ..Document::default()
    };
    let all = "time is 2 us, at-most 1 us%0Aowner: kernels";
    let expected = [
        "::notice title=warpmark%3A memory on mock::1 measured".to_owned(),
        format!("::notice title=goal missed%3A slow::copy/n=1: {all}"),
        format!("::notice title=goal at-risk%3A near::copy/n=1: {all}"),
    ];
    let text = github(&document, &str::to_owned);
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    document.goals = (0..9).map(|n| goal(&format!("g{n}"), "missed")).collect();
    let text = github(&document, &str::to_owned);
    assert_eq!(text.lines().count(), 1 + GOALS + 1, "{text}");
    let last = text.lines().last();
    assert_eq!(
        last,
        Some("::notice title=and 4 more goals::g5, g6, g7, g8")
    );
}
