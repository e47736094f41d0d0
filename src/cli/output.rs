//! Standard output: results and nothing else.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Fault;
use crate::files;
use crate::id::{Name, NameError};

/// Writes text that may have colours to standard output, which takes them away where it goes to no terminal; a reader that
/// has gone away, as `head` does, is no error. Text without colours is written as it is.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    const ESCAPE: u8 = 0x1b;
    if bytes.contains(&ESCAPE) {
        print_to(anstream::stdout().lock(), bytes)
    } else {
        print_as_is(bytes)
    }
}

/// Writes `bytes` to standard output as they are: what takes colours away also takes some control characters, such as
/// DEL, which a file format may hold.
pub fn print_as_is(bytes: &[u8]) -> io::Result<()> {
    print_to(io::stdout().lock(), bytes)
}

/// Writes the file at `out`, at once; standard output as it is where there is none.
pub fn write_out(bytes: &[u8], out: Option<&Path>) -> anyhow::Result<()> {
    match out {
        Some(path) => files::write_atomically(path, bytes).map_err(Fault::from)?,
        None => print_as_is(bytes)?,
    }
    Ok(())
}

fn print_to(mut out: impl Write, bytes: &[u8]) -> io::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says on standard error what the user should know.
pub fn warn(message: &str) {
    use anstyle::{AnsiColor, Style};
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    anstream::eprintln!("{yellow}warning{yellow:#}: {message}");
}

/// `value` as JSON over several lines, with a line end.
pub fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

/// The day that it is, in UTC.
pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

/// `path` as it is shown: relative to the current folder where it lies below.
pub fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty())
        .unwrap_or(path)
        .to_owned()
}

/// A suite's name on the command line.
pub fn name(text: &str) -> Result<Name, NameError> {
    Name::new(text)
}
