//! Turns preprocessed CUDA into C++ where macros can't: `__global__`, `__shared__`, inline PTX, `<<<>>>`.
//!
//! It changes tokens of the user's files only and keeps every line where it is, so that a compiler's messages name
//! the lines of the source.

mod assembly;
mod kernels;
mod shared;
mod token;

use token::{Kind, Token, tokens};

pub(super) use token::{Marker, OWN_HEADERS};

/// How kernels are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Blocks run on several threads, each with shared memory of its own.
    pub threads: bool,
    /// The compiler is a clang.
    pub clang: bool,
}

/// What came of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// C++ for the host header.
    pub text: String,
    /// The names of its kernels in their order, without namespaces.
    pub kernels: Vec<String>,
}

/// Rewrites `preprocessed`.
pub(super) fn rewrite(preprocessed: &str, dialect: Dialect) -> Rewritten {
    let mut source = Source::new(preprocessed);
    let kernels = kernels::rewrite(&mut source, dialect);
    shared::rewrite(&mut source, dialect);
    assembly::rewrite(&mut source);
    kernels::rewrite_launches(&mut source);
    Rewritten {
        text: source.finish(),
        kernels,
    }
}

/// A source under change: its tokens, which of them are code, and what some are replaced by.
struct Source<'a> {
    tokens: Vec<Token<'a>>,
    /// The tokens that are neither space nor a system header's.
    code: Vec<usize>,
    /// For each of `code`, whether it stands in a function's body.
    in_function: Vec<bool>,
    replaced: Vec<Option<String>>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let tokens = tokens(text);
        let code: Vec<usize> = (0..tokens.len())
            .filter(|&at| !matches!(tokens[at].kind, Kind::Space | Kind::System))
            .collect();
        let mut source = Self {
            replaced: vec![None; tokens.len()],
            in_function: Vec::new(),
            tokens,
            code,
        };
        source.in_function = source.scopes();
        source
    }

    /// The text of the code token `at`; empty beyond the end.
    fn text(&self, at: usize) -> &'a str {
        self.code
            .get(at)
            .map_or("", |&token| self.tokens[token].text)
    }

    fn kind(&self, at: usize) -> Kind {
        self.code
            .get(at)
            .map_or(Kind::Space, |&token| self.tokens[token].kind)
    }

    /// Code tokens that are the word `word`.
    fn all(&self, words: &[&str]) -> Vec<usize> {
        (0..self.code.len())
            .filter(|&at| self.kind(at) == Kind::Word && words.contains(&self.text(at)))
            .collect()
    }

    /// Puts `text` in the place of the code token `at`; its lines, if it has several, stay.
    fn replace(&mut self, at: usize, text: impl Into<String>) {
        if let Some(&token) = self.code.get(at) {
            let lines = self.tokens[token].text.matches('\n').count();
            self.replaced[token] = Some(text.into() + &"\n".repeat(lines));
        }
    }

    /// Puts `text` in the place of the code tokens `from..=to`; the lines between stay.
    fn replace_range(&mut self, from: usize, to: usize, text: &str) {
        for at in from..=to {
            self.replace(at, if at == from { text } else { "" });
        }
    }

    /// The text of the code tokens `from..to`, as it will be.
    fn joined(&self, from: usize, to: usize) -> String {
        let words: Vec<&str> = (from..to)
            .map(|at| {
                let token = self.code[at];
                self.replaced[token]
                    .as_deref()
                    .unwrap_or(self.tokens[token].text)
            })
            .collect();
        words.join(" ")
    }

    /// The token that closes the bracket at `open`, or the last token.
    fn closing(&self, open: usize) -> usize {
        let (opening, closing) = match self.text(open) {
            "(" => ("(", ")"),
            "[" => ("[", "]"),
            "<" => ("<", ">"),
            _ => ("{", "}"),
        };
        let mut depth = 0_usize;
        for at in open..self.code.len() {
            if self.text(at) == opening {
                depth += 1;
            } else if self.text(at) == closing {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
        }
        self.code.len().saturating_sub(1)
    }

    /// The first token of the statement or declaration that `at` belongs to.
    fn statement_start(&self, at: usize) -> usize {
        (0..at)
            .rev()
            .find(|&before| matches!(self.text(before), ";" | "{" | "}"))
            .map_or(0, |before| before + 1)
    }

    /// The next `;` from `at` on.
    fn statement_end(&self, at: usize) -> usize {
        (at..self.code.len())
            .find(|&after| self.text(after) == ";")
            .unwrap_or(self.code.len().saturating_sub(1))
    }

    /// Behind `at`, where an attribute (`__attribute__((...))`, `alignas(...)`, `[[...]]`) begins, else `at`.
    fn skip_attribute(&self, at: usize) -> usize {
        match self.text(at) {
            "__attribute__" | "alignas" | "__declspec" => self.closing(at + 1) + 1,
            "[" if self.text(at + 1) == "[" => self.closing(at) + 1,
            _ => at,
        }
    }

    /// Where functions' bodies are.
    fn scopes(&self) -> Vec<bool> {
        let mut open: Vec<bool> = Vec::new();
        let mut inside = Vec::with_capacity(self.code.len());
        for at in 0..self.code.len() {
            inside.push(open.last().copied().unwrap_or(false));
            match self.text(at) {
                "{" => {
                    let within = open.last().copied().unwrap_or(false);
                    open.push(within || !self.opens_no_body(at));
                }
                "}" => {
                    open.pop();
                }
                _ => {}
            }
        }
        inside
    }

    /// Whether the brace at `at` opens a namespace, a linkage block or a type.
    fn opens_no_body(&self, at: usize) -> bool {
        let mut types = false;
        let mut parameters = false;
        let mut next = self.statement_start(at);
        while next < at {
            let skipped = self.skip_attribute(next);
            if skipped > next {
                next = skipped;
                continue;
            }
            match self.text(next) {
                "namespace" => return true,
                "extern" if self.kind(next + 1) == Kind::Text => return true,
                "struct" | "class" | "union" | "enum" => types = true,
                "(" => parameters = true,
                _ => {}
            }
            next += 1;
        }
        types && !parameters
    }

    fn finish(self) -> String {
        let mut text = String::new();
        for (token, replaced) in self.tokens.iter().zip(self.replaced) {
            match replaced {
                Some(other) => text.push_str(&other),
                None => text.push_str(token.text),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const ONE_THREAD: Dialect = Dialect {
        threads: false,
        clang: false,
    };

    #[test]
    fn bodies_are_told_from_namespaces_and_types() {
        let text = "namespace a { struct B { int c; }; extern \"C\" { template <class T> void f(T x) { y; } } }";
        let source = Source::new(text);
        let inside = |word: &str| source.in_function[source.all(&[word])[0]];
        assert!(!inside("c"));
        assert!(inside("y"));
        assert!(!inside("T"));
    }

    #[test]
    fn what_needs_no_change_keeps_every_byte() {
        let text = "# 1 \"k.cu\"\nint f(int a) {\n  return a < 3 ? a << 2 : a >> 1; // x\n}\n";
        assert_eq!(rewrite(text, ONE_THREAD).text, text);
    }
}
