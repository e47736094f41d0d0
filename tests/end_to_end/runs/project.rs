//! A folder with suites, and runs in it that leave traces.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support;

/// A variable that marks every process of a run, wherever it moves to.
const MARK: &str = "WARPMARK_TEST_MARK";

/// A folder of its own.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What a finished program left.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; 128 and the signal's number where a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The tables that every suite of these tests begins with: the mock device, 2 processes of 3 samples.
pub const HEAD: &str = r#"
format = 1
[suite]
name = "s"
[device]
kind = "mock"
[repetition]
processes = 2
samples = 3
warmup = 0
"#;

impl Project {
    /// A folder with the suite `s.toml`: [`HEAD`] and `workloads`.
    pub fn new(workloads: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Self { folder };
        project.write("s.toml", &format!("{HEAD}{workloads}"));
        project
    }

    /// One workload a line: its name, and its script.
    pub fn with(scripts: &[(&str, &str)]) -> Self {
        let text = scripts.iter().map(|(name, script)| workload(name, script));
        Self::new(&text.collect::<String>())
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("written");
    }

    /// Replaces a text of the suite.
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("s.toml");
        let text = fs::read_to_string(&path).expect("the suite");
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).expect("written");
    }

    /// The program in this folder, marked.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = support::hearing_hang_ups();
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    /// Starts `run s.toml` by another program, such as nohup.
    pub fn start_by(&self, starter: &[&str]) -> Child {
        let mut command = Command::new(starter[0]);
        self.prepare(&mut command);
        command
            .args(&starter[1..])
            .args([env!("CARGO_BIN_EXE_warpmark"), "run", "s.toml"]);
        command.spawn().expect("the program starts")
    }

    /// Marks what `command` starts, in this folder.
    fn prepare(&self, command: &mut Command) {
        for variable in [
            "WARPMARK_CLOCKS",
            "WARPMARK_STATE",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(variable);
        }
        command
            .current_dir(self.path())
            .env(MARK, self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self
            .command(arguments)
            .output()
            .expect("the program starts");
        Ended::from(output)
    }

    /// Starts `run s.toml` and further arguments.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let all: Vec<&str> = ["run", "s.toml"].iter().chain(arguments).copied().collect();
        self.command(&all).spawn().expect("the program starts")
    }

    /// Starts the same with its standard error in the file `stderr`, so that a test can read it meanwhile.
    pub fn start_heard(&self, arguments: &[&str], stderr: &str) -> Child {
        let all: Vec<&str> = ["run", "s.toml"].iter().chain(arguments).copied().collect();
        let file = fs::File::create(self.path().join(stderr)).expect("a file");
        let mut command = self.command(&all);
        command.stderr(file).spawn().expect("the program starts")
    }

    /// What the file `name` of this folder holds, nothing where it isn't there.
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// The folder of the newest record.
    pub fn record(&self) -> PathBuf {
        self.records().pop().expect("a record")
    }

    /// The folders of all records of the suite `s`, oldest first.
    pub fn records(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join(".warpmark/runs/s"));
        let mut found: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("an entry").path())
            .collect();
        found.sort();
        found
    }

    /// The lines of a process' file, none where there is no file.
    pub fn lines(&self, process: u32) -> Vec<Value> {
        let path = self.record().join(format!("process-{process:04}.jsonl"));
        lines(&path)
    }

    /// The ids of the cases in the order in which a process began with them.
    pub fn order(&self, process: u32) -> Vec<String> {
        let header = json(&self.record().join("run.json"));
        let start = &self.lines(process)[0]["start"];
        let order = start["order"].as_array().expect("an order").iter();
        let id = |number: &Value| {
            let place = usize::try_from(number.as_u64().expect("a number")).expect("small");
            header["cases"][place]["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        order.map(id).collect()
    }

    /// The outcome of a case in a process.
    pub fn outcome(&self, process: u32, case: &str) -> Option<Value> {
        let lines = self.lines(process);
        let mut found = lines.iter().filter(|line| line["case"]["case"] == case);
        let outcome = found.next().map(|line| line["case"]["outcome"].clone());
        assert!(
            found.next().is_none(),
            "{case} is in process {process} once"
        );
        outcome
    }

    /// How the newest run ended.
    pub fn summary(&self) -> Value {
        json(&self.record().join("result.json"))
    }

    /// The living processes of this project's runs, by their command lines.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let mark = format!("{MARK}={}", self.path().display());
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter_map(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
            let marked = environment
                .split(|byte| *byte == 0)
                .any(|text| text == mark.as_bytes());
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let dead = stat.rsplit_once(") ")?.1.starts_with('Z');
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (marked && !dead).then_some((pid, line))
        })
        .collect()
    }

    /// Waits until `seen` holds; panics after a minute, which a busy machine may need.
    #[track_caller]
    pub fn until(&self, what: &str, mut seen: impl FnMut(&Self) -> bool) {
        let began = Instant::now();
        while !seen(self) {
            assert!(
                began.elapsed() < Duration::from_mins(1),
                "waited for {what}: {:?}",
                self.processes()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until process `process` of the newest record has `count` lines.
    #[track_caller]
    pub fn until_lines(&self, process: u32, count: usize) {
        self.until(&format!("line {count} of process {process}"), |project| {
            project.records().last().is_some_and(|record| {
                let path = record.join(format!("process-{process:04}.jsonl"));
                fs::read_to_string(path).is_ok_and(|text| text.lines().count() >= count)
            })
        });
    }

    /// Panics unless every process of this project's runs goes: what these tests leave behind would live for many
    /// minutes.
    #[track_caller]
    pub fn is_quiet_soon(&self) {
        self.until("every process to go", |project| {
            project.processes().is_empty()
        });
    }

    /// Lets go on what a [`gated`] workload holds up, in this run and in later ones.
    pub fn open_gate(&self) {
        self.write("open", "");
    }
}

impl Drop for Project {
    /// A failed test must not leave processes behind.
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            send(pid, "KILL");
        }
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let signal = output.status.signal().map_or(-1, |signal| 128 + signal);
        Self {
            code: output.status.code().unwrap_or(signal),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A workload with a script.
pub fn workload(name: &str, script: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nmock = {{ {script} }}\n")
}

/// A command that passes in the first process, and in all later ones waits until [`Project::open_gate`]: a run of it can
/// be ended in its second process, however late the test sees that it is there.
pub fn gated(name: &str) -> String {
    let script =
        "echo >> passed; until test -e open || test $(wc -l < passed) -eq 1; do sleep 0.02; done";
    format!(
        "[[workload]]\nname = \"{name}\"\ncommand = [\"sh\", \"-c\", \"{script}\"]\ntimeout = \"900s\"\n"
    )
}

/// The end of a child.
pub fn end(child: Child) -> Ended {
    Ended::from(child.wait_with_output().expect("it ends"))
}

/// Sends a signal by its name.
pub fn send(pid: u32, signal: &str) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    status.expect("kill is in every system");
}

/// The values of a file of JSON lines.
pub fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a whole line of JSON"))
        .collect()
}

/// The value of a JSON file.
pub fn json(path: &Path) -> Value {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// Whether a program of the system is there, as [`support::has_tool`].
#[track_caller]
pub fn has_tool(tool: &str) -> bool {
    support::has_tool(tool)
}
