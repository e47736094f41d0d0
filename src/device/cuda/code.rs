//! A kernel's source to code that the driver loads, once: compiled by NVRTC, or taken as it is; and the cache.
//!
//! A cache entry is two files named after the sha256 of all that the code depends on: the code, and a note with the
//! names of its entries. The note is written last, so an entry with a note is whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::nvrtc::{CompileError, Compiled, Nvrtc, Program};
use super::sources::{self, Headers};
use crate::canonical;
use crate::files;
use crate::plan::{KernelTask, Verify};
use crate::record::{Failure, FailureKind, Refusal};

/// Raised when entries of an older version must not be used.
const CACHE_FORMAT: u32 = 1;

/// What code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CUDA C++, for NVRTC.
    Source,
    /// PTX, which the driver compiles when it loads it.
    Ptx,
    /// Machine code of one architecture.
    Cubin,
    /// Machine code of several architectures.
    Fatbin,
}

impl Kind {
    /// By the file's ending; whatever isn't known is source.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("ptx") => Self::Ptx,
            Some("cubin") => Self::Cubin,
            Some("fatbin") => Self::Fatbin,
            _ => Self::Source,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Source | Self::Cubin => "cubin",
            Self::Ptx => "ptx",
            Self::Fatbin => "fatbin",
        }
    }
}

/// What is known of a piece of code besides its bytes; written beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The entry as the driver knows it.
    pub entry: String,
    /// The reference kernel as the driver knows it, where one verifies the case.
    pub reference: Option<String>,
    /// The identity of the entry's code.
    pub code: String,
    /// The compiler's warnings; empty where it has none.
    pub log: String,
}

/// Code in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The file that the driver loads.
    pub path: PathBuf,
    /// Its note.
    pub note: Note,
}

impl Cached {
    /// The entry of the cache whose code lies at `path`.
    pub fn at(path: &Path) -> Result<Self, Refusal> {
        let note = read_note(&path.with_extension("json"));
        let note = note.ok_or_else(|| {
            let message = format!("the compiled kernel {} has no note", path.display());
            Refusal::failed(FailureKind::Compile, message)
        })?;
        Ok(Self {
            path: path.to_owned(),
            note,
        })
    }
}

/// A compiler and what it compiles for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// NVRTC, where there is one; only CUDA C++ needs it.
    pub nvrtc: Option<&'a Nvrtc>,
    /// The architecture: `sm_90a`.
    pub architecture: &'a str,
    /// What is known of headers.
    pub headers: &'a Headers,
}

/// Compiles the kernel of `task`, or finds it in the folder `cache`.
pub fn compile(target: Target<'_>, task: &KernelTask, cache: &Path) -> Result<Cached, Refusal> {
    let bytes = files::read(&task.source).map_err(|error| {
        let message = format!("cannot read {}: {}", task.source_name, error.source);
        Refusal::failed(FailureKind::Compile, message)
    })?;
    match Kind::of(&task.source) {
        Kind::Source => from_source(target, task, &bytes, cache),
        kind => as_it_is(kind, task, &bytes, cache),
    }
}

/// The kernels of `task` that must be in its code: the entry, and the reference where it has one.
pub fn entries(task: &KernelTask) -> Vec<&str> {
    let mut entries = vec![task.entry.as_str()];
    // A library's only kernel is its reference.
    if task.library.is_some() {
        return entries;
    }
    if let Verify::Reference { entry, .. } = &task.verify {
        entries.push(entry);
    }
    entries
}

/// Code that needs no compiler: its entries are named as the driver knows them.
fn as_it_is(kind: Kind, task: &KernelTask, bytes: &[u8], cache: &Path) -> Result<Cached, Refusal> {
    let names: Vec<String> = entries(task).into_iter().map(str::to_owned).collect();
    let key = key(&[
        ("code", &canonical::sha256(bytes)),
        ("entries", &names.join("\n")),
    ]);
    let code = match kind {
        Kind::Cubin => super::identity::of_cubin(bytes, &task.entry),
        _ => None,
    };
    let note = Note {
        entry: task.entry.clone(),
        reference: names.get(1).cloned(),
        code: code.unwrap_or_else(|| canonical::sha256(bytes)),
        log: String::new(),
    };
    store(&cache.join(format!("{key}.{}", kind.ending())), bytes, note)
}

fn from_source(
    target: Target<'_>,
    task: &KernelTask,
    bytes: &[u8],
    cache: &Path,
) -> Result<Cached, Refusal> {
    let Some(compiler) = target.nvrtc else {
        let message = format!("no NVRTC to compile {} with", task.source_name);
        return Err(Refusal::failed(FailureKind::Compile, message));
    };
    let source = std::str::from_utf8(bytes).map_err(|_| {
        let message = format!("{} is not UTF-8", task.source_name);
        Refusal::failed(FailureKind::Compile, message)
    })?;
    let pulled = target.headers.of(task, source);
    let key = source_key(compiler, target.architecture, task, (source, &pulled.hash));
    let path = cache.join(format!("{key}.cubin"));
    let known = read_note(&path.with_extension("json")).filter(|_| path.exists());
    if let Some(note) = known.filter(|_| !pulled.computed) {
        return Ok(Cached { path, note });
    }
    let options = options(target.architecture, task);
    let entries = entries(task);
    let program = Program {
        source,
        name: &task.source_name,
        options: &options,
        entries: &entries,
    };
    let compiled = compiler
        .compile(&program)
        .map_err(|error| explain(&program, error))?;
    let note = note_of(&compiled);
    store(&path, &compiled.cubin, note)
}

