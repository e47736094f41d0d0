//! The clocks of a run: pinned where its suite says so, and given back when it ends.

use std::path::Path;

use super::Locks;
use super::subject::Subject;
use crate::cli::{Exit, Fault, output};
use crate::clocks::{self, Held, LoadSubject, Order, Pinned, Trouble};
use crate::device::cuda::nvml::{Identity, OBSERVE_VARIABLE, observes};
use crate::engine;
use crate::environment::{self, ClockFacts};
use crate::manifest::ClockPolicy;

/// What is done with a device's clocks for a run. Dropped, it gives them back.
#[derive(Debug, Default)]
pub struct RunClocks {
    pinned: Option<Pinned>,
    /// As the record states it.
    pub facts: ClockFacts,
}

impl RunClocks {
    /// Pins them, if the suite of `subject` says so; `root` holds the compiled kernels. Whoever calls has the device's
    /// lock.
    pub fn pin(subject: &Subject, root: &Path, locks: Locks) -> Result<Self, Fault> {
        if subject.suite.clocks.policy == ClockPolicy::Observe {
            return Ok(Self::default());
        }
        if observes() {
            return Ok(Self::not_pinned(format!("{OBSERVE_VARIABLE} is set")));
        }
        let Some(gpu) = subject.device.managed_as() else {
            let why = format!("the device {} has no clocks to pin", subject.selector);
            return Self::denied(subject, why, "run on a GPU: --device cuda");
        };
        match pin(subject, (root, locks), gpu) {
            Ok(pinned) => Ok(Self {
                facts: ClockFacts {
                    pinned: pinned.facts.clone(),
                    not_pinned: None,
                },
                pinned: Some(pinned),
            }),
            Err(error) => match error.denial() {
                Some(why) => {
                    let denied = Self::denied(subject, why, &error.hint())?;
                    output::warn(&format!("clocks not pinned: {error}"));
                    Ok(denied)
                }
                None => Err(fault(&error)),
            },
        }
    }

    /// A run that goes on without, or ends here, as the suite says.
    fn denied(subject: &Subject, why: String, hint: &str) -> Result<Self, Fault> {
        if subject.suite.clocks.denied_fails {
            let message = format!("the clocks can't be pinned: {why}");
            return Err(Fault::new(Exit::Environment, message).hint(hint));
        }
        Ok(Self::not_pinned(why))
    }

    fn not_pinned(why: String) -> Self {
        Self {
            pinned: None,
            facts: ClockFacts {
                not_pinned: Some(why),
                ..ClockFacts::default()
            },
        }
    }

    /// What workers watch.
    pub fn held(&self) -> Option<&Held> {
        self.pinned.as_ref().map(|pinned| &pinned.held)
    }

    /// Gives them back, says what could not be, and how the run ends for it.
    pub fn give_back(&self) -> Exit {
        let Some(pinned) = &self.pinned else {
            return Exit::Success;
        };
        match pinned.guard.release() {
            Ok(_) => Exit::Success,
            Err(error) => {
                output::warn(&format!(
                    "the clocks are not given back: {error}; the next warpmark tries it again, as does `warpmark clocks restore`"
                ));
                Exit::Environment
            }
        }
    }
}

/// The clock facts of a run of `subject`, without one.
pub fn intended(subject: &Subject) -> ClockFacts {
    let wanted = &subject.suite.clocks;
    let gpu = subject.device.managed_as();
    let pinned = gpu
        .filter(|_| wanted.policy == ClockPolicy::Lock && !observes())
        .and_then(|gpu| clocks::facts_of(wanted, gpu).ok());
    ClockFacts {
        pinned: pinned.unwrap_or_default(),
        not_pinned: None,
    }
}

fn pin(subject: &Subject, (root, locks): (&Path, Locks), gpu: Identity) -> Result<Pinned, Trouble> {
    clocks::pin(&Order {
        wanted: &subject.suite.clocks,
        gpu,
        load: LoadSubject {
            gpu: subject.selector.gpu,
            cache: root.join("cache"),
        },
        folder: &engine::machine_folder()?,
        container: environment::container(),
        take_over: locks.take_over,
        unsafe_lock: locks.unsafe_lock,
    })
}

fn fault(error: &Trouble) -> Fault {
    let message = format!("the clocks can't be pinned: {error}");
    Fault::new(Exit::Environment, message).hint(error.hint())
}
