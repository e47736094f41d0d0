//! The value of a metric of a case, as the record holds it or as it follows from that.

use std::collections::{BTreeMap, HashMap};

use crate::finance::{Basis, Estimate, Figures, Item, UnitCost};
use crate::id::CaseId;
use crate::record::{CaseHeader, Goal, GoalMetric, GoalUnit, Unit};
use crate::verdict::Judgement;

/// A value with its unit; or, in words, why there is none.
pub type Found = Result<(Estimate, GoalUnit), String>;

/// Where values come from.
pub struct Values<'a> {
    /// What the run measured.
    pub basis: &'a Basis<'a>,
    /// What its cases cost.
    costs: &'a BTreeMap<CaseId, Vec<UnitCost>>,
    /// Its cases by id.
    cases: HashMap<&'a str, &'a CaseHeader>,
    /// What was decided, by case and metric.
    judgements: HashMap<(&'a str, &'a str), &'a Judgement>,
}

/// What a goal is expected to be measured in where it has no value.
pub fn expected_unit(goal: &Goal) -> GoalUnit {
    let built_in = GoalMetric::named(&goal.metric);
    match (&goal.of, goal.written) {
        (Some(_), _) => GoalUnit::Factor,
        (None, Some(crate::record::Written::Duration)) => GoalUnit::Of(Unit::Nanoseconds),
        (None, Some(crate::record::Written::Size)) => GoalUnit::Of(Unit::Bytes),
        (None, _) => built_in.map_or(GoalUnit::Of(Unit::Count), GoalMetric::unit),
    }
}

impl<'a> Values<'a> {
    /// The values of a run.
    pub fn new(basis: &'a Basis<'a>, costs: &'a BTreeMap<CaseId, Vec<UnitCost>>) -> Self {
        let cases = basis.header.cases.iter();
        let judgements = basis.compared.unwrap_or_default().iter();
        Self {
            basis,
            costs,
            cases: cases.map(|case| (case.id.as_str(), case)).collect(),
            judgements: judgements
                .map(|judgement| {
                    (
                        (judgement.id.as_str(), judgement.metric.as_str()),
                        judgement,
                    )
                })
                .collect(),
        }
    }

