//! What a command line changes of a suite, and how a record remembers it.

use std::fmt::Write;

use crate::cli::{Exit, Fault};
use crate::device::Selector;
use crate::id::{AxisValue, Name};
use crate::plan::Selection;
use crate::record::Header;

/// Overrides and filters.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub struct Overrides {
    /// Run on this device instead of the suite's: host, cuda:N, cuda:UUID, mock
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<Selector>,
    /// Measure in so many fresh processes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub processes: Option<u32>,
    /// Take so many samples in each process
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// The seed of order and inputs
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Use these values of an axis instead of the suite's: n=1024,4096
    #[arg(long, value_name = "NAME=VALUES", value_parser = axis)]
    pub axis: Vec<(Name, Vec<AxisValue>)>,
    /// Run only cases that match: a glob on the id, tag:NAME, or axis=value; ! before it excludes
    #[arg(
        short = 'f',
        long = "filter",
        value_name = "FILTER",
        allow_hyphen_values = true
    )]
    pub filters: Vec<String>,
    /// One process and few samples: to see whether everything works, never a baseline
    #[arg(long)]
    pub quick: bool,
    /// Measure although other processes use the GPU
    #[arg(long)]
    pub shared: bool,
}

impl Overrides {
    /// What they select of a suite.
    pub fn selection(&self) -> Selection {
        Selection {
            filters: self.filters.clone(),
            axes: self.axis.clone(),
            processes: self.processes,
            samples: self.samples,
            seed: self.seed,
            quick: self.quick,
        }
    }

    /// The overrides as they were given, one option and its value each; filters and `--quick` have their own places.
    pub fn as_given(&self) -> Vec<String> {
        let mut given = Vec::new();
        given.extend(self.device.map(|device| format!("--device {device}")));
        given.extend(self.processes.map(|count| format!("--processes {count}")));
        given.extend(self.samples.map(|count| format!("--samples {count}")));
        given.extend(self.seed.map(|seed| format!("--seed {seed}")));
        for (name, values) in &self.axis {
            let mut text = format!("--axis {name}=");
            for (place, value) in values.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(text, "{comma}{value}");
            }
            given.push(text);
        }
        given.extend(self.shared.then(|| "--shared".to_owned()));
        given
    }

    /// Those of a run that goes on.
    pub fn of_record(header: &Header) -> Result<Self, Fault> {
        let mut overrides = Self {
            filters: header.filters.clone(),
            quick: header.quick,
            ..Self::default()
        };
        for given in &header.overrides {
            overrides.take(given).ok_or_else(|| {
                let message = format!("the run {} has the unknown override {given}", header.id);
                Fault::new(Exit::Input, message)
                    .hint("the version of warpmark that began it can go on with it")
            })?;
        }
        Ok(overrides)
    }

    /// Reads one of [`Self::as_given`] back.
    fn take(&mut self, given: &str) -> Option<()> {
        if given == "--shared" {
            self.shared = true;
            return Some(());
        }
        let (option, value) = given.split_once(' ')?;
        match option {
            "--device" => self.device = Some(value.parse().ok()?),
            "--processes" => self.processes = Some(value.parse().ok()?),
            "--samples" => self.samples = Some(value.parse().ok()?),
            "--seed" => self.seed = Some(value.parse().ok()?),
            "--axis" => self.axis.push(axis(value).ok()?),
            _ => return None,
        }
        Some(())
    }
}

/// An axis and its values; they are text until the suite says what they are.
pub fn axis(text: &str) -> Result<(Name, Vec<AxisValue>), String> {
    Selection::parse_axis(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_keeps_reads_back() {
        let overrides = Overrides {
            device: Some("cuda:1".parse().expect("a device")),
            processes: Some(3),
            samples: Some(20),
            seed: Some(7),
            axis: vec![
                axis("n=1024,4096").expect("integers"),
                axis("mode=fast,2.0,inf").expect("values"),
            ],
            shared: true,
            ..Overrides::default()
        };
        let given = overrides.as_given();
        assert_eq!(given[4], "--axis n=1024,4096");
        assert_eq!(given[5], "--axis mode=fast,2.0,inf");
        assert_eq!(given[6], "--shared");
        let mut read = Overrides::default();
        for text in &given {
            read.take(text).expect("known");
        }
        assert_eq!(read, overrides);
        assert_eq!(read.take("--nonsense 1"), None);
    }

    #[test]
    fn axes_that_are_none_are_refused() {
        for bad in ["n", "n=", "n=1,,2", "a b=1"] {
            assert!(axis(bad).is_err(), "{bad}");
        }
    }
}
