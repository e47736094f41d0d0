//! A library's call in the place of a kernel: prepared, enqueued, and copies and sets checked.
//!
//! A copy's argument on the host's side lies in device memory like all arguments, where it is filled, poisoned and
//! judged; host memory of its size stands in for it. It is loaded from the argument before a verified execution, and
//! stored there afterwards, so that what the copy has left out shows.

use std::rc::Rc;

use super::super::blas::Prepared;
use super::super::driver::{CallError, Context, HostMemory, Memory, Stream, Version};
use super::Bench;
use crate::device::kernel::Passed;
use crate::plan::{Argument, KernelTask, LibraryCall, Product, Transfer};
use crate::record::Refusal;

/// Bytes that are copied at once for the expectation of a copy or set.
const CHUNK: usize = 16 << 20;

/// A call that is ready to be enqueued.
#[derive(Debug)]
pub struct Called {
    call: Call,
    /// Where its arguments lie, of the latest that were given.
    addresses: [u64; 3],
}

#[derive(Debug)]
enum Call {
    Product(Prepared),
    Copy(Copy),
    Set {
        elements: u64,
        size: u64,
        value: u64,
    },
}

#[derive(Debug)]
struct Copy {
    transfer: Transfer,
    bytes: u64,
    host: Option<HostMemory>,
    /// Whether the host memory holds what is copied from it.
    loaded: bool,
}

/// The library of `task`'s call and its buffers' size, refused where it can't be had; `version` is the driver's.
pub fn available(call: &LibraryCall, version: Version) -> Result<(), Refusal> {
    match call {
        LibraryCall::Product(product) => Prepared::library(product, version)
            .map(drop)
            .map_err(|error| Refusal::Unsupported(error.to_string())),
        LibraryCall::Copy(_) | LibraryCall::Set { .. } => Ok(()),
    }
}

impl Called {
    /// Prepares `call`, whose arguments are those of `task`.
    pub fn new(bench: &Bench, task: &KernelTask, call: &LibraryCall) -> Result<Self, Refusal> {
        let first = task.args.iter().find_map(|argument| match argument {
            Argument::Buffer(buffer) => Some(buffer),
            Argument::TensorMap(_) | Argument::Scalar(_) => None,
        });
        let (elements, size) = first.map_or((0, 1), |buffer| (buffer.len, buffer.element.size()));
        let call = match *call {
            LibraryCall::Product(product) => Call::Product(prepared(bench, product)?),
            LibraryCall::Copy(transfer) => Call::Copy(Copy::new(
                &bench.context,
                transfer,
                elements.saturating_mul(size),
            )?),
            LibraryCall::Set { value } => Call::Set {
                elements,
                size,
                value,
            },
        };
        Ok(Self {
            call,
            addresses: [0; 3],
        })
    }

