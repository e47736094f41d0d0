//! What is measured in turns, and what is found and told of it.

use std::fs;

use serde_json::Value;

use super::{DEVICE, Repository, mock};

#[test]
fn what_got_slower_is_found_and_what_stands_on_one_side_is_named() {
    let before = [
        mock("slower", "[1e5, 1.001e5]"),
        mock("quiet", "[1e5, 1.001e5]"),
        mock("gone", "[1e5]"),
    ];
    let repository = Repository::new(&format!("{DEVICE}{}", before.concat()));
    let after = [
        mock("slower", "[1.1e5, 1.101e5]"),
        mock("quiet", "[1e5, 1.001e5]"),
        mock("fresh", "[1e5]"),
    ];
    repository.suite(&format!("{DEVICE}{}", after.concat()));
    let found = repository.verdicts(&["ab", "HEAD", "suites/s.toml", "--blocks", "3"], 20);
    assert_eq!(
        found,
        [
            "slower: regressed",
            "quiet: unchanged",
            "fresh: new",
            "gone: missing"
        ]
    );
    // The work tree was only read, and both records stand beside what came of them.
    let studies = repository.path().join(".warpmark/ab");
    let kept: Vec<_> = fs::read_dir(&studies).expect("studies").collect();
    assert_eq!(kept.len(), 1, "the files of the revision are gone again");
    let study = kept
        .into_iter()
        .next()
        .expect("one")
        .expect("an entry")
        .path();
    let note: Value =
        serde_json::from_str(&fs::read_to_string(study.join("ab.json")).expect("a note"))
            .expect("JSON");
    assert_eq!(note["turns"].as_array().map(Vec::len), Some(12));
    assert_eq!(note["controls"].as_array().map(Vec::len), Some(3));
    let (out, _) = repository.said(
        &["ab", "HEAD", "suites/s.toml", "--blocks", "3", "--quiet"],
        20,
    );
    assert!(out.contains("controls, the base against itself: "), "{out}");
    assert!(out.contains("3 blocks of 4 processes"), "{out}");
}

#[test]
fn a_revision_can_be_judged_whatever_the_work_tree_holds() {
    let repository = Repository::new(&format!("{DEVICE}{}", mock("a", "[1e5, 1.001e5]")));
    repository.suite(&format!("{DEVICE}{}", mock("a", "[1e5, 1.002e5]")));
    repository.commit("two");
    repository.suite("this is no TOML");
    let found = repository.verdicts(
        &["ab", "HEAD~1", "HEAD", "suites/s.toml", "--blocks", "2"],
        0,
    );
    assert_eq!(found, ["a: unchanged"]);
    let (_, err) = repository.said(&["ab", "HEAD~1", "suites/s.toml", "--quiet"], 3);
    assert!(err.contains("suites/s.toml"), "{err}");
}

#[test]
fn changed_work_is_incomparable_and_says_which() {
    let workload = |items: &str| {
        format!(
            "{DEVICE}{}work = {{ items = \"{items}\" }}\n",
            mock("a", "[1e5]")
        )
    };
    let repository = Repository::new(&workload("10"));
    repository.suite(&workload("20"));
    let (out, _) = repository.said(&["ab", "HEAD", "suites/s.toml", "--quiet"], 21);
    assert!(out.contains("work.items: 10 (base), 20 (head)"), "{out}");
}

#[test]
fn a_control_that_differs_takes_every_verdict_back() {
    // On the head's side everything takes twice as long, also the base's own code.
    const SCRIPT: &str = r#"case {out} in */head/*) t=2e5;; *) t=1e5;; esac; printf '{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[%s]}}\n' $t"#;
    let command = |pause: &str| {
        format!(
            "[[workload]]\nname = \"a\"\ncommand = [\"sh\", \"-c\", \"\"\"sleep {pause}; {}\"\"\"]\n",
            SCRIPT.replace('\\', "\\\\")
        )
    };
    let repository = Repository::new(&command("0"));
    repository.suite(&command("0.001"));
    let arguments = ["ab", "HEAD", "suites/s.toml", "--blocks", "2", "--quiet"];
    let (out, _) = repository.said(&arguments, 0);
    assert!(out.contains("without it this would be regressed"), "{out}");
    assert!(
        out.contains("the base against itself: a +100.0 %, flagged"),
        "{out}"
    );
    assert!(out.contains("verdicts: 1 inconclusive"), "{out}");
}
