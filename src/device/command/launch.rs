//! The worker's side of running a command: starts its supervisor, reads all it prints, takes the outcome.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::supervisor::{Order, Outcome};

/// Takes what a command prints, piece by piece.
pub trait Sink: Send {
    /// Takes the next bytes.
    fn take(&mut self, bytes: &[u8]);
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The supervisor could not be started, or died.
    #[error("the process that watches over it {doing}: {source}")]
    Supervisor {
        /// What went wrong with it.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// It took longer than it may; all of it was ended.
    #[error("timed out after {} s", .0.as_secs_f64())]
    Timeout(Duration),
}

impl LaunchError {
    fn at(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Supervisor { doing, source }
    }
}

/// Runs `order` in `folder` under a supervisor, which is `program`, and gives all output to the two sinks.
/// After `limit`, where there is one, the command and all below it are ended.
pub fn run(
    program: &Path,
    order: &Order,
    folder: &Path,
    sinks: (&mut dyn Sink, &mut dyn Sink),
    limit: Option<Duration>,
) -> Result<Outcome, LaunchError> {
    let (mut child, socket) =
        start(program, folder).map_err(LaunchError::at("can't be started"))?;
    let outputs = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = sinks;
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| drain(outputs.0, stdout));
        scope.spawn(|| drain(outputs.1, stderr));
        // The socket closes when this is done: a supervisor that still runs then ends its command, and the
        // threads that read its output end too.
        ask(socket, order, limit)
    });
    child.wait().map_err(LaunchError::at("was lost"))?;
    answer
}

fn start(program: &Path, folder: &Path) -> io::Result<(Child, UnixStream)> {
    let (own, other) = UnixStream::pair()?;
    let mut command = Command::new(program);
    for name in crate::device::variables_to_remove() {
        command.env_remove(name);
    }
    let child = command
        .arg(super::VERB)
        .current_dir(folder)
        .stdin(Stdio::from(OwnedFd::from(other)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Not in the terminal's group: an interrupt is for the parent, which ends its workers in order.
        .process_group(0)
        .spawn()?;
    Ok((child, own))
}

fn ask(
    mut socket: UnixStream,
    order: &Order,
    limit: Option<Duration>,
) -> Result<Outcome, LaunchError> {
    let mut line = serde_json::to_vec(order)
        .map_err(io::Error::other)
        .map_err(LaunchError::at("can't be told what to do"))?;
    line.push(b'\n');
    let exchange = || -> io::Result<String> {
        socket.set_read_timeout(limit)?;
        socket.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(socket).read_line(&mut answer)?;
        Ok(answer)
    };
    match (exchange(), limit) {
        (Ok(answer), _) => serde_json::from_str(&answer)
            .map_err(io::Error::other)
            .map_err(LaunchError::at("died")),
        (Err(error), Some(limit)) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(LaunchError::Timeout(limit))
        }
        (Err(error), _) => Err(LaunchError::at("can't be reached")(error)),
    }
}

/// Reads to the end, so that a command never waits for its reader.
fn drain(output: Option<impl Read>, sink: &mut dyn Sink) {
    let Some(mut output) = output else { return };
    let mut piece = vec![0; 1 << 16];
    loop {
        match output.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => sink.take(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
