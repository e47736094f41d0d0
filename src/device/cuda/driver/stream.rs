//! Streams and events: queues of work, and marks in them that note their time.

use std::ptr;
use std::rc::Rc;

use super::error::NOT_READY;
use super::table::Handle;
use super::{CallError, Context};

/// A queue of work.
#[derive(Debug)]
pub struct Stream {
    context: Rc<Context>,
    pub(super) handle: Handle,
}

impl Stream {
    /// A stream whose work waits for copies: those go through the driver's default stream, and may still be under
    /// way when the call returns.
    pub fn new(context: &Rc<Context>) -> Result<Self, CallError> {
        const WAITS_FOR_DEFAULT_STREAM: u32 = 0;
        let mut handle = ptr::null_mut();
        // SAFETY: stores a handle, which `drop` destroys.
        let code =
            unsafe { (context.table().stream_create)(&raw mut handle, WAITS_FOR_DEFAULT_STREAM) };
        context.check("cuStreamCreate", code)?;
        Ok(Self {
            context: Rc::clone(context),
            handle,
        })
    }

    /// What libraries know it by: a `CUstream` is a `cudaStream_t`.
    pub fn handle(&self) -> *mut std::ffi::c_void {
        self.handle
    }

    /// Waits until all its work is done.
    pub fn synchronize(&self) -> Result<(), CallError> {
        // SAFETY: the stream lives.
        let code = unsafe { (self.context.table().stream_synchronize)(self.handle) };
        self.context.check("cuStreamSynchronize", code)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: destroys what `new` made, once; the driver lets queued work end first.
        unsafe { (self.context.table().stream_destroy)(self.handle) };
    }
}

/// A mark in a stream that notes its time.
#[derive(Debug)]
pub struct Event {
    context: Rc<Context>,
    handle: Handle,
}

impl Event {
    /// An event that keeps time.
    pub fn new(context: &Rc<Context>) -> Result<Self, CallError> {
        const TIMED: u32 = 0;
        let mut handle = ptr::null_mut();
        // SAFETY: stores a handle, which `drop` destroys.
        let code = unsafe { (context.table().event_create)(&raw mut handle, TIMED) };
        context.check("cuEventCreate", code)?;
        Ok(Self {
            context: Rc::clone(context),
            handle,
        })
    }

    /// Marks the end of what `stream` holds now.
    pub fn record(&self, stream: &Stream) -> Result<(), CallError> {
        // SAFETY: both live.
        let code = unsafe { (self.context.table().event_record)(self.handle, stream.handle) };
        self.context.check("cuEventRecord", code)
    }

    /// Waits until the mark is reached.
    pub fn synchronize(&self) -> Result<(), CallError> {
        // SAFETY: the event lives.
        let code = unsafe { (self.context.table().event_synchronize)(self.handle) };
        self.context.check("cuEventSynchronize", code)
    }

    /// Whether the mark is reached: the GPU has come past it.
    pub fn is_reached(&self) -> Result<bool, CallError> {
        // SAFETY: the event lives.
        match unsafe { (self.context.table().event_query)(self.handle) } {
            NOT_READY => Ok(false),
            code => self.context.check("cuEventQuery", code).map(|()| true),
        }
    }

    /// Nanoseconds from `start` to this; both were reached.
    pub fn since(&self, start: &Self) -> Result<f64, CallError> {
        let mut milliseconds = 0.0;
        let table = self.context.table();
        let call = table.event_elapsed_2.unwrap_or(table.event_elapsed);
        // SAFETY: stores a number; both events live.
        let code = unsafe { call(&raw mut milliseconds, start.handle, self.handle) };
        self.context.check("cuEventElapsedTime", code)?;
        Ok(f64::from(milliseconds) * 1e6)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: destroys what `new` made, once.
        unsafe { (self.context.table().event_destroy)(self.handle) };
    }
}