    /// The case of this id.
    pub fn case(&self, id: &str) -> Option<&'a CaseHeader> {
        self.cases.get(id).copied()
    }

    /// What was decided of a metric of a case.
    pub fn judgement(&self, case: &CaseHeader, metric: &str) -> Option<&'a Judgement> {
        self.judgements.get(&(case.id.as_str(), metric)).copied()
    }

    /// The figures of a case, where it was measured.
    pub fn figures(&self, case: &CaseHeader) -> Result<&'a Figures, String> {
        let missing = || "it was not measured".to_owned();
        let figures = self.basis.figures.get(&case.id).ok_or_else(missing)?;
        match &figures.metrics {
            Ok(_) => Ok(figures),
            Err(why) => Err(why.clone()),
        }
    }

    /// The value of a metric of a case: a series of that name, or what is built in.
    pub fn of(&self, case: &CaseHeader, metric: &str) -> Found {
        let figures = self.figures(case)?;
        if let Some(series) = figures.metric(metric) {
            let why = || format!("`{metric}` has no valid sample");
            return Ok((series.mean.ok_or_else(why)?, GoalUnit::Of(series.unit)));
        }
        match GoalMetric::named(metric) {
            Some(built_in) => {
                let value = self.built_in(case, figures, built_in)?;
                Ok((value, built_in.unit()))
            }
            None => Err(format!("it reports no `{metric}`")),
        }
    }

    fn built_in(
        &self,
        case: &CaseHeader,
        figures: &Figures,
        metric: GoalMetric,
    ) -> Result<Estimate, String> {
        let no_time = || "it has no valid time".to_owned();
        let seconds = figures.seconds().ok_or_else(no_time);
        match metric {
            GoalMetric::Time => Err(no_time()),
            GoalMetric::Median => figures.median().ok_or_else(no_time),
            GoalMetric::P5 => figures.p5().ok_or_else(no_time),
            GoalMetric::P95 => figures.p95().ok_or_else(no_time),
            GoalMetric::P99 => figures.p99().ok_or_else(no_time),
            GoalMetric::Throughput => rate(seconds?, Some(1.0), "executions"),
            GoalMetric::Bandwidth => rate(seconds?, case.work.bytes(), "reads and writes"),
            GoalMetric::Flops => rate(seconds?, case.work.flops, "flops"),
            GoalMetric::ItemsPerSecond => rate(seconds?, case.work.items, "items"),
            GoalMetric::CeilingFraction => self.of_ceiling(case, figures),
            GoalMetric::Occupancy => {
                let why = || "the device doesn't tell its occupancy".to_owned();
                let share = figures.occupancy.and_then(Estimate::exact);
                share.ok_or_else(why)
            }
            GoalMetric::TokensPerSecond => self.tokens_per_second(case),
            GoalMetric::CostPerExecution => self.cost(case, Item::Executions, |cost| cost.per_item),
            GoalMetric::CostPerItem => self.cost(case, Item::Items, |cost| cost.per_item),
            GoalMetric::CostPerMillionItems => {
                self.cost(case, Item::Items, |cost| cost.per_million)
            }
            GoalMetric::CostPerMillionTokens => {
                self.cost(case, Item::Tokens, |cost| cost.per_million)
            }
            GoalMetric::EnergyPerItem => {
                let unit = self.unit_cost(case, Item::Items)?;
                unit.joules_per_item.ok_or_else(|| lacking("energy"))
            }
            GoalMetric::Share(name) => Err(lacking(name)),
            GoalMetric::Clock
            | GoalMetric::Cycles
            | GoalMetric::Power
            | GoalMetric::Energy
            | GoalMetric::UserTime
            | GoalMetric::SystemTime
            | GoalMetric::PeakMemory => Err(lacking(metric.name())),
        }
    }

    /// How near the case's time comes to the ceiling that binds it: the fraction is in inverse proportion to the time.
    fn of_ceiling(&self, case: &CaseHeader, figures: &Figures) -> Result<Estimate, String> {
        let why = || "no measured ceiling bounds it".to_owned();
        let time = figures.mean("time", Unit::Nanoseconds).ok_or_else(why)?;
        let found = self.basis.ceilings.of_case(case, time.value);
        let fraction = found.map(|found| found.fraction * time.value);
        fraction
            .and_then(|product| time.under(product))
            .ok_or_else(why)
    }

    /// The unit cost of a case, or why it has none.
    pub fn unit_cost(&self, case: &CaseHeader, item: Item) -> Result<UnitCost, String> {
        let units = self.costs.get(&case.id).map_or(&[][..], Vec::as_slice);
        let found = units.iter().find(|unit| unit.item == item).copied();
        found.ok_or_else(|| match (item, units.is_empty()) {
            (_, true) => "it has no valid time".to_owned(),
            (Item::Items, _) => "the suite states no `items` of it".to_owned(),
            (Item::Tokens, _) => {
                "it reports no `tokens` as a count or a rate per second".to_owned()
            }
            (Item::Executions, _) => "it has no cost".to_owned(),
        })
    }

    fn cost(
        &self,
        case: &CaseHeader,
        item: Item,
        cost: impl Fn(&UnitCost) -> Option<Estimate>,
    ) -> Result<Estimate, String> {
        let unit = self.unit_cost(case, item)?;
        let why = || match self.basis.header.cost {
            None => "the suite states no price ([cost])".to_owned(),
            Some(_) => "its cost is no number".to_owned(),
        };
        cost(&unit).ok_or_else(why)
    }

    /// Tokens a second of all GPUs together.
    fn tokens_per_second(&self, case: &CaseHeader) -> Result<Estimate, String> {
        let unit = self.unit_cost(case, Item::Tokens)?;
        let gpus = self.basis.header.cost.as_ref();
        let gpus = gpus.map_or(1.0, |price| price.gpu_share);
        let whole = unit.per_second_per_gpu.and_then(|rate| rate.times(gpus));
        whole.ok_or_else(|| "its rate of tokens is no number".to_owned())
    }
}

fn rate(seconds: Estimate, amount: Option<f64>, what: &str) -> Result<Estimate, String> {
    let amount = amount.ok_or_else(|| format!("the suite states no `{what}` of it"))?;
    let found = seconds.under(amount);
    found.ok_or_else(|| "its time is 0".to_owned())
}

/// Why a metric that was not taken is not there, and what to do.
fn lacking(metric: &str) -> String {
    let how = match metric {
        "energy" | "power" => "measure = [\"energy\"] on a GPU, or a command that reports it",
        "utilisation" | "sm-activity" | "sm-occupancy" | "tensor-activity" | "dram-activity" => {
            "measure = [\"utilisation\"] on a GPU"
        }
        "clock" | "cycles" => "a GPU whose clock is known",
        _ => "a command",
    };
    format!("`{metric}` was not measured: it takes {how}")
}
