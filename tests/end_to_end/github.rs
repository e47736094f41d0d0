//! Annotations of GitHub Actions: read as a runner reads them, within what GitHub shows, at the workload's line.

use std::collections::BTreeMap;
use std::fs;

use crate::baselines::Repository;
use crate::generated::{Case, Run};
use crate::support::warpmark;

/// An annotation as the runner has it.
#[derive(Debug)]
pub struct Annotation {
    /// `error`, `warning`, `notice`.
    pub level: String,
    /// `file`, `line`, `title`.
    pub properties: BTreeMap<String, String>,
    /// The text.
    pub message: String,
}

/// The commands in `text`, by the runner's rules: a line that starts with `::`, properties up to the next `::`, each
/// escape undone once and `%` last.
pub fn read(text: &str) -> Vec<Annotation> {
    let data = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%25", "%")
    };
    let property = |text: &str| data(&text.replace("%3A", ":").replace("%2C", ","));
    let one = |line: &str| {
        let line = line.strip_prefix("::").expect("a command");
        let (head, message) = line.split_once("::").expect("a message");
        let (level, properties) = head.split_once(' ').expect("properties");
        let properties = properties.split(',').map(|part| {
            let (name, value) = part.split_once('=').expect("a value");
            (name.to_owned(), property(value))
        });
        Annotation {
            level: level.to_owned(),
            properties: properties.collect(),
            message: data(message),
        }
    };
    text.split_terminator('\n').map(one).collect()
}

#[test]
fn the_most_serious_stand_first_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let base: Vec<Case> = (0..30)
        .map(|n| Case::new(&format!("copy/n={n}"), 1e6))
        .chain([Case::new("gone/n=1", 1e6)])
        .collect();
    let mut cases: Vec<Case> = base[..30].to_vec();
    for (place, case) in cases.iter_mut().enumerate().skip(10) {
        // The last is the slowest.
        *case = case.clone().times(1.1 + 0.01 * place as f64);
    }
    cases.push(Case::new("bad/n=1", 1e6).failed("wrong"));
    let base = Run::new(0, base).write(folder.path());
    let run = Run::new(1, cases).write(folder.path());
    let mut command = warpmark();
    command.arg("report").arg(run).arg("--against").arg(base);
    command.args(["--format", "github"]);
    let output = command.assert().code(10).get_output().stdout.clone();
    let found = read(&String::from_utf8(output).expect("UTF-8"));
    let of = |level: &str| -> Vec<&Annotation> {
        found.iter().filter(|one| one.level == level).collect()
    };
    let errors = of("error");
    let titles: Vec<&str> = errors.iter().map(|one| &*one.properties["title"]).collect();
    assert_eq!(titles.len(), 10, "{titles:?}");
    assert_eq!(
        titles[..3],
        [
            "failed: bad/n=1",
            "regressed: copy/n=29",
            "regressed: copy/n=28"
        ]
    );
    assert_eq!(titles[9], "and 12 more");
    assert!(
        errors[9].message.starts_with("12 regressed: copy/n=21, "),
        "{:?}",
        errors[9]
    );
    assert!(errors[9].message.ends_with("and 2 more"), "{:?}", errors[9]);
    let warnings = of("warning");
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].properties["title"], "missing: gone/n=1");
    let notices = of("notice");
    assert_eq!(notices[0].properties["title"], "warpmark: memory on mock");
    assert!(
        notices[0].message.contains("30 measured, 1 failed"),
        "{:?}",
        notices[0]
    );
    assert!(
        notices[0].message.contains("20 regressed"),
        "{:?}",
        notices[0]
    );
    assert!(notices.len() <= 10);
}

#[test]
fn a_file_is_named_as_the_repository_does() {
    let repository = Repository::new();
    let below = repository.path().join("perf/deep");
    fs::create_dir_all(repository.path().join("perf/suites")).expect("created");
    fs::create_dir_all(&below).expect("created");
    // The run names `suites/memory.toml`, as it was given in `perf`.
    fs::write(repository.path().join("perf/suites/memory.toml"), "").expect("written");
    let run = repository.record(Run::new(
        0,
        vec![Case::new("copy/n=1", 1e6).failed("wrong")],
    ));
    let mut command = warpmark();
    command
        .current_dir(repository.path().join("perf"))
        .arg("report")
        .arg(&run);
    command.args(["--format", "github"]);
    let output = command.output().expect("it runs");
    let found = read(&String::from_utf8(output.stdout).expect("UTF-8"));
    assert_eq!(found[0].properties["file"], "perf/suites/memory.toml");
    assert_eq!(found[0].properties["line"], "1");
    assert_eq!(found[0].message, "wrong");
}

#[test]
fn annotations_stand_at_their_workloads_lines() {
    let repository = Repository::new();
    let suites = repository.path().join("suites");
    fs::create_dir_all(&suites).expect("created");
    let manifest = "format = 1

[suite]
name = \"lines\"

[repetition]
processes = 1

[[workload]]
name = \"fine\"
command = [\"true\"]

# The one that fails.
[[workload]]
name = \"bad\"
command = [\"sh\", \"-c\", \"exit 3\"]

[[workload]]
name = \"worse\"
command = [\"no-such-tool\"]
";
    fs::write(suites.join("lines.toml"), manifest).expect("written");
    let warpmark = |arguments: &[&str]| {
        let mut command = warpmark();
        command.current_dir(&suites).args(arguments);
        command.assert().code(10).get_output().stdout.clone()
    };
    warpmark(&["run", "lines.toml", "--quiet"]);
    let text = warpmark(&[
        "report",
        "latest",
        "--against",
        "latest",
        "--format",
        "github",
    ]);
    let found = read(&String::from_utf8(text).expect("UTF-8"));
    let lines = manifest.lines().zip(1..);
    let of = |name: &str| {
        let name = format!("name = \"{name}\"");
        let found = lines.clone().find(|(line, _)| *line == name);
        // `[[workload]]` stands above its name.
        (found.expect("a line").1 - 1).to_string()
    };
    for (one, name) in found.iter().zip(["bad", "worse"]) {
        assert_eq!(one.level, "error");
        assert_eq!(one.properties["title"], format!("failed: {name}"));
        assert_eq!(one.properties["file"], "suites/lines.toml");
        assert_eq!(one.properties["line"], of(name), "{one:?}");
    }
}
