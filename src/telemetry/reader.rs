//! A thread that asks, so that an answer that doesn't come holds up nobody.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::instruments::Instruments;
use crate::device::cuda::nvml::{Answer, Identity, Library, Unknown};

/// The library opens within this time, or counts as one that doesn't answer.
const OPENING: Duration = Duration::from_secs(5);

/// It answers within this time later.
const ANSWERING: Duration = Duration::from_secs(1);

/// It closes within this time, or is left to the end of the process.
const CLOSING: Duration = Duration::from_millis(200);

/// What the thread does with the instruments, or with the reason why there are none.
type Work = Box<dyn FnOnce(Answer<&dyn Instruments>) + Send>;

/// A hold on a thread that asks a GPU's instruments; they are given back when it is dropped.
#[derive(Debug)]
pub struct Reader {
    sender: Option<Sender<Work>>,
    /// Hears nothing, and ends with the thread.
    closed: Receiver<()>,
    limit: Duration,
    /// Why nothing is asked any more.
    silent: Option<Unknown>,
}

/// An answer that is still to come.
#[derive(Debug)]
pub struct Pending<T>(Receiver<Answer<T>>);

impl Reader {
    /// Opens NVML for a GPU, in the thread.
    pub fn of_gpu(identity: Identity) -> Self {
        Self::with(move |work| {
            let library = Library::open();
            let gpu = match &library {
                Ok(library) => library.gpu(&identity),
                Err(error) => Err(Unknown::Other(error.to_string())),
            };
            for work in work {
                match &gpu {
                    Ok(gpu) => work(Ok(gpu)),
                    Err(why) => work(Err(why.clone())),
                }
            }
        })
    }

    /// Asks instruments of a script.
    #[cfg(test)]
    pub fn of(instruments: impl Instruments + Send + 'static) -> Self {
        Self::with(move |work| work.into_iter().for_each(|work| work(Ok(&instruments))))
    }

    fn with(serve: impl FnOnce(Receiver<Work>) + Send + 'static) -> Self {
        let (sender, work) = mpsc::channel();
        let (closing, closed) = mpsc::channel();
        thread::spawn(move || {
            serve(work);
            drop(closing);
        });
        Self {
            sender: Some(sender),
            closed,
            limit: OPENING,
            silent: None,
        }
    }

    /// The answer to a question, or why there is none. A question that isn't answered in time is the last: all later
    /// ones are refused at once.
    pub fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&dyn Instruments) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let pending = self.begin(question)?;
        let limit = self.limit;
        self.limit = ANSWERING;
        self.receive(&pending, limit)
    }

    /// Asks, and waits for nothing.
    pub fn begin<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&dyn Instruments) -> Answer<T> + Send + 'static,
    ) -> Answer<Pending<T>> {
        if let Some(why) = &self.silent {
            return Err(why.clone());
        }
        let (sender, receiver) = mpsc::channel();
        let work: Work = Box::new(move |instruments| {
            // Whoever asked may have given up.
            let _ = sender.send(instruments.and_then(question));
        });
        if let Some(to) = &self.sender {
            // A thread that is gone shows when the answer is waited for.
            let _ = to.send(work);
        }
        Ok(Pending(receiver))
    }

    /// Waits for an answer until `limit` is over.
    pub fn receive<T>(&mut self, pending: &Pending<T>, limit: Duration) -> Answer<T> {
        let why = match pending.0.recv_timeout(limit) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) => Unknown::Other(format!(
                "NVML has not answered for {} s",
                limit.as_secs_f64()
            )),
            Err(RecvTimeoutError::Disconnected) => {
                Unknown::Other("the thread that asks NVML has ended".to_owned())
            }
        };
        self.silent = Some(why.clone());
        Err(why)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.sender = None;
        if self.silent.is_none() {
            // It only ever ends: nothing is sent.
            let _ = self.closed.recv_timeout(CLOSING);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::telemetry::watch::scripted::Scripted;

    #[test]
    fn an_answer_that_does_not_come_is_waited_for_once() {
        let mut reader = Reader::of(Scripted::default());
        assert_eq!(reader.ask(|gpu| gpu.temperature()), Ok(60));
        let stuck = reader.ask(|_| {
            thread::sleep(Duration::from_secs(4));
            Ok(())
        });
        let why = stuck.expect_err("no answer").to_string();
        assert_eq!(why, "NVML has not answered for 1 s");
        let began = Instant::now();
        assert!(reader.ask(|gpu| gpu.temperature()).is_err());
        drop(reader);
        assert!(began.elapsed() < Duration::from_millis(100));
    }
}
