//! Text of others in Markdown, so that it stays text: no element, no cell, no link, and nobody is notified.
//!
//! GitHub makes links of what it has parsed: of `@name`, `#12`, commits and addresses, however they are escaped, but
//! never within code. So a word that it would link stands as code.

use std::fmt::Write;

use crate::report::text;

/// `given` as plain text of a line or of a table's cell: line ends become spaces, every character with a meaning is
/// escaped, and words that would become links stand as code.
pub(in crate::report) fn escape(given: &str) -> String {
    let text = one_line(given);
    let text = text.trim();
    let mut out = String::with_capacity(text.len() + 16);
    if starts_a_block(text) {
        out.push('\\');
    }
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 {
            out.push(' ');
        }
        if place == 0 && is_number_of_a_list(word) {
            out.push_str(&word[..word.len() - 1]);
            out.push('\\');
            out.push_str(&word[word.len() - 1..]);
        } else if would_link(word) {
            let linked = word.trim_end_matches([',', '.', ';', ':']);
            out.push_str(&code(linked));
            out.push_str(&word[linked.len()..]);
        } else {
            push_plain(&mut out, word);
        }
    }
    out
}

/// `given` as code within a line or a table's cell. Pipes stand between pieces of code, since they mean different
/// things in code within and outside of tables.
pub(in crate::report) fn code(given: &str) -> String {
    let line = one_line(given);
    let pieces = line.split('|').map(|piece| {
        if piece.is_empty() {
            String::new()
        } else {
            span(piece)
        }
    });
    pieces.collect::<Vec<_>>().join("\\|")
}

/// `given` as a block of code, whose fence is longer than any run of backquotes in it.
pub(in crate::report) fn block(given: &str) -> String {
    let text = text::harmless(given);
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    let end = if text.ends_with('\n') || text.is_empty() {
        ""
    } else {
        "\n"
    };
    format!("{fence}\n{text}{end}{fence}")
}

fn one_line(given: &str) -> String {
    text::harmless(given).replace('\n', " ")
}

fn span(piece: &str) -> String {
    let fence = "`".repeat(longest_run(piece) + 1);
    // One space on both sides is taken away again, and parts backquotes from the fence.
    let is_only_space = piece.trim_matches(' ').is_empty();
    let touches = |c: Option<char>| matches!(c, Some('`' | ' '));
    let pad = if !is_only_space
        && (touches(piece.chars().next()) || touches(piece.chars().next_back()))
    {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{piece}{pad}{fence}")
}

/// The length of the longest run of backquotes.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

fn push_plain(out: &mut String, word: &str) {
    for c in word.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                let _ = write!(out, "\\{c}"); // writing to a String can't fail
            }
            c => out.push(c),
        }
    }
}

/// Whether `text` at the start of a line would be a list, a rule, or make a heading of the line before.
fn starts_a_block(text: &str) -> bool {
    let only = |mark: char| text.chars().all(|c| c == mark || c == ' ');
    let item = |mark: char| {
        let rest = text.strip_prefix(mark);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    !text.is_empty() && (item('-') || item('+') || only('-') || only('='))
}

/// Whether `word` is `1.` or `1)`.
fn is_number_of_a_list(word: &str) -> bool {
    let digits = word.strip_suffix(['.', ')']);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether GitHub makes a link or a picture of a part of `word`.
fn would_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let number_after = |mark: &str| {
        let mut after = lower.split(mark).skip(1);
        after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    lower.contains('@')
        || lower.contains("://")
        || lower.contains("www.")
        || lower.contains("ghsa-")
        || number_after("#")
        || number_after("gh-")
        || lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_commit)
        || is_emoji(&lower)
}

/// Whether `run` looks like a commit's hash.
fn is_commit(run: &str) -> bool {
    let has = |test: fn(&u8) -> bool| run.bytes().any(|byte| test(&byte));
    (7..=40).contains(&run.len())
        && run.bytes().all(|byte| byte.is_ascii_hexdigit())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

/// Whether there is a `:name:` in it.
fn is_emoji(word: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let parts: Vec<&str> = word.split(':').collect();
    let inner = parts.get(1..parts.len().saturating_sub(1));
    let mut inner = inner.into_iter().flatten();
    // A single digit is none, and stands in names of devices.
    inner.any(|part| {
        let is_digit = part.len() == 1 && part.chars().all(|c| c.is_ascii_digit());
        !part.is_empty() && !is_digit && part.chars().all(of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let table = [
            ("copy/n=4096", "copy/n=4096"),
            ("a<script>|b\n", "a&lt;script&gt;\\|b"),
            ("*a* _b_ `c`", "\\*a\\* \\_b\\_ \\`c\\`"),
            ("- a", "\\- a"),
            ("---", "\\---"),
            ("==", "\\=="),
            ("-3.000 %", "-3.000 %"),
            ("1. a", "1\\. a"),
            ("1.225 ms", "1.225 ms"),
            ("    a", "a"),
            ("a\u{202e}b", "a\\\\u\\{202e\\}b"),
            ("", ""),
        ];
        for (given, expected) in table {
            assert_eq!(escape(given), expected, "{given}");
        }
    }

    #[test]
    fn what_would_be_linked_is_code() {
        let table = [
            ("by @someone", "by `@someone`"),
            ("fixes #12", "fixes `#12`"),
            ("# 12", "\\# 12"),
            ("#a", "\\#a"),
            ("GH-12", "`GH-12`"),
            ("at 429ebfd5", "at `429ebfd5`"),
            ("1048576 bytes", "1048576 bytes"),
            ("see https://a.example/b_c", "see `https://a.example/b_c`"),
            ("WWW.a.example", "`WWW.a.example`"),
            (":tada: cuda:0: a", "`:tada`: cuda:0: a"),
            ("at 429ebfd5, then", "at `429ebfd5`, then"),
            ("a@b|c", "`a@b`\\|`c`"),
            ("@a`b", "``@a`b``"),
        ];
        for (given, expected) in table {
            assert_eq!(escape(given), expected, "{given}");
        }
    }

    #[test]
    fn code_is_code_whatever_is_in_it() {
        let table = [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a`", "`` `a` ``"),
            ("``", "``` `` ```"),
            (" a ", "`  a  `"),
            ("a|b", "`a`\\|`b`"),
            ("|", "\\|"),
            ("a\nb", "`a b`"),
            ("<b>&amp;", "`<b>&amp;`"),
            ("", ""),
        ];
        for (given, expected) in table {
            assert_eq!(code(given), expected, "{given}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(block("a\nb"), "```\na\nb\n```");
        assert_eq!(block("a\n"), "```\na\n```");
        assert_eq!(block("````\n"), "`````\n````\n`````");
    }
}
