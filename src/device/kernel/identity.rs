//! Code identity: what has the same need not be measured again.

use serde::Serialize;

use crate::canonical;
use crate::files;
use crate::plan::{Argument, Cache, Fill, KernelTask, TensorMap};
use crate::record::{FailureKind, Refusal};

/// Everything that decides what a launch does and how it is timed.
#[derive(Serialize)]
struct Identity<'a> {
    /// The sha256 of what the entry's machine code is.
    code: &'a str,
    grid: [u64; 3],
    block: [u32; 3],
    cluster: Option<[u32; 3]>,
    cooperative: bool,
    shared: u64,
    args: Vec<Described>,
    cache: Cache,
    method: &'a str,
}

/// An argument, with large numbers as text: canonical JSON has 53 bits.
#[derive(Serialize)]
enum Described {
    Buffer {
        role: String,
        element: &'static str,
        len: String,
        written: Option<String>,
        fill: String,
    },
    TensorMap(TensorMap),
    Scalar {
        element: &'static str,
        bits: String,
    },
}

/// The identity of `task` whose machine code has the identity `code`, timed by `method` from such a `cache`.
pub fn identity(
    task: &KernelTask,
    code: &str,
    (method, cache): (&str, Cache),
) -> Result<String, Refusal> {
    let args = task.args.iter().map(describe).collect::<Result<_, _>>()?;
    let identity = Identity {
        code,
        grid: task.grid,
        block: task.block,
        cluster: task.cluster,
        cooperative: task.cooperative,
        shared: task.shared,
        args,
        cache,
        method,
    };
    canonical::hash(&identity).map_err(|error| {
        Refusal::failed(
            FailureKind::Launch,
            format!("a launch without a name: {error}"),
        )
    })
}

fn describe(argument: &Argument) -> Result<Described, Refusal> {
    Ok(match argument {
        Argument::Buffer(buffer) => Described::Buffer {
            role: format!("{:?}", buffer.role),
            element: buffer.element.name(),
            len: buffer.len.to_string(),
            written: buffer.written.map(|elements| elements.to_string()),
            fill: fill(&buffer.fill)?,
        },
        Argument::TensorMap(map) => Described::TensorMap(map.clone()),
        Argument::Scalar(scalar) => Described::Scalar {
            element: scalar.element.name(),
            bits: format!("{:x}", scalar.bits),
        },
    })
}

/// A fill by its values; a file by its content, wherever it lies.
fn fill(fill: &Fill) -> Result<String, Refusal> {
    match fill {
        Fill::Npy(path) => {
            let bytes = files::read(path).map_err(|error| {
                let cause = &error.source;
                Refusal::failed(FailureKind::Arguments, format!("{error}: {cause}"))
            })?;
            Ok(canonical::sha256(&bytes))
        }
        other => Ok(format!("{other:?}")),
    }
}
