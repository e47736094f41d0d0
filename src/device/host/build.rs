//! Compiling a kernel to a shared object, once: the cache.
//!
//! `<key>.so` is named by the hash of the preprocessed source, compiler and options. `<key>.json` is named by the
//! hash of what goes in, and lists the headers with their hashes, so that an unchanged kernel needs no process at
//! all. Every file is written whole and renamed; two runs that compile the same kernel write the same bytes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::compiler::Compiler;
use super::preprocess::{Preprocessed, Unit, folder_of, preprocess, read_source, root_of};
use super::rewrite::{Dialect, rewrite};
use super::{facts, headers, log};
use crate::canonical;
use crate::files::{self, FileError};
use crate::record::{Failure, FailureKind, Refusal};

/// A compiled entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Built {
    /// The shared object.
    pub path: PathBuf,
    /// The sha256 of its bytes.
    pub code: String,
}

/// What `<key>.json` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    /// The user's headers, each with the sha256 of its bytes.
    headers: BTreeMap<PathBuf, String>,
    built: Built,
}

/// Compiles `unit`, or finds it in `cache`.
pub(super) fn build(compiler: &Compiler, unit: Unit<'_>, cache: &Path) -> Result<Built, Refusal> {
    let source = read_source(unit.task)?;
    files::create_folder(cache).map_err(|error| unwritable(&error))?;
    let known = cache.join(format!("{}.json", input_key(compiler, unit, &source)));
    if let Some(built) = recall(&known) {
        return Ok(built);
    }
    let include = headers::write(cache).map_err(|error| unwritable(&error))?;
    let preprocessed = preprocess(compiler, unit, &source, &include)?;
    let built = compile(compiler, unit, &preprocessed, cache)?;
    remember(&known, &preprocessed, &built)?;
    Ok(built)
}

/// The hash of all that is known before any process is started.
fn input_key(compiler: &Compiler, unit: Unit<'_>, source: &[u8]) -> String {
    let task = unit.task;
    let parts = (
        canonical::sha256(source),
        folder_of(&task.source),
        (&task.source_name, unit.entry, unit.threads),
        (&task.options, &task.defines, &task.include),
        (compiler.program(), compiler.version()),
        (headers::version(), facts::cpu_features()),
    );
    canonical::sha256(format!("{parts:?}").as_bytes())
}

/// What an earlier compilation left, where nothing that went into it has changed.
fn recall(known: &Path) -> Option<Built> {
    let known: Known = serde_json::from_slice(&files::read(known).ok()?).ok()?;
    let same = |(path, hash): (&PathBuf, &String)| {
        files::read(path).is_ok_and(|bytes| canonical::sha256(&bytes) == *hash)
    };
    let whole = |built: &Built| {
        files::read(&built.path).is_ok_and(|bytes| canonical::sha256(&bytes) == built.code)
    };
    (known.headers.iter().all(same) && whole(&known.built)).then_some(known.built)
}

fn remember(known: &Path, preprocessed: &Preprocessed, built: &Built) -> Result<(), Refusal> {
    let mut headers = BTreeMap::new();
    for path in &preprocessed.headers {
        let bytes = files::read(path).map_err(|error| unwritable(&error))?;
        headers.insert(path.clone(), canonical::sha256(&bytes));
    }
    let entry = Known {
        headers,
        built: built.clone(),
    };
    let bytes = canonical::json(&entry).map_err(|error| {
        Refusal::failed(FailureKind::Compile, format!("a path is no text: {error}"))
    })?;
    files::write_atomically(known, &bytes).map_err(|error| unwritable(&error))
}

