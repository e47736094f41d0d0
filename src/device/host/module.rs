//! A compiled kernel in this process: loading it, and launching it. Together with `memory` the only place where
//! foreign code runs.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use libloading::Library;

use super::progress;
use crate::record::{FailureKind, Refusal};

/// The most threads that blocks are run on.
pub(super) const MOST_WORKERS: usize = 64;

/// What a launch and its workers share; the layout is that of `Shared` in `kernels/host/warpmark/schedule.h`.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Shared {
    next: AtomicU64,
    failed: AtomicU64,
    /// By worker: the number of its block plus 1, 0 where it has none.
    pub(super) running: [AtomicU64; MOST_WORKERS],
}

impl Shared {
    fn new() -> Self {
        Self {
            next: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            running: [const { AtomicU64::new(0) }; MOST_WORKERS],
        }
    }
}

/// The layout is that of `Launch` in `schedule.h`.
#[repr(C)]
struct Launch {
    grid: [u32; 3],
    block: [u32; 3],
    arguments: *const *const c_void,
    shared: *const Shared,
}

/// The layout is that of `Parameter` in `kernels/host/warpmark/entry.h`.
#[repr(C)]
struct RawParameter {
    size: u64,
    pointee_size: u64,
    kind: u8,
    pointee: u8,
    name: *const c_char,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Address,
    Other,
}

impl Kind {
    fn of(code: u8) -> Self {
        match code {
            0 => Self::Integer,
            1 => Self::Real,
            2 => Self::Address,
            _ => Self::Other,
        }
    }
}

/// A parameter of a kernel, as its compiler saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its size in bytes.
    pub size: u64,
    /// The size of the number that it points to; 0 where it points to none.
    pub pointee_size: u64,
    pub kind: Kind,
    pub pointee: Kind,
    /// The type as the compiler writes it.
    pub name: String,
}

type Create = unsafe extern "C" fn(u64, u32) -> *mut c_void;
type Destroy = unsafe extern "C" fn(*mut c_void);
type Prepare = unsafe extern "C" fn(*const Launch);
type Run = unsafe extern "C" fn(*mut c_void, *const Launch) -> *const c_char;

/// One of the threads that blocks run on: its stacks and shared memory.
struct Worker(*mut c_void);

// SAFETY: a worker is memory that belongs to no thread; `Module::launch` lets one thread at a time use it.
unsafe impl Send for Worker {}
// SAFETY: nothing reads it through a shared reference but the thread that was given it.
unsafe impl Sync for Worker {}

/// A launch as the workers' threads see it.
struct Given<'a>(&'a Launch);

// SAFETY: the kernel reads the launch and the arguments behind it, and nobody writes them while it runs.
unsafe impl Send for Given<'_> {}
// SAFETY: as above.
unsafe impl Sync for Given<'_> {}

/// A loaded kernel.
pub(super) struct Module {
    destroy: Destroy,
    prepare: Prepare,
    run: Run,
    parameters: Vec<Parameter>,
    workers: Vec<Worker>,
    shared: Arc<Shared>,
    /// What messages call it.
    entry: String,
    /// Last, so that it is unloaded after all that needs it.
    _library: Library,
}

impl Module {
    /// Loads the object at `path`, with `shared` bytes of dynamic shared memory for a block, on `threads` threads.
    pub(super) fn load(
        path: &Path,
        entry: &str,
        shared: u64,
        threads: usize,
    ) -> Result<Self, Refusal> {
        let broken = |error: libloading::Error| {
            let message = format!("cannot load {}: {error}", path.display());
            Refusal::failed(FailureKind::Device, message)
        };
        // SAFETY: the object was compiled by `build`, whose header has no constructors; those of the user's own
        // globals run as they would on a GPU.
        let library = unsafe { Library::new(path) }.map_err(broken)?;
        // SAFETY: the header's WARPMARK_ENTRY defines these functions with these types.
        let (create, destroy, prepare, run, parameters) = unsafe {
            (
                *library.get::<Create>("warpmark_create").map_err(broken)?,
                *library.get::<Destroy>("warpmark_destroy").map_err(broken)?,
                *library.get::<Prepare>("warpmark_prepare").map_err(broken)?,
                *library.get::<Run>("warpmark_run").map_err(broken)?,
                parameters(&library).map_err(broken)?,
            )
        };
        let mut module = Self {
            destroy,
            prepare,
            run,
            parameters,
            workers: Vec::new(),
            shared: Arc::new(Shared::new()),
            entry: entry.to_owned(),
            _library: library,
        };
        module.add_workers(create, shared, threads)?;
        Ok(module)
    }

