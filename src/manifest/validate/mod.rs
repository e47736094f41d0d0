//! The tables of a file to a suite: whether values fit one another, and the files they name are there.

mod arguments;
mod axes;
mod command;
mod context;
mod goals;
mod kernel;
mod library;
mod mock;
mod money;
mod suite;
mod tensor_map;
mod window;
mod workload;

pub(super) use suite::validate;
