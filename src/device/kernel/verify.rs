//! Judging what a kernel wrote: guard bands, poisons, the expectation.
//!
//! The kernel runs twice, its outputs poisoned with another byte each time: an element that holds the poison both
//! times was never written. Both outputs are compared with the expectation.

use sha2::{Digest, Sha256};

use super::buffer::GuardedBuffer;
use super::compare::{Differences, Tolerance};
use super::execution::{KernelExecution, Slot};
use super::{Platform, Which, npy};
use crate::device::Verification;
use crate::plan::{Role, Verify};
use crate::record::{FailureKind, Refusal};

/// NaN in every floating-point type, so that a kernel that adds to what it should overwrite is found.
const POISONS: [u8; 2] = [0xff, 0xa5];

/// What one output should hold.
struct Expected {
    /// The argument.
    index: usize,
    bytes: Vec<u8>,
    /// Whether a reference kernel wrote it, so that its poison tells what it left out.
    poisoned: bool,
}

/// What two executions showed of one output.
struct Judged {
    index: usize,
    /// Elements that hold the poison, by number: a bit each.
    poisoned: Vec<u64>,
    differences: Differences,
}

/// Runs the case's kernel twice and judges its outputs.
pub(super) fn verify<P: Platform>(
    execution: &mut KernelExecution<P>,
) -> Result<Verification, Refusal> {
    let inputs = digest(execution, &[Role::In])?;
    let expected = expectation(execution)?;
    let mut judged: Vec<Judged> = Vec::new();
    let mut output = None;
    for poison in POISONS {
        run(execution, Which::Measured, poison, "")?;
        let first = output.is_none();
        if first {
            output = Some(digest(execution, &[Role::Out, Role::InOut])?);
        }
        look(execution, poison, &expected, &mut judged, first)?;
    }
    if digest(execution, &[Role::In])? != inputs {
        return Err(changed_input(execution));
    }
    for output in &judged {
        check_written(execution, output)?;
    }
    for output in &judged {
        check_equal(execution, output, &expected)?;
    }
    Ok(Verification {
        digest: output.flatten(),
        notes: Vec::new(),
    })
}

/// Executes `which` once from the start state, outputs poisoned, and looks at the guard bands.
fn run<P: Platform>(
    execution: &mut KernelExecution<P>,
    which: Which,
    poison: u8,
    who: &str,
) -> Result<(), Refusal> {
    let KernelExecution {
        platform, slots, ..
    } = execution;
    for slot in slots.iter_mut() {
        match slot {
            Slot::Buffer(buffer) if buffer.spec.role == Role::Out => {
                buffer.poison(platform, poison)?;
            }
            Slot::Buffer(buffer) => buffer.restore(platform)?,
            Slot::Value { .. } => {}
        }
    }
    execution.launch(which)?;
    execution.check_bands(who)
}

/// The sha256 of what the buffers of `roles` hold, where there are some.
fn digest<P: Platform>(
    execution: &mut KernelExecution<P>,
    roles: &[Role],
) -> Result<Option<String>, Refusal> {
    let KernelExecution {
        platform, slots, ..
    } = execution;
    let mut hash = Sha256::new();
    let mut some = false;
    for buffer in slots.iter().filter_map(Slot::buffer) {
        if roles.contains(&buffer.spec.role) {
            some = true;
            buffer.read(platform, buffer.judged(), &mut |_, bytes| {
                hash.update(bytes);
            })?;
        }
    }
    Ok(some.then(|| hex::encode(hash.finalize())))
}

/// What the outputs should hold, by the case's `verify`.
fn expectation<P: Platform>(execution: &mut KernelExecution<P>) -> Result<Vec<Expected>, Refusal> {
    match execution.task.verify.clone() {
        Verify::None => Ok(Vec::new()),
        Verify::Reference { .. } => {
            run(
                execution,
                Which::Reference,
                POISONS[0],
                "the reference kernel ",
            )?;
            written_by_reference(execution)
        }
        Verify::Npy { path, argument, .. } => {
            let buffer = execution.slots.get(argument).and_then(Slot::buffer);
            let Some(buffer) = buffer.filter(|buffer| buffer.is_written()) else {
                return Err(Refusal::failed(
                    FailureKind::Arguments,
                    format!("verify compares args[{argument}], which is no output"),
                ));
            };
            let counts = [
                buffer.spec.written.unwrap_or(buffer.spec.len),
                buffer.spec.len,
            ];
            Ok(vec![Expected {
                index: argument,
                bytes: npy::read(&path, buffer.spec.element, &counts)?,
                poisoned: false,
            }])
        }
    }
}

fn written_by_reference<P: Platform>(
    execution: &mut KernelExecution<P>,
) -> Result<Vec<Expected>, Refusal> {
    let KernelExecution {
        platform, slots, ..
    } = execution;
    let mut found = Vec::new();
    for buffer in slots.iter().filter_map(Slot::buffer) {
        if !buffer.is_written() {
            continue;
        }
        let mut bytes = Vec::new();
        buffer.read(platform, buffer.judged(), &mut |_, piece| {
            bytes.extend_from_slice(piece);
        })?;
        found.push(Expected {
            index: buffer.index,
            bytes,
            poisoned: buffer.spec.role == Role::Out,
        });
    }
    Ok(found)
}

