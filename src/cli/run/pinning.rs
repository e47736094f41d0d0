//! The clocks of a run: pinned where its suite says so, and given back when it ends.

use std::path::Path;

use super::subject::Subject;
use crate::cli::{Exit, Fault, output};
use crate::clocks::{self, Held, LoadSubject, Order, Pinned, Trouble};
use crate::device::cuda::nvml::{Identity, OBSERVE_VARIABLE, observes};
use crate::engine::{self, DeviceLock, Signals};
use crate::environment::{self, ClockFacts};
use crate::manifest::ClockPolicy;
use crate::record::Header;

/// What a run that pins clocks (`policy = "lock"`) may do.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Locks {
    /// Pin a GPU's clocks also where somebody else seems to have locked them, whose lock is lost then
    #[arg(long)]
    pub take_over: bool,
    /// Pin a GPU's clocks also where nobody outside this container would find the lock and the journal
    #[arg(long)]
    pub unsafe_lock: bool,
}

/// A device that is taken for a run: its clocks, and its lock, which is let go of after them.
#[derive(Debug)]
pub struct Taken {
    clocks: RunClocks,
    _lock: DeviceLock,
}

impl Taken {
    /// Pins the clocks of the device of `subject`, if its suite says so; `root` holds the compiled kernels. None where a
    /// signal came.
    pub fn take(
        subject: &Subject,
        root: &Path,
        (lock, locks): (DeviceLock, Locks),
        signals: &Signals,
    ) -> Result<Option<Self>, Fault> {
        match RunClocks::pin(subject, root, locks) {
            Err(_) if signals.caught().is_some() => Ok(None),
            clocks => Ok(Some(Self {
                clocks: clocks?,
                _lock: lock,
            })),
        }
    }

    /// States in a record's header what is done with the clocks.
    pub fn state_in(&self, header: &mut Header) {
        environment::state_clocks(&mut header.environment, &self.clocks.facts);
    }

    /// What workers watch.
    pub fn held(&self) -> Option<&Held> {
        self.clocks.pinned.as_ref().map(|pinned| &pinned.held)
    }

    /// Gives the clocks back; the error is what is left.
    pub fn give_back(&self) -> Result<(), Fault> {
        let Some(pinned) = &self.clocks.pinned else {
            return Ok(());
        };
        match pinned.guard.release() {
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::new(
                Exit::Environment,
                format!("the clocks are not given back: {error}"),
            )
            .hint("the next warpmark tries it again, as does `warpmark clocks restore`")),
        }
    }
}

/// What is done with a device's clocks for a run. Dropped, it gives them back.
#[derive(Debug, Default)]
struct RunClocks {
    pinned: Option<Pinned>,
    /// As the record states it.
    facts: ClockFacts,
}

impl RunClocks {
    fn pin(subject: &Subject, root: &Path, locks: Locks) -> Result<Self, Fault> {
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
