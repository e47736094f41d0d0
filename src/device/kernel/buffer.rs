//! A buffer between two guard bands of a pattern that nobody writes by chance.

use std::sync::OnceLock;

use super::Platform;
use super::bulk::Filling;
use super::fill::Filler;
use super::judge::Content;
use crate::plan::{Argument, Buffer, Fill, KernelTask, Role};
use crate::record::{FailureKind, Refusal};
use crate::rng;

/// The size of a guard band in bytes; a multiple of every alignment that a kernel may expect.
const BAND: u64 = 4096;

/// Pieces of memory begin at multiples of this, and small ones of [`SMALL`], as a driver aligns them.
const ALIGNMENT: u64 = 2 << 20;
const SMALL: u64 = 512;

/// The room that a piece of `bytes` takes among others.
pub fn aligned(bytes: u64) -> u64 {
    let alignment = if bytes < ALIGNMENT { SMALL } else { ALIGNMENT };
    bytes
        .checked_next_multiple_of(alignment)
        .unwrap_or(u64::MAX)
}

/// The room that the buffers of `task` take with their bands, beside each other.
pub fn footprint(task: &KernelTask) -> u64 {
    let room = |argument: &Argument| match argument {
        Argument::Buffer(spec) => aligned(whole(spec)),
        Argument::TensorMap(_) | Argument::Scalar(_) => 0,
    };
    let workspace = task.library.map_or(0, |call| call.workspace());
    task.args
        .iter()
        .map(room)
        .fold(aligned(workspace), u64::saturating_add)
}

/// The size of a buffer with its bands.
fn whole(spec: &Buffer) -> u64 {
    spec.bytes().saturating_add(2 * BAND)
}

/// How much is copied at once.
const CHUNK: u64 = 1 << 20;

/// Takes a piece of a buffer, with the platform and the piece's place in bytes.
pub(super) type Visit<'a, P> = &'a mut dyn FnMut(&mut P, u64, &[u8]) -> Result<(), Refusal>;

/// A buffer of a case, in device memory.
pub(super) struct GuardedBuffer<M> {
    /// Its number among the arguments.
    pub index: usize,
    pub spec: Buffer,
    pub memory: M,
    /// What it holds at the start of every execution, for those that a kernel reads and writes.
    initial: Option<Content<M>>,
}

impl<M> GuardedBuffer<M> {
    /// Allocates the buffer, writes its bands, and fills it.
    pub(super) fn new<P: Platform<Memory = M>>(
        platform: &mut P,
        spec: &Buffer,
        index: usize,
        seed: u64,
    ) -> Result<Self, Refusal> {
        let bytes = spec.bytes();
        let mut buffer = Self {
            index,
            memory: platform.place(whole(spec))?,
            spec: spec.clone(),
            initial: None,
        };
        platform.write(&mut buffer.memory, 0, band())?;
        platform.write(&mut buffer.memory, BAND + bytes, band())?;
        if spec.role != Role::Out {
            buffer.fill(platform, rng::stream(seed, index as u64))?;
        }
        Ok(buffer)
    }

    /// Where a kernel's pointer points to.
    pub(super) fn offset() -> u64 {
        BAND
    }

