//! `__global__` functions, and launches from inside kernels.

use super::{Dialect, Kind, Source};

/// Marks kernels for inlining into their thread loop, and lists their names.
pub(super) fn rewrite(source: &mut Source<'_>, dialect: Dialect) -> Vec<String> {
    let attribute = if dialect.clang {
        "__attribute__((always_inline, internal_linkage))"
    } else {
        "__attribute__((always_inline))"
    };
    rewrite_device(source, dialect);
    let mut names = Vec::new();
    for at in source.all(&["__global__"]) {
        source.replace(at, attribute);
        if let Some(name) = name_behind(source, at + 1)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Keeps `__device__` functions to this object, so that unused ones leave no code: g++ has an option for all of it,
/// clang an attribute, which a lambda can't have.
fn rewrite_device(source: &mut Source<'_>, dialect: Dialect) {
    for at in source.all(&["__device__"]) {
        let behind = |back: usize| at >= back && source.text(at - back) == "]";
        let lambda = behind(1) && !behind(2);
        let attribute = if dialect.clang && !lambda {
            "__attribute__((internal_linkage))"
        } else {
            ""
        };
        source.replace(at, attribute);
    }
    // No macro, since headers of the C++ library use the word inside of attributes.
    for at in source.all(&["__noinline__"]) {
        if at > 0 && !matches!(source.text(at - 1), "(" | ",") {
            source.replace(at, "__attribute__((noinline))");
        }
    }
}

/// The name of the function whose declaration goes on at `at`: the word before its parameters.
fn name_behind(source: &Source<'_>, mut at: usize) -> Option<String> {
    let mut name = None;
    while !matches!(source.text(at), "" | ";" | "{" | "}") {
        let skipped = source.skip_attribute(at);
        if skipped > at {
            at = skipped;
            continue;
        }
        match source.text(at) {
            "(" => return name,
            "<" => at = source.closing(at),
            word if source.kind(at) == Kind::Word => name = Some(word.to_owned()),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Replaces `kernel<<<...>>>(...)` by a call that only an unsupported kernel keeps.
pub(super) fn rewrite_launches(source: &mut Source<'_>) {
    let mut at = 0;
    while at + 2 < source.code.len() {
        if !is_triple(source, at, "<") {
            at += 1;
            continue;
        }
        let Some(end) = launch_end(source, at + 3) else {
            at += 3;
            continue;
        };
        let start = callee_start(source, at);
        source.replace_range(start, end, "warpmark::unsupported_launch()");
        at = end + 1;
    }
}

/// Three equal marks without space between.
fn is_triple(source: &Source<'_>, at: usize, mark: &str) -> bool {
    let adjacent = |n: usize| {
        source.text(at + n) == mark
            && source.code.get(at + n).copied() == source.code.get(at).map(|first| first + n)
    };
    (0..3).all(adjacent)
}

/// The `)` behind the arguments of a launch whose configuration begins at `at`.
fn launch_end(source: &Source<'_>, mut at: usize) -> Option<usize> {
    while !is_triple(source, at, ">") {
        match source.text(at) {
            "" | ";" | "}" => return None,
            "(" | "{" | "[" => at = source.closing(at),
            _ => {}
        }
        at += 1;
    }
    (source.text(at + 3) == "(").then(|| source.closing(at + 3))
}

/// The first token of the name before `at`: `a::b<c, d>`.
fn callee_start(source: &Source<'_>, at: usize) -> usize {
    let mut start = at;
    let mut depth = 0_usize;
    while start > 0 {
        let before = source.text(start - 1);
        match before {
            ">" => depth += 1,
            "<" if depth > 0 => depth -= 1,
            ":" => {}
            ";" | "{" | "}" => break,
            _ if depth > 0 => {}
            _ if source.kind(start - 1) == Kind::Word && !matches!(before, "else" | "do") => {}
            _ => break,
        }
        start -= 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use crate::device::host::rewrite::rewrite;
    use crate::device::host::rewrite::tests::ONE_THREAD;

    #[test]
    fn kernels_are_listed() {
        let table = [
            ("__global__ void a(int x) {}", "a"),
            ("template <typename T, int N> __global__ void b(T* p);", "b"),
            (
                "extern \"C\" __global__ __attribute__((x(3))) void c() {}",
                "c",
            ),
            ("template <> __global__ void d<float>(float* p) {}", "d"),
            ("__global__ auto e(int) -> void {}", "e"),
            ("__global__ std::enable_if_t<(1 > 0), void> f(int);", "f"),
            ("__global__ __launch;", ""),
        ];
        for (text, name) in table {
            let rewritten = rewrite(text, ONE_THREAD);
            assert_eq!(rewritten.kernels.join(","), name, "{text}");
            assert!(!rewritten.text.contains("__global__"), "{text}");
        }
    }

    #[test]
    fn a_launch_in_a_kernel_becomes_a_call() {
        let table = [
            (
                "{ k<<<g, b>>>(x, f(y)); }",
                "{ warpmark::unsupported_launch(); }",
            ),
            (
                "{ if (t) n::k<float, 4><<<dim3(1), 32, 0>>>(x); }",
                "{ if (t) warpmark::unsupported_launch(); }",
            ),
            ("{ a = b << 3; c = d >> 2; }", "{ a = b << 3; c = d >> 2; }"),
        ];
        for (text, expected) in table {
            let found = rewrite(text, ONE_THREAD).text;
            let squeezed: Vec<&str> = found.split_whitespace().collect();
            let wanted: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(squeezed.concat(), wanted.concat(), "{text}");
        }
    }
}
