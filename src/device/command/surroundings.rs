//! Where a command runs, and what runs beside it: folder, variables, standard input, `prepare` and the like.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::capture::Capture;
use super::failure;
use super::launch::{self, Sink};
use super::supervisor::{Ended, Order, Outcome};
use crate::device::Artefact;
use crate::files::{self, FileError};
use crate::plan::{self, CommandTask};
use crate::record::Refusal;

/// What is being run, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Before the first process.
    Setup,
    /// Before an execution.
    Prepare,
    /// The command itself.
    Sample,
    /// After the last process.
    Cleanup,
    /// Before the run: a fact of the environment.
    Fact,
}

impl Occasion {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Prepare => "prepare",
            Self::Sample => "command",
            Self::Cleanup => "cleanup",
            Self::Fact => "its command",
        }
    }
}

/// Where a command and all beside it run.
#[derive(Debug)]
pub struct Surroundings<'a> {
    program: &'a Path,
    task: CommandTask,
    output: PathBuf,
    environment: BTreeMap<String, String>,
}

impl<'a> Surroundings<'a> {
    /// The surroundings of `task`; makes the folder `output`.
    pub fn new(
        program: &'a Path,
        task: &CommandTask,
        artefact: &Artefact,
        output: &Path,
    ) -> Result<Self, Refusal> {
        let output = files::create_folder(output)
            .and_then(|()| std::path::absolute(output).map_err(FileError::at("find", output)))
            .map_err(|error| failure::file(&error))?;
        if !task.folder.is_dir() {
            return Err(failure::no_folder(&task.folder));
        }
        let mut surroundings = Self {
            program,
            task: task.clone(),
            output,
            environment: BTreeMap::new(),
        };
        surroundings.environment = surroundings.variables(artefact);
        Ok(surroundings)
    }

    /// The variables that are set; a cleared environment gets the suite's alone.
    fn variables(&self, artefact: &Artefact) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        if let (Some(module), false) = (&artefact.path, self.task.clear_environment) {
            let inherited = std::env::var("PYTHONPATH").unwrap_or_default();
            let known = self
                .task
                .environment
                .get("PYTHONPATH")
                .unwrap_or(&inherited);
            let module = module.display();
            let path = if known.is_empty() {
                module.to_string()
            } else {
                format!("{known}:{module}")
            };
            variables.insert("PYTHONPATH".to_owned(), path);
        }
        for (name, value) in &self.task.environment {
            let value = self.fill(value);
            variables.entry(name.clone()).or_insert(value);
        }
        variables
    }

    /// Fills in the one placeholder that only a process knows.
    fn fill(&self, text: &str) -> String {
        plan::with_output_folder(text, &self.output)
    }

    fn order(&self, words: &[String], occasion: Occasion) -> Order {
        let stdin = self
            .task
            .stdin
            .as_ref()
            .filter(|_| occasion == Occasion::Sample);
        Order {
            command: words.iter().map(|word| self.fill(word)).collect(),
            environment: self.environment.clone(),
            clear_environment: self.task.clear_environment,
            stdin: stdin.map(|path| {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                path.into_os_string().into_vec()
            }),
        }
    }

    /// Runs `words` once with its output in the two sinks; fails where it can't start.
    fn run(
        &self,
        words: &[String],
        occasion: Occasion,
        sinks: (&mut dyn Sink, &mut dyn Sink),
        limit: Option<Duration>,
    ) -> Result<Ended, Refusal> {
        let order = self.order(words, occasion);
        match launch::run(self.program, &order, &self.task.folder, sinks, limit) {
            Ok(Outcome::Ended(ended)) => Ok(ended),
            Ok(Outcome::NotStarted {
                step,
                errno,
                message,
            }) => {
                let answer = (errno, message.as_str());
                Err(failure::not_started(
                    &order,
                    &self.task.folder,
                    step,
                    answer,
                ))
            }
            Err(error) => Err(failure::launch(occasion, &error)),
        }
    }

    /// Runs what the case has for `occasion`, if anything; it must end with status 0.
    pub fn beside(&self, occasion: Occasion) -> Result<(), Refusal> {
        let words = match occasion {
            Occasion::Setup => &self.task.setup,
            Occasion::Prepare => &self.task.prepare,
            Occasion::Cleanup => &self.task.cleanup,
            Occasion::Sample | Occasion::Fact => &None,
        };
        let Some(words) = words else { return Ok(()) };
        let (mut stdout, mut stderr) = (Capture::default(), Capture::default());
        let ended = self.run(words, occasion, (&mut stdout, &mut stderr), None)?;
        failure::status(ended.status, occasion, (&stdout, &stderr))
    }

    /// What `words` print, trimmed; they must end with status 0 within `limit`.
    pub fn ask(&self, words: &[String], limit: Duration) -> Result<String, Refusal> {
        let (mut stdout, mut stderr) = (Capture::default(), Capture::default());
        let sinks: (&mut dyn Sink, &mut dyn Sink) = (&mut stdout, &mut stderr);
        let ended = self.run(words, Occasion::Fact, sinks, Some(limit))?;
        failure::status(ended.status, Occasion::Fact, (&stdout, &stderr))?;
        Ok(String::from_utf8_lossy(&stdout.kept()).trim().to_owned())
    }

    /// Runs the command itself once.
    pub fn command(&self, sinks: (&mut dyn Sink, &mut dyn Sink)) -> Result<Ended, Refusal> {
        self.run(&self.task.command, Occasion::Sample, sinks, None)
    }

    /// The folder for what it prints, absolute.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Whether a status other than 0 is no failure.
    pub fn ignores_status(&self) -> bool {
        self.task.ignore_status
    }
}
