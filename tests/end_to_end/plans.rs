//! Suites to plans: inheritance, order, units, overrides, requirements.

use std::fs;
use std::time::Duration;

use warpmark::id::{AxisValue, Name};
use warpmark::manifest::{self, Suite};
use warpmark::plan::{
    self, Argument, Cache, DeviceFacts, Fill, Plan, PlanError, Selection, Task, Verify,
};

use crate::manifest_docs;

/// The suite of `files`, of which the first is `suites/suite.toml`.
fn load(files: &[(&str, &str)]) -> (tempfile::TempDir, Suite) {
    let (folder, path) = manifest_docs::folder();
    for (name, text) in files {
        let name = folder.path().join("suites").join(name);
        fs::create_dir_all(name.parent().expect("a parent")).expect("created");
        fs::write(name, text).expect("written");
    }
    let suite = manifest::load(&path).unwrap_or_else(|error| panic!("{}", error.render(false)));
    (folder, suite)
}

fn expand(suite: &Suite, selection: &Selection) -> Result<Plan, PlanError> {
    plan::expand(suite, &DeviceFacts::cuda_limits(), selection)
}

fn whole(suite: &Suite) -> Plan {
    expand(suite, &Selection::default()).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn suite(text: &str) -> (tempfile::TempDir, Suite) {
    let text = format!("format = 1\n[suite]\nname = \"s\"\n{text}");
    load(&[("suite.toml", &text)])
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.cases.iter().map(|case| case.id.as_str()).collect()
}

#[test]
fn the_last_axis_is_the_fastest() {
    let (_folder, suite) = suite(
        "[[workload]]\nname = \"b\"\ncommand = [\"x\"]\naxes = { z = [2, 1], a = [0.5, 1e20] }\n[[workload]]\nname = \"a\"\ncommand = [\"x\"]\n",
    );
    let plan = whole(&suite);
    assert_eq!(
        ids(&plan),
        [
            "b/z=2/a=0.5",
            "b/z=2/a=1e20",
            "b/z=1/a=0.5",
            "b/z=1/a=1e20",
            "a"
        ]
    );
    assert_eq!(plan.units, [[0], [1], [2], [3], [4]]);
}

#[test]
fn a_kernel_is_evaluated_at_its_point() {
    let (_folder, suite) = load(&[("suite.toml", &manifest_docs::suites()[0])]);
    let plan = whole(&suite);
    let case = &plan.cases[0];
    assert_eq!(case.id.as_str(), "triad/n=1048576/block=128/unroll=1");
    assert_eq!(case.work.bytes(), Some(12_582_912.0));
    let Task::Kernel(kernel) = &case.task else {
        panic!("a kernel");
    };
    assert_eq!((kernel.grid, kernel.block), ([8192, 1, 1], [128, 1, 1]));
    assert_eq!(kernel.defines, [("UNROLL".to_owned(), "1".to_owned())]);
    assert!(kernel.source.ends_with("suites/../kernels/stream.cu"));
    let Argument::Buffer(buffer) = &kernel.args[0] else {
        panic!("a buffer");
    };
    assert_eq!(
        (buffer.len, &buffer.fill),
        (
            1 << 20,
            &Fill::Uniform {
                low: 0.0,
                high: 1.0
            }
        )
    );
    let Argument::Scalar(scalar) = &kernel.args[3] else {
        panic!("a value");
    };
    assert_eq!(scalar.bits, u64::from(3.0_f32.to_bits()));
    assert!(
        matches!(&kernel.verify, Verify::Reference { entry, grid: [8192, 1, 1], .. } if entry == "triad_reference")
    );
}

#[test]
fn workloads_inherit_repetition_and_commands_their_own() {
    let (_folder, suite) = suite(
        "[repetition]\nsamples = 20\ncache = \"hot\"\ntimeout = \"5s\"\n[[workload]]\nname = \"c\"\ncommand = [\"x\"]\n[[workload]]\nname = \"d\"\ncommand = [\"x\"]\nprocesses = 3\nsamples = 2\n[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\nwarmup = 0\n",
    );
    let plan = whole(&suite);
    let [c, d, k] = plan.cases.as_slice() else {
        panic!("three cases");
    };
    let counts = |case: &plan::Case| {
        (
            case.repetition.processes,
            case.repetition.samples,
            case.repetition.warm_up,
        )
    };
    assert_eq!(counts(c), (10, 1, 0));
    assert_eq!(counts(d), (3, 2, 0));
    assert_eq!(counts(k), (5, 20, 0));
    assert_eq!(k.repetition.cache, Cache::Hot);
    assert_eq!(c.repetition.timeout, Duration::from_secs(5));
}

#[test]
fn overrides_win_over_quick_and_quick_over_the_suite() {
    let (_folder, suite) = suite(
        "[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\n",
    );
    let quick = Selection {
        quick: true,
        seed: Some(7),
        ..Selection::default()
    };
    let plan = expand(&suite, &quick).expect("a plan");
    let repetition = &plan.cases[0].repetition;
    assert_eq!(
        (
            repetition.processes,
            repetition.samples,
            repetition.warm_up,
            plan.seed
        ),
        (1, 10, 2, 7)
    );
    let more = Selection {
        processes: Some(2),
        samples: Some(50),
        ..quick
    };
    let repetition = &expand(&suite, &more).expect("a plan").cases[0].repetition;
    assert_eq!((repetition.processes, repetition.samples), (2, 50));
}

#[test]
fn inner_axes_make_units_and_lists() {
    let (_folder, suite) = suite(
        "[[workload]]\nname = \"w\"\ncommand = [\"x\", \"{batch}\", \"{mode}\", \"{{}}\", \"{out}/r\"]\naxes = { batch = [1, 8, 32], mode = [\"a\", \"b\"] }\ninner = [\"batch\"]\nskip = \"batch == 8 && mode == 'b'\"\nmetrics = [\"tokens\"]\n",
    );
    let plan = whole(&suite);
    assert_eq!(plan.units, [vec![0, 1, 2], vec![3, 4]]);
    let Task::Command(command) = &plan.cases[4].task else {
        panic!("a command");
    };
    assert_eq!(plan.cases[4].id.as_str(), "w/batch=32/mode=b");
    assert_eq!(command.command[..4], ["x", "1,32", "b", "{}"]);
    let folder = std::path::Path::new("/tmp/o");
    assert_eq!(
        plan::with_output_folder(&command.command[4], folder),
        "/tmp/o/r"
    );
    assert_eq!(plan.skipped, 1);
}

#[test]
fn extending_files_inherit_key_by_key() {
    let common = "format = 1\n[suite]\nabout = \"shared\"\n[device]\nrequire = { memory = \"1GiB\" }\n[repetition]\nsamples = 20\nwarmup = 3\n[[workload]]\nname = \"b\"\ncommand = [\"x\"]\nprocesses = 4\ntags = [\"t\"]\n[[workload]]\nname = \"k\"\nkernel = { source = \"k.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\n";
    let own = "format = 1\nextends = \"shared/common.toml\"\n[suite]\nname = \"s\"\n[repetition]\nsamples = 30\n[[workload]]\nname = \"a\"\ncommand = [\"y\"]\n[[workload]]\nname = \"b\"\nprocesses = 6\n";
    let files = [
        ("suite.toml", own),
        ("shared/common.toml", common),
        ("shared/k.cu", ""),
    ];
    let (_folder, suite) = load(&files);
    assert_eq!(suite.about.as_deref(), Some("shared"));
    assert_eq!(suite.files.len(), 2);
    assert_eq!(suite.device.memory.map(|(bytes, _)| bytes), Some(1 << 30));
    let plan = whole(&suite);
    assert_eq!(ids(&plan), ["b", "k", "a"]);
    assert_eq!(
        (plan.cases[0].repetition.processes, plan.cases[0].tags.len()),
        (6, 1)
    );
    assert_eq!(
        (
            plan.cases[1].repetition.samples,
            plan.cases[1].repetition.warm_up
        ),
        (30, 3)
    );
    let Task::Kernel(kernel) = &plan.cases[1].task else {
        panic!("a kernel");
    };
    assert!(kernel.source.ends_with("shared/k.cu"));
    assert!(plan.cases[1].defined_at.0.ends_with("shared/common.toml"));
}

#[test]
fn sources_are_named_relative_to_their_repository() {
    let (folder, _) = load(&[("suite.toml", &manifest_docs::suites()[0])]);
    fs::create_dir(folder.path().join(".git")).expect("created");
    let suite = manifest::load(&folder.path().join("suites/suite.toml")).expect("a suite");
    let Task::Kernel(kernel) = &whole(&suite).cases[0].task else {
        panic!("a kernel");
    };
    assert_eq!(kernel.source_name, "kernels/stream.cu");
}

#[test]
fn a_device_must_have_what_is_required_and_hold_the_buffers() {
    let (_folder, suite) = suite(
        "[device]\nrequire = { compute-capability = \"8.0\", memory = \"1GiB\" }\n[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\naxes = { n = [1, 300000000] }\ngrid = \"sm_count\"\nblock = 1\nargs = [{ in = \"f32\", len = \"n\" }]\n",
    );
    let mut facts = DeviceFacts::cuda_limits();
    facts.memory = 1 << 30;
    facts.sm_count = 7;
    facts.compute_capability = None;
    let unmet = plan::expand(&suite, &facts, &Selection::default()).expect_err("no GPU");
    assert!(matches!(&unmet, PlanError::Unmet { message, .. } if message.contains("is no GPU")));
    facts.compute_capability = Some((7, 5));
    let unmet = plan::expand(&suite, &facts, &Selection::default()).expect_err("too old");
    assert!(unmet.to_string().contains("has 7.5"), "{unmet}");
    facts.compute_capability = Some((9, 0));
    let large = plan::expand(&suite, &facts, &Selection::default()).expect_err("too large");
    assert!(
        large.render(false).contains("the buffers take 1.118 GiB"),
        "{}",
        large.render(false)
    );
    let selection = Selection {
        axes: vec![(Name::new("n").expect("valid"), vec![AxisValue::Integer(1)])],
        ..Selection::default()
    };
    let plan = plan::expand(&suite, &facts, &selection).expect("a plan");
    assert!(matches!(&plan.cases[0].task, Task::Kernel(kernel) if kernel.grid == [7, 1, 1]));
    facts.memory = 1 << 29;
    let unmet = plan::expand(&suite, &facts, &selection).expect_err("too little");
    assert!(
        unmet.to_string().contains("requires 1 GiB of memory"),
        "{unmet}"
    );
}

#[test]
fn expressions_know_how_much_shared_memory_a_block_may_have() {
    let (_folder, suite) = suite(
        "[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\nshared = \"shared_bytes\"\nargs = [{ in = \"f32\", len = 1 }]\n",
    );
    for (capability, kib) in [
        ((7, 5), 64),
        ((8, 0), 163),
        ((8, 6), 99),
        ((8, 7), 163),
        ((8, 9), 99),
        ((9, 0), 227),
        ((10, 0), 227),
        ((12, 0), 99),
    ] {
        let facts = DeviceFacts::cuda_limits_of(capability);
        let plan = plan::expand(&suite, &facts, &Selection::default()).expect("a plan");
        assert!(
            matches!(&plan.cases[0].task, Task::Kernel(kernel) if kernel.shared == kib << 10),
            "{capability:?}: {:?}",
            plan.cases[0].task
        );
    }
}

#[test]
fn a_removed_workload_has_no_cases() {
    let (_folder, suite) = suite("[[workload]]\nname = \"old\"\nremoved = \"nobody used it\"\n");
    assert_eq!(
        suite.workloads[0].removed.as_deref(),
        Some("nobody used it")
    );
    let error = expand(&suite, &Selection::default()).expect_err("nothing");
    assert!(matches!(error, PlanError::Nothing { .. }));
}

#[test]
fn a_point_can_be_skipped_by_compute_capability() {
    let (_folder, suite) = suite(
        "[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\naxes = { n = [1, 2] }\nskip = [\"compute_capability != 90 && n == 1\"]\ngrid = 1\nblock = 1\nargs = [{ in = \"f32\", len = \"n\" }]\n",
    );
    let cases = |facts: &DeviceFacts| {
        let plan = plan::expand(&suite, facts, &Selection::default()).expect("a plan");
        (plan.cases.len(), plan.skipped)
    };
    assert_eq!(cases(&DeviceFacts::cuda_limits_of((9, 0))), (2, 0));
    assert_eq!(cases(&DeviceFacts::cuda_limits_of((8, 9))), (1, 1));
    let mut no_gpu = DeviceFacts::cuda_limits();
    no_gpu.compute_capability = None;
    assert_eq!(cases(&no_gpu), (1, 1));
}

/// What is planned of a case is what its id, its definition and its code identity are formed from.
#[test]
fn a_note_is_no_part_of_a_plan() {
    let (folder, without) = suite(
        "[[workload]]\nname = \"k\"\nkernel = { source = \"../kernels/stream.cu\", entry = \"k\" }\n#\ngrid = 1\nblock = 1\nargs = [{ in = \"f32\", len = 1 }]\n\
         [[workload]]\nname = \"l\"\nlibrary = \"memset\"\n#\nargs = [{ out = \"u32\", len = 4 }]\n\
         [[workload]]\nname = \"c\"\ncommand = [\"true\"]\n#\naxes = { n = [1, 2] }\n\
         [[workload]]\nname = \"gone\"\nremoved = \"nobody used it\"\n#\n",
    );
    let path = folder.path().join("suites/suite.toml");
    let bare = fs::read_to_string(&path).expect("the suite");
    let note = "note = \"Bound by what `true` costs\"";
    fs::write(&path, bare.replace('#', note)).expect("written");
    let with = manifest::load(&path).unwrap_or_else(|error| panic!("{}", error.render(false)));
    assert_eq!((without.notes().len(), with.notes().len()), (0, 4));
    assert_eq!(whole(&without), whole(&with));
    assert_eq!(ids(&whole(&with)), ["k", "l", "c/n=1", "c/n=2"]);
}
