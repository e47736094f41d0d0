//! Finding and opening NVRTC, and its calls as typed pointers.

use std::env;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs;
use std::path::{Path, PathBuf};

use libloading::Library;
use libloading::os::unix::{Library as UnixLibrary, RTLD_GLOBAL, RTLD_LAZY};

use super::NvrtcError;
use crate::device::cuda::driver::Version;
use crate::device::cuda::loader_words;
use crate::device::cuda::toolkit::{self, MAJORS, majors};

/// The variable that names the folder of NVRTC's libraries.
pub const FOLDER_VARIABLE: &str = "WARPMARK_NVRTC";

pub(super) type Program = *mut c_void;
type Text = *mut c_char;
type Code = c_int;

/// NVRTC's calls. Each takes what its namesake in `nvrtc.h` takes.
#[derive(Debug)]
pub(super) struct Calls {
    pub version: unsafe extern "C" fn(*mut c_int, *mut c_int) -> Code,
    pub error_string: unsafe extern "C" fn(Code) -> *const c_char,
    pub arch_count: unsafe extern "C" fn(*mut c_int) -> Code,
    pub archs: unsafe extern "C" fn(*mut c_int) -> Code,
    pub create: unsafe extern "C" fn(
        *mut Program,
        *const c_char,
        *const c_char,
        c_int,
        *const *const c_char,
        *const *const c_char,
    ) -> Code,
    pub destroy: unsafe extern "C" fn(*mut Program) -> Code,
    pub add_expression: unsafe extern "C" fn(Program, *const c_char) -> Code,
    pub compile: unsafe extern "C" fn(Program, c_int, *const *const c_char) -> Code,
    pub log_size: unsafe extern "C" fn(Program, *mut usize) -> Code,
    pub log: unsafe extern "C" fn(Program, Text) -> Code,
    pub cubin_size: unsafe extern "C" fn(Program, *mut usize) -> Code,
    pub cubin: unsafe extern "C" fn(Program, Text) -> Code,
    pub lowered_name: unsafe extern "C" fn(Program, *const c_char, *mut *const c_char) -> Code,
}

impl Calls {
    fn load(library: &Library) -> Result<Self, &'static str> {
        /// The symbol of this name, at the type of the field it is stored in.
        macro_rules! symbol {
            ($name:literal) => {{
                // SAFETY: the symbol's type is that of its declaration in nvrtc.h.
                let symbol = unsafe { library.get($name) };
                *symbol.map_err(|_| $name)?
            }};
        }
        Ok(Self {
            version: symbol!("nvrtcVersion"),
            error_string: symbol!("nvrtcGetErrorString"),
            arch_count: symbol!("nvrtcGetNumSupportedArchs"),
            archs: symbol!("nvrtcGetSupportedArchs"),
            create: symbol!("nvrtcCreateProgram"),
            destroy: symbol!("nvrtcDestroyProgram"),
            add_expression: symbol!("nvrtcAddNameExpression"),
            compile: symbol!("nvrtcCompileProgram"),
            log_size: symbol!("nvrtcGetProgramLogSize"),
            log: symbol!("nvrtcGetProgramLog"),
            cubin_size: symbol!("nvrtcGetCUBINSize"),
            cubin: symbol!("nvrtcGetCUBIN"),
            lowered_name: symbol!("nvrtcGetLoweredName"),
        })
    }

    /// NVRTC's words for `code`.
    pub fn words(&self, code: Code) -> String {
        // SAFETY: answers any number with a static string, or with null.
        let text = unsafe { (self.error_string)(code) };
        if text.is_null() {
            return format!("error {code}");
        }
        // SAFETY: a static string that ends with a NUL.
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    }
}

/// An open NVRTC.
#[derive(Debug)]
pub(super) struct Opened {
    pub calls: Calls,
    /// The library as it was named to the loader.
    pub path: PathBuf,
    /// Kept open: the calls point into it, and it into its built-ins.
    _libraries: Vec<Library>,
}

