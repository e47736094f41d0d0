//! `warpmark bisect`: the commit since which a case is slower.

use serde_json::Value;

use super::{DEVICE, Repository, mock};

#[test]
fn bisect_finds_the_commit() {
    let suite = |time: &str| format!("{DEVICE}{}{}", mock("a", time), mock("b", "[1e5]"));
    let repository = Repository::new(&suite("[1e5, 1.001e5]"));
    for number in 0..3 {
        repository.commit(&format!("quiet {number}"));
    }
    repository.suite(&suite("[1.2e5, 1.201e5]"));
    repository.commit("slower");
    repository.suite("no TOML");
    repository.commit("broken");
    repository.suite(&suite("[1.2e5, 1.201e5]"));
    repository.commit("mended");
    let (out, err) = repository.said(&["bisect", "a", "HEAD~6..HEAD"], 0);
    assert!(
        out.starts_with("a is slower since\n") && out.contains(" slower: regressed, +20.00 %"),
        "{out}"
    );
    assert!(err.contains("mended") && !err.contains("[1.2e5"), "{err}");
    let (out, _) = repository.said(
        &[
            "bisect",
            "a",
            "HEAD~6..HEAD",
            "suites/s.toml",
            "--json",
            "--quiet",
        ],
        0,
    );
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["found"][0]["subject"], "slower");
    let (out, _) = repository.said(&["bisect", "b", "HEAD~6..HEAD", "--quiet"], 21);
    assert!(
        out.starts_with("b is not slower at the end of the range"),
        "{out}"
    );
    let (_, err) = repository.said(&["bisect", "a", "HEAD..HEAD~6", "--quiet"], 2);
    assert!(err.contains("is no first-parent ancestor"), "{err}");
    let (_, err) = repository.said(&["bisect", "c", "HEAD~6..HEAD", "--quiet"], 2);
    assert!(
        err.contains("no suite in suites/ has the workload \"c\""),
        "{err}"
    );
}
