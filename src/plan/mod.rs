//! A suite's cases in order, every expression evaluated: all that an engine or a device needs to know.

mod case;

pub use case::{
    Argument, Buffer, Cache, Case, CommandTask, DeviceFacts, DeviceKind, ElementType, Fill,
    KernelTask, MockTask, Order, Plan, Repetition, Role, Scalar, Task, Timing, Verify,
};
