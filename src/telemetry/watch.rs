//! Looks at the GPU before and after what a worker measures.

#[cfg(test)]
pub mod scripted;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::strangers::{self, Listed, Looker};
use super::window::{self, Window, Windowed};
use super::{Reader, rules};
use crate::device::Execution;
use crate::device::cuda::nvml::{ClockEvents, Identity, sees_host_processes};
use crate::record::{Exclusivity, FailureKind, GroupVoid, Refusal};

/// A window in which the GPU was disturbed is opened so many times in all.
const TRIES: usize = 3;

/// What voids a group of samples, as the suite and the command line have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WatchRules {
    /// Clocks are pinned: also the power limit voids.
    pub locked: bool,
    /// Others may use the GPU (`--shared`): they are noted, and void nothing.
    pub shared: bool,
}

/// What was seen of the GPU during a group of samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// Why all of the group counts for nothing, where it does.
    pub void: Option<GroupVoid>,
    /// Nanoseconds by which what holds clocks down grew, by its name.
    pub events_ns: BTreeMap<String, u64>,
}

/// A worker's look at its GPU.
#[derive(Debug)]
pub struct Watch {
    reader: Reader,
    rules: WatchRules,
    looker: Looker,
    before: Option<ClockEvents>,
    exclusivity: Option<Exclusivity>,
}

impl Watch {
    /// Looks at the GPU `identity` by NVML.
    pub fn of_gpu(identity: Identity, rules: WatchRules) -> Self {
        let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get());
        let looker = Looker {
            own: std::process::id(),
            parent: parent.and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
            sees_host: sees_host_processes(),
            commands: false,
        };
        Self::with(Reader::of_gpu(identity), rules, looker)
    }

    fn with(reader: Reader, rules: WatchRules, looker: Looker) -> Self {
        Self {
            reader,
            rules,
            looker,
            before: None,
            exclusivity: None,
        }
    }

    /// Before the first group of a unit; whether it is a command, so that it is not this process that uses the GPU.
    pub fn begin_unit(&mut self, is_command: bool) {
        self.looker.commands = is_command;
        self.exclusivity = None;
    }

    /// Before the first sample of a group.
    pub fn begin_group(&mut self) {
        self.before = self.reader.ask(|gpu| gpu.clock_events()).ok();
    }

    /// After the last sample of a group: what was seen of it. What NVML doesn't tell voids nothing.
    pub fn end_group(&mut self) -> Seen {
        let asked = self
            .reader
            .ask(|gpu| Ok((gpu.clock_events(), gpu.processes())));
        let (events, listed) = match asked {
            Ok(answers) => answers,
            Err(why) => (Err(why.clone()), Err(why)),
        };
        let grown = match (self.before.take(), events) {
            (Some(before), Ok(after)) => rules::growth(&before, &after),
            _ => BTreeMap::new(),
        };
        let stranger = match self.looker.judge(&listed, || self.looker.family()) {
            Listed::Alone => self.find(Exclusivity::Verified, None),
            Listed::Unknown(why) => self.find(Exclusivity::Unverified(why), None),
            Listed::Strangers(who) => self.strangers(who),
        };
        Seen {
            void: stranger.or_else(|| rules::void(&grown, self.rules.locked)),
            events_ns: grown
                .into_iter()
                .map(|(reason, ns)| (reason.name().to_owned(), ns))
                .collect(),
        }
    }

    /// Whether all groups of the unit had the GPU to themselves, a void one left out; none before the first.
    pub fn exclusivity(&self) -> Option<Exclusivity> {
        self.exclusivity.clone()
    }

    /// Opens a window of `execution` for slow readings, and once more where the GPU was disturbed during it.
    pub fn window(
        &mut self,
        execution: &mut dyn Execution,
        window: &Window,
    ) -> Result<Windowed, Refusal> {
        let mut why = String::new();
        for _ in 0..TRIES {
            self.begin_group();
            let found = window::open(&mut self.reader, execution, window)?;
            match self.end_group().void {
                None => return Ok(found),
                Some(void) => why = void.why,
            }
        }
        Ok(window.nothing(&format!("{TRIES} windows are void: {why}")))
    }

    fn strangers(&mut self, who: Vec<String>) -> Option<GroupVoid> {
        if self.rules.shared {
            return self.find(Exclusivity::Shared(who), None);
        }
        let void = GroupVoid {
            kind: FailureKind::Disturbed,
            why: format!("another process used the GPU: {}", who.join(", ")),
        };
        self.find(Exclusivity::Verified, Some(void))
    }

    fn find(&mut self, now: Exclusivity, void: Option<GroupVoid>) -> Option<GroupVoid> {
        self.exclusivity = Some(strangers::worse(self.exclusivity.take(), now));
        void
    }
}
