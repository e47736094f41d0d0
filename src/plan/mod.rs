//! A suite's cases in order, every expression evaluated: all that an engine or a device needs to know.

mod case;
mod error;
mod expand;
mod filter;
mod goals;
mod library;
mod limits;
mod selection;

pub use case::{
    Argument, Buffer, Case, CommandTask, DeviceFacts, DeviceKind, Fill, KernelTask, OUTPUT_FOLDER,
    Plan, Scalar, Task, TensorMap, Verify, with_output_folder,
};
pub use error::PlanError;
pub use expand::expand;
pub use filter::{Filters, glob};
pub use goals::unmatched_goals;
pub use library::{Blas, LibraryCall, Product, Transfer};
pub use selection::Selection;

pub use crate::expr::ElementType;
pub use crate::manifest::{Cache, Measure, MockTask, Order, Repetition, Role, Swizzle, Timing};
