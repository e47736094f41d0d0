//! Who else is on the GPU.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::Reader;
use crate::device::cuda::nvml::{Answer, Identity, Process};
use crate::processes;
use crate::record::Exclusivity;

/// A process that has just ended may be listed for so long.
const LINGERING: Duration = Duration::from_secs(2);

/// How often the list is looked at meanwhile.
const PACE: Duration = Duration::from_millis(100);

/// The processes that use the GPU before a run begins, in words; none where the list is empty or can't be had.
///
/// No process of this run has opened the GPU yet, so whoever is listed is a stranger, also where this container has
/// process ids of its own.
pub fn at_start(identity: &Identity) -> Vec<String> {
    let mut reader = Reader::of_gpu(identity.clone());
    let began = Instant::now();
    loop {
        let listed = reader.ask(|gpu| gpu.processes()).unwrap_or_default();
        if listed.is_empty() || began.elapsed() > LINGERING {
            return in_words(&listed);
        }
        thread::sleep(PACE);
    }
}

/// Processes as `4242 python3`.
fn in_words(processes: &[Process]) -> Vec<String> {
    processes.iter().map(Process::to_string).collect()
}

/// Who looks at the list.
#[derive(Debug, Clone, Copy)]
pub struct Looker {
    /// The worker's own process id.
    pub own: u32,
    /// Its parent's.
    pub parent: u32,
    /// Whether process ids mean the same here and in the driver; none where the system doesn't tell.
    pub sees_host: Option<bool>,
    /// Whether a command uses the GPU, and not the worker itself.
    pub commands: bool,
}

/// What a list of processes says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// Nobody but this run.
    Alone,
    /// The list would not show a stranger: why.
    Unknown(String),
    /// Others, in words.
    Strangers(Vec<String>),
}

impl Looker {
    /// What `listed` says of strangers; `family` gives the processes below the parent, and is asked only where
    /// somebody else than the worker is listed.
    ///
    /// A list that holds the worker's own id shows processes as they are called here. One that doesn't is of another
    /// namespace, or is kept from this user: it proves nothing.
    pub fn judge(self, listed: &Answer<Vec<Process>>, family: impl Fn() -> Vec<u32>) -> Listed {
        let listed = match listed {
            Ok(listed) => listed,
            Err(why) => return Listed::Unknown(format!("the GPU's processes are unknown: {why}")),
        };
        let holds_own = listed.iter().any(|process| process.pid == self.own);
        if self.commands && !holds_own && self.sees_host != Some(true) {
            let why = "this container has process ids of its own";
            return Listed::Unknown(why.to_owned());
        }
        if !self.commands && !holds_own {
            let why = "NVML's list of processes doesn't hold this run's own";
            return Listed::Unknown(why.to_owned());
        }
        let mut others: Vec<Process> = listed.clone();
        others.retain(|process| process.pid != self.own && process.pid != self.parent);
        if !others.is_empty() {
            let family: BTreeSet<u32> = family().into_iter().collect();
            others.retain(|process| !family.contains(&process.pid));
        }
        if others.is_empty() {
            Listed::Alone
        } else {
            Listed::Strangers(in_words(&others))
        }
    }

    /// The processes below the parent.
    pub fn family(self) -> Vec<u32> {
        processes::descendants(self.parent)
    }
}

/// The worse of two findings; strangers of both are put together.
pub fn worse(before: Option<Exclusivity>, now: Exclusivity) -> Exclusivity {
    match (before, now) {
        (Some(Exclusivity::Shared(mut all)), Exclusivity::Shared(more)) => {
            all.extend(more);
            all.sort();
            all.dedup();
            Exclusivity::Shared(all)
        }
        (Some(before), now) => before.max(now),
        (None, now) => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cuda::nvml::Unknown;

    /// Whether a finding is as expected.
    type Expected = fn(Listed) -> bool;

    fn process(pid: u32) -> Process {
        Process {
            pid,
            name: Some("python3".to_owned()),
        }
    }

    #[test]
    fn a_list_without_the_worker_proves_nothing() {
        let worker = Looker {
            own: 10,
            parent: 9,
            sees_host: Some(true),
            commands: false,
        };
        let command = Looker {
            commands: true,
            ..worker
        };
        let contained = Looker {
            sees_host: Some(false),
            ..command
        };
        let unknown = |listed| matches!(listed, Listed::Unknown(_));
        let alone = |listed| listed == Listed::Alone;
        let stranger = |listed| listed == Listed::Strangers(vec!["4242 python3".to_owned()]);
        let table: [(Looker, &[u32], Expected); 9] = [
            (worker, &[10], alone),
            (worker, &[], unknown),
            (worker, &[4242], unknown),
            (worker, &[10, 4242], stranger),
            (worker, &[9, 10, 11], alone),
            (command, &[], alone),
            (command, &[11, 4242], stranger),
            (contained, &[], unknown),
            (contained, &[4242], unknown),
        ];
        for (looker, pids, expected) in table {
            let listed = Ok(pids.iter().copied().map(process).collect());
            let found = looker.judge(&listed, || vec![10, 11]);
            assert!(expected(found.clone()), "{looker:?} {pids:?}: {found:?}");
        }
        let denied = worker.judge(&Err(Unknown::NotPermitted), Vec::new);
        let why = "the GPU's processes are unknown: not permitted".to_owned();
        assert_eq!(denied, Listed::Unknown(why));
    }

    #[test]
    fn the_worst_finding_stays() {
        let shared = |name: &str| Exclusivity::Shared(vec![name.to_owned()]);
        let unknown = || Exclusivity::Unverified("why".to_owned());
        assert_eq!(worse(None, Exclusivity::Verified), Exclusivity::Verified);
        assert_eq!(worse(Some(unknown()), Exclusivity::Verified), unknown());
        assert_eq!(worse(Some(unknown()), shared("1 a")), shared("1 a"));
        let both = Exclusivity::Shared(vec!["1 a".to_owned(), "2 b".to_owned()]);
        assert_eq!(worse(Some(shared("2 b")), shared("1 a")), both);
    }
}
