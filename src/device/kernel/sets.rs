//! Sets of buffers: what the executions of a graph work on, one after another.
//!
//! Under a cold cache each execution has all buffers of its own, so that none finds in the L2 cache what the one
//! before it left. Otherwise it has only those of its own that a kernel reads and writes.

use super::buffer::GuardedBuffer;
use super::execution::Slot;
use super::{Passed, Platform};
use crate::plan::{Buffer, Cache, Role};
use crate::record::{FailureKind, Refusal};

/// The distance of two sets is a multiple of this: as `cuMemAlloc` aligns.
const ALIGNMENT: u64 = 512;

/// Before the first set and behind the last lies so much as around any buffer, so that what reads a little too far
/// reads memory that is there.
fn margin<M>() -> u64 {
    GuardedBuffer::<M>::offset()
}

/// Copies of a case's buffers, each set with the same bits.
pub(super) struct Sets<M> {
    /// By argument; none for values, and for buffers that all executions share.
    pools: Vec<Option<Pool<M>>>,
}

/// One buffer of all sets.
struct Pool<M> {
    memory: M,
    /// Bytes from one set's buffer to the next one's.
    stride: u64,
    /// What all of it holds before a replay, where a kernel reads and writes it.
    initial: Option<M>,
}

/// Whether each execution has a buffer like this of its own.
fn is_own(spec: &Buffer, cache: Cache) -> bool {
    cache == Cache::Cold || spec.role == Role::InOut
}

fn stride(spec: &Buffer) -> u64 {
    spec.bytes().next_multiple_of(ALIGNMENT)
}

/// Bytes of device memory that one set takes; 0 where all executions share their buffers.
pub(super) fn bytes_of_one<M>(slots: &[Slot<M>], cache: Cache) -> u64 {
    let own = slots.iter().filter_map(Slot::buffer).map(|b| &b.spec);
    own.filter(|spec| is_own(spec, cache))
        .map(|spec| match spec.role {
            Role::InOut => stride(spec).saturating_mul(2),
            Role::In | Role::Out => stride(spec),
        })
        .fold(0, u64::saturating_add)
}

impl<M> Sets<M> {
    /// `count` sets of the buffers in `slots`, which are in their start state.
    pub(super) fn new<P: Platform<Memory = M>>(
        platform: &mut P,
        slots: &[Slot<M>],
        cache: Cache,
        count: u64,
    ) -> Result<Self, Refusal> {
        let pool = |slot: &Slot<M>| match slot.buffer() {
            Some(buffer) if is_own(&buffer.spec, cache) => {
                Pool::new(platform, buffer, count).map(Some)
            }
            _ => Ok(None),
        };
        let pools = slots.iter().map(pool).collect::<Result<_, _>>()?;
        Ok(Self { pools })
    }

    /// Whether executions change them.
    pub(super) fn change(&self) -> bool {
        self.pools
            .iter()
            .flatten()
            .any(|pool| pool.initial.is_some())
    }

    /// The arguments of the execution `number`, from 0.
    pub(super) fn arguments<'a>(&'a self, slots: &'a [Slot<M>], number: u64) -> Vec<Passed<'a, M>> {
        let place = |pool: &'a Pool<M>| (&pool.memory, margin::<M>() + number * pool.stride);
        let argument = |(slot, pool): (&'a Slot<M>, &'a Option<Pool<M>>)| match (slot, pool) {
            (_, Some(pool)) => {
                let (memory, offset) = place(pool);
                Some(Passed::Address { memory, offset })
            }
            (Slot::TensorMap(tensor), None) => match self.pools.get(tensor.argument) {
                Some(Some(pool)) => {
                    let (memory, offset) = place(pool);
                    Some(Passed::TensorMap {
                        memory,
                        offset,
                        tensor,
                    })
                }
                _ => slot.passed(slots),
            },
            (_, None) => slot.passed(slots),
        };
        slots.iter().zip(&self.pools).filter_map(argument).collect()
    }

    /// Brings back the first `count` sets, where a kernel changes what it reads.
    pub(super) fn restore<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
        count: u64,
    ) -> Result<(), Refusal> {
        for pool in self.pools.iter_mut().flatten() {
            if let Some(initial) = &pool.initial {
                let bytes = count * pool.stride;
                let to = (&mut pool.memory, margin::<M>());
                copy(platform, to, (initial, 0), bytes)?;
            }
        }
        Ok(())
    }
}

impl<M> Pool<M> {
    fn new<P: Platform<Memory = M>>(
        platform: &mut P,
        buffer: &GuardedBuffer<M>,
        count: u64,
    ) -> Result<Self, Refusal> {
        let (stride, bytes) = (stride(&buffer.spec), buffer.spec.bytes());
        let all = stride.saturating_mul(count);
        let mut memory = platform.allocate(all.saturating_add(2 * margin::<M>()))?;
        let first = GuardedBuffer::<M>::offset();
        for number in 0..count {
            let to = (&mut memory, margin::<M>() + number * stride);
            copy(platform, to, (&buffer.memory, first), bytes)?;
        }
        let mut initial = None;
        if buffer.spec.role == Role::InOut {
            let mut kept = platform.allocate(all)?;
            copy(platform, (&mut kept, 0), (&memory, margin::<M>()), all)?;
            initial = Some(kept);
        }
        Ok(Self {
            memory,
            stride,
            initial,
        })
    }
}

fn copy<P: Platform>(
    platform: &mut P,
    to: (&mut P::Memory, u64),
    from: (&P::Memory, u64),
    bytes: u64,
) -> Result<(), Refusal> {
    if platform.copy(to, from, bytes)? {
        return Ok(());
    }
    let message = "this device can't copy between buffers, as sets of them need";
    Err(Refusal::failed(FailureKind::Memory, message))
}
