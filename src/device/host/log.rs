//! What a compiler's log means: a kernel that can't run here, an entry that isn't there, or a mistake.

use crate::record::{Failure, FailureKind, Refusal};

/// What every message of the header's `unsupported` functions begins with.
const UNSUPPORTED: &str = "warpmark: unsupported: ";

/// The file that stands for the manifest's `entry` in messages.
pub(super) const ENTRY: &str = "<entry>";

/// A log beyond this is cut.
const LONGEST: usize = 16_000;

/// Judges the log of a compilation of `entry` that failed. `source` is the source's name in it.
pub(super) fn judge(log: &str, source: &str, entry: &str) -> Refusal {
    let errors: Vec<&str> = log.lines().filter(|line| is_error(line)).collect();
    let refused: Vec<&str> = errors.iter().filter_map(|line| unsupported(line)).collect();
    if let [first, ..] = refused.as_slice()
        && refused.len() == errors.len()
    {
        return Refusal::Unsupported((*first).to_owned());
    }
    let in_entry = |line: &&str| line.starts_with(ENTRY);
    let (kind, message) = if !errors.is_empty() && errors.iter().all(in_entry) {
        let why = errors.first().and_then(|line| line.split_once("error: "));
        let why = why.map_or("", |(_, why)| why);
        (
            FailureKind::Entry,
            format!("{source} has no kernel {entry}: {why}"),
        )
    } else {
        let first = errors.iter().find(|line| !in_entry(line));
        let first = first.copied().unwrap_or("the compiler gives no reason");
        (
            FailureKind::Compile,
            format!("{source} doesn't compile: {first}"),
        )
    };
    Refusal::Failed(Failure {
        kind,
        message,
        detail: Some(cut(log)),
    })
}

fn is_error(line: &str) -> bool {
    ["error: ", "fatal error: ", "undefined reference"]
        .iter()
        .any(|mark| line.contains(mark))
        && !line.starts_with("collect2:")
        && !line.contains("linker command failed")
}

/// What a message of a function with an error attribute says.
fn unsupported(line: &str) -> Option<&str> {
    let (_, what) = line.split_once(UNSUPPORTED)?;
    // clang adds the option that would silence it.
    let what = what.split(" [-W").next().unwrap_or(what);
    Some(what.trim_end_matches('"'))
}

fn cut(log: &str) -> String {
    match log.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}\n[cut]", &log[..at]),
        None => log.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_judged_by_their_errors() {
        let gcc = "k.cu: In function 'void k()':\nk.cu:3:5: error: call to 'f' declared with attribute error: warpmark: unsupported: inline PTX `x`: no\n";
        assert_eq!(
            judge(gcc, "k.cu", "k"),
            Refusal::Unsupported("inline PTX `x`: no".to_owned())
        );
        let clang = "k.cu:3:5: error: call to 'f' declared with 'error' attribute: warpmark: unsupported: inline PTX `x`: no\n1 error generated.\n";
        assert_eq!(
            judge(clang, "k.cu", "k"),
            Refusal::Unsupported("inline PTX `x`: no".to_owned())
        );
        let table = [
            (
                "k.cu:4:1: error: 'y' was not declared in this scope\n",
                FailureKind::Compile,
                "k.cu doesn't compile: k.cu:4:1: error: 'y' was not declared in this scope",
            ),
            (
                "<entry>:1:16: error: 'float2x' was not declared\n",
                FailureKind::Entry,
                "k.cu has no kernel k: 'float2x' was not declared",
            ),
            (
                "",
                FailureKind::Compile,
                "k.cu doesn't compile: the compiler gives no reason",
            ),
        ];
        for (log, kind, message) in table {
            let Refusal::Failed(failure) = judge(log, "k.cu", "k") else {
                panic!("{log} is a failure");
            };
            assert_eq!((failure.kind, failure.message.as_str()), (kind, message));
        }
    }

    #[test]
    fn a_mistake_beside_something_unsupported_is_a_mistake() {
        let log = "k.cu:3:5: error: call to 'f' declared with attribute error: warpmark: unsupported: x: y\nk.cu:4:1: error: 'z' was not declared\n";
        let Refusal::Failed(failure) = judge(log, "k.cu", "k") else {
            panic!("a failure");
        };
        assert_eq!(failure.kind, FailureKind::Compile);
    }
}
