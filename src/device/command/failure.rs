//! What went wrong with a command, in words for the author of the case.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use regex::Regex;
use rustix::io::Errno;

use super::capture::Capture;
use super::launch::LaunchError;
use super::supervisor::{Order, Step};
use super::surroundings::Occasion;
use crate::files::FileError;
use crate::id::AxisValue;
use crate::record::{Failure, FailureKind, Refusal};

/// The lines of output that a failure shows.
const LINES: usize = 20;

fn failed(kind: FailureKind, message: String, detail: Option<String>) -> Refusal {
    Refusal::Failed(Failure {
        kind,
        message,
        detail,
    })
}

/// A file or folder of the run could not be used.
pub fn file(error: &FileError) -> Refusal {
    let message = format!("{error}: {}", error.source);
    failed(FailureKind::Command, message, None)
}

/// The folder that the command should run in isn't there.
pub fn no_folder(folder: &Path) -> Refusal {
    failed(
        FailureKind::Command,
        format!("its folder {} doesn't exist", folder.display()),
        Some("hint: make the folder, or change `folder` in the manifest".to_owned()),
    )
}

/// The pattern is no regular expression; manifests are checked, so this is for callers of the library.
pub fn pattern(error: &regex::Error) -> Refusal {
    let message = "the pattern for standard output is no regular expression".to_owned();
    failed(FailureKind::Command, message, Some(error.to_string()))
}

/// It could not be started.
pub fn not_started(
    order: &Order,
    folder: &Path,
    step: Step,
    answer: (Option<i32>, &str),
) -> Refusal {
    let (errno, words) = answer;
    let program = order.command.first().map_or("", String::as_str);
    let (message, hint) = match step {
        Step::Supervise => (format!("{program:?} can't be watched over: {words}"), None),
        Step::OpenStdin => {
            let path = order.stdin.as_deref().unwrap_or_default();
            let path = String::from_utf8_lossy(path);
            let hint = "hint: `stdin` is a file beside the manifest; leave it out for an empty one";
            (
                format!("cannot read its standard input {path}: {words}"),
                Some(hint.to_owned()),
            )
        }
        Step::Start => unstartable(program, folder, errno, words),
    };
    failed(FailureKind::Command, message, hint)
}

fn unstartable(
    program: &str,
    folder: &Path,
    errno: Option<i32>,
    words: &str,
) -> (String, Option<String>) {
    let is_path = program.contains('/');
    let (message, hint) = match errno.map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) if is_path && folder.join(program).exists() => (
            format!(
                "command {program:?} can't start: the interpreter that its first line names doesn't exist"
            ),
            "hint: look at the `#!` line, and at the file's line ends",
        ),
        Some(Errno::NOENT) if is_path => (
            format!("command {program:?} not found in {}", folder.display()),
            "hint: the path counts from the case's folder; check its spelling",
        ),
        Some(Errno::NOENT) => (
            format!("command {program:?} not found"),
            "hint: it is in no folder of PATH; install it, or give its path",
        ),
        Some(Errno::ACCESS) => (
            format!("command {program:?} is not executable"),
            "hint: `chmod +x` it, or name its interpreter first: [\"python3\", \"script.py\"]",
        ),
        Some(Errno::NOEXEC) => (
            format!("command {program:?} is no program of this machine"),
            "hint: a script begins with `#!` and its interpreter; or name the interpreter first",
        ),
        Some(Errno::TOOBIG) => (
            format!("command {program:?} can't start: its arguments and variables are too long"),
            "hint: pass long lists in a file, by `stdin` or `setup`",
        ),
        _ => return (format!("command {program:?} can't start: {words}"), None),
    };
    (message, Some(hint.to_owned()))
}

/// It could not be run to its end.
pub fn launch(occasion: Occasion, error: &LaunchError) -> Refusal {
    let kind = match error {
        LaunchError::Timeout(_) => FailureKind::Timeout,
        LaunchError::Supervisor { .. } => FailureKind::Crash,
    };
    failed(kind, format!("{}: {error}", occasion.name()), None)
}

/// It must have ended by itself with status 0.
pub fn status(
    status: i32,
    occasion: Occasion,
    printed: (&Capture, &Capture),
) -> Result<(), Refusal> {
    let status = ExitStatus::from_raw(status);
    if status.success() {
        return Ok(());
    }
    let name = occasion.name();
    let message = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("{name} was killed by {}", signal_name(signal)),
        (None, Some(code)) => format!("{name} ended with status {code}"),
        (None, None) => format!("{name} ended in a way that the system doesn't explain"),
    };
    let (stdout, stderr) = printed;
    let detail = stderr
        .last_lines(LINES)
        .or_else(|| stdout.last_lines(LINES));
    Err(failed(FailureKind::Command, message, detail))
}

fn signal_name(signal: i32) -> String {
    let meaning = match signal {
        9 => ", as the system does when memory runs out",
        _ => "",
    };
    match signal_hook::low_level::signal_name(signal) {
        Some(name) => format!("{name} (signal {signal}{meaning})"),
        None => format!("signal {signal}"),
    }
}

/// Standard output must match `pattern`, as far as it is kept.
pub fn unmatched(pattern: &Regex, stdout: &Capture) -> Result<(), Refusal> {
    let kept = stdout.kept();
    if pattern.is_match(&String::from_utf8_lossy(&kept)) {
        return Ok(());
    }
    let seen = match stdout.left_out() {
        0 => String::new(),
        bytes => format!(" (its middle, {bytes} bytes, was not looked at)"),
    };
    Err(failed(
        FailureKind::Wrong,
        format!("standard output doesn't match /{pattern}/{seen}"),
        stdout
            .last_lines(LINES)
            .or_else(|| Some("it printed nothing".to_owned())),
    ))
}

/// A case of the unit has no time.
pub fn untimed(point: &BTreeMap<String, AxisValue>, stdout: &Capture) -> Refusal {
    let point: Vec<String> = point
        .iter()
        .map(|(axis, value)| format!("{axis}={value}"))
        .collect();
    failed(
        FailureKind::Protocol,
        format!("it reported no time for {}", point.join(", ")),
        stdout.last_lines(LINES),
    )
}
