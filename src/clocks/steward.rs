//! One GPU's NVML on a thread of its own, so that a call that hangs doesn't hang warpmark.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Trouble;
use crate::device::cuda::nvml::{self, Change, Gpu, Identity, Library};

/// A call that takes longer hangs. The slowest known ones (persistence mode, opening a driver that isn't loaded) take
/// a second or two.
const LIMIT: Duration = Duration::from_secs(5);

type Call = Box<dyn FnOnce(&mut Gpu<'_>) + Send>;

/// Asks and sets one GPU. It keeps the library open, so that a driver without persistence mode keeps what was set.
#[derive(Debug)]
pub struct Steward {
    calls: Option<Sender<Call>>,
    thread: Option<JoinHandle<()>>,
    hung: AtomicBool,
}

impl Steward {
    /// Opens NVML, and the GPU in it.
    pub fn open(identity: Identity) -> Result<Self, Trouble> {
        let (calls, taken) = mpsc::channel::<Call>();
        let (opened, answer) = mpsc::channel();
        let serve = move || {
            let library = match Library::open() {
                Ok(library) => library,
                Err(error) => return drop(opened.send(Err(Trouble::NoNvml(error)))),
            };
            let mut gpu = match library.gpu(&identity) {
                Ok(gpu) => gpu,
                Err(why) => return drop(opened.send(Err(Trouble::answered("the GPU", why)))),
            };
            let _ = opened.send(Ok(()));
            // The sender has gone, and with it the reason to hold the library.
            drop(opened);
            for call in taken {
                call(&mut gpu);
            }
        };
        let thread = thread::Builder::new()
            .name("nvml".to_owned())
            .spawn(serve)
            .map_err(Trouble::Thread)?;
        let steward = Self {
            calls: Some(calls),
            thread: Some(thread),
            hung: AtomicBool::new(false),
        };
        steward.await_answer("nvmlInit_v2", &answer)??;
        Ok(steward)
    }

    /// The names of the GPUs that NVML knows, in its order.
    pub fn names() -> Result<Vec<String>, Trouble> {
        const CALL: &str = "nvmlDeviceGetHandleByIndex_v2";
        let (sender, answer) = mpsc::channel();
        let ask = || -> Result<Vec<String>, Trouble> {
            let library = Library::open().map_err(Trouble::NoNvml)?;
            let refused = |why| Trouble::answered(CALL, why);
            let numbers = 0..library.count().map_err(refused)?;
            let names = numbers.map(|number| library.gpu_numbered(number)?.whole_uuid());
            names.collect::<Result<_, _>>().map_err(refused)
        };
        thread::Builder::new()
            .name("nvml".to_owned())
            .spawn(move || sender.send(ask()))
            .map_err(Trouble::Thread)?;
        answer
            .recv_timeout(LIMIT)
            .unwrap_or(Err(Trouble::Hung(CALL)))
    }

    /// Calls `call` and waits for its answer; `name` is what it calls, for people.
    pub fn ask<T, E>(
        &self,
        name: &'static str,
        call: impl FnOnce(&mut Gpu<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Trouble>
    where
        T: Send + 'static,
        E: Into<nvml::ChangeError> + Send + 'static,
    {
        if self.hung.load(Ordering::Relaxed) {
            return Err(Trouble::Hung(name));
        }
        let (sender, answer) = mpsc::channel();
        let call: Call = Box::new(move |gpu| {
            let _ = sender.send(call(gpu));
        });
        if let Some(calls) = &self.calls {
            // Where the thread has gone, nobody answers.
            let _ = calls.send(call);
        }
        self.await_answer(name, &answer)?
            .map_err(|error| match error.into() {
                nvml::ChangeError::Observing => Trouble::Observing,
                nvml::ChangeError::Refused(why) => Trouble::answered(name, why),
            })
    }

    /// Changes a setting.
    pub fn change(&self, change: Change) -> Result<(), Trouble> {
        self.ask(change.call(), move |gpu| nvml::apply(gpu, change))
    }

    fn await_answer<T>(
        &self,
        name: &'static str,
        answer: &mpsc::Receiver<T>,
    ) -> Result<T, Trouble> {
        answer.recv_timeout(LIMIT).map_err(|error| {
            if error == RecvTimeoutError::Timeout {
                self.hung.store(true, Ordering::Relaxed);
            }
            Trouble::Hung(name)
        })
    }
}

impl Drop for Steward {
    fn drop(&mut self) {
        drop(self.calls.take());
        // A thread that hangs is left to the end of the process.
        let hung = self.hung.load(Ordering::Relaxed);
        if let Some(thread) = self.thread.take().filter(|_| !hung) {
            let _ = thread.join();
        }
    }
}