/// Reads every output once: what still holds `poison`, and what differs from the expectation.
fn look<P: Platform>(
    execution: &mut KernelExecution<P>,
    poison: u8,
    expected: &[Expected],
    judged: &mut Vec<Judged>,
    first: bool,
) -> Result<(), Refusal> {
    let tolerance = tolerance(&execution.task.verify);
    let KernelExecution {
        platform, slots, ..
    } = execution;
    let outputs = slots.iter().filter_map(Slot::buffer);
    for (number, buffer) in outputs.filter(|buffer| buffer.is_written()).enumerate() {
        if first {
            judged.push(Judged {
                index: buffer.index,
                poisoned: vec![u64::MAX; words(buffer)],
                differences: Differences::default(),
            });
        }
        let Some(output) = judged.get_mut(number) else {
            continue;
        };
        let expected = expected
            .iter()
            .find(|expected| expected.index == buffer.index);
        let mut differences = Differences::default();
        buffer.read(platform, buffer.judged(), &mut |start, bytes| {
            let first = start as u64 / buffer.spec.element.size();
            mark_poisoned(
                &mut output.poisoned,
                buffer.spec.element.size(),
                poison,
                (first, bytes),
            );
            if let Some(wanted) = expected.and_then(|all| all.bytes.get(start..start + bytes.len()))
            {
                differences.add(buffer.spec.element, tolerance, first, (bytes, wanted));
            }
        })?;
        if differences.count > output.differences.count {
            output.differences = differences;
        }
    }
    Ok(())
}

fn tolerance(verify: &Verify) -> Tolerance {
    match *verify {
        Verify::Reference {
            absolute, relative, ..
        }
        | Verify::Npy {
            absolute, relative, ..
        } => Tolerance { absolute, relative },
        Verify::None => Tolerance {
            absolute: 0.0,
            relative: 0.0,
        },
    }
}

/// How many 64-bit words hold a bit for each judged element.
fn words<M>(buffer: &GuardedBuffer<M>) -> usize {
    let elements = buffer.judged() / buffer.spec.element.size();
    usize::try_from(elements.div_ceil(64)).unwrap_or_default()
}

/// Clears the bits of elements, from number `first` on, that don't hold `poison`.
fn mark_poisoned(marks: &mut [u64], size: u64, poison: u8, (first, bytes): (u64, &[u8])) {
    let size = usize::try_from(size).unwrap_or(8);
    let pattern = [poison; 8];
    for (element, value) in (first..).zip(bytes.chunks_exact(size)) {
        if value != &pattern[..size] {
            let word = usize::try_from(element / 64).unwrap_or_default();
            marks[word] &= !(1 << (element % 64));
        }
    }
}

fn check_written<P: Platform>(
    execution: &KernelExecution<P>,
    output: &Judged,
) -> Result<(), Refusal> {
    let index = output.index;
    let Some(buffer) = execution.slots.get(index).and_then(Slot::buffer) else {
        return Ok(());
    };
    if buffer.spec.role != Role::Out {
        return Ok(());
    }
    let elements = buffer.judged() / buffer.spec.element.size();
    let marked = |element: &u64| {
        let word = usize::try_from(element / 64).unwrap_or_default();
        output.poisoned[word] >> (element % 64) & 1 == 1
    };
    let Some(first) = (0..elements).find(marked) else {
        return Ok(());
    };
    let count = (0..elements).filter(marked).count();
    Err(Refusal::failed(
        FailureKind::Unwritten,
        format!("args[{index}][{first}] was never written: {count} of {elements} elements"),
    ))
}

fn check_equal<P: Platform>(
    execution: &KernelExecution<P>,
    output: &Judged,
    expected: &[Expected],
) -> Result<(), Refusal> {
    let Some(first) = &output.differences.first else {
        return Ok(());
    };
    let index = output.index;
    let buffer = execution.slots.get(index).and_then(Slot::buffer);
    let size = buffer.map_or(8, |buffer| buffer.spec.element.size());
    let elements = buffer.map_or(0, |buffer| buffer.judged() / size);
    let wanted = expected.iter().find(|wanted| wanted.index == index);
    let place = usize::try_from(first.index * size).unwrap_or(usize::MAX);
    let end = place.saturating_add(usize::try_from(size).unwrap_or(8));
    let left_out = wanted.is_some_and(|wanted| {
        let bytes = wanted.bytes.get(place..end).unwrap_or_default();
        wanted.poisoned && bytes.iter().all(|&byte| byte == POISONS[0])
    });
    let source = match &execution.task.verify {
        Verify::Npy { .. } => "the file",
        _ => "the reference",
    };
    let should = if left_out {
        format!("{source} never wrote it")
    } else {
        format!("{source} has {}", first.expected)
    };
    let (at, found, count) = (first.index, &first.found, output.differences.count);
    Err(Refusal::failed(
        FailureKind::Wrong,
        format!("args[{index}][{at}] is {found}, {should}; {count} of {elements} elements differ"),
    ))
}

fn changed_input<P: Platform>(execution: &KernelExecution<P>) -> Refusal {
    let inputs: Vec<String> = execution
        .slots
        .iter()
        .filter_map(Slot::buffer)
        .filter(|buffer| buffer.spec.role == Role::In)
        .map(|buffer| format!("args[{}]", buffer.index))
        .collect();
    Refusal::failed(
        FailureKind::Wrong,
        format!(
            "wrote to an input ({}): what a kernel changes is \"inout\", not \"in\"",
            inputs.join(" or ")
        ),
    )
}
