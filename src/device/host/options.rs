//! nvcc's options in the words of g++ and clang++.

use crate::record::{FailureKind, Refusal};

/// Taken without effect: they speak of GPUs, of device code's format, or of warnings.
const IGNORED: [&str; 34] = [
    "-arch",
    "--gpu-architecture",
    "-gencode",
    "--generate-code",
    "-code",
    "--gpu-code",
    "-lineinfo",
    "--generate-line-info",
    "-G",
    "--device-debug",
    "-maxrregcount",
    "--maxrregcount",
    "-Xptxas",
    "--ptxas-options",
    "-rdc",
    "--relocatable-device-code",
    "-restrict",
    "--restrict",
    "-default-device",
    "--device-as-default-execution-space",
    "-extra-device-vectorization",
    "--extra-device-vectorization",
    "--expt-relaxed-constexpr",
    "-expt-relaxed-constexpr",
    "--expt-extended-lambda",
    "--extended-lambda",
    "-extended-lambda",
    "--diag-suppress",
    "-diag-suppress",
    "--disable-warnings",
    "-w",
    "--ftz",
    "-ftz",
    "--prec-div",
];

/// The same for options whose spelling has a value in it, or that stand for a level of optimisation.
const IGNORED_TOO: [&str; 8] = [
    "-prec-div",
    "--prec-sqrt",
    "-prec-sqrt",
    "-O0",
    "-O1",
    "-O2",
    "-O3",
    "--dopt",
];

/// The standards that the host header can be compiled under; older ones become C++17.
const STANDARDS: [&str; 4] = ["c++17", "c++20", "c++23", "c++26"];

/// What `--use_fast_math` allows, less than `-ffast-math`: NaN and infinities stay what they are, and the processor
/// is not told to flush denormals, which would last beyond the kernel.
const FAST_MATH: [&str; 4] = [
    "-fno-signed-zeros",
    "-freciprocal-math",
    "-fassociative-math",
    "-ffp-contract=fast",
];

/// Translates a kernel's options. One that this list doesn't know is an error that names it.
pub(super) fn translate(options: &[String]) -> Result<Vec<String>, Refusal> {
    let mut found = vec!["-std=c++17".to_owned(), "-ffp-contract=off".to_owned()];
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (option.as_str(), None),
        };
        let mut valued = || value.clone().or_else(|| rest.next().cloned());
        match name {
            "-use_fast_math" | "--use_fast_math" => {
                found.extend(FAST_MATH.map(str::to_owned));
            }
            "-fmad" | "--fmad" => found.push(contraction(valued().as_deref(), option)?),
            "-std" | "--std" => found[0] = standard(valued().as_deref(), option)?,
            "--include-path" => found.push(format!("-I{}", valued().unwrap_or_default())),
            "--define-macro" => found.push(format!("-D{}", whole_value(option, valued()))),
            "--undefine-macro" => found.push(format!("-U{}", valued().unwrap_or_default())),
            "-I" | "-D" | "-U" => found.push(format!("{name}{}", valued().unwrap_or_default())),
            _ if takes_value(name) && value.is_none() => drop(rest.next()),
            _ if IGNORED.contains(&name) || IGNORED_TOO.contains(&name) => {}
            _ if ["-I", "-D", "-U"]
                .iter()
                .any(|kept| option.starts_with(kept)) =>
            {
                found.push(option.clone());
            }
            _ => return Err(unknown(option)),
        }
    }
    Ok(found)
}

/// A macro's definition may hold more `=`.
fn whole_value(option: &str, value: Option<String>) -> String {
    match option.split_once('=') {
        Some((_, rest)) => rest.to_owned(),
        None => value.unwrap_or_default(),
    }
}

/// Options whose value may stand in the next word.
fn takes_value(name: &str) -> bool {
    matches!(
        name,
        "-arch" | "-gencode" | "-code" | "-maxrregcount" | "-Xptxas" | "-diag-suppress"
    )
}

fn contraction(value: Option<&str>, option: &str) -> Result<String, Refusal> {
    match value {
        Some("true") => Ok("-ffp-contract=fast".to_owned()),
        Some("false") => Ok("-ffp-contract=off".to_owned()),
        _ => Err(unknown(option)),
    }
}

fn standard(value: Option<&str>, option: &str) -> Result<String, Refusal> {
    match value {
        Some(new) if STANDARDS.contains(&new) => Ok(format!("-std={new}")),
        Some("c++03" | "c++11" | "c++14") => Ok("-std=c++17".to_owned()),
        _ => Err(unknown(option)),
    }
}

fn unknown(option: &str) -> Refusal {
    Refusal::failed(
        FailureKind::Compile,
        format!(
            "the host device doesn't know the option {option:?}: it knows --use_fast_math, --fmad, --std, -I, -D \
             and -U, and takes without effect what speaks of GPUs alone"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(options: &[&str]) -> String {
        let owned: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        match translate(&owned) {
            Ok(found) => found.join(" "),
            Err(refusal) => format!("{refusal:?}"),
        }
    }

    #[test]
    fn options_are_translated_ignored_or_refused() {
        let plain = "-std=c++17 -ffp-contract=off";
        let table: [(&[&str], String); 9] = [
            (&[], plain.to_owned()),
            (
                &["--use_fast_math"],
                format!("{plain} {}", FAST_MATH.join(" ")),
            ),
            (
                &["-arch", "sm_90a", "--gpu-architecture=sm_80"],
                plain.to_owned(),
            ),
            (&["--fmad=true"], format!("{plain} -ffp-contract=fast")),
            (&["-DA=b=c", "-D", "E=1"], format!("{plain} -DA=b=c -DE=1")),
            (&["--define-macro=A=b=c"], format!("{plain} -DA=b=c")),
            (&["-I../include"], format!("{plain} -I../include")),
            (&["--std=c++20"], "-std=c++20 -ffp-contract=off".to_owned()),
            (&["-std=c++14"], plain.to_owned()),
        ];
        for (options, expected) in table {
            assert_eq!(translated(options), expected, "{options:?}");
        }
        for bad in [
            "--frobnicate",
            "-march=native",
            "--fmad=maybe",
            "--std=c++98",
        ] {
            let found = translated(&[bad]);
            assert!(found.contains("Compile") && found.contains(bad), "{found}");
        }
    }
}
