//! Finding cuBLAS: the folder that the environment names, the toolkit, the loader's own folders, Python's wheels.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use libloading::Library;
use libloading::os::unix::{Library as UnixLibrary, RTLD_GLOBAL, RTLD_LAZY};

use super::table::{GemmTable, LtTable};
use super::{BlasError, Calls, Opened};
use crate::device::cuda::driver::Version;
use crate::device::cuda::loader_words;
use crate::device::cuda::toolkit::{self, majors};
use crate::plan::Blas;

/// The variable that names the folder of cuBLAS.
pub const FOLDER_VARIABLE: &str = "WARPMARK_CUBLAS";

/// Where a toolkit, and the wheels in a folder of Python packages, have their libraries.
const WITHIN: [&str; 5] = ["", "lib64", "lib", "nvidia/cu13/lib", "nvidia/cublas/lib"];

/// The name of a library without its version.
fn stem(by: Blas) -> &'static str {
    match by {
        Blas::Lt => "libcublasLt.so",
        Blas::Gemm => "libcublas.so",
    }
}

/// Opens the library of `by`: in [`FOLDER_VARIABLE`]'s folder and nowhere else where that is set, else the first in
/// the usual places.
pub(super) fn open(by: Blas, newest: Version) -> Result<Opened, BlasError> {
    let named = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty());
    let candidates = match named {
        Some(folder) => {
            let folder = PathBuf::from(folder);
            let folder = fs::canonicalize(&folder).unwrap_or(folder);
            in_folder(&folder, by, newest).into_iter().collect()
        }
        None => usual(by, newest),
    };
    let mut refused = BlasError::Missing(stem(by).to_owned());
    for path in candidates {
        match load(by, &path) {
            Ok(opened) => return Ok(opened),
            Err(BlasError::Open { .. }) if !path.is_absolute() => {}
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn in_folder(folder: &Path, by: Blas, newest: Version) -> Option<PathBuf> {
    majors(Some(newest)).find_map(|major| {
        let name = format!("{}.{major}", stem(by));
        let places = WITHIN.iter().map(|within| folder.join(within).join(&name));
        places.into_iter().find(|path| path.exists())
    })
}

fn usual(by: Blas, newest: Version) -> Vec<PathBuf> {
    let toolkits = toolkit::named().filter(|folder| folder.is_absolute());
    let named = toolkits.filter_map(|toolkit| in_folder(&toolkit, by, newest));
    let by_loader =
        majors(Some(newest)).map(|major| PathBuf::from(format!("{}.{major}", stem(by))));
    let default = in_folder(Path::new(toolkit::USUAL), by, newest);
    let wheels = packages()
        .into_iter()
        .filter_map(|folder| in_folder(&folder, by, newest));
    named
        .chain(by_loader)
        .chain(default)
        .chain(wheels)
        .collect()
}

/// The folders of Python packages: of the virtual environment, and of the system.
fn packages() -> Vec<PathBuf> {
    let own = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let roots = own
        .into_iter()
        .chain(["/usr/local", "/usr"].map(PathBuf::from));
    let mut found: Vec<PathBuf> = roots
        .flat_map(|root| fs::read_dir(root.join("lib")).into_iter().flatten())
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("python3"))
        .flat_map(|entry| {
            ["site-packages", "dist-packages"].map(|packages| entry.path().join(packages))
        })
        .filter(|folder| folder.join("nvidia").is_dir())
        .collect();
    found.dedup();
    found
}

fn load(by: Blas, path: &Path) -> Result<Opened, BlasError> {
    let library = path.display().to_string();
    let refused = |error: libloading::Error| BlasError::Open {
        library: library.clone(),
        reason: loader_words(&error),
    };
    let mut libraries = Vec::new();
    if by == Blas::Gemm && path.is_absolute() {
        // libcublas opens libcublasLt by its plain name, which the loader knows once it is loaded by its path.
        let beside = library.replace(stem(Blas::Gemm), stem(Blas::Lt));
        if Path::new(&beside).exists() {
            // SAFETY: loading runs the library's initialisers; it lies beside the one that is asked for.
            let lt = unsafe { UnixLibrary::open(Some(&beside), RTLD_LAZY | RTLD_GLOBAL) };
            libraries.push(Library::from(lt.map_err(refused)?));
        }
    }
    // SAFETY: as above.
    let opened = unsafe { Library::new(path) }.map_err(refused)?;
    let lacks = |symbol| BlasError::Symbol {
        library: library.clone(),
        symbol,
    };
    let calls = match by {
        Blas::Lt => Calls::Lt(LtTable::load(&opened).map_err(lacks)?),
        Blas::Gemm => Calls::Gemm(GemmTable::load(&opened).map_err(lacks)?),
    };
    libraries.push(opened);
    Ok(Opened {
        calls,
        _libraries: libraries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_the_newest_library_that_the_driver_can_follow() {
        let folder = tempfile::tempdir().expect("a folder");
        let wheel = folder.path().join("nvidia/cu13/lib");
        fs::create_dir_all(&wheel).expect("made");
        fs::write(wheel.join("libcublasLt.so.13"), "").expect("written");
        fs::write(folder.path().join("libcublasLt.so.12"), "").expect("written");
        let found = |by, major| in_folder(folder.path(), by, Version { major, minor: 0 });
        let thirteen = Some(wheel.join("libcublasLt.so.13"));
        assert_eq!(found(Blas::Lt, 13), thirteen);
        let twelve = Some(folder.path().join("libcublasLt.so.12"));
        assert_eq!(found(Blas::Lt, 12), twelve);
        assert_eq!(found(Blas::Gemm, 13), None);
        let refused = load(Blas::Lt, &wheel.join("libcublasLt.so.13"));
        assert!(
            matches!(refused, Err(BlasError::Open { .. })),
            "{refused:?}"
        );
    }
}
