//! Pages of runs of the program.

use std::fs;

use super::{check, found, written};
use crate::support::warpmark;

const SUITE: &str = r#"format = 1
[suite]
name = "page"
[device]
kind = "host"
[repetition]
processes = 3
samples = 10
warmup = 1
[[workload]]
name = "short"
command = ["sh", "-c", "i=0; while [ $i -lt {to} ]; do i=$((i + 1)); done"]
axes = { to = [100, 1000] }
note = "<i>Bound</i> by the loop of a shell"
work = { items = "to" }
[[workload]]
name = "broken"
command = ["sh", "-c", "echo '</script><script>globalThis.hacked=2</script>' >&2; exit 3"]
[[workload]]
name = "named"
command = ["true"]
axes = { text = ["<script>globalThis.hacked=4</script>", "<img src=x onerror=globalThis.hacked=5>", "\u202eright to left", "LONG"] }
"#;

/// A picture of 3 by 2 dots.
const PICTURE: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x01\x00\x00\x00\x00\xb5\x0f[\xb7\x00\x00\x00\x0cIDATx\xdacX\xc0\xe0\x00\x00\x02$\x00\xe1M\x16\xe8^\x00\x00\x00\x00IEND\xaeB`\x82";

/// A folder with a suite, in which the program is run.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let suite = SUITE.replace("LONG", &"long".repeat(2_500));
        fs::write(folder.path().join("page.toml"), suite).expect("written");
        Self(folder)
    }

    /// What the program writes to standard output and standard error, ending with `code`.
    fn run(&self, args: &[&str], code: i32) -> (String, String) {
        let output = warpmark().current_dir(self.0.path()).args(args).output();
        let output = output.expect("the program runs");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        (String::from_utf8(output.stdout).expect("UTF-8"), error)
    }
}

#[test]
fn the_page_of_a_real_run_works_in_a_browser() {
    let project = Project::new();
    let options = ["run", "page.toml", "--quick", "--html", "report.html"];
    let error = project.run(&options, 10).1;
    assert!(error.contains("report: report.html"), "{error}");
    let report = ["report", "latest", "--suite", "page", "--format", "html"];
    let page = project.run(&report, 0).0;
    let path = project.0.path().join("report.html");
    assert_eq!(page, fs::read_to_string(&path).expect("the page"));

    fs::write(project.0.path().join("seen.png"), PICTURE).expect("written");
    let remark = "<b>see</b> the picture";
    let files = ["--attach", "seen.png", "--attach", "page.toml"];
    let about = ["report", "annotate", "latest", "short/to=100", remark];
    project.run(&[&about[..], &files].concat(), 0);
    let page = project.run(&report, 0).0;
    let path = written(project.0.path(), "real.html", &page);
    let Some(found) = found(&path, "broken") else {
        return;
    };
    check(&found);
    let shown = |name: &str| found["filters"][name].as_array().map(Vec::len);
    assert_eq!(shown("by_name"), Some(1));
    assert_eq!(found["filters"]["address"], "#q=broken");
    assert_eq!(found["filters"]["cleared"], 7);
    let charts = found["opened"]["charts"].as_array().expect("a list");
    let title = charts[0][1].as_str().expect("text");
    assert!(title.starts_with("Samples of short/to=100"), "{title}");
    assert_eq!(charts[0][0], "img");
    let pictures = found["pictures"].as_array().expect("a list");
    assert_eq!(pictures.len(), 1, "the other file is no picture");
    assert_eq!(pictures[0][0], 3, "the picture is shown");
    let text = found["opened"]["text"].as_str().expect("text");
    let note = "<i>Bound</i> by the loop of a shell";
    for word in [remark, note, "seen.png", "page.toml"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn one_page_is_not_written_for_two_suites() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["one", "two"] {
        let suite = SUITE.replace("\"page\"", &format!("{name:?}"));
        fs::write(folder.path().join(format!("{name}.toml")), suite).expect("written");
    }
    let mut command = warpmark();
    command.current_dir(folder.path());
    let output = command.args(["run", ".", "--html", "report.html"]).output();
    let output = output.expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        error.contains("--html writes one report, and 2 suites are meant"),
        "{error}"
    );
    assert!(!folder.path().join("report.html").exists());
}
