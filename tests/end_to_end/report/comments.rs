//! Markdown, where names mean nothing but themselves.

use warpmark::report::Format;

use super::sample::{compared, run};
use super::{human, render};

#[test]
fn a_run_that_was_compared_shows_both() {
    let mut run = run();
    run.comparison = Some(compared());
    insta::assert_snapshot!("run_compared_160", render(&run, human(Some(160))));
    insta::assert_snapshot!("run_compared_markdown", render(&run, Format::Markdown));
}

#[test]
fn markdown_is_escaped() {
    let text = render(&compared(), Format::Markdown);
    insta::assert_snapshot!("compare_markdown", text);
    let mut count = 0;
    for line in text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("grün"))
    {
        assert_eq!(
            line.replace("\\|", "").matches('|').count(),
            7,
            "six cells: {line}"
        );
        assert!(line.contains("=grün`\\|`` `<b>`"), "{line}");
        count += 1;
    }
    assert_eq!(count, 1, "{text}");
}
