//! Costs and goals of cases that were made up.

mod costs;
mod goals;
mod hostile;
mod lab;
