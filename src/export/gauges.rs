//! The gauges of a run, whichever format they are written in: by name a help text, and values by labels.

use std::collections::BTreeMap;

use crate::stats::Interval;

/// The labels of a value, in the order in which they are written.
pub type Labels = Vec<(String, String)>;

/// Values of one name.
#[derive(Debug)]
pub struct Gauge {
    /// What the values are, in a sentence.
    pub help: String,
    /// The values; all finite.
    pub values: BTreeMap<Labels, f64>,
}

/// The gauges of one export by their names, which end in base units.
///
/// What a suite or a command names freely stands in labels alone, so no name of theirs can break or repeat a gauge's.
#[derive(Debug, Default)]
pub struct Gauges(pub(super) BTreeMap<String, Gauge>);

impl Gauges {
    /// Takes up a value; one that is no finite number is left out, and of two with the same labels the first stays.
    pub(super) fn set(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        if !value.is_finite() {
            return;
        }
        let gauge = self.0.entry(name.to_owned()).or_insert_with(|| Gauge {
            help: help.to_owned(),
            values: BTreeMap::new(),
        });
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let labels = labels.iter().map(owned).collect();
        gauge.values.entry(labels).or_insert(value);
    }

    /// Takes up a mean and the ends of its 99 % interval, where it has one. `what` says what the mean is of; the names are
    /// `stem`, what is shown, and `unit`.
    pub(super) fn set_mean(
        &mut self,
        (stem, unit): (&str, &str),
        what: &str,
        labels: &[(&str, &str)],
        (mean, interval): (f64, Option<Interval>),
    ) {
        let name = format!("{stem}{unit}");
        self.set(&name, &format!("The mean of {what}."), labels, mean);
        let Some(Interval { low, high }) = interval else {
            return;
        };
        for (end, word, value) in [("low", "lower", low), ("high", "upper", high)] {
            let name = format!("{stem}_interval_{end}{unit}");
            let help = format!("The {word} end of the 99 % interval of the mean of {what}.");
            self.set(&name, &help, labels, value);
        }
    }
}
