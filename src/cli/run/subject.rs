//! What is run: the suites of a command line, each with its device and its plan.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::overrides::Overrides;
use crate::cli::{Exit, Fault, suites};
use crate::device::{self, Device, Selector};
use crate::manifest::{self, DeviceChoice, Suite};
use crate::plan::{self, DeviceKind, Plan, Selection};

/// A suite that is ready to run.
pub struct Subject {
    /// The file, as it was given.
    pub path: PathBuf,
    /// The suite.
    pub suite: Suite,
    /// Which device runs it.
    pub selector: Selector,
    /// That device.
    pub device: Box<dyn Device>,
    /// The selected cases.
    pub plan: Plan,
    /// What was selected.
    pub overrides: Overrides,
    /// How long all this took.
    pub took: Duration,
}

/// Why a suite can't be run; it has been said on standard error already.
pub struct Refused(pub Exit);

impl Subject {
    /// Loads and plans the suite in `path`.
    pub fn load(path: &Path, overrides: &Overrides) -> anyhow::Result<Result<Self, Refused>> {
        let began = Instant::now();
        let suite = match manifest::load(path) {
            Ok(suite) => suite,
            Err(error) => return Ok(refuse(&error.render(suites::error_color()), Exit::Input)),
        };
        let selector = overrides.device.unwrap_or_else(|| selector(&suite));
        let device = device::open(selector).map_err(|error| no_device(&error))?;
        let plan = match plan::expand(&suite, device.facts(), &overrides.selection()) {
            Ok(plan) => plan,
            Err(error) => {
                return Ok(refuse(
                    &error.render(suites::error_color()),
                    suites::exit_of(&error),
                ));
            }
        };
        if let Some(lack) = device.lacks(&plan) {
            return Err(Fault::new(Exit::Environment, lack.message)
                .hint(lack.hint)
                .into());
        }
        Ok(Ok(Self {
            path: path.to_owned(),
            suite,
            selector,
            device,
            plan,
            overrides: overrides.clone(),
            took: began.elapsed(),
        }))
    }

    /// The plan of the whole suite, on which its environment rests; the selected part where there is no other.
    pub fn whole_plan(&self) -> Plan {
        plan::expand(&self.suite, self.device.facts(), &Selection::default())
            .unwrap_or_else(|_| self.plan.clone())
    }
}

/// Says why a suite can't be run.
fn refuse(text: &str, exit: Exit) -> Result<Subject, Refused> {
    anstream::eprint!("{text}");
    Err(Refused(exit))
}

/// The device that the suite itself asks for.
fn selector(suite: &Suite) -> Selector {
    let kind = match suite.device.kind {
        DeviceChoice::Auto => best(),
        DeviceChoice::Host => DeviceKind::Host,
        DeviceChoice::Cuda => DeviceKind::Cuda,
        DeviceChoice::Mock => DeviceKind::Mock,
    };
    Selector::new(kind).threads(suite.device.threads)
}

/// A GPU where one can run kernels, else the CPU, with a word on why.
fn best() -> DeviceKind {
    match device::cuda::Cuda::usable() {
        Ok(()) => DeviceKind::Cuda,
        Err(why) => {
            anstream::eprintln!("note: running on the CPU (device \"host\"): {why}");
            DeviceKind::Host
        }
    }
}

/// What it means for the program's end that a device can't be opened.
pub fn no_device(error: &device::OpenError) -> Fault {
    let mut message = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        message = format!("{message}: {cause}");
    }
    Fault::new(Exit::Environment, message).hint(error.hint())
}
