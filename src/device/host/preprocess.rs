//! A source with its headers and macros worked in, under names that don't depend on where the checkout lies.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::compiler::Compiler;
use super::log::{self, ENTRY};
use super::rewrite::{Marker, OWN_HEADERS};
use crate::files;
use crate::plan::KernelTask;
use crate::record::{FailureKind, Refusal};

/// A kernel to compile: an entry of a task's source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    pub task: &'a KernelTask,
    pub entry: &'a str,
    /// The task's options in the compiler's words.
    pub options: &'a [String],
    /// Blocks run on several threads.
    pub threads: bool,
}

/// What the preprocessor made of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preprocessed {
    pub text: String,
    /// The user's headers that went into it.
    pub headers: BTreeSet<PathBuf>,
}

/// Reads a source; one that can't be read is a kernel that doesn't compile.
pub(super) fn read_source(task: &KernelTask) -> Result<Vec<u8>, Refusal> {
    files::read(&task.source).map_err(|error| {
        let cause = &error.source;
        Refusal::failed(FailureKind::Compile, format!("{error}: {cause}"))
    })
}

/// Preprocesses `source`, the text of the unit's file, with the host device's headers in `include`.
pub(super) fn preprocess(
    compiler: &Compiler,
    unit: Unit<'_>,
    source: &[u8],
    include: &Path,
) -> Result<Preprocessed, Refusal> {
    let folder = folder_of(&unit.task.source);
    let output = compiler.run(&arguments(unit, include), &folder, &input(unit, source))?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr);
        return Err(log::judge(&log, &unit.task.source_name, unit.entry));
    }
    let names = Names::new(unit.task, &folder, include);
    Ok(names.normalise(&String::from_utf8_lossy(&output.stdout)))
}

fn arguments(unit: Unit<'_>, include: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-E", "-x", "c++", "-"].map(OsString::from).into();
    arguments.push(joined("-I", include));
    arguments.extend(["-include", "warpmark/host.h"].map(OsString::from));
    if unit.threads {
        arguments.push("-DWARPMARK_THREADS".into());
    }
    arguments.extend(super::build::target(unit.options));
    arguments.extend(unit.task.include.iter().map(|folder| joined("-I", folder)));
    for (name, value) in &unit.task.defines {
        arguments.push(format!("-D{name}={value}").into());
    }
    arguments
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}

/// The source under its own name, and what makes its entry callable.
fn input(unit: Unit<'_>, source: &[u8]) -> Vec<u8> {
    let name = unit
        .task
        .source_name
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    let mut input = format!("#line 1 \"{name}\"\n").into_bytes();
    input.extend_from_slice(source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source));
    let entry = unit.entry;
    input.extend(format!("\n#line 1 \"{ENTRY}\"\nWARPMARK_ENTRY({entry})\n").into_bytes());
    input
}

/// The folder of a file, absolute where that can be known.
pub(super) fn folder_of(source: &Path) -> PathBuf {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    absolute.parent().unwrap_or(Path::new("/")).to_owned()
}

/// The folder from which the source's name leads to it, else the source's own.
pub(super) fn root_of(task: &KernelTask) -> PathBuf {
    let folder = folder_of(&task.source);
    let Some(file) = task.source.file_name() else {
        return folder;
    };
    let absolute = folder.join(file);
    let parts = Path::new(&task.source_name).components().count();
    match absolute.ancestors().nth(parts) {
        Some(root) if root.join(&task.source_name) == absolute => root.to_owned(),
        _ => folder,
    }
}

/// How files are called in messages and hashes.
struct Names<'a> {
    source_name: &'a str,
    folder: &'a Path,
    root: PathBuf,
    include: &'a Path,
}

impl<'a> Names<'a> {
    fn new(task: &'a KernelTask, folder: &'a Path, include: &'a Path) -> Self {
        Self {
            source_name: &task.source_name,
            folder,
            root: root_of(task),
            include,
        }
    }

    /// Renames the files of all line markers.
    fn normalise(&self, text: &str) -> Preprocessed {
        let mut headers = BTreeSet::new();
        let mut renamed = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            match Marker::parse(line.trim_end_matches('\n')) {
                Some(marker) => {
                    let name = self.name(marker.file);
                    let own = self.is_header(&marker) && !name.starts_with(OWN_HEADERS);
                    if own {
                        headers.insert(self.folder.join(marker.file));
                    }
                    let flags = marker.flags;
                    let space = if flags.is_empty() { "" } else { " " };
                    let marked = ["# ", marker.line, " \"", &name, "\"", space, flags, "\n"];
                    renamed.extend(marked);
                }
                None => renamed.push_str(line),
            }
        }
        Preprocessed {
            text: renamed,
            headers,
        }
    }

    /// Whether the file of `marker` is one that was included, and no system's.
    fn is_header(&self, marker: &Marker<'_>) -> bool {
        let pseudo = marker.file.starts_with('<') || marker.file == self.source_name;
        !pseudo && !marker.is_system() && self.folder.join(marker.file).is_file()
    }

    fn name(&self, file: &str) -> String {
        if file.starts_with('<') || file == self.source_name {
            return file.to_owned();
        }
        let path = Path::new(file);
        if let Ok(own) = path.strip_prefix(self.include) {
            return format!("{OWN_HEADERS}/{}", own.display());
        }
        let whole = lexical(&self.folder.join(path));
        match whole.strip_prefix(&self.root) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => file.to_owned(),
        }
    }
}

/// `path` without `.` and `..`, as it is written.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
