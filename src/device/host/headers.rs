//! The headers that let CUDA sources run on the CPU: part of the program, written to the cache for compiling.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::files::{self, FileError};

macro_rules! headers {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../kernels/host/", $name)))),*]
    };
}

/// Every header by the name that `#include` has for it.
const HEADERS: &[(&str, &str)] = headers![
    "warpmark/host.h",
    "warpmark/types.h",
    "warpmark/unsupported.h",
    "warpmark/schedule.h",
    "warpmark/warp.h",
    "warpmark/atomics.h",
    "warpmark/integers.h",
    "warpmark/reals.h",
    "warpmark/half.h",
    "warpmark/entry.h",
    "assert.h",
    "cassert",
    "cooperative_groups.h",
    "cooperative_groups/memcpy_async.h",
    "cooperative_groups/reduce.h",
    "cuda.h",
    "cuda/barrier",
    "cuda/pipeline",
    "cuda/std/algorithm",
    "cuda/std/array",
    "cuda/std/cassert",
    "cuda/std/climits",
    "cuda/std/cmath",
    "cuda/std/cstddef",
    "cuda/std/cstdint",
    "cuda/std/cstring",
    "cuda/std/functional",
    "cuda/std/limits",
    "cuda/std/numeric",
    "cuda/std/tuple",
    "cuda/std/type_traits",
    "cuda/std/utility",
    "cuda_bf16.h",
    "cuda_fp16.h",
    "cuda_pipeline.h",
    "cuda_pipeline_primitives.h",
    "cuda_runtime.h",
    "cuda_runtime_api.h",
    "device_functions.h",
    "device_launch_parameters.h",
    "math_constants.h",
    "mma.h",
    "sm_60_atomic_functions.h",
    "vector_functions.h",
    "vector_types.h",
];

/// The sha256 of all headers, with their names.
pub(super) fn version() -> String {
    let mut hash = Sha256::new();
    for (name, text) in HEADERS {
        for part in [name, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())
}

/// Writes the headers to a folder of their own in `cache`, unless they are there, and gives the folder.
pub(super) fn write(cache: &Path) -> Result<PathBuf, FileError> {
    let folder = cache.join(format!("include-{}", &version()[..16]));
    let whole = folder.join("complete");
    if whole.exists() {
        return Ok(folder);
    }
    for (name, text) in HEADERS {
        let path = folder.join(name);
        files::create_folder(path.parent().unwrap_or(&folder))?;
        files::write_atomically(&path, text.as_bytes())?;
    }
    files::write_atomically(&whole, b"")?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_of_the_folder_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/host");
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).expect("below the folder");
                    found.push(name.to_string_lossy().into_owned());
                }
            }
        }
        let mut embedded: Vec<&str> = HEADERS.iter().map(|(name, _)| *name).collect();
        found.sort_unstable();
        embedded.sort_unstable();
        assert_eq!(found, embedded);
    }

    #[test]
    fn they_are_written_once_and_none_is_a_kernel() {
        let cache = tempfile::tempdir().expect("a folder");
        let folder = write(cache.path()).expect("written");
        assert_eq!(write(cache.path()).expect("found"), folder);
        let text = std::fs::read_to_string(folder.join("warpmark/host.h")).expect("a header");
        assert!(text.contains("__WARPMARK_HOST__"));
        assert!(
            HEADERS
                .iter()
                .all(|(name, _)| Path::new(name).extension() != Some("cu".as_ref()))
        );
    }
}
