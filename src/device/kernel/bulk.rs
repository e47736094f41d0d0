//! Work on whole buffers that a device may do itself, near its memory, to the same bits as the host.

use crate::plan::{ElementType, Fill};

/// How elements are filled.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// What they hold.
    pub fill: &'a Fill,
    /// Their type.
    pub element: ElementType,
    /// How many they are.
    pub count: u64,
    /// The argument's own stream of randomness.
    pub stream: u64,
}

/// What is asked of a buffer that a kernel wrote.
#[derive(Debug)]
pub struct Judging<'a, M> {
    /// The memory, and the first element's place in it in bytes.
    pub found: (&'a M, u64),
    /// What it should hold, likewise; none where nothing is known of that.
    pub expected: Option<(&'a M, u64)>,
    /// The type of the elements.
    pub element: ElementType,
    /// How many they are.
    pub count: u64,
    /// The absolute tolerance.
    pub absolute: f64,
    /// The tolerance as a share of the expected value.
    pub relative: f64,
    /// The byte that fills what was never written.
    pub poison: u8,
    /// A bit for each element, in words of 32: those that don't hold the poison are cleared.
    pub marks: &'a M,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judgement {
    /// How many elements differ from what they should be.
    pub wrong: u64,
    /// The number of the first of them.
    pub first_wrong: Option<u64>,
    /// How many elements are still marked.
    pub unwritten: u64,
    /// The number of the first of them.
    pub first_unwritten: Option<u64>,
}
