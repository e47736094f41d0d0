//! warpmark's own kernels on a GPU (`support.cu`): compiled like any other, loaded once a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::clock::{self, Clock};
use super::driver::{CallError, Code, Context, Function, Geometry, Memory, Stream};
use super::nvrtc::{Nvrtc, Program};
use crate::canonical;
use crate::device::kernel::{Filling, Judgement, Judging, encode_real};
use crate::files;
use crate::plan::{ElementType, Fill};
use crate::record::{FailureKind, Refusal};

const SOURCE: &str = concat!(include_str!("support.cu"), include_str!("clock.cu"));

/// The entries of `support.cu`.
const ENTRIES: [&str; 4] = [
    "warpmark_fill",
    "warpmark_flush",
    "warpmark_judge",
    "warpmark_leaves",
];

/// Threads of a block of the kernels that go over memory.
const BLOCK: u32 = 256;

/// Threads of a block of the kernel that hashes: few, so that leaves spread over all multiprocessors.
const HASHING_BLOCK: u32 = 32;

/// Bytes that a thread of a flush reads at once.
const WORD: u64 = 16;

/// Bytes of a leaf's digest.
const DIGEST: u64 = 32;

/// The file in `cache` that holds the support's code for `architecture`.
fn path(architecture: &str, cache: &Path) -> PathBuf {
    let hash = canonical::sha256(format!("{architecture}\n{SOURCE}").as_bytes());
    cache.join(format!("support-{}.cubin", &hash[..16]))
}

/// Compiles the support into `cache`, unless it is there.
pub fn compile(nvrtc: &Nvrtc, architecture: &str, cache: &Path) -> Result<(), Refusal> {
    let path = path(architecture, cache);
    if path.exists() {
        return Ok(());
    }
    // Fills must not differ by a bit from the host's: no multiplication and addition in one.
    let options = [
        format!("--gpu-architecture={architecture}"),
        "--fmad=false".to_owned(),
    ];
    let entries = [&ENTRIES[..], &clock::ENTRIES].concat();
    let program = Program {
        source: SOURCE,
        name: "warpmark/support.cu",
        options: &options,
        entries: &entries,
    };
    let refused = |why: String| Refusal::failed(FailureKind::Compile, why);
    let compiled = nvrtc
        .compile(&program)
        .map_err(|error| refused(format!("cannot compile warpmark's own kernels: {error}")))?;
    files::create_folder(cache).map_err(|error| refused(error.to_string()))?;
    files::write_atomically(&path, &compiled.cubin).map_err(|error| refused(error.to_string()))
}

/// The support, loaded.
#[derive(Debug)]
pub struct Support {
    context: Rc<Context>,
    fill: Function,
    flush: Function,
    judge: Function,
    leaves: Function,
    /// What sees the GPU's clock and timer.
    pub clock: Clock,
    multiprocessors: u32,
    /// What [`Self::flush`] reads, made when it is first asked for.
    flushed: Option<Memory>,
}

