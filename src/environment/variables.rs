//! Environment variables that change what CUDA, its libraries and threads do, without anything secret.

use std::collections::BTreeMap;

/// Families of variables that change how kernels and models run.
const FAMILIES: [&str; 14] = [
    "CUBLAS_",
    "CUBLASLT_",
    "CUDA_",
    "CUDNN_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "NCCL_",
    "NVIDIA_",
    "OMP_",
    "OPENBLAS_",
    "PYTORCH_",
    "TORCH_",
    "WARPMARK_",
];

/// Single variables that do.
const SINGLES: [&str; 5] = [
    "CXX",
    "GLIBC_TUNABLES",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "MALLOC_ARENA_MAX",
];

/// Words in the name of a variable whose value is nobody's business.
const SECRET_NAMES: [&str; 9] = [
    "AUTH",
    "CREDENTIAL",
    "KEY",
    "LICENSE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE",
    "SECRET",
    "TOKEN",
];

/// Beginnings of well-known sorts of credentials.
const SECRET_BEGINNINGS: [&str; 12] = [
    "-----BEGIN",
    "AKIA",
    "AIza",
    "Bearer ",
    "eyJ",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "hf_",
    "nvapi-",
    "sk-",
];

const NOT_RECORDED: &str = "(set, not recorded)";

/// Those of `all` that matter. One whose name or value looks secret is there without its value.
pub fn relevant(all: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let matter = all.filter(|(name, _)| {
        SINGLES.contains(&name.as_str()) || FAMILIES.iter().any(|family| name.starts_with(family))
    });
    matter
        .map(|(name, value)| {
            let secret = is_secret(&name, &value);
            (
                name,
                if secret {
                    NOT_RECORDED.to_owned()
                } else {
                    value
                },
            )
        })
        .collect()
}

fn is_secret(name: &str, value: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let named = SECRET_NAMES
        .iter()
        .any(|secret| words.iter().any(|word| word.contains(secret)));
    // `https://user:password@host`
    let in_address = value.split("://").skip(1).any(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        host.contains('@')
    });
    named
        || in_address
        || SECRET_BEGINNINGS
            .iter()
            .any(|begin| value.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_kept_and_what_is_secret_is_not() {
        let table = [
            (
                "CUDA_VISIBLE_DEVICES",
                "GPU-8a0c9d5e-1234-5678-9abc-def012345678",
                Some(true),
            ),
            ("CUDA_LAUNCH_BLOCKING", "1", Some(true)),
            ("OMP_NUM_THREADS", "4", Some(true)),
            ("LD_PRELOAD", "libjemalloc.so", Some(true)),
            ("NVIDIA_API_KEY", "abc", Some(false)),
            ("NCCL_AUTH", "x", Some(false)),
            ("TORCH_HUB_SOURCE", "https://me:pass@host/x", Some(false)),
            ("TORCH_HUB_SOURCE", "https://host/user@x", Some(true)),
            ("PYTORCH_REMOTE", "ghp_0123456789", Some(false)),
            ("HOME", "/root", None),
            ("AWS_SECRET_ACCESS_KEY", "abc", None),
        ];
        for (name, value, shown) in table {
            let found = relevant([(name.to_owned(), value.to_owned())].into_iter());
            let expected = shown.map(|shown| if shown { value } else { NOT_RECORDED });
            assert_eq!(
                found.get(name).map(String::as_str),
                expected,
                "{name}={value}"
            );
        }
    }
}
