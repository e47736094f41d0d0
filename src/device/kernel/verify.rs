//! Judging what a kernel wrote: guard bands, poisons, the expectation.
//!
//! The kernel runs twice, its outputs poisoned with another byte each time: an element that holds the poison both
//! times was never written. Both outputs are compared with the expectation.
//!
//! Later processes of a run know the digest of an output that was judged right: they run the kernel once, and judge its
//! output anew only where it is another.

use sha2::{Digest, Sha256};

use super::compare::Tolerance;
use super::execution::{KernelExecution, Slot};
use super::judge::{Content, Judged, Look, elements};
use super::{Platform, Which, npy, tree};
use crate::device::Verification;
use crate::plan::{Role, Verify};
use crate::record::{FailureKind, Refusal};

/// NaN in every floating-point type, so that a kernel that adds to what it should overwrite is found.
const POISONS: [u8; 2] = [0xff, 0xa5];

/// What one output should hold.
struct Expected<M> {
    /// The argument.
    index: usize,
    content: Content<M>,
    /// Whether a reference kernel wrote it, so that its poison tells what it left out.
    poisoned: bool,
}

/// Runs the case's kernel and judges its outputs.
pub(super) fn verify<P: Platform>(
    execution: &mut KernelExecution<P>,
) -> Result<Verification, Refusal> {
    let inputs = digest(execution, &[Role::In])?;
    let digest = match known(execution, inputs.as_deref())? {
        Some(digest) => Some(digest),
        None => judge(execution, inputs.as_deref())?,
    };
    Ok(Verification {
        digest,
        notes: Vec::new(),
    })
}

/// The digest of the outputs, where they are those that were verified before in this run.
///
/// The poison is the one that the digest of a first process has not seen, so that what wasn't written can't be taken
/// for what was.
fn known<P: Platform>(
    execution: &mut KernelExecution<P>,
    inputs: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let Some(verified) = execution.conditions.verified.take() else {
        return Ok(None);
    };
    run(execution, Which::Measured, POISONS[1], "")?;
    let found = digest(execution, &[Role::Out, Role::InOut])?;
    check_inputs(execution, inputs)?;
    Ok(found.filter(|found| *found == verified))
}

/// Runs the case's kernel twice and judges its outputs; their digest.
fn judge<P: Platform>(
    execution: &mut KernelExecution<P>,
    inputs: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let expected = expectation(execution)?;
    let mut judged: Vec<Judged<P::Memory>> = Vec::new();
    let mut output = None;
    for poison in POISONS {
        run(execution, Which::Measured, poison, "")?;
        let first = output.is_none();
        if first {
            output = Some(digest(execution, &[Role::Out, Role::InOut])?);
        }
        look(execution, poison, &expected, &mut judged, first)?;
    }
    check_inputs(execution, inputs)?;
    for output in &judged {
        check_written(execution, output)?;
    }
    for output in &judged {
        check_equal(execution, output, &expected)?;
    }
    Ok(output.flatten())
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
            Slot::TensorMap(_) | Slot::Value { .. } => {}
        }
    }
    execution.launch(which)?;
    execution.check_bands(who)
}

/// The digest of what the buffers of `roles` hold, where there are some.
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
            tree::add(&mut hash, platform, buffer, buffer.judged())?;
        }
    }
    Ok(some.then(|| hex::encode(hash.finalize())))
}

/// What the outputs should hold, by the case's `verify`.
fn expectation<P: Platform>(
    execution: &mut KernelExecution<P>,
) -> Result<Vec<Expected<P::Memory>>, Refusal> {
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
                content: Content::Bytes(npy::read(&path, buffer.spec.element, &counts)?),
                poisoned: false,
            }])
        }
    }
}

fn written_by_reference<P: Platform>(
    execution: &mut KernelExecution<P>,
) -> Result<Vec<Expected<P::Memory>>, Refusal> {
    let KernelExecution {
        platform, slots, ..
    } = execution;
    let mut found = Vec::new();
    for buffer in slots.iter().filter_map(Slot::buffer) {
        if !buffer.is_written() {
            continue;
        }
        found.push(Expected {
            index: buffer.index,
            content: buffer.keep(platform, buffer.judged())?,
            poisoned: buffer.spec.role == Role::Out,
        });
    }
    Ok(found)
}

/// Looks at every output once: what still holds `poison`, and what differs from the expectation.
fn look<P: Platform>(
    execution: &mut KernelExecution<P>,
    poison: u8,
    expected: &[Expected<P::Memory>],
    judged: &mut Vec<Judged<P::Memory>>,
    first: bool,
) -> Result<(), Refusal> {
    let look = Look {
        poison,
        tolerance: tolerance(&execution.task.verify),
    };
    let KernelExecution {
        platform, slots, ..
    } = execution;
    let outputs = slots.iter().filter_map(Slot::buffer);
    for (number, buffer) in outputs.filter(|buffer| buffer.is_written()).enumerate() {
        let expected = expected.iter().find(|wanted| wanted.index == buffer.index);
        let content = expected.map(|expected| &expected.content);
        if first {
            judged.push(Judged::new(platform, buffer, content));
        }
        if let Some(output) = judged.get_mut(number) {
            output.look(platform, buffer, content, look)?;
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

fn check_written<P: Platform>(
    execution: &KernelExecution<P>,
    output: &Judged<P::Memory>,
) -> Result<(), Refusal> {
    let index = output.index;
    let buffer = execution.slots.get(index).and_then(Slot::buffer);
    let (Some(buffer), (count, Some(first))) = (buffer, output.unwritten) else {
        return Ok(());
    };
    if buffer.spec.role != Role::Out {
        return Ok(());
    }
    let elements = elements(buffer);
    Err(Refusal::failed(
        FailureKind::Unwritten,
        format!("args[{index}][{first}] was never written: {count} of {elements} elements"),
    ))
}

fn check_equal<P: Platform>(
    execution: &mut KernelExecution<P>,
    output: &Judged<P::Memory>,
    expected: &[Expected<P::Memory>],
) -> Result<(), Refusal> {
    let Some(first) = &output.differences.first else {
        return Ok(());
    };
    let index = output.index;
    let buffer = execution.slots.get(index).and_then(Slot::buffer);
    let size = buffer.map_or(8, |buffer| buffer.spec.element.size());
    let elements = buffer.map_or(0, elements);
    let wanted = expected.iter().find(|wanted| wanted.index == index);
    let mut element = vec![0; usize::try_from(size).unwrap_or(8)];
    let left_out = match wanted {
        Some(wanted) if wanted.poisoned => {
            let place = first.index * size;
            wanted
                .content
                .read(&mut execution.platform, place, &mut element)?;
            element.iter().all(|&byte| byte == POISONS[0])
        }
        _ => false,
    };
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

/// Fails where the inputs are not what `before` is the digest of.
fn check_inputs<P: Platform>(
    execution: &mut KernelExecution<P>,
    before: Option<&str>,
) -> Result<(), Refusal> {
    if digest(execution, &[Role::In])?.as_deref() == before {
        return Ok(());
    }
    let inputs: Vec<String> = execution
        .slots
        .iter()
        .filter_map(Slot::buffer)
        .filter(|buffer| buffer.spec.role == Role::In)
        .map(|buffer| format!("args[{}]", buffer.index))
        .collect();
    Err(Refusal::failed(
        FailureKind::Wrong,
        format!(
            "wrote to an input ({}): what a kernel changes is \"inout\", not \"in\"",
            inputs.join(" or ")
        ),
    ))
}