impl Support {
    /// Loads it from `cache`; none where it was not compiled there.
    pub fn load(
        context: &Rc<Context>,
        architecture: &str,
        multiprocessors: u32,
        cache: &Path,
    ) -> Result<Option<Self>, CallError> {
        match fs::read(path(architecture, cache)) {
            Ok(image) => Self::new(context, multiprocessors, &image).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Loads it from its code.
    pub(super) fn new(
        context: &Rc<Context>,
        multiprocessors: u32,
        image: &[u8],
    ) -> Result<Self, CallError> {
        let code = Rc::new(Code::load(context, image).map_err(|(error, _)| error)?);
        Ok(Self {
            fill: code.function("warpmark_fill")?,
            flush: code.function("warpmark_flush")?,
            judge: code.function("warpmark_judge")?,
            leaves: code.function("warpmark_leaves")?,
            clock: Clock::new(context, &code, multiprocessors)?,
            context: Rc::clone(context),
            multiprocessors,
            flushed: None,
        })
    }

    /// Has `bytes` of memory that nothing else uses read, in the order of `stream`.
    pub fn flush(&mut self, bytes: u64, stream: &Stream) -> Result<(), CallError> {
        let bytes = bytes.next_multiple_of(WORD);
        let memory = self.other_memory(bytes, stream)?;
        let address = memory.address();
        let values = [address, bytes / WORD, address + bytes];
        let geometry = self.over_memory();
        self.flushed = Some(memory);
        self.flush.launch(&geometry, &values, stream)
    }

    /// Has `bytes` of memory that nothing else uses set to zero, in the order of `stream`.
    pub fn overwrite(&mut self, bytes: u64, stream: &Stream) -> Result<(), CallError> {
        let bytes = bytes.next_multiple_of(WORD);
        let mut memory = self.other_memory(bytes, stream)?;
        let set = memory.set(0, bytes, 0, stream);
        self.flushed = Some(memory);
        set
    }

    /// Memory for a flush of `bytes`, and a word behind it.
    fn other_memory(&mut self, bytes: u64, stream: &Stream) -> Result<Memory, CallError> {
        let fits = |memory: &Memory| memory.bytes() == bytes + WORD;
        match self.flushed.take().filter(fits) {
            Some(memory) => Ok(memory),
            None => self.zeros(bytes + WORD, stream),
        }
    }

    fn zeros(&self, bytes: u64, stream: &Stream) -> Result<Memory, CallError> {
        let mut memory = Memory::allocate(&self.context, bytes)?;
        memory.set(0, bytes, 0, stream)?;
        Ok(memory)
    }

    /// Fills elements of `memory` from `offset` on, as `filling` says; `false` where it can't.
    pub fn fill(
        &self,
        memory: &mut Memory,
        offset: u64,
        filling: &Filling<'_>,
        stream: &Stream,
    ) -> Result<bool, CallError> {
        let Some(words) = words(filling) else {
            return Ok(false);
        };
        let mut values = vec![memory.address() + offset, filling.count];
        values.push(number(filling.element));
        values.extend(words);
        self.fill.launch(&self.over_memory(), &values, stream)?;
        Ok(true)
    }

    /// Judges elements as `judging` says.
    pub fn judge(
        &self,
        judging: &Judging<'_, Memory>,
        stream: &Stream,
    ) -> Result<Judgement, CallError> {
        const NONE: u64 = u64::MAX;
        let bytes: Vec<u8> = [0, NONE, 0, NONE]
            .into_iter()
            .flat_map(u64::to_le_bytes)
            .collect();
        let mut result = Memory::allocate(&self.context, bytes.len() as u64)?;
        result.write(0, &bytes)?;
        let address = |place: &(&Memory, u64)| place.0.address() + place.1;
        let values = [
            address(&judging.found),
            judging.expected.as_ref().map_or(0, address),
            judging.count,
            number(judging.element),
            judging.absolute.to_bits(),
            judging.relative.to_bits(),
            judging.poison.into(),
            judging.marks.address(),
            result.address(),
        ];
        self.judge.launch(&self.over_memory(), &values, stream)?;
        stream.synchronize()?;
        let mut bytes = vec![0; bytes.len()];
        result.read(0, &mut bytes)?;
        let word = |number: usize| {
            let bytes = bytes.get(8 * number..).and_then(|rest| rest.first_chunk());
            bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        Ok(Judgement {
            wrong: word(0),
            first_wrong: Some(word(1)).filter(|first| *first != NONE),
            unwritten: word(2),
            first_unwritten: Some(word(3)).filter(|first| *first != NONE),
        })
    }

    /// The SHA-256 of each leaf of `leaf` bytes (a multiple of 64) of a range of `memory` (aligned to 4), 32 bytes
    /// each; the last leaf may be shorter.
    pub fn leaves(
        &self,
        memory: &Memory,
        (offset, length): (u64, u64),
        leaf: u64,
        stream: &Stream,
    ) -> Result<Vec<u8>, CallError> {
        let count = length.div_ceil(leaf.max(1));
        let digests = Memory::allocate(&self.context, (count * DIGEST).max(1))?;
        let values = [memory.address() + offset, length, leaf, digests.address()];
        let blocks = count.div_ceil(u64::from(HASHING_BLOCK));
        let geometry = plain(u32::try_from(blocks).unwrap_or(u32::MAX), HASHING_BLOCK);
        self.leaves.launch(&geometry, &values, stream)?;
        stream.synchronize()?;
        let mut bytes = vec![0; usize::try_from(count * DIGEST).unwrap_or(usize::MAX)];
        digests.read(0, &mut bytes)?;
        Ok(bytes)
    }

    /// As many blocks as fill the GPU.
    fn over_memory(&self) -> Geometry {
        const BLOCKS_EACH: u32 = 8;
        plain(self.multiprocessors.max(1) * BLOCKS_EACH, BLOCK)
    }
}

/// The number of a type in `support.cu`.
fn number(element: ElementType) -> u64 {
    let place = ElementType::ALL.iter().position(|other| *other == element);
    place.unwrap_or(0) as u64
}

/// The last seven parameters of `warpmark_fill`; none for what only the host can fill.
fn words(filling: &Filling<'_>) -> Option<[u64; 7]> {
    let (element, stream) = (filling.element, filling.stream);
    let words = match *filling.fill {
        Fill::Uniform { low, high } => {
            let span = high - low;
            [
                0,
                stream,
                low.to_bits(),
                span.to_bits(),
                high.to_bits(),
                encode_real(element, low),
                0,
            ]
        }
        Fill::Normal { mean, deviation } => {
            [1, stream, mean.to_bits(), deviation.to_bits(), 0, 0, 0]
        }
        Fill::Integers { low, high } => {
            // 2^64 numbers are 0 of them, modulo 2^64.
            let range = high.wrapping_sub(low).cast_unsigned().wrapping_add(1);
            [2, stream, 0, 0, 0, low.cast_unsigned(), range]
        }
        Fill::Iota => [3, 0, 0, 0, 0, 0, 0],
        Fill::Zeros => [4, 0, 0, 0, 0, 0, 0],
        Fill::Constant(value) => [4, 0, 0, 0, 0, encode_real(element, value), 0],
        Fill::Npy(_) => return None,
    };
    Some(words)
}

/// Blocks and threads in x, and nothing else.
pub(super) fn plain(blocks: u32, threads: u32) -> Geometry {
    Geometry {
        grid: [blocks, 1, 1],
        block: [threads, 1, 1],
        cluster: None,
        cooperative: false,
        shared: 0,
    }
}