/// Opens the NVRTC in [`FOLDER_VARIABLE`]'s folder, else the first in the usual places that a driver of CUDA
/// `newest` can run the code of; without a driver any will do.
pub(super) fn open(newest: Option<Version>) -> Result<Opened, NvrtcError> {
    if let Some(folder) = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        let folder = fs::canonicalize(&folder).unwrap_or_else(|_| PathBuf::from(&folder));
        let library = in_folder(&folder, newest).ok_or(NvrtcError::Folder(folder))?;
        return load(&library);
    }
    let mut refused = None;
    for candidate in usual(newest) {
        match load(&candidate) {
            Ok(opened) => return Ok(opened),
            Err(NvrtcError::Open { .. }) if !candidate.is_absolute() => {}
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or(NvrtcError::Missing))
}

/// Where NVRTC lies usually: the toolkit that the environment names, the loader's own folders, the usual toolkit.
fn usual(newest: Option<Version>) -> Vec<PathBuf> {
    let named = toolkit::named().filter_map(|toolkit| in_toolkit(&toolkit, newest));
    let by_loader = majors(newest).map(|major| PathBuf::from(format!("libnvrtc.so.{major}")));
    let default = in_toolkit(Path::new(toolkit::USUAL), newest);
    named.chain(by_loader).chain(default).collect()
}

fn in_toolkit(toolkit: &Path, newest: Option<Version>) -> Option<PathBuf> {
    ["lib64", "lib"]
        .iter()
        .find_map(|folder| in_folder(&toolkit.join(folder), newest))
}

/// The newest fitting `libnvrtc.so.N` of a folder; one that is too new for the driver where there is no other, so
/// that it can be named.
fn in_folder(folder: &Path, newest: Option<Version>) -> Option<PathBuf> {
    let there = |major| {
        let path = folder.join(format!("libnvrtc.so.{major}"));
        path.exists().then_some(path)
    };
    majors(newest)
        .find_map(there)
        .or_else(|| MAJORS.rev().find_map(there))
}

fn load(path: &Path) -> Result<Opened, NvrtcError> {
    let refused = |error: libloading::Error| NvrtcError::Open {
        library: path.to_owned(),
        reason: loader_words(&error),
    };
    let mut libraries = Vec::new();
    if let Some(folder) = path.parent().filter(|_| path.is_absolute()) {
        for built_ins in built_ins(folder, path) {
            // SAFETY: loading runs the library's initialisers; it lies beside the NVRTC that is asked for.
            let library = unsafe { UnixLibrary::open(Some(&built_ins), RTLD_LAZY | RTLD_GLOBAL) };
            libraries.push(Library::from(library.map_err(refused)?));
        }
    }
    // SAFETY: as above.
    let library = unsafe { Library::new(path) }.map_err(refused)?;
    let calls = Calls::load(&library).map_err(|symbol| NvrtcError::Symbol {
        library: path.to_owned(),
        symbol,
    })?;
    libraries.push(library);
    Ok(Opened {
        calls,
        path: path.to_owned(),
        _libraries: libraries,
    })
}

/// The built-ins of `library` in its folder. NVRTC opens them by their plain name, which the loader knows only
/// once they are loaded by their path.
fn built_ins(folder: &Path, library: &Path) -> Vec<PathBuf> {
    let name = library.to_string_lossy();
    let major = name.rsplit('.').next().unwrap_or_default();
    let prefix = format!("libnvrtc-builtins.so.{major}.");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .filter_map(|entry| fs::canonicalize(entry.path()).ok())
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_the_newest_library_that_the_driver_can_follow() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "libnvrtc.so.12",
            "libnvrtc.so.13",
            "libnvrtc-builtins.so.13.0",
        ] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let name = |major| {
            let newest = Some(Version { major, minor: 4 });
            let found = in_folder(folder.path(), newest).expect("one");
            found
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        };
        assert_eq!(name(12), "libnvrtc.so.12");
        assert_eq!(name(13), "libnvrtc.so.13");
        let built_ins = built_ins(folder.path(), Path::new("/x/libnvrtc.so.13"));
        assert_eq!(built_ins.len(), 1);
        fs::remove_file(folder.path().join("libnvrtc.so.12")).expect("removed");
        assert_eq!(name(12), "libnvrtc.so.13", "to be named as too new");
    }
}
