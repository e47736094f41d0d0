//! Where results come from, and what their reader must know of them.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use crate::environment::NOT_PINNED;
use crate::id::Name;
use crate::record::{Exclusivity, Header, Summary};

/// Where results come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// The suite.
    pub suite: Name,
    /// The run's id.
    pub run: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The device: `host`, `cuda:0`, `mock`.
    pub device: String,
    /// The environment's key, 64 hex digits.
    pub environment: String,
    /// The commit that HEAD was at, and whether the tree stood for it.
    pub commit: Option<(String, bool)>,
    /// The folder of the record, as it is shown.
    pub record: Option<PathBuf>,
    /// What the reader must know.
    pub labels: Vec<Label>,
    /// A command line that makes the results again; empty where that isn't known.
    pub reproduce: String,
}

impl Heading {
    /// The heading of the run with `header` that ended with `summary` (none where it was killed) in `record`.
    pub fn of(header: &Header, summary: Option<&Summary>, record: Option<PathBuf>) -> Self {
        let git = header.git.as_ref();
        let commit = git.and_then(|git| Some((git.commit.clone()?, git.dirty.is_empty())));
        Self {
            suite: header.suite.clone(),
            run: header.id.clone(),
            started: header.started,
            device: header.device.clone(),
            environment: header.environment.key.clone(),
            commit,
            record,
            labels: Label::of(header, summary),
            reproduce: String::new(),
        }
    }
}

/// What the reader of a result must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// Times of the CPU, never compared with a GPU's.
    Host,
    /// The GPU's model.
    Gpu(String),
    /// The device's clocks were left alone: why, where they were to be pinned.
    ClocksNotPinned(Option<String>),
    /// The device's clocks were pinned: at what.
    ClocksPinned(String),
    /// A `--quick` run.
    Quick,
    /// What the command line changed.
    Overrides(Vec<String>),
    /// Only a part of the suite: the filters.
    Partial(Vec<String>),
    /// The run was cut short.
    Incomplete,
    /// Another process may have used the GPU: why that isn't known.
    ExclusivityNotVerified(String),
    /// Other processes used the GPU, as the user allowed.
    Shared(Vec<String>),
    /// The spread between runs was assumed, not measured.
    RunNoiseAssumed,
    /// The spread between runs is what probes of the machine told: how much, in words.
    RunNoiseProbed(Vec<String>),
    /// What was flagged was measured again without the base.
    ConfirmedInThisRunOnly,
    /// The sentinels say that the machine moved: how much, in words.
    MachineMoved(Vec<String>),
    /// Improvements wait to be saved.
    StaleBaseline,
}

impl Label {
    fn of(header: &Header, summary: Option<&Summary>) -> Vec<Self> {
        let mut labels = Vec::new();
        if header.device == "host" {
            labels.push(Self::Host);
        }
        let gpu = header.environment.comparability.get("gpu");
        let gpu = gpu.filter(|_| header.device.starts_with("cuda"));
        labels.extend(
            gpu.and_then(|name| name.as_str())
                .map(|name| Self::Gpu(name.to_owned())),
        );
        labels.extend(clocks(header));
        if header.quick {
            labels.push(Self::Quick);
        }
        if !header.overrides.is_empty() {
            labels.push(Self::Overrides(header.overrides.clone()));
        }
        if !header.filters.is_empty() {
            labels.push(Self::Partial(header.filters.clone()));
        }
        match summary.and_then(|summary| summary.exclusivity.as_ref()) {
            Some(Exclusivity::Unverified(why)) => {
                labels.push(Self::ExclusivityNotVerified(why.clone()));
            }
            Some(Exclusivity::Shared(who)) => labels.push(Self::Shared(who.clone())),
            Some(Exclusivity::Verified) | None => {}
        }
        if !summary.is_some_and(|summary| summary.complete) {
            labels.push(Self::Incomplete);
        }
        labels
    }

    /// The label's stable name, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Gpu(_) => "gpu",
            Self::ClocksNotPinned(_) => "clocks-not-pinned",
            Self::ClocksPinned(_) => "clocks-pinned",
            Self::Quick => "quick",
            Self::Overrides(_) => "overrides",
            Self::Partial(_) => "partial",
            Self::Incomplete => "incomplete",
            Self::ExclusivityNotVerified(_) => "exclusivity-not-verified",
            Self::Shared(_) => "shared",
            Self::RunNoiseAssumed => "run-noise-assumed",
            Self::RunNoiseProbed(_) => "run-noise-probed",
            Self::ConfirmedInThisRunOnly => "confirmed-in-this-run-only",
            Self::MachineMoved(_) => "machine-moved",
            Self::StaleBaseline => "stale-baseline",
        }
    }
}

/// What was done with the device's clocks; nothing is to be said of a device without.
fn clocks(header: &Header) -> Option<Label> {
    let facts = &header.environment.comparability;
    let fact = |name: &str, unit: &str| match facts.get(name)? {
        Value::String(word) => Some(word.clone()),
        Value::Number(number) => Some(format!("{number} {unit}")),
        _ => None,
    };
    if fact("clock-policy", "").as_deref() == Some("lock") {
        let sm = fact("pinned-sm-mhz", "MHz").map(|sm| format!("SM {sm}"));
        let memory = fact("pinned-memory-mhz", "MHz").map(|memory| format!("memory {memory}"));
        let parts: Vec<String> = sm.into_iter().chain(memory).collect();
        return Some(Label::ClocksPinned(parts.join(", ")));
    }
    let why = header.environment.context.get(NOT_PINNED);
    let why = why.and_then(Value::as_str).map(str::to_owned);
    (header.device != "mock" || why.is_some()).then_some(Label::ClocksNotPinned(why))
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Gpu(name) => f.write_str(name),
            Self::ClocksNotPinned(None) => f.write_str("clocks not pinned"),
            Self::ClocksNotPinned(Some(why)) => write!(f, "clocks not pinned: {why}"),
            Self::ClocksPinned(at) => write!(f, "clocks pinned: {at}"),
            Self::Quick => f.write_str("--quick"),
            Self::Overrides(given) => write!(f, "overrides: {}", given.join(" ")),
            Self::Partial(filters) => write!(f, "partial: -f {}", filters.join(" -f ")),
            Self::Incomplete => f.write_str("incomplete"),
            Self::ExclusivityNotVerified(_) => f.write_str("exclusivity not verified"),
            Self::Shared(who) => write!(f, "GPU shared with {}", who.join(", ")),
            Self::RunNoiseAssumed => f.write_str("run noise assumed"),
            Self::RunNoiseProbed(shares) => write!(f, "run noise {} by probe", shares.join(", ")),
            Self::ConfirmedInThisRunOnly => f.write_str("confirmed in this run only"),
            Self::MachineMoved(shares) => write!(f, "machine moved {}", shares.join(", ")),
            Self::StaleBaseline => f.write_str("stale baseline"),
        }
    }
}
