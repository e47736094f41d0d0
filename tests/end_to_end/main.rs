//! All end-to-end tests in one binary: they drive the built program as a user does.

mod ab;
mod again;
mod annotations;
mod backlog;
mod bad_manifests;
mod bad_runs;
mod baselines;
mod calibrate;
mod ceilings;
mod clocks;
mod commands;
mod comments;
mod compare;
mod cuda;
mod documented;
mod env;
mod exports;
mod gathering;
mod generated;
mod git_state;
mod github;
mod gpu_kernels;
mod history;
mod hostile;
mod imports;
mod init;
mod junit;
mod layers;
mod listing;
mod manifest_docs;
mod manifest_properties;
mod measurement;
mod money;
mod page;
mod plans;
mod records;
mod report;
mod report_formats;
mod runs;
mod schema;
mod shipped;
mod shown_commands;
mod support;
mod templates;
mod whole_path;
mod workflow;

/// Every file of this folder is a module above: a forgotten one would never run.
#[test]
fn no_test_file_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).expect("the folder of this file") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let is_module = path.is_dir() && path.join("mod.rs").exists()
            || path.extension().is_some_and(|extension| extension == "rs");
        if is_module && name != "main" {
            assert!(
                main.contains(&format!("mod {name};")),
                "{name} is not a module of main.rs"
            );
        }
    }
}
