//! `__shared__`: static variables of the block, and the dynamic array.

use super::{Dialect, Kind, Source};

/// The bound that a dynamic array is given: far beyond any shared memory.
const BOUND: &str = "1 << 24";

/// Replaces every `__shared__`.
pub(super) fn rewrite(source: &mut Source<'_>, dialect: Dialect) {
    for at in source.all(&["__shared__"]) {
        let start = source.statement_start(at);
        let end = source.statement_end(at);
        let has = |word: &str| (start..end).any(|other| source.text(other) == word);
        if has("extern") {
            rewrite_dynamic(source, start, end);
            continue;
        }
        let own = if dialect.threads { "thread_local" } else { "" };
        let storage = if has("static") { "" } else { "static " };
        source.replace(at, format!("{storage}{own}"));
    }
}

/// `extern __shared__ T name[];` becomes a reference to the block's dynamic shared memory. Outside functions, where
/// there is no block yet, each use of the name becomes that reference.
fn rewrite_dynamic(source: &mut Source<'_>, start: usize, end: usize) {
    let mut kept = Vec::new();
    let mut at = start;
    while at < end && source.text(at) != "[" {
        let skipped = source.skip_attribute(at);
        if skipped > at {
            at = skipped;
            continue;
        }
        if !matches!(source.text(at), "extern" | "__shared__" | "static") {
            kept.push(at);
        }
        at += 1;
    }
    let is_array = source.text(at) == "[";
    let Some(name_at) = kept
        .pop()
        .filter(|&name| is_array && source.kind(name) == Kind::Word && !kept.is_empty())
    else {
        return; // no array: the compiler says so
    };
    let name = source.text(name_at).to_owned();
    let words: Vec<&str> = kept.iter().map(|&at| source.text(at)).collect();
    let kind = words.join(" ");
    let inner = source.joined(source.closing(at) + 1, end);
    let memory =
        format!("*reinterpret_cast<{kind} (*)[{BOUND}]{inner}>(warpmark::dynamic_shared())");
    if source.in_function[start] {
        let declaration = format!("{kind} (&{name})[{BOUND}]{inner} = {memory}");
        source.replace_range(start, end - 1, &declaration);
    } else {
        source.replace_range(start, end, "");
        replace_uses(source, end + 1, &name, &format!("({memory})"));
    }
}

fn replace_uses(source: &mut Source<'_>, from: usize, name: &str, memory: &str) {
    for at in source.all(&[name]) {
        let before = if at > 0 { source.text(at - 1) } else { "" };
        let member = before == "." || before == ">" && at > 1 && source.text(at - 2) == "-";
        if at >= from && !member {
            source.replace(at, memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::device::host::rewrite::tests::ONE_THREAD;
    use crate::device::host::rewrite::{Dialect, rewrite};

    fn squeezed(text: &str, dialect: Dialect) -> String {
        rewrite(text, dialect).text.split_whitespace().collect()
    }

    #[test]
    fn static_shared_memory_is_the_blocks() {
        let table = [
            ("{ __shared__ float a[4]; }", "{staticfloata[4];}"),
            ("{ static __shared__ int b; }", "{staticintb;}"),
            ("{ volatile __shared__ T c[2]; }", "{volatilestaticTc[2];}"),
        ];
        for (text, expected) in table {
            assert_eq!(squeezed(text, ONE_THREAD), expected, "{text}");
        }
        let several = Dialect {
            threads: true,
            clang: false,
        };
        assert_eq!(
            squeezed("{ __shared__ float a[4]; }", several),
            "{staticthread_localfloata[4];}"
        );
    }

    #[test]
    fn dynamic_shared_memory_is_a_reference() {
        let memory = |kind: &str, inner: &str| {
            format!("*reinterpret_cast<{kind}(*)[1<<24]{inner}>(warpmark::dynamic_shared())")
        };
        let inside = "void f() { extern __shared__ __attribute__((aligned(16))) float a[]; g(a); }";
        assert_eq!(
            squeezed(inside, ONE_THREAD),
            format!("voidf(){{float(&a)[1<<24]={};g(a);}}", memory("float", ""))
        );
        let rows = "void f() { extern __shared__ T a[][33]; }";
        assert_eq!(
            squeezed(rows, ONE_THREAD),
            format!("voidf(){{T(&a)[1<<24][33]={};}}", memory("T", "[33]"))
        );
        let outside = "extern __shared__ int s[]; void f() { s[0] = x.s + y->s; }";
        assert_eq!(
            squeezed(outside, ONE_THREAD),
            format!("voidf(){{({})[0]=x.s+y->s;}}", memory("int", ""))
        );
    }
}
