//! SIGINT, SIGTERM and SIGHUP: the first stops a run cleanly, another one ends everything at once.

use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::process::Happening;
use crate::{clocks, processes};

/// Signals this close to the first are the same wish: `timeout` and terminals send theirs twice.
const SAME_WISH: Duration = Duration::from_millis(250);

/// The signals that this process was sent since they are watched.
#[derive(Debug, Clone, Default)]
pub struct Signals(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    first: Option<(i32, Instant)>,
    listeners: Vec<Sender<Happening>>,
}

impl Signals {
    /// Watches from now on, to the end of this process; a hang-up only where it isn't ignored already.
    pub fn watch() -> io::Result<Self> {
        let signals = Self::default();
        let mut watched = vec![SIGINT, SIGTERM];
        // Whoever starts a run by nohup wants it to outlive the terminal.
        if !processes::ignores(SIGHUP) {
            watched.push(SIGHUP);
        }
        let mut source = signal_hook::iterator::Signals::new(watched)?;
        let watching = signals.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || source.forever().for_each(|signal| watching.notice(signal)))?;
        Ok(signals)
    }

    /// The first signal that was caught.
    pub fn caught(&self) -> Option<i32> {
        self.state().first.map(|(signal, _)| signal)
    }

    /// Tells `listener` of the first signal, also of one that was caught already.
    pub(super) fn listen(&self, listener: Sender<Happening>) {
        let mut state = self.state();
        if state.first.is_some() {
            let _ = listener.send(Happening::Signal);
        }
        state.listeners.push(listener);
    }

    fn notice(&self, signal: i32) {
        let mut state = self.state();
        match state.first {
            None => {
                state.first = Some((signal, Instant::now()));
                for listener in &state.listeners {
                    let _ = listener.send(Happening::Signal);
                }
            }
            Some((_, since)) if since.elapsed() < SAME_WISH => {}
            Some((first, _)) => {
                clocks::release_all();
                processes::end_below(std::process::id());
                signal_hook::low_level::exit(128 + first);
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