/// The options of a compilation, in the order that NVRTC gets them.
fn options(architecture: &str, task: &KernelTask) -> Vec<String> {
    let mut options = vec![format!("--gpu-architecture={architecture}")];
    let defines = task
        .defines
        .iter()
        .map(|(name, value)| format!("--define-macro={name}={value}"));
    options.extend(defines);
    options.extend(task.options.iter().cloned());
    let folders = sources::folders(task);
    options.extend(
        folders
            .iter()
            .map(|folder| format!("--include-path={}", folder.display())),
    );
    options
}

/// The key of the code of `task`, whose source's text and whose headers' hash are given.
fn source_key(
    compiler: &Nvrtc,
    architecture: &str,
    task: &KernelTask,
    (source, headers): (&str, &str),
) -> String {
    let defines: Vec<String> = task
        .defines
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    key(&[
        ("source", &canonical::sha256(source.as_bytes())),
        ("name", &task.source_name),
        ("headers", headers),
        ("options", &task.options.join("\n")),
        ("defines", &defines.join("\n")),
        ("entries", &entries(task).join("\n")),
        ("architecture", architecture),
        ("nvrtc", &compiler.version().to_string()),
    ])
}

fn key(parts: &[(&str, &str)]) -> String {
    let format = CACHE_FORMAT.to_string();
    let mut all: BTreeMap<&str, &str> = parts.iter().copied().collect();
    all.insert("format", &format);
    // A map of strings always has a JSON form.
    canonical::hash(&all).unwrap_or_default()
}

fn note_of(compiled: &Compiled) -> Note {
    let entry = compiled.names.first().cloned().unwrap_or_default();
    let code = super::identity::of_cubin(&compiled.cubin, &entry);
    Note {
        reference: compiled.names.get(1).cloned(),
        code: code.unwrap_or_else(|| canonical::sha256(&compiled.cubin)),
        log: compiled.log.clone(),
        entry,
    }
}

fn read_note(path: &Path) -> Option<Note> {
    serde_json::from_slice(&files::read(path).ok()?).ok()
}

fn store(path: &Path, bytes: &[u8], note: Note) -> Result<Cached, Refusal> {
    let refused = |error: files::FileError| {
        let message = format!("{error}: {}", error.source);
        Refusal::failed(FailureKind::Compile, message)
    };
    if read_note(&path.with_extension("json")).as_ref() != Some(&note) || !path.exists() {
        if let Some(folder) = path.parent() {
            files::create_folder(folder).map_err(refused)?;
        }
        files::write_atomically(path, bytes).map_err(refused)?;
        let json = serde_json::to_vec(&note).unwrap_or_default();
        files::write_atomically(&path.with_extension("json"), &json).map_err(refused)?;
    }
    Ok(Cached {
        path: path.to_owned(),
        note,
    })
}

/// Says what is wrong with a program: an entry that isn't there, or the compiler's log.
fn explain(program: &Program<'_>, error: CompileError) -> Refusal {
    let CompileError::Mistakes { words, log } = error else {
        let message = format!("cannot compile {}: {error}", program.name);
        return Refusal::failed(FailureKind::Compile, message);
    };
    let missing = missing_entry(program, &log).map(str::to_owned);
    let first = log
        .lines()
        .find(|line| line.contains("error"))
        .unwrap_or(&words);
    let (kind, message) = match missing {
        Some(entry) => (
            FailureKind::Entry,
            format!("{} has no kernel {entry}", program.name),
        ),
        None => (
            FailureKind::Compile,
            format!("{} does not compile: {}", program.name, first.trim()),
        ),
    };
    Refusal::Failed(Failure {
        kind,
        message,
        detail: Some(sources::shorten(&log)),
    })
}

/// The entry that is the compiler's only complaint: it looks names up in a text of its own.
fn missing_entry<'a>(program: &Program<'a>, log: &str) -> Option<&'a str> {
    const LOOK_UP: &str = "__nv_name_map(";
    let errors: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("): error:"))
        .collect();
    if errors.is_empty() || !errors.iter().all(|line| line.starts_with(LOOK_UP)) {
        return None;
    }
    // `Input name expression was: " triad < 4 >"`, with macros expanded.
    let solid = |text: &str| text.split_whitespace().collect::<String>();
    let named = solid(log);
    let asked = |entry: &&&str| named.contains(&format!("was:\"{}\"", solid(entry)));
    let found = program.entries.iter().find(asked);
    found.or(program.entries.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_code_is() {
        for (name, kind) in [
            ("a.cu", Kind::Source),
            ("a.ptx", Kind::Ptx),
            ("a.cubin", Kind::Cubin),
            ("b/a.fatbin", Kind::Fatbin),
            ("a", Kind::Source),
        ] {
            assert_eq!(Kind::of(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_told_from_a_mistake() {
        let program = Program {
            source: "",
            name: "a.cu",
            options: &[],
            entries: &["there", "nope<4>"],
        };
        let looked_up = "__nv_name_map(2): error: identifier \"nope\" is undefined\n\n__nv_name_map(2): error: Error in \
             parsing name expression for lowered name lookup. Input name expression was: \" nope < 4 >\"\n";
        assert_eq!(missing_entry(&program, looked_up), Some("nope<4>"));
        let mistake = format!("a.cu(3): error: expected a \";\"\n{looked_up}");
        assert_eq!(missing_entry(&program, &mistake), None);
        assert_eq!(missing_entry(&program, ""), None);
    }

    #[test]
    fn every_part_of_a_key_counts() {
        let first = key(&[("source", "a"), ("options", "b")]);
        assert_eq!(first.len(), 64);
        assert_ne!(first, key(&[("source", "a"), ("options", "c")]));
        assert_ne!(first, key(&[("source", "ab"), ("options", "")]));
    }
}