    fn add_workers(&mut self, create: Create, shared: u64, threads: usize) -> Result<(), Refusal> {
        for number in 0..u32::try_from(threads.clamp(1, MOST_WORKERS)).unwrap_or(1) {
            // SAFETY: `create` takes any size and number, and gives null where memory is short.
            let worker = unsafe { create(shared, number) };
            if worker.is_null() {
                let message = format!("no memory for {shared} bytes of shared memory");
                return Err(Refusal::failed(FailureKind::Memory, message));
            }
            self.workers.push(Worker(worker));
        }
        Ok(())
    }

    /// The kernel's parameters.
    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Launches with `values`, one a parameter and of its size, and waits. Gives the time in nanoseconds.
    pub(super) fn launch(
        &mut self,
        grid: [u32; 3],
        block: [u32; 3],
        values: &[u64],
    ) -> Result<f64, Refusal> {
        let pointers: Vec<*const c_void> = values
            .iter()
            .map(|v| std::ptr::from_ref(v).cast())
            .collect();
        let launch = Launch {
            grid,
            block,
            arguments: pointers.as_ptr(),
            shared: Arc::as_ptr(&self.shared),
        };
        self.shared.next.store(0, Ordering::Relaxed);
        self.shared.failed.store(0, Ordering::Relaxed);
        let _running = progress::begin(&self.entry, grid, &self.shared);
        let start = Instant::now();
        // SAFETY: no other launch of this module runs, since it is borrowed mutably.
        unsafe { (self.prepare)(&raw const launch) };
        let failed = self.run_all(&launch);
        let time = start.elapsed();
        match failed {
            None => Ok(time.as_secs_f64() * 1e9),
            Some(message) => Err(Refusal::failed(FailureKind::Device, message)),
        }
    }

    /// Runs all workers to the end of the launch; the message of one that failed.
    fn run_all(&self, launch: &Launch) -> Option<String> {
        if let [worker] = self.workers.as_slice() {
            return self.run_one(worker, launch);
        }
        let given = Given(launch);
        std::thread::scope(|scope| {
            let given = &given;
            let threads: Vec<_> = self
                .workers
                .iter()
                .map(|worker| scope.spawn(move || self.run_one(worker, given.0)))
                .collect();
            let ended = threads.into_iter().map(|thread| {
                let lost = || Some("a thread of the host device ended early".to_owned());
                thread.join().unwrap_or_else(|_| lost())
            });
            ended.flatten().next()
        })
    }

    fn run_one(&self, worker: &Worker, launch: &Launch) -> Option<String> {
        // SAFETY: the worker is this module's and used by this thread alone; the launch outlives the call. What the
        // kernel itself does to memory is the suite's author's: it runs in a worker process for that reason.
        let message = unsafe { (self.run)(worker.0, launch) };
        // SAFETY: the message is a C string inside the worker.
        let message = unsafe { CStr::from_ptr(message) };
        let text = message.to_string_lossy().into_owned();
        (!text.is_empty()).then_some(text)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        for worker in &self.workers {
            // SAFETY: made by `create` of this library, which is still loaded, and not used again.
            unsafe { (self.destroy)(worker.0) };
        }
    }
}

/// The table of parameters of a loaded object.
///
/// # Safety
///
/// The object must define `warpmark_parameters` and `warpmark_parameter_count` as the header does.
unsafe fn parameters(library: &Library) -> Result<Vec<Parameter>, libloading::Error> {
    type Table = unsafe extern "C" fn() -> *const RawParameter;
    type Count = unsafe extern "C" fn() -> u64;
    // SAFETY: as the caller promises.
    let raw = unsafe {
        let table = library.get::<Table>("warpmark_parameters")?;
        let count = library.get::<Count>("warpmark_parameter_count")?;
        let length = usize::try_from(count()).unwrap_or_default();
        std::slice::from_raw_parts(table(), length)
    };
    let parameter = |raw: &RawParameter| {
        // SAFETY: the header points to a string literal.
        let name = unsafe { CStr::from_ptr(raw.name) };
        Parameter {
            size: raw.size,
            pointee_size: raw.pointee_size,
            kind: Kind::of(raw.kind),
            pointee: Kind::of(raw.pointee),
            name: type_name(&name.to_string_lossy()),
        }
    };
    Ok(raw.iter().map(parameter).collect())
}

/// The type's name in what `__PRETTY_FUNCTION__` gives: `... [with T = float*]`, `... [T = float *]`.
fn type_name(pretty: &str) -> String {
    let (_, name) = pretty.split_once("T = ").unwrap_or(("", pretty));
    let name = name.split(';').next().unwrap_or(name);
    name.trim_end_matches(']').replace(" *", "*")
}

#[cfg(test)]
mod tests {
    use super::type_name;

    #[test]
    fn type_names_are_found_in_what_compilers_write() {
        let gcc = "constexpr const char* warpmark::type_name() [with T = long unsigned int]";
        assert_eq!(type_name(gcc), "long unsigned int");
        let clang = "const char *warpmark::type_name() [T = const float *]";
        assert_eq!(type_name(clang), "const float*");
    }
}
