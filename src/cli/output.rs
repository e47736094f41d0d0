//! Standard output: results and nothing else.

use std::io::{self, Write};

/// Writes `bytes` to standard output; a reader that has gone away, as `head` does, is no error.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
