//! Preprocessed C++ as tokens, with the text of system headers left alone.

use std::collections::BTreeSet;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space, comments, and lines that begin with `#`.
    Space,
    /// Lines of a system header.
    System,
    /// An identifier or keyword.
    Word,
    /// A number.
    Number,
    /// A string or character literal.
    Text,
    /// One character of punctuation.
    Mark,
}

/// A piece of the source; all pieces together are the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
}

/// What stands for the folder of the host device's headers.
pub(in crate::device::host) const OWN_HEADERS: &str = "<warpmark>";

/// A line marker of a preprocessor: `# 12 "file" 1 3`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::device::host) struct Marker<'a> {
    /// The line.
    pub line: &'a str,
    /// The file's name, escapes left as they are.
    pub file: &'a str,
    /// What stands behind the name.
    pub flags: &'a str,
}

impl<'a> Marker<'a> {
    /// `line` where it is a marker.
    pub(in crate::device::host) fn parse(line: &'a str) -> Option<Self> {
        let rest = line.strip_prefix("# ")?;
        let (number, rest) = rest.split_once(" \"")?;
        let (file, flags) = rest.rsplit_once('"')?;
        number.parse::<u64>().ok()?;
        Some(Self {
            line: number,
            file,
            flags: flags.trim(),
        })
    }

    /// Whether it is a header of the system (flag 3) or of the host device.
    pub(in crate::device::host) fn is_system(&self) -> bool {
        self.file.starts_with(OWN_HEADERS) || self.flags.split(' ').any(|flag| flag == "3")
    }
}

/// Splits `source`. A file is the user's where a marker without the system flag names it; macros of system headers
/// that are used there stay the user's.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner {
        rest: source,
        line_start: true,
        found: Vec::new(),
    };
    let mut own = BTreeSet::new();
    let mut system = false;
    while !scanner.rest.is_empty() {
        if scanner.line_start && scanner.rest.starts_with('#') {
            let line = scanner.rest.lines().next().unwrap_or_default();
            if let Some(marker) = Marker::parse(line) {
                if !marker.is_system() {
                    own.insert(marker.file);
                }
                system = !own.contains(marker.file);
            }
            scanner.take_line(Kind::Space);
        } else if system && scanner.line_start {
            scanner.take_line(Kind::System);
        } else {
            scanner.take_token();
        }
    }
    scanner.found
}

struct Scanner<'a> {
    rest: &'a str,
    line_start: bool,
    found: Vec<Token<'a>>,
}

impl Scanner<'_> {
    fn take(&mut self, kind: Kind, length: usize) {
        let (text, rest) = self.rest.split_at(length);
        self.line_start = text.ends_with('\n') || self.line_start && text.trim().is_empty();
        self.rest = rest;
        self.found.push(Token { kind, text });
    }

    fn take_line(&mut self, kind: Kind) {
        let length = self
            .rest
            .find('\n')
            .map_or(self.rest.len(), |newline| newline + 1);
        self.take(kind, length);
    }

    fn take_token(&mut self) {
        let first = self.rest.chars().next().unwrap_or(' ');
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let run = |wanted: &dyn Fn(char) -> bool| {
            self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len())
        };
        if first.is_whitespace() {
            // Up to the end of a line, so that a marker on the next is seen.
            let length = run(&char::is_whitespace);
            let line = self.rest[..length].find('\n').map_or(length, |at| at + 1);
            self.take(Kind::Space, line);
        } else if let Some(length) = raw_string(self.rest) {
            self.take(Kind::Text, length);
        } else if first.is_ascii_digit() {
            let length = run(&|c| is_word(c) || c == '.' || c == '\'');
            self.take(Kind::Number, length);
        } else if is_word(first) {
            let length = run(&is_word);
            self.take(Kind::Word, length);
        } else if first == '"' || first == '\'' {
            self.take(Kind::Text, literal(self.rest, first));
        } else {
            self.take(Kind::Mark, first.len_utf8());
        }
    }
}

/// The length of the literal that `text` begins with; a newline ends one that isn't closed.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the raw string that `text` begins with, if it does.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = ["R\"", "LR\"", "uR\"", "UR\"", "u8R\""]
        .into_iter()
        .find(|prefix| text.starts_with(prefix))?;
    let (delimiter, _) = text[prefix.len()..].split_once('(')?;
    let end = format!("){delimiter}\"");
    let found = text.find(&end)?;
    Some(found + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<&str> {
        let all = tokens(source);
        assert_eq!(
            all.iter().map(|token| token.text).collect::<String>(),
            source
        );
        all.into_iter()
            .filter(|token| token.kind == Kind::Word)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn literals_hide_what_they_hold() {
        assert_eq!(words(r#"a "b \" c" d 'e' f"#), ["a", "d", "f"]);
        assert_eq!(words("x R\"y(z \" asm)y\" w"), ["x", "w"]);
        assert_eq!(words("1.5e3f 0x1p-24f 1'000 n"), ["n"]);
        assert_eq!(words("\"open\nnext"), ["next"]);
    }

    #[test]
    fn system_headers_are_left_alone() {
        let source = "# 1 \"k.cu\"\nmine\n# 1 \"/usr/include/math.h\" 1 3 4\ntheirs\n# 2 \"k.cu\" 2\nagain\n";
        assert_eq!(words(source), ["mine", "again"]);
    }

    #[test]
    fn a_system_macro_in_the_users_file_is_the_users() {
        let source = "# 1 \"k.cu\"\na\n# 1 \"k.cu\" 3 4\nb\n# 1 \"k.cu\"\nc\n";
        assert_eq!(words(source), ["a", "b", "c"]);
    }

    #[test]
    fn markers_are_read() {
        let marker = Marker::parse("# 12 \"a b.cu\" 1 3 4").expect("a marker");
        assert_eq!((marker.line, marker.file), ("12", "a b.cu"));
        assert!(marker.is_system());
        assert_eq!(Marker::parse("#pragma unroll"), None);
    }
}
