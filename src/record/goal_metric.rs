//! The metrics that goals may name without a workload that reports them.

use super::Unit;

/// A metric that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoalMetric {
    /// The mean time of an execution.
    Time,
    /// The median time.
    Median,
    /// The 5th percentile of times.
    P5,
    /// The 95th percentile of times.
    P95,
    /// The 99th percentile of times.
    P99,
    /// Executions a second.
    Throughput,
    /// Bytes read and written a second.
    Bandwidth,
    /// Floating-point operations a second.
    Flops,
    /// Items a second.
    ItemsPerSecond,
    /// Tokens a second.
    TokensPerSecond,
    /// How near the time comes to the measured ceiling that binds it.
    CeilingFraction,
    /// A share that a window reads: the name of its metric.
    Share(&'static str),
    /// Theoretical occupancy.
    Occupancy,
    /// The SM clock.
    Clock,
    /// SM cycles of an execution.
    Cycles,
    /// Watts in a window.
    Power,
    /// Joules of an execution.
    Energy,
    /// Joules of an item.
    EnergyPerItem,
    /// The cost of an execution.
    CostPerExecution,
    /// The cost of an item.
    CostPerItem,
    /// The cost of a million items.
    CostPerMillionItems,
    /// The cost of a million tokens.
    CostPerMillionTokens,
    /// Processor time of a command in user mode.
    UserTime,
    /// Processor time of a command in the kernel.
    SystemTime,
    /// The largest resident size of a command.
    PeakMemory,
}

/// What a goal's value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalUnit {
    /// A unit of samples.
    Of(Unit),
    /// Bytes a second.
    BytesPerSecond,
    /// Floating-point operations a second.
    FlopsPerSecond,
    /// Money, in the currency of the suite's price.
    Money,
    /// How many times as much: a relative goal.
    Factor,
}

impl GoalMetric {
    /// Every one, in the order of the reference.
    pub const ALL: [Self; 29] = [
        Self::Time,
        Self::Median,
        Self::P5,
        Self::P95,
        Self::P99,
        Self::Throughput,
        Self::Bandwidth,
        Self::Flops,
        Self::ItemsPerSecond,
        Self::TokensPerSecond,
        Self::CeilingFraction,
        Self::Share("utilisation"),
        Self::Share("sm-activity"),
        Self::Share("sm-occupancy"),
        Self::Share("tensor-activity"),
        Self::Share("dram-activity"),
        Self::Occupancy,
        Self::Clock,
        Self::Cycles,
        Self::Power,
        Self::Energy,
        Self::EnergyPerItem,
        Self::CostPerExecution,
        Self::CostPerItem,
        Self::CostPerMillionItems,
        Self::CostPerMillionTokens,
        Self::UserTime,
        Self::SystemTime,
        Self::PeakMemory,
    ];

    /// The name in manifests: `cost-per-million-items`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Median => "median",
            Self::P5 => "p5",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Throughput => "throughput",
            Self::Bandwidth => "bandwidth",
            Self::Flops => "flops",
            Self::ItemsPerSecond => "items-per-second",
            Self::TokensPerSecond => "tokens-per-second",
            Self::CeilingFraction => "ceiling-fraction",
            Self::Share(name) => name,
            Self::Occupancy => "occupancy",
            Self::Clock => "clock",
            Self::Cycles => "cycles",
            Self::Power => "power",
            Self::Energy => "energy",
            Self::EnergyPerItem => "energy-per-item",
            Self::CostPerExecution => "cost-per-execution",
            Self::CostPerItem => "cost-per-item",
            Self::CostPerMillionItems => "cost-per-million-items",
            Self::CostPerMillionTokens => "cost-per-million-tokens",
            Self::UserTime => "user-time",
            Self::SystemTime => "system-time",
            Self::PeakMemory => "peak-memory",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// What its values are measured in.
    pub fn unit(self) -> GoalUnit {
        match self {
            Self::Time
            | Self::Median
            | Self::P5
            | Self::P95
            | Self::P99
            | Self::UserTime
            | Self::SystemTime => GoalUnit::Of(Unit::Nanoseconds),
            Self::Throughput | Self::ItemsPerSecond | Self::TokensPerSecond => {
                GoalUnit::Of(Unit::PerSecond)
            }
            Self::Bandwidth => GoalUnit::BytesPerSecond,
            Self::Flops => GoalUnit::FlopsPerSecond,
            Self::CeilingFraction | Self::Share(_) | Self::Occupancy => GoalUnit::Of(Unit::Ratio),
            Self::Clock => GoalUnit::Of(Unit::Megahertz),
            Self::Cycles => GoalUnit::Of(Unit::Count),
            Self::Power => GoalUnit::Of(Unit::Watts),
            Self::Energy | Self::EnergyPerItem => GoalUnit::Of(Unit::Joules),
            Self::CostPerExecution
            | Self::CostPerItem
            | Self::CostPerMillionItems
            | Self::CostPerMillionTokens => GoalUnit::Money,
            Self::PeakMemory => GoalUnit::Of(Unit::Bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::GoalMetric;

    #[test]
    fn names_are_distinct_and_found_again() {
        let names: BTreeSet<&str> = GoalMetric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), GoalMetric::ALL.len());
        for metric in GoalMetric::ALL {
            assert_eq!(GoalMetric::named(metric.name()), Some(metric));
        }
        assert_eq!(GoalMetric::named("tim"), None);
    }
}
