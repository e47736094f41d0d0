//! What is kept of a command's output: its beginning and its end, at most [`KEPT`] bytes.

use std::collections::VecDeque;

use super::launch::Sink;

/// The most bytes that are kept of standard output, and of standard error, of a case in one process.
pub const KEPT: usize = 1 << 20;

const HEAD: usize = KEPT / 2;
/// Room for the line that says what was left out.
const MARK: usize = 64;
const TAIL: usize = KEPT - HEAD - MARK;

/// The head and the tail of a stream of any length.
#[derive(Debug, Default)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
}

impl Sink for Capture {
    fn take(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        let rest = &rest[rest.len().saturating_sub(TAIL)..];
        let excess = (self.tail.len() + rest.len()).saturating_sub(TAIL);
        self.tail.drain(..excess);
        self.tail.extend(rest);
    }
}

impl Capture {
    /// Bytes in all, kept or not.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Bytes between head and tail that are not kept.
    pub fn left_out(&self) -> u64 {
        self.total - (self.head.len() + self.tail.len()) as u64
    }

    /// What is kept, with a line in the middle that says how much is missing, where some is.
    pub fn kept(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        if self.left_out() > 0 {
            bytes.extend(format!("\n[{} bytes left out]\n", self.left_out()).bytes());
        }
        bytes.extend(&self.tail);
        bytes
    }

    /// The last `count` lines, at most 4 KiB of them, for a failure's detail.
    pub fn last_lines(&self, count: usize) -> Option<String> {
        let kept = self.kept();
        let text = String::from_utf8_lossy(&kept[kept.len().saturating_sub(4096)..]);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let last = &lines[lines.len().saturating_sub(count)..];
        (!last.is_empty()).then(|| last.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(pieces: &[&[u8]]) -> Capture {
        let mut capture = Capture::default();
        for piece in pieces {
            capture.take(piece);
        }
        capture
    }

    #[test]
    fn short_output_is_whole() {
        let capture = captured(&[b"one\n", b"", b"two\nthree\n"]);
        assert_eq!(capture.kept(), b"one\ntwo\nthree\n");
        assert_eq!(capture.left_out(), 0);
        assert_eq!(capture.last_lines(2).as_deref(), Some("two\nthree"));
        assert_eq!(captured(&[]).last_lines(2), None);
    }

    #[test]
    fn long_output_keeps_both_ends_within_the_limit() {
        let middle = vec![b'x'; 3 * KEPT];
        for pieces in [
            vec![&b"begin\n"[..], &middle, b"\nend"],
            vec![&middle[..HEAD - 1], &middle, &middle, b"\nend"],
        ] {
            let capture = captured(&pieces);
            let kept = capture.kept();
            assert!(kept.len() <= KEPT, "{}", kept.len());
            assert!(kept.starts_with(&pieces[0][..5]));
            assert!(kept.ends_with(b"\nend"));
            let length: usize = pieces.iter().map(|piece| piece.len()).sum();
            assert_eq!(capture.total(), length as u64);
            let mark = format!("[{} bytes left out]", capture.left_out());
            assert!(String::from_utf8_lossy(&kept).contains(&mark));
        }
    }

    #[test]
    fn output_of_exactly_the_limit_loses_nothing() {
        let capture = captured(&[&vec![b'y'; HEAD + TAIL]]);
        assert_eq!(capture.left_out(), 0);
        assert_eq!(capture.kept().len(), HEAD + TAIL);
    }
}
