//! Inline PTX: a statement with instructions becomes a call that only an unsupported kernel keeps.

use super::{Kind, Source};

/// What of the instructions a message shows.
const SHOWN: usize = 60;

/// Replaces `asm` statements with a template; an empty one is a compiler barrier and stays.
pub(super) fn rewrite(source: &mut Source<'_>) {
    for (number, at) in source
        .all(&["asm", "__asm__", "__asm"])
        .into_iter()
        .enumerate()
    {
        let mut open = at + 1;
        while source.kind(open) == Kind::Word {
            open += 1; // volatile, goto, inline
        }
        if !source.in_function[at] || source.text(open) != "(" {
            continue;
        }
        let template = template(source, open + 1);
        if template.is_empty() {
            continue;
        }
        let name = format!("warpmark_unsupported_asm_{number}");
        let call = format!(
            "do {{ void {name}() __attribute__((error(\"warpmark: unsupported: inline PTX `{template}`: \
             a CPU has other instructions\"))); {name}(); }} while (0)"
        );
        let end = source.closing(open);
        source.replace_range(at, end, &call);
    }
}

/// The text of the string literals from `at` on, on one line, fit for a message.
fn template(source: &Source<'_>, mut at: usize) -> String {
    let mut text = String::new();
    while source.kind(at) == Kind::Text {
        let literal = source.text(at);
        let inner = match literal.split_once("R\"") {
            Some((_, raw)) => raw
                .split_once('(')
                .and_then(|(_, rest)| rest.rsplit_once(')'))
                .map_or("", |(inner, _)| inner),
            None => literal.trim_matches('"'),
        };
        text.push_str(inner);
        text.push(' ');
        at += 1;
    }
    let plain = text.replace("\\n", " ").replace("\\t", " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line: String = words
        .join(" ")
        .chars()
        .map(|c| {
            if c == '\\' || c == '"' || c == '`' {
                '\''
            } else {
                c
            }
        })
        .collect();
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use crate::device::host::rewrite::rewrite;
    use crate::device::host::rewrite::tests::ONE_THREAD;

    #[test]
    fn instructions_are_refused_and_barriers_stay() {
        let refused = [
            "void f() { asm volatile(\"bar.sync \" \"1;\" :: \"r\"(x) : \"memory\"); }",
            "void f() { if (c) __asm__(R\"(\n  bar.sync 1;\n)\"); }",
        ];
        for text in refused {
            let found = rewrite(text, ONE_THREAD).text;
            assert!(found.contains("inline PTX `bar.sync 1;`"), "{found}");
            assert!(found.contains("while (0)"), "{found}");
            assert_eq!(found.matches('\n').count(), text.matches('\n').count());
        }
        let kept = [
            "void f() { asm volatile(\"\" ::: \"memory\"); }",
            "void f() { asm(\" \\n\"); }",
            "int puts(int) __asm__(\"my_puts\");",
        ];
        for text in kept {
            assert_eq!(rewrite(text, ONE_THREAD).text, text);
        }
    }
}