    /// Takes the addresses of its buffers; the host memory of a copy is loaded unless it is.
    pub fn take<'a>(
        &mut self,
        arguments: impl Iterator<Item = Passed<'a, Memory>>,
    ) -> Result<(), CallError> {
        let addresses = arguments.filter_map(|argument| match argument {
            Passed::Address { memory, offset } => Some(memory.address() + offset),
            Passed::TensorMap { .. } | Passed::Value { .. } => None,
        });
        for (into, address) in self.addresses.iter_mut().zip(addresses) {
            *into = address;
        }
        match &mut self.call {
            Call::Copy(copy) if !copy.loaded => copy.load(self.addresses),
            _ => Ok(()),
        }
    }

    /// Loads the host memory of a copy anew: what it holds is then the argument, poison and all.
    pub fn renew(&mut self) -> Result<(), CallError> {
        match &mut self.call {
            Call::Copy(copy) => copy.load(self.addresses),
            Call::Product(_) | Call::Set { .. } => Ok(()),
        }
    }

    /// Brings what was copied to host memory to its argument.
    pub fn deliver(&self) -> Result<(), CallError> {
        match &self.call {
            Call::Copy(copy) => copy.deliver(self.addresses),
            Call::Product(_) | Call::Set { .. } => Ok(()),
        }
    }

    /// Whether the call keeps the host until the device has come to it: before a held stream it would never return.
    pub fn blocks(&self) -> bool {
        matches!(&self.call, Call::Copy(copy) if copy.transfer.is_pageable())
    }

    /// Enqueues it in `stream`.
    pub fn enqueue(&self, context: &Context, stream: &Stream) -> Result<(), CallError> {
        let [first, second, _] = self.addresses;
        match &self.call {
            Call::Product(prepared) => prepared.enqueue(self.addresses, stream),
            Call::Copy(copy) => match (copy.transfer, &copy.host) {
                (Transfer::ToDevice { .. }, Some(host)) => host.send(second, stream),
                (Transfer::ToHost { .. }, Some(host)) => host.fetch(first, stream),
                _ => context.copy_on_device(second, first, copy.bytes, stream),
            },
            Call::Set {
                elements,
                size,
                value,
            } => context.set(first, (*elements, *size), *value, stream),
        }
    }

    /// Writes what a copy or set should give, by way of the host's memory; `false` for what has another reference.
    pub fn expect(&self, context: &Context) -> Result<bool, CallError> {
        let [first, second, _] = self.addresses;
        match &self.call {
            Call::Product(_) => Ok(false),
            Call::Copy(copy) => {
                let mut bytes = vec![0; chunk_of(copy.bytes)];
                pieces(copy.bytes, |at, length| {
                    let piece = bytes.get_mut(..length).unwrap_or_default();
                    context.get(first + at, piece)?;
                    context.put(second + at, piece)
                })?;
                Ok(true)
            }
            Call::Set {
                elements,
                size,
                value,
            } => {
                let all = elements.saturating_mul(*size);
                let width = usize::try_from(*size).unwrap_or(1);
                let value = value.to_le_bytes();
                let cycle = value.iter().take(width).copied().cycle();
                let bytes: Vec<u8> = cycle.take(chunk_of(all)).collect();
                pieces(all, |at, length| {
                    context.put(first + at, bytes.get(..length).unwrap_or_default())
                })?;
                Ok(true)
            }
        }
    }
}

fn prepared(bench: &Bench, product: Product) -> Result<Prepared, Refusal> {
    let version = bench.context.gpu().driver().version();
    let library = Prepared::library(&product, version)
        .map_err(|error| Refusal::Unsupported(error.to_string()))?;
    let workspace = match bench.arena.place(Product::WORKSPACE) {
        Some(memory) => memory,
        None => Memory::allocate(&bench.context, Product::WORKSPACE)?,
    };
    Ok(Prepared::new(&library, product, workspace, &bench.stream)?)
}

impl Copy {
    fn new(context: &Rc<Context>, transfer: Transfer, bytes: u64) -> Result<Self, Refusal> {
        let host = match transfer {
            Transfer::OnDevice => None,
            Transfer::ToDevice { pinned } | Transfer::ToHost { pinned } => {
                Some(HostMemory::new(context, bytes, pinned)?)
            }
        };
        Ok(Self {
            transfer,
            bytes,
            host,
            loaded: false,
        })
    }

    /// Fills the host memory with the argument that it stands for.
    fn load(&mut self, [first, second, _]: [u64; 3]) -> Result<(), CallError> {
        self.loaded = true;
        match (self.transfer, &mut self.host) {
            (Transfer::ToDevice { .. }, Some(host)) => host.load(first),
            (Transfer::ToHost { .. }, Some(host)) => host.load(second),
            _ => Ok(()),
        }
    }

    fn deliver(&self, [_, second, _]: [u64; 3]) -> Result<(), CallError> {
        match (self.transfer, &self.host) {
            (Transfer::ToHost { .. }, Some(host)) => host.store(second),
            _ => Ok(()),
        }
    }
}

fn chunk_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(CHUNK).min(CHUNK)
}

/// Calls `each` with the place and length of every piece of `bytes`.
fn pieces(
    bytes: u64,
    mut each: impl FnMut(u64, usize) -> Result<(), CallError>,
) -> Result<(), CallError> {
    let mut at = 0;
    while at < bytes {
        let length = chunk_of(bytes - at);
        each(at, length)?;
        at += length as u64;
    }
    Ok(())
}