/// The second half: from the preprocessed text to `<key>.so`.
fn compile(
    compiler: &Compiler,
    unit: Unit<'_>,
    preprocessed: &Preprocessed,
    cache: &Path,
) -> Result<Built, Refusal> {
    let dialect = Dialect {
        threads: unit.threads,
        clang: compiler.is_clang(),
    };
    let rewritten = rewrite(&preprocessed.text, dialect);
    check_entry(unit, &rewritten.kernels)?;
    let options = options(compiler, unit);
    let flags = format!("{:?} {}", options, facts::cpu_features());
    let key = canonical::sha256(
        [compiler.version(), &flags, &rewritten.text]
            .join("\0")
            .as_bytes(),
    );
    let path = cache.join(format!("{key}.so"));
    let temporary = tempfile::Builder::new()
        .prefix(".warpmark-")
        .tempfile_in(cache)
        .map_err(|error| unwritable(&FileError::at("write", &path)(error)))?
        .into_temp_path();
    let mut arguments = options;
    arguments.push("-o".into());
    arguments.push(temporary.as_os_str().to_owned());
    run(compiler, unit, &arguments, &rewritten.text)?;
    let code = canonical::sha256(&files::read(&temporary).map_err(|error| unwritable(&error))?);
    File::open(&temporary)
        .and_then(|file| file.sync_all())
        .and_then(|()| temporary.persist(&path).map_err(|error| error.error))
        .map_err(|error| unwritable(&FileError::at("write", &path)(error)))?;
    Ok(Built { path, code })
}

fn run(
    compiler: &Compiler,
    unit: Unit<'_>,
    arguments: &[OsString],
    text: &str,
) -> Result<(), Refusal> {
    let output = compiler.run(arguments, &root_of(unit.task), text.as_bytes())?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr);
    Err(log::judge(&log, &unit.task.source_name, unit.entry))
}

/// Names the kernels that there are where the entry is none of them.
fn check_entry(unit: Unit<'_>, kernels: &[String]) -> Result<(), Refusal> {
    let plain = unit.entry.split('<').next().unwrap_or_default();
    let name = plain.rsplit("::").next().unwrap_or_default().trim();
    if kernels.iter().any(|kernel| kernel == name) {
        return Ok(());
    }
    let there = match kernels {
        [] => "it has no __global__ function".to_owned(),
        some => format!("it has {}", some.join(", ")),
    };
    let source = &unit.task.source_name;
    Err(Refusal::Failed(Failure {
        kind: FailureKind::Entry,
        message: format!("{source} has no kernel {name}: {there}"),
        detail: None,
    }))
}

/// Options that preprocessing and compiling share.
pub(super) fn target(options: &[String]) -> Vec<OsString> {
    let native = if cfg!(target_arch = "x86_64") {
        "-march=native"
    } else {
        "-mcpu=native"
    };
    let mut arguments: Vec<OsString> = vec![native.into(), "-O3".into()];
    arguments.extend(options.iter().map(OsString::from));
    arguments
}

/// Everything but the output's name. Nothing of the machine's time or paths goes into the object.
fn options(compiler: &Compiler, unit: Unit<'_>) -> Vec<OsString> {
    const COMMON: [&str; 18] = [
        "-fPIC",
        "-shared",
        "-w",
        "-fvisibility=hidden",
        // CUDA sources look at memory through other types, and wait in loops.
        "-fno-strict-aliasing",
        "-fno-finite-loops",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-fno-asynchronous-unwind-tables",
        "-fno-ident",
        "-ffunction-sections",
        "-fdata-sections",
        "-Wl,--gc-sections",
        "-Wl,--as-needed",
        "-Wl,--build-id=none",
        "-Wl,-z,defs",
        "-Wl,-s",
        "-pipe",
    ];
    const GCC: [&str; 3] = [
        "-fwhole-program",
        "-frandom-seed=warpmark",
        "-fmax-errors=20",
    ];
    let mut arguments: Vec<OsString> = ["-x", "c++-cpp-output", "-"].map(OsString::from).into();
    arguments.extend(target(unit.options));
    arguments.extend(COMMON.map(OsString::from));
    if !compiler.is_clang() {
        arguments.extend(GCC.map(OsString::from));
    }
    if cfg!(target_arch = "x86_64") {
        arguments.push("-fcf-protection=none".into());
        // With AVX-512, compilers still prefer half its width for many processors. A kernel's check `i < n` becomes
        // a mask, which costs the same at either width. Without AVX-512 it changes nothing.
        arguments.push("-mprefer-vector-width=512".into());
    }
    arguments
}

fn unwritable(error: &FileError) -> Refusal {
    let cause = &error.source;
    Refusal::failed(
        FailureKind::Compile,
        format!("the compiler's cache: {error}: {cause}"),
    )
}