    fn fill<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
        stream: u64,
    ) -> Result<(), Refusal> {
        if self.fill_near(platform, stream)? {
            return Ok(());
        }
        let file = match &self.spec.fill {
            Fill::Npy(path) => Some(super::npy::read(path, self.spec.element, &[self.spec.len])?),
            _ => None,
        };
        let spec = self.spec.clone();
        let filler = Filler {
            fill: &spec.fill,
            element: spec.element,
            stream,
        };
        let mut kept = (spec.role == Role::InOut).then(Vec::new);
        for (start, length) in chunks(spec.bytes()) {
            let chunk = if let Some(bytes) = &file {
                bytes[start..start + length].to_vec()
            } else {
                let mut chunk = vec![0; length];
                filler.write(start as u64 / spec.element.size(), &mut chunk);
                chunk
            };
            platform.write(&mut self.memory, BAND + start as u64, &chunk)?;
            if let Some(kept) = &mut kept {
                kept.extend(chunk);
            }
        }
        self.initial = kept.map(Content::Bytes);
        Ok(())
    }

    /// Has the platform fill it; `false` where that is left to the host.
    fn fill_near<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
        stream: u64,
    ) -> Result<bool, Refusal> {
        let filling = Filling {
            fill: &self.spec.fill,
            element: self.spec.element,
            count: self.spec.len,
            stream,
        };
        if !platform.fill(&mut self.memory, BAND, &filling)? {
            return Ok(false);
        }
        if self.spec.role == Role::InOut {
            self.initial = Some(self.keep(platform, self.spec.bytes())?);
        }
        Ok(true)
    }

    /// What its first `bytes` bytes hold now, kept for later: on the device where that has room.
    pub(super) fn keep<P: Platform<Memory = M>>(
        &self,
        platform: &mut P,
        bytes: u64,
    ) -> Result<Content<M>, Refusal> {
        if platform.is_near()
            && let Ok(mut copy) = platform.allocate(bytes)
            && platform.copy((&mut copy, 0), (&self.memory, BAND), bytes)?
        {
            return Ok(Content::Memory(copy));
        }
        let mut kept = Vec::new();
        self.read(platform, bytes, &mut |_, _, piece| {
            kept.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Content::Bytes(kept))
    }

    /// Brings back what it holds at the start, where a kernel changes that.
    pub(super) fn restore<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
    ) -> Result<(), Refusal> {
        match &self.initial {
            Some(Content::Bytes(bytes)) => platform.write(&mut self.memory, BAND, bytes),
            Some(Content::Memory(copy)) => {
                let to = (&mut self.memory, BAND);
                platform.copy(to, (copy, 0), self.spec.bytes()).map(drop)
            }
            None => Ok(()),
        }
    }

    /// Fills an output with the byte `poison`.
    pub(super) fn poison<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
        poison: u8,
    ) -> Result<(), Refusal> {
        let bytes = self.spec.bytes();
        if platform.set(&mut self.memory, (BAND, bytes), poison)? {
            return Ok(());
        }
        let chunk = vec![poison; usize::try_from(bytes.min(CHUNK)).unwrap_or_default()];
        for (start, length) in chunks(bytes) {
            platform.write(&mut self.memory, BAND + start as u64, &chunk[..length])?;
        }
        Ok(())
    }

    /// Whether a kernel may write it.
    pub(super) fn is_written(&self) -> bool {
        self.spec.role != Role::In
    }

    /// How many bytes of it are judged, from its start.
    pub(super) fn judged(&self) -> u64 {
        let elements = self.spec.written.unwrap_or(self.spec.len);
        elements.min(self.spec.len) * self.spec.element.size()
    }

    /// Hands its first `bytes` bytes to `visit`, piece by piece, with the platform and the place of each.
    pub(super) fn read<P: Platform<Memory = M>>(
        &self,
        platform: &mut P,
        bytes: u64,
        visit: Visit<'_, P>,
    ) -> Result<(), Refusal> {
        let mut chunk = vec![0; usize::try_from(bytes.min(CHUNK)).unwrap_or_default()];
        for (start, length) in chunks(bytes) {
            platform.read(&self.memory, BAND + start as u64, &mut chunk[..length])?;
            visit(platform, start as u64, &chunk[..length])?;
        }
        Ok(())
    }

    /// Fails where a band has changed; `who` wrote it.
    pub(super) fn check_bands<P: Platform<Memory = M>>(
        &self,
        platform: &mut P,
        who: &str,
    ) -> Result<(), Refusal> {
        let mut found = vec![0; band().len()];
        platform.read(&self.memory, 0, &mut found)?;
        let damaged = |found: &[u8]| found.iter().zip(band()).filter(|(a, b)| a != b).count();
        if let Some(last) = found.iter().zip(band()).rposition(|(a, b)| a != b) {
            let distance = found.len() - last;
            return Err(self.guard(who, "before", damaged(&found), distance, "before its start"));
        }
        let end = BAND + self.spec.bytes();
        platform.read(&self.memory, end, &mut found)?;
        match found.iter().zip(band()).position(|(a, b)| a != b) {
            Some(first) => Err(self.guard(who, "past", damaged(&found), first, "behind its end")),
            None => Ok(()),
        }
    }

    fn guard(&self, who: &str, side: &str, count: usize, distance: usize, place: &str) -> Refusal {
        let index = self.index;
        Refusal::failed(
            FailureKind::Guard,
            format!(
                "{who}wrote {side} args[{index}]: {count} bytes changed, the nearest {distance} bytes {place}"
            ),
        )
    }
}

/// The pattern of a band.
fn band() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        (0..BAND / 8)
            .flat_map(|word| rng::bits(0x6775_6172_6462_616e, word).to_le_bytes())
            .collect()
    })
}

/// The starts and lengths of the pieces of `bytes` bytes; a piece holds whole elements.
fn chunks(bytes: u64) -> impl Iterator<Item = (usize, usize)> {
    let piece = move |start: u64| {
        let length = (bytes - start).min(CHUNK);
        Some((usize::try_from(start).ok()?, usize::try_from(length).ok()?))
    };
    (0..bytes.div_ceil(CHUNK)).map_while(move |number| piece(number * CHUNK))
}
