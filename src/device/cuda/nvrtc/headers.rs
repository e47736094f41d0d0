//! Where headers lie, and which ones a source includes: what the compile cache must know.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that names the folder of CUDA's headers.
pub const INCLUDE_VARIABLE: &str = "WARPMARK_CUDA_INCLUDE";

/// The folders of CUDA's headers that are there: of [`INCLUDE_VARIABLE`], of `CUDA_HOME`, of the usual toolkit,
/// each followed by its `cccl`, where `cuda/std` lies. The first that is there wins.
pub fn folders() -> Vec<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let places = [
        variable(INCLUDE_VARIABLE),
        variable("CUDA_HOME").map(|toolkit| toolkit.join("include")),
        Some(PathBuf::from("/usr/local/cuda/include")),
    ];
    let place = places.into_iter().flatten().find(|place| place.is_dir());
    place
        .into_iter()
        .flat_map(|place| [place.clone(), place.join("cccl")])
        .filter(|folder| folder.is_dir())
        .collect()
}

/// The files that a source includes, directly or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Included {
    /// Their bytes by their path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Whether an `#include` names a macro, so that not all are known.
    pub computed: bool,
}

/// Finds what `source`, a file in `folder`, includes. `folders` are searched in their order, for quoted names after
/// the including file's own folder. Conditions are not evaluated: a file that might be included counts.
pub fn included(source: &str, folder: &Path, folders: &[PathBuf]) -> Included {
    let mut found = Included::default();
    let mut open = vec![(source.to_owned(), folder.to_owned())];
    while let Some((text, folder)) = open.pop() {
        for include in includes(&text) {
            let Include::File { name, quoted } = include else {
                found.computed = true;
                continue;
            };
            let own = quoted.then_some(&folder);
            let path = own
                .into_iter()
                .chain(folders)
                .map(|folder| folder.join(name));
            let Some((path, bytes)) = path
                .filter(|path| !found.files.contains_key(path))
                .find_map(|path| Some((path.clone(), fs::read(path).ok()?)))
            else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
            open.push((text, folder));
            found.files.insert(path, bytes);
        }
    }
    found
}

/// An `#include` line.
#[derive(Debug, PartialEq, Eq)]
enum Include<'a> {
    File { name: &'a str, quoted: bool },
    Computed,
}

fn includes(text: &str) -> impl Iterator<Item = Include<'_>> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start();
        let rest = rest.strip_prefix("include")?.trim_start();
        let close = match rest.chars().next()? {
            '"' => '"',
            '<' => '>',
            _ => return Some(Include::Computed),
        };
        let (name, _) = rest[1..].split_once(close)?;
        Some(Include::File {
            name,
            quoted: close == '"',
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_lines_are_read() {
        let text = "#include \"a.cuh\"\n  # include <b/c.h> // why\n#include HEADER\n#define X\n";
        let found: Vec<Include<'_>> = includes(text).collect();
        assert_eq!(
            found,
            [
                Include::File {
                    name: "a.cuh",
                    quoted: true
                },
                Include::File {
                    name: "b/c.h",
                    quoted: false
                },
                Include::Computed,
            ]
        );
    }

    #[test]
    fn headers_are_followed_once_each() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("inc")).expect("made");
        fs::write(at("a.cuh"), "#include <b.cuh>\n#include \"a.cuh\"\n").expect("written");
        fs::write(at("inc/b.cuh"), "#include \"c.cuh\"\n").expect("written");
        fs::write(at("inc/c.cuh"), "int c;\n").expect("written");
        let found = included("#include \"a.cuh\"\n", folder.path(), &[at("inc")]);
        let names: Vec<&PathBuf> = found.files.keys().collect();
        assert_eq!(names, [&at("a.cuh"), &at("inc/b.cuh"), &at("inc/c.cuh")]);
        assert!(!found.computed);
        assert!(included("#include X\n", folder.path(), &[]).computed);
    }
}
