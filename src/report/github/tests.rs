use proptest::prelude::*;

use super::*;

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
