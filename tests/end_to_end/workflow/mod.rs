//! The workflow that `init` writes: its steps for a pull request, run as GitHub runs them, with a `gh` that keeps
//! comments in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::baselines::Repository;
use crate::support::{git, has_tool, root};

/// The workflow as `init` writes it.
const WORKFLOW: &str = include_str!("../../../src/cli/init/template/workflow.yml");

/// The lines of the step `name`, from its name on.
fn step(name: &str) -> Vec<&'static str> {
    let start = format!("      - name: {name}");
    let mut lines = WORKFLOW.lines().skip_while(|line| *line != start);
    assert!(lines.next().is_some(), "no step {name}");
    let lines = lines.take_while(|line| line.starts_with("        ") || line.is_empty());
    lines.collect()
}

/// The script of a step.
fn script(name: &str) -> String {
    let lines = step(name);
    let start = lines
        .iter()
        .position(|line| line.starts_with("        run: "));
    let start = start.expect("a script");
    match lines[start].trim_start().strip_prefix("run: ") {
        Some("|") => {
            let indented = |line: &&'static str| line.strip_prefix("          ").unwrap_or("");
            let block: Vec<&str> = lines[start + 1..].iter().map(indented).collect();
            block.join("\n")
        }
        Some(line) => line.to_owned(),
        None => unreachable!("the line was found by its start"),
    }
}

/// A repository with a baseline at `origin/main`, and a GitHub with a comment of a person.
struct Project {
    repository: Repository,
    github: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let repository = Repository::new();
        repository.said(&["init", "."], 0);
        fs::remove_file(repository.path().join("suites/matmul.toml")).expect("removed");
        fs::write(repository.path().join("suites/common.toml"), "format = 1\n").expect("written");
        let project = Self {
            repository,
            github: tempfile::tempdir().expect("a folder"),
        };
        project.suite(1e6);
        project.repository.said(&["run", "--quiet"], 0);
        project.repository.said(&["baseline", "save"], 0);
        project.repository.commit("The baseline");
        git(
            project.repository.path(),
            &["update-ref", "refs/remotes/origin/main", "HEAD"],
        );
        fs::remove_dir_all(project.repository.path().join(".warpmark")).expect("a clean checkout");
        let person = json!([{
            "id": 1, "user": { "login": "person" },
            "body": "<!-- warpmark: memory mock -->\nlooks like the workflow's own",
        }]);
        fs::write(project.comments_file(), person.to_string()).expect("written");
        project
    }

    /// Commits the suite with a case that takes so many nanoseconds.
    fn suite(&self, copy: f64) {
        let text = format!(
            "format = 1\n[suite]\nname = \"memory\"\n[device]\nkind = \"mock\"\n\
             [repetition]\nprocesses = 3\nsamples = 20\n\
             [[workload]]\nname = \"copy\"\nmock = {{ times = [{copy:?}, {:?}], process-factors = [1.0, 1.0005, 0.9996] }}\n\
             [[workload]]\nname = \"triad\"\nmock = {{ times = [50000.0, 50010.0] }}\n",
            copy * 1.0004
        );
        fs::write(self.repository.path().join("suites/memory.toml"), text).expect("written");
        self.repository.commit("The suite");
    }

    fn comments_file(&self) -> PathBuf {
        self.github.path().join("comments.json")
    }

    /// Who wrote each comment, and what.
    fn comments(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.comments_file()).expect("comments");
        let comments: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        let each = comments.iter();
        each.map(|comment| (word(&comment["user"]["login"]), word(&comment["body"])))
            .collect()
    }

    /// Runs the script of a step, as GitHub does: in bash, which stops at the first command that fails.
    fn step(&self, name: &str) -> Output {
        let built = Path::new(env!("CARGO_BIN_EXE_warpmark"));
        let fake = root().join("tests/end_to_end/workflow");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [fake, built.parent().expect("a folder").to_owned()];
        let path = std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path)));
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", &script(name)])
            .current_dir(self.repository.path())
            .env("PATH", path.expect("a path"))
            .env("WARPMARK_LIBCUDA", "none")
            .env("WARPMARK_LIBNVIDIA_ML", "none")
            .env("FAKE_GITHUB", self.github.path())
            .env("GITHUB_STEP_SUMMARY", self.github.path().join("summary.md"))
            .env("GITHUB_REPOSITORY", "o/r")
            .env("BASE", "origin/main")
            .env("GH_TOKEN", "a-token")
            .env("NUMBER", "7");
        command.output().expect("bash")
    }

    /// The steps of a pull request in a clean checkout: the code of the measurement, and what commenting said.
    #[track_caller]
    fn pull_request(&self) -> (Option<i32>, String) {
        let _ = fs::remove_dir_all(self.repository.path().join(".warpmark"));
        let measured = self.step("Measure and compare").status.code();
        let [_, said] = ["Write reports", "Comment"].map(|name| {
            let output = self.step(name);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let said = text(&output.stdout) + &text(&output.stderr);
            assert!(output.status.success(), "{name}: {said}");
            said
        });
        (measured, said)
    }

    fn summary(&self) -> String {
        fs::read_to_string(self.github.path().join("summary.md")).expect("a summary")
    }
}

