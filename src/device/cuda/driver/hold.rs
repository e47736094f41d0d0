//! Holding a stream: its work waits until the host lets it go on, and never longer than a watchdog allows.
//!
//! The stream waits for a word in pinned host memory to reach a number. Numbers grow from hold to hold, so a word
//! that is set late lets nothing go on that came after.

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::error::NOT_SUPPORTED;
use super::table::Address;
use super::{CallError, Context, Stream};

/// A stream that is held so long goes on by itself.
const LIMIT: Duration = Duration::from_secs(1);

/// How often the watchdog looks.
const LOOK: Duration = Duration::from_millis(250);

/// A word of pinned host memory that streams wait for, and the watchdog that sets it when nobody else does.
#[derive(Debug)]
pub struct Hold {
    context: Rc<Context>,
    word: Word,
    address: Address,
    shared: Arc<Shared>,
    watchdog: Option<JoinHandle<()>>,
}

/// What the watchdog must know.
#[derive(Debug, Default)]
struct Shared {
    /// The number that the stream waits for.
    awaited: AtomicU32,
    over: AtomicBool,
}

/// The word in pinned memory.
#[derive(Debug, Clone, Copy)]
struct Word(NonNull<AtomicU32>);

// SAFETY: the word is an atomic, and the watchdog, the only other thread that has it, ends before it is freed.
unsafe impl Send for Word {}

impl Word {
    fn get(&self) -> &AtomicU32 {
        // SAFETY: `Hold` keeps the memory until the watchdog has ended; it is aligned and was set to 0.
        unsafe { self.0.as_ref() }
    }
}

impl Hold {
    /// Takes the memory and starts the watchdog.
    ///
    /// # Errors
    /// The driver's; [`CallError::is_not_supported`] where it has no such calls.
    pub fn new(context: &Rc<Context>) -> Result<Self, CallError> {
        let word = allocate(context)?;
        let mut hold = Self {
            context: Rc::clone(context),
            word,
            address: 0,
            shared: Arc::default(),
            watchdog: None,
        };
        hold.address = address_of(context, word)?;
        let shared = Arc::clone(&hold.shared);
        let watch = thread::Builder::new().name("hold".to_owned());
        let watchdog = watch.spawn(move || watch_over(word, &shared));
        // Without a watchdog nothing may wait.
        hold.watchdog = watchdog.ok();
        if hold.watchdog.is_none() {
            return Err(context.refusal("cuStreamWaitValue32", NOT_SUPPORTED));
        }
        Ok(hold)
    }

    /// Makes `stream` wait here until what this gives is dropped, or a second is over.
    pub fn hold(&self, stream: &Stream) -> Result<Held<'_>, CallError> {
        const CALL: &str = "cuStreamWaitValue32";
        const REACHED: u32 = 0; // CU_STREAM_WAIT_VALUE_GEQ
        let Some(call) = self.context.table().stream_wait_value else {
            return Err(self.context.refusal(CALL, NOT_SUPPORTED));
        };
        let number = self.word.get().load(Ordering::Relaxed).wrapping_add(1);
        self.shared.awaited.store(number, Ordering::Release);
        // From here on the word is set whatever happens.
        let held = Held { hold: self, number };
        // SAFETY: the stream lives, and the word as long as the stream's work: a case waits for that.
        let code = unsafe { call(stream.handle, self.address, number, REACHED) };
        self.context.check(CALL, code).map(|()| held)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.thread().unpark();
            // It can't have panicked: it only loads and stores.
            let _ = watchdog.join();
        }
        if let Some(free) = self.context.table().host_free {
            // SAFETY: frees what `allocate` got, once; nobody else has it any more.
            unsafe { free(self.word.0.as_ptr().cast()) };
        }
    }
}

/// A stream that waits; it goes on when this is dropped.
#[derive(Debug)]
pub struct Held<'a> {
    hold: &'a Hold,
    number: u32,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.hold.word.get().store(self.number, Ordering::Release);
    }
}

fn allocate(context: &Rc<Context>) -> Result<Word, CallError> {
    const CALL: &str = "cuMemHostAlloc";
    const MAPPED: u32 = 2; // CU_MEMHOSTALLOC_DEVICEMAP
    const BYTES: usize = 64;
    let Some(call) = context.table().host_allocate else {
        return Err(context.refusal(CALL, NOT_SUPPORTED));
    };
    let mut memory: *mut c_void = ptr::null_mut();
    // SAFETY: stores a pointer to so many bytes, which `Hold` frees.
    let code = unsafe { call(&raw mut memory, BYTES, MAPPED) };
    context.check(CALL, code)?;
    let Some(word) = NonNull::new(memory.cast::<AtomicU32>()) else {
        return Err(context.refusal(CALL, NOT_SUPPORTED));
    };
    // SAFETY: the memory is new, large enough, and aligned to a page.
    unsafe { word.write(AtomicU32::new(0)) };
    Ok(Word(word))
}

fn address_of(context: &Rc<Context>, word: Word) -> Result<Address, CallError> {
    const CALL: &str = "cuMemHostGetDevicePointer";
    let Some(call) = context.table().host_address else {
        return Err(context.refusal(CALL, NOT_SUPPORTED));
    };
    let mut address = 0;
    // SAFETY: stores the address under which the GPU sees pinned memory that lives.
    let code = unsafe { call(&raw mut address, word.0.as_ptr().cast(), 0) };
    context.check(CALL, code)?;
    Ok(address)
}

/// Sets the word where a stream has waited too long for it.
fn watch_over(word: Word, shared: &Shared) {
    let mut waiting: Option<(u32, Instant)> = None;
    while !shared.over.load(Ordering::Acquire) {
        let awaited = shared.awaited.load(Ordering::Acquire);
        let there = word.get().load(Ordering::Acquire) == awaited;
        waiting = match waiting {
            _ if there => None,
            Some((number, since)) if number == awaited => {
                if since.elapsed() >= LIMIT {
                    let before = awaited.wrapping_sub(1);
                    let (set, seen) = (Ordering::Release, Ordering::Relaxed);
                    // Not where it has been set meanwhile: it must never go back.
                    let _ = word.get().compare_exchange(before, awaited, set, seen);
                }
                Some((number, since))
            }
            _ => Some((awaited, Instant::now())),
        };
        thread::park_timeout(LOOK);
    }
}
