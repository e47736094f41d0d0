//! Costs and goals of cases that were made up.

mod costs;
mod gaps;
mod goals;
mod hostile;
mod lab;
mod relative;
