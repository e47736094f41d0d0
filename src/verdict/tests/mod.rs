//! The rule against its reference, its properties, and what it reaches on recorded timings.

mod blocks;
mod creep;
mod lab;
mod noise;
mod null;
mod properties;
mod reach;
mod recorded;
mod reference;
mod rules;
mod sentinels;
