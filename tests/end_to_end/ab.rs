//! Two revisions in turns: what is measured, what is found, and what is told of what can't be.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{files_below, git, has_tool, warpmark};

/// A repository with a suite of the mock device.
struct Repository(tempfile::TempDir);

const HEAD: &str = r#"
format = 1
[suite]
name = "s"
[repetition]
processes = 2
samples = 20
warmup = 0
"#;

impl Repository {
    fn new(workloads: &str) -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        git(repository.path(), &["init", "-q"]);
        fs::create_dir(repository.path().join("suites")).expect("made");
        repository.suite(workloads);
        repository.commit("one");
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn suite(&self, workloads: &str) {
        self.write("suites/s.toml", &format!("{HEAD}{workloads}"));
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn commit(&self, message: &str) {
        git(self.path(), &["add", "-A"]);
        git(
            self.path(),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
    }

    fn said(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = warpmark()
            .current_dir(self.path())
            .args(arguments)
            .output()
            .expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {out}\n{err}"
        );
        (out, err)
    }

    /// The verdicts of a study: `case metric: verdict`.
    fn verdicts(&self, arguments: &[&str], code: i32) -> Vec<String> {
        let (out, _) = self.said(&[arguments, &["--quiet", "--json"]].concat(), code);
        let json: Value = serde_json::from_str(&out).expect("JSON");
        let all = json["judgements"].as_array().expect("judgements").iter();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        all.map(|one| format!("{}: {}", text(&one["case"]), text(&one["verdict"])))
            .collect()
    }
}

fn mock(name: &str, times: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nmock = {{ times = {times} }}\n")
}

const DEVICE: &str = "[device]\nkind = \"mock\"\n";

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

#[test]
fn a_signal_stops_both_sides_and_keeps_what_was_measured() {
    let workload = "[[workload]]\nname = \"a\"\nmock = { times = [1e5], sleep-ms = 50, process-factors = [1.0] }\n";
    let repository = Repository::new(&format!("{DEVICE}{workload}"));
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_warpmark"))
        .current_dir(repository.path())
        .args(["ab", "HEAD", "suites/s.toml"])
        .env("WARPMARK_LIBCUDA", "none")
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let studies = repository.path().join(".warpmark/ab");
    let begun = |side: &str| {
        let folder = fs::read_dir(&studies).ok();
        let study = folder.and_then(|mut all| {
            all.find_map(|entry| Some(entry.ok()?.path()).filter(|path| path.join("base").exists()))
        });
        study.is_some_and(|study| {
            files_below(&study).iter().any(|path| {
                path.to_string_lossy().contains(side) && path.ends_with("process-0000.jsonl")
            })
        })
    };
    while !begun("/base/") || !begun("/head/") {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(
            run.try_wait().expect("a child").is_none(),
            "it ended by itself"
        );
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    let output = run.wait_with_output().expect("it ended");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(
        err.contains("interrupted: what was measured is kept in .warpmark/ab/"),
        "{err}"
    );
    let results = files_below(&studies);
    assert_eq!(
        results
            .iter()
            .filter(|path| path.ends_with("result.json"))
            .count(),
        2
    );
}

#[test]
fn absent_revisions_suites_and_files_are_named() {
    let repository = Repository::new(&format!("{DEVICE}{}", mock("a", "[1e5]")));
    let (_, err) = repository.said(&["ab", "nothing", "suites/s.toml"], 3);
    assert!(err.contains("no revision \"nothing\""), "{err}");
    repository.write(
        "suites/t.toml",
        &format!("{HEAD}{DEVICE}{}", mock("a", "[1e5]")),
    );
    let (_, err) = repository.said(&["ab", "HEAD", "suites/t.toml"], 3);
    assert!(err.contains("there is no suites/t.toml at HEAD"), "{err}");
    repository.write(
        "suites/u.toml",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    );
    repository.commit("a pointer");
    repository.write(
        "suites/u.toml",
        &format!("{HEAD}{DEVICE}{}", mock("a", "[1e5]")),
    );
    let (_, err) = repository.said(&["ab", "HEAD", "suites/u.toml"], 3);
    assert!(err.contains("suites/u.toml is a file of Git LFS"), "{err}");
    let (_, err) = repository.said(&["ab", "HEAD", "suites/s.toml", "--blocks", "1"], 2);
    assert!(err.contains("1 is not in 2..=250"), "{err}");
}

const KERNEL: &str = "
__global__ void work(const float* in, float* out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        float value = in[i];
        for (unsigned k = 0; k < ROUNDS; ++k) {
            value = value * 0.75f + 0.125f;
        }
        out[i] = value;
    }
}
";

fn kernel(rounds: u32, block: u32) -> String {
    format!(
        "[device]\nkind = \"host\"\n[[workload]]\nname = \"work\"\n\
         kernel = {{ source = \"../kernels/work.cu\", entry = \"work\", defines = {{ ROUNDS = \"{rounds}\" }} }}\n\
         grid = [\"ceil_div(512, {block})\"]\nblock = [\"{block}\"]\nverify = \"none\"\ndeterministic = false\n\
         args = [{{ in = \"f32\", len = \"512\", fill = \"uniform\" }}, {{ out = \"f32\", len = \"512\" }}, {{ u32 = \"512\" }}]\n"
    )
}

#[test]
fn code_decides_what_is_measured_on_the_host() {
    if !has_tool("c++") {
        return;
    }
    let repository = Repository::new(&kernel(400, 128));
    repository.write("kernels/work.cu", KERNEL);
    repository.commit("a kernel");
    repository.write("kernels/work.cu", &format!("// A comment.\n{KERNEL}"));
    repository.commit("a comment");
    let found = repository.verdicts(&["ab", "HEAD~1", "HEAD", "suites/s.toml"], 0);
    assert_eq!(found, ["work: unchanged"]);
    let (out, _) = repository.said(&["ab", "HEAD~1", "HEAD", "suites/s.toml", "--quiet"], 0);
    assert!(
        out.contains("unchanged (same code)") && out.contains("nothing was measured"),
        "{out}"
    );
    repository.suite(&kernel(400, 64));
    repository.commit("another block");
    let (out, _) = repository.said(
        &[
            "ab",
            "HEAD~1",
            "HEAD",
            "suites/s.toml",
            "--quiet",
            "--blocks",
            "2",
        ],
        0,
    );
    assert!(
        out.contains("2 blocks of 4 processes") && !out.contains("same code"),
        "{out}"
    );
    repository.suite(&kernel(600, 64));
    repository.commit("half as much again");
    let slower = ["ab", "HEAD~1", "HEAD", "suites/s.toml", "--blocks", "16"];
    assert_eq!(repository.verdicts(&slower, 20), ["work: regressed"]);
}

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

/// Noise by process, so that a script has no identity, and no two processes agree.
const NOISE: &str =
    "process-factors = [1.0, 1.0005, 0.9995, 1.0002, 0.9998, 1.0004, 0.9996, 1.0001, 0.9999, 1.0]";

fn noisy(name: &str, time: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nmock = {{ times = [{time}], {NOISE} }}\n")
}

#[test]
fn confirm_takes_a_second_look_in_turns_with_the_base() {
    let suite = |a: &str, b: &str| format!("{DEVICE}{}{}", noisy("a", a), noisy("b", b));
    let repository = Repository::new(&suite("1e5", "1e5"));
    repository.said(&["run", "suites/s.toml", "--processes", "5"], 0);
    repository.said(&["baseline", "save", "--allow-overrides"], 0);
    repository.commit("a baseline");
    repository.suite(&suite("1e5", "1.1e5"));
    let arguments = [
        "run",
        "suites/s.toml",
        "--processes",
        "5",
        "--compare",
        "HEAD",
        "--confirm",
        "--quiet",
    ];
    let (out, _) = repository.said(&arguments, 20);
    assert!(
        out.contains("1 case measured again, in turns with the base"),
        "{out}"
    );
    assert!(out.contains("at first: regressed, +10.00 %"), "{out}");
    let notes: Vec<_> = files_below(repository.path())
        .into_iter()
        .filter(|path| path.ends_with("confirm.json"))
        .collect();
    assert_eq!(notes.len(), 1);
    let note: Value =
        serde_json::from_str(&fs::read_to_string(&notes[0]).expect("a note")).expect("JSON");
    assert_eq!(
        (note["how"].as_str(), note["first"].as_array().map(Vec::len)),
        (Some("in-turns"), Some(1))
    );
    // Nothing flagged: nothing is measured again.
    repository.suite(&suite("1e5", "1e5"));
    let (out, _) = repository.said(&arguments, 0);
    assert!(!out.contains("measured again"), "{out}");
}

#[test]
fn what_was_flagged_and_is_not_seen_again_is_withdrawn() {
    let repository = Repository::new(&format!("{DEVICE}{}", noisy("a", "1e5")));
    repository.said(&["run", "suites/s.toml", "--processes", "5"], 0);
    repository.said(&["baseline", "save", "--allow-overrides"], 0);
    repository.commit("a baseline");
    // The run was disturbed, the code is what it was.
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1.02e5")));
    repository.said(
        &[
            "run",
            "suites/s.toml",
            "--processes",
            "5",
            "--compare",
            "HEAD",
        ],
        20,
    );
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1e5")));
    let (out, err) = repository.said(&["compare", "--against", "HEAD", "--confirm"], 0);
    assert!(
        out.contains("at first: regressed, +2.000 %") || out.contains("1 case measured again"),
        "{out}"
    );
    assert!(err.contains("measuring 1 case again"), "{err}");
    assert!(out.contains("verdicts: 1 unchanged"), "{out}");
}

#[test]
fn without_a_base_that_builds_it_is_confirmed_in_this_run_only() {
    let repository = Repository::new("this is no TOML");
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1e5")));
    let run = ["run", "suites/s.toml", "--processes", "5"];
    repository.said(&run, 0);
    repository.said(
        &["baseline", "save", "--allow-overrides", "--allow-dirty"],
        0,
    );
    repository.commit("a baseline");
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1.1e5")));
    let (out, err) = repository.said(
        &[&run[..], &["--compare", "HEAD", "--confirm"]].concat(),
        20,
    );
    assert!(out.contains("confirmed in this run only"), "{out}");
    assert!(err.contains("s.toml"), "{err}");
    let (_, err) = repository.said(
        &["compare", "baselines", "--against", "HEAD", "--confirm"],
        2,
    );
    assert!(err.contains("the candidate is a baseline"), "{err}");
}
