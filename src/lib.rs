//! warpmark runs benchmark suites that are written as TOML and decides whether something got slower.
//!
//! `ARCHITECTURE.md` names the layers; a file imports only what stands below it there.

pub mod baseline;
pub mod canonical;
pub mod cli;
pub mod clocks;
pub mod device;
pub mod diagnostic;
pub mod engine;
pub mod environment;
pub mod event;
pub mod export;
pub mod expr;
pub mod files;
pub mod finance;
pub mod harness;
pub mod id;
pub mod limits;
pub mod machine;
pub mod manifest;
pub mod plan;
pub mod processes;
pub mod record;
pub mod report;
pub mod rng;
pub mod stats;
pub mod store;
pub mod study;
pub mod telemetry;
pub mod timings;
pub mod units;
pub mod verdict;
