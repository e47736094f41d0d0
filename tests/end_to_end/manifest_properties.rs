//! Whatever a file holds, it is read or refused, and never a panic.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use warpmark::manifest;
use warpmark::plan::{self, DeviceFacts, Selection};

use crate::manifest_docs;

/// Reads, plans and renders whatever `bytes` are.
fn survive(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    let examined = manifest::examine(path).expect("the file is there");
    let _ = examined.mistakes.render(true);
    let _ = examined.mistakes.entries();
    if let Some(suite) = &examined.suite {
        let selection = Selection {
            filters: vec!["*".to_owned()],
            quick: true,
            ..Selection::default()
        };
        if let Err(error) = plan::expand(suite, &DeviceFacts::cuda_limits(), &selection) {
            let _ = error.render(false);
        }
    }
}

/// A change of a text at some place.
#[derive(Debug, Clone)]
enum Mutation {
    Delete(usize),
    Insert(String),
    Double,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let pieces = prop::sample::select(vec![
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        "\n",
        "\r\n",
        "#",
        ",",
        ".",
        "-",
        "0",
        "9223372036854775808",
        "-1",
        "1e400",
        "nan",
        "inf",
        "true",
        "[[workload]]\n",
        "[suite]\n",
        "é",
        "\u{0}",
        "\u{7f}",
        "\"\"\"",
        "{n}",
        "2 ^ 62",
        " / 0",
        "((",
        "unknown",
        "1..=99999",
        "[[[[[[",
        "\\u0000",
    ]);
    prop_oneof![
        (1_usize..40).prop_map(Mutation::Delete),
        pieces.prop_map(|piece| Mutation::Insert(piece.to_owned())),
        Just(Mutation::Double),
    ]
}

/// `text` changed at the share `at` of its length.
fn mutate(text: &str, at: f64, mutation: &Mutation) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    let mut at = (text.len() as f64 * at) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    match mutation {
        Mutation::Delete(count) => before.chars().chain(after.chars().skip(*count)).collect(),
        Mutation::Insert(piece) => [before, piece, after].concat(),
        Mutation::Double => {
            let line: String = after.lines().next().unwrap_or_default().to_owned();
            [before, &line, "\n", after].concat()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_folder, path) = manifest_docs::folder();
        survive(&path, &bytes);
    }

    #[test]
    fn mutated_suites_are_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((0.0..1.0, mutation()), 1..5),
    ) {
        let (_folder, path) = manifest_docs::folder();
        let suites = manifest_docs::suites();
        let mut text = which.get(&suites).clone();
        for (at, mutation) in &changes {
            text = mutate(&text, *at, mutation);
        }
        survive(&path, text.as_bytes());
    }
}
