//! Graphs: work that is captured once from a stream and replayed by one call.

use std::ptr;
use std::rc::Rc;

use super::error::NOT_SUPPORTED;
use super::table::Handle;
use super::{CallError, Context, Stream};

/// Captured work, ready to be replayed.
#[derive(Debug)]
pub struct Graph {
    context: Rc<Context>,
    executable: Handle,
}

impl Graph {
    /// Captures what `enqueue` puts into `stream` instead of executing it, and uploads it to the GPU.
    ///
    /// # Errors
    /// The driver's where it has no graphs, or where something in `enqueue` can't be captured.
    pub fn capture(
        context: &Rc<Context>,
        stream: &Stream,
        enqueue: impl FnOnce(&Stream) -> Result<(), CallError>,
    ) -> Result<Self, CallError> {
        let capture = Capture::begin(context, stream)?;
        let enqueued = enqueue(stream);
        // A capture is ended also where it went wrong, or the stream would never execute anything again.
        let template = capture.end();
        enqueued?;
        let graph = template?.instantiate()?;
        graph.upload(stream)?;
        Ok(graph)
    }

    /// Replays it in the order of `stream`.
    pub fn launch(&self, stream: &Stream) -> Result<(), CallError> {
        const CALL: &str = "cuGraphLaunch";
        let call = needed(&self.context, CALL, self.context.table().graph_launch)?;
        // SAFETY: both live; the memory that the captured work uses is the caller's to keep.
        let code = unsafe { call(self.executable, stream.handle) };
        self.context.check(CALL, code)
    }

    fn upload(&self, stream: &Stream) -> Result<(), CallError> {
        const CALL: &str = "cuGraphUpload";
        let call = needed(&self.context, CALL, self.context.table().graph_upload)?;
        // SAFETY: both live.
        let code = unsafe { call(self.executable, stream.handle) };
        self.context.check(CALL, code)
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        if let Some(destroy) = self.context.table().graph_executable_destroy {
            // SAFETY: destroys what was instantiated, once; the driver lets a replay under way end first.
            unsafe { destroy(self.executable) };
        }
    }
}

/// A stream that notes down its work; it ends with this.
struct Capture<'a> {
    context: &'a Rc<Context>,
    stream: &'a Stream,
    ended: bool,
}

impl<'a> Capture<'a> {
    fn begin(context: &'a Rc<Context>, stream: &'a Stream) -> Result<Self, CallError> {
        const CALL: &str = "cuStreamBeginCapture";
        const THREAD_LOCAL: i32 = 1;
        let call = needed(context, CALL, context.table().capture_begin)?;
        // SAFETY: the stream lives.
        let code = unsafe { call(stream.handle, THREAD_LOCAL) };
        context.check(CALL, code)?;
        Ok(Self {
            context,
            stream,
            ended: false,
        })
    }

    fn end(mut self) -> Result<Template, CallError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<Template, CallError> {
        const CALL: &str = "cuStreamEndCapture";
        self.ended = true;
        let call = needed(self.context, CALL, self.context.table().capture_end)?;
        let mut handle = ptr::null_mut();
        // SAFETY: the stream captures; stores a handle, which the template destroys.
        let code = unsafe { call(self.stream.handle, &raw mut handle) };
        // The handle is there, or null, also where the capture is void.
        let template = Template {
            context: Rc::clone(self.context),
            handle,
        };
        self.context.check(CALL, code).map(|()| template)
    }
}

impl Drop for Capture<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // Only on the way out of a panic: what was captured is of no use.
            let _ = self.stop();
        }
    }
}

/// Captured work that can't be replayed yet.
struct Template {
    context: Rc<Context>,
    handle: Handle,
}

impl Template {
    fn instantiate(self) -> Result<Graph, CallError> {
        const CALL: &str = "cuGraphInstantiateWithFlags";
        let call = needed(&self.context, CALL, self.context.table().graph_instantiate)?;
        let mut executable = ptr::null_mut();
        // SAFETY: the template lives; stores a handle, which the graph destroys.
        let code = unsafe { call(&raw mut executable, self.handle, 0) };
        self.context.check(CALL, code)?;
        Ok(Graph {
            context: Rc::clone(&self.context),
            executable,
        })
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        if let Some(destroy) = self.context.table().graph_destroy
            && !self.handle.is_null()
        {
            // SAFETY: destroys what the capture gave, once; what was instantiated from it is independent.
            unsafe { destroy(self.handle) };
        }
    }
}

/// The call, or the driver's own words for what it can't do.
fn needed<T>(context: &Rc<Context>, name: &'static str, call: Option<T>) -> Result<T, CallError> {
    match call {
        Some(call) => Ok(call),
        None => Err(context.refusal(name, NOT_SUPPORTED)),
    }
}
