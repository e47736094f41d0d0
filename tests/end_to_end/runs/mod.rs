//! `warpmark run`, from the command line to the record.

mod comparing;
mod cycles;
mod faults;
mod host;
mod locks;
mod options;
mod order;
mod output;
mod probes;
mod project;
mod resume;
mod signals;
mod surroundings;
mod units;

pub use project::send;
