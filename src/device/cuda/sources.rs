//! What a kernel's source pulls in, and what its compiler says of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::nvrtc;
use crate::canonical;
use crate::plan::KernelTask;

/// Lines of a compiler's log that are kept.
const LOG_LINES: usize = 60;

/// The folders that a kernel's headers are sought in: its own, the suite's, CUDA's.
pub fn folders(task: &KernelTask) -> Vec<PathBuf> {
    let own = task
        .source
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let own = own.unwrap_or(Path::new(".")).to_owned();
    std::iter::once(own)
        .chain(task.include.iter().cloned())
        .chain(nvrtc::folders())
        .collect()
}

/// What the cache must know of the headers of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// A hash of their bytes in the order of their paths.
    pub hash: String,
    /// Whether not all are known, since an `#include` names a macro.
    pub computed: bool,
}

/// What is known of headers, so that a source of many cases is looked through once.
#[derive(Debug, Default)]
pub struct Headers(Mutex<BTreeMap<(String, Vec<PathBuf>), Pulled>>);

impl Headers {
    /// What `source`, the text of the source of `task`, includes.
    pub fn of(&self, task: &KernelTask, source: &str) -> Pulled {
        let folders = folders(task);
        let key = (canonical::sha256(source.as_bytes()), folders);
        let known = |this: &Self| {
            let map = this.0.lock().unwrap_or_else(PoisonError::into_inner);
            map.get(&key).cloned()
        };
        if let Some(pulled) = known(self) {
            return pulled;
        }
        let own = key.1.first().cloned().unwrap_or_default();
        let included = nvrtc::included(source, &own, &key.1);
        let hashes: Vec<String> = included
            .files
            .values()
            .map(|bytes| canonical::sha256(bytes))
            .collect();
        let pulled = Pulled {
            hash: canonical::sha256(hashes.join("\n").as_bytes()),
            computed: included.computed,
        };
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, pulled.clone());
        pulled
    }
}

/// The first lines of a log.
pub fn shorten(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    if lines.len() <= LOG_LINES {
        return log.to_owned();
    }
    let more = lines.len() - LOG_LINES;
    format!("{}\n... {more} more lines", lines[..LOG_LINES].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_and_says_so() {
        assert_eq!(shorten("a\nb"), "a\nb");
        let long = "x\n".repeat(LOG_LINES + 5);
        assert!(shorten(&long).ends_with("... 5 more lines"));
    }
}