fn needs() -> bool {
    has_tool("bash") && has_tool("jq")
}

#[test]
fn a_pull_request_has_one_comment_that_is_kept_up_to_date() {
    if !needs() {
        return;
    }
    let project = Project::new();
    project.suite(1.2e6);
    let (code, said) = project.pull_request();
    assert_eq!(code, Some(20), "the job fails by the measurement: {said}");
    let comments = project.comments();
    let [(_, person), (who, body)] = comments.as_slice() else {
        panic!("two comments: {comments:?}");
    };
    assert_eq!(who, "github-actions[bot]");
    let start = "<!-- warpmark: memory mock -->\n## memory on mock: 1 regressed\n";
    assert!(body.starts_with(start), "{body}");
    assert!(
        body.contains("| `copy` |") && body.contains("**regressed** |"),
        "{body}"
    );
    assert!(body.contains(
        "warpmark run suites/memory.toml && warpmark report latest --against origin/main"
    ));

    project.suite(1e6);
    let (code, said) = project.pull_request();
    assert_eq!(code, Some(0), "{said}");
    let comments = project.comments();
    assert_eq!(comments.len(), 2, "{comments:?}");
    assert_eq!(comments[0].1, *person, "the comment of a person stays");
    assert!(
        comments[1]
            .1
            .contains("## memory on mock: nothing got worse\n"),
        "{comments:?}"
    );
    let log = fs::read_to_string(project.github.path().join("log")).expect("calls");
    let calls: Vec<&str> = log.lines().collect();
    let get = "GET repos/o/r/issues/7/comments";
    let expected = [
        get,
        "POST repos/o/r/issues/7/comments",
        get,
        "PATCH repos/o/r/issues/comments/2",
    ];
    assert_eq!(calls, expected);
    let junit = project
        .repository
        .path()
        .join(".warpmark/reports/memory.xml");
    assert!(
        fs::read_to_string(junit)
            .expect("a report")
            .contains("<testsuite")
    );
}

#[test]
fn a_fork_that_may_not_comment_has_its_result_in_the_summary() {
    if !needs() {
        return;
    }
    let project = Project::new();
    fs::write(project.github.path().join("read-only"), "").expect("written");
    project.suite(1.2e6);
    let (code, said) = project.pull_request();
    assert_eq!(code, Some(20));
    assert!(
        said.contains("::warning::no comment could be written"),
        "{said}"
    );
    assert_eq!(project.comments().len(), 1);
    assert!(project.summary().contains("## memory on mock: 1 regressed"));
}

#[test]
fn a_run_that_came_to_nothing_writes_no_comment() {
    if !needs() {
        return;
    }
    let project = Project::new();
    fs::write(
        project.repository.path().join("suites/memory.toml"),
        "format = 2\n[suite]\n",
    )
    .expect("written");
    let (code, said) = project.pull_request();
    assert_eq!((code, said.as_str()), (Some(3), ""));
    assert_eq!(project.comments().len(), 1);
}

#[test]
fn steps_after_the_measurement_run_whatever_it_found_and_know_what_they_need() {
    let after = ["Write reports", "Comment"].map(step);
    let condition = "        if: ${{ !cancelled() }}";
    assert!(after.iter().all(|lines| lines.contains(&condition)));
    let [_, comment] = &after;
    for line in [
        "          GH_TOKEN: ${{ github.token }}",
        "          NUMBER: ${{ github.event.number }}",
    ] {
        assert!(comment.contains(&line), "{line}");
    }
    let job = WORKFLOW
        .split("\n  nightly:")
        .next()
        .expect("the first job");
    assert!(job.contains("      pull-requests: write\n"));
    assert!(job.contains("      BASE: origin/${{ github.base_ref }}\n"));
    // What others name, a branch or a title, is never part of a script.
    for name in ["Measure and compare", "Write reports", "Comment"] {
        assert!(!script(name).contains("${{"), "{name}");
    }
}
