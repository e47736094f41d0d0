//! The rule against its reference, its properties, and what it reaches on recorded timings.

mod lab;
mod noise;
mod null;
mod properties;
mod reach;
mod recorded;
mod reference;
mod rules;
