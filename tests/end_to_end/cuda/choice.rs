//! Which GPU runs a suite, whether it may, and kernels that are compiled without one.

use std::fs;

use super::{HEAD, INCREMENT, Place, SCALE, told};

#[test]
fn a_suite_s_requirements_are_held_against_the_gpu() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    for (key, what) in [
        ("compute-capability = \"10.0\"", "10.0"),
        ("memory = \"80GiB\"", "memory"),
    ] {
        let suite = format!("{HEAD}{INCREMENT}").replace(
            "kind = \"cuda\"",
            &format!("kind = \"cuda\"\nrequire = {{ {key} }}"),
        );
        fs::write(place.at("fake.toml"), suite).expect("written");
        let (code, _, error) = place.run("");
        assert_eq!(code, 5, "{error}");
        assert!(
            error.contains(what) && error.contains("fake GPU"),
            "{error}"
        );
    }
}

#[test]
fn auto_takes_the_gpu_where_it_can_and_says_why_not() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let suite = format!("{HEAD}{INCREMENT}").replace("\"cuda\"", "\"auto\"");
    fs::write(place.at("fake.toml"), suite).expect("written");
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{error}");
    assert!(output.starts_with("fake on cuda:0"), "{output}");
    assert!(
        output.contains("fake GPU (measures nothing), clocks not pinned"),
        "{output}"
    );
    let (code, output, error) = place.run("no-device");
    assert_eq!(code, 0, "{error}");
    assert!(output.starts_with("fake on host"), "{output}");
    assert!(
        error.contains("note: ") && error.contains("CUDA_ERROR_NO_DEVICE"),
        "{error}"
    );
}

#[test]
fn a_gpu_is_named_by_number_or_uuid_and_locked_by_its_own_name() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let uuid = "cuda:GPU-66616b65-2d67-7075-2d30-303030303030";
    let run = |device: &str| {
        let mut command = place.warpmark(&["run", "fake.toml", "--quiet", "--device", device]);
        told(&command.output().expect("it runs"))
    };
    assert_eq!(run(uuid).0, 0);
    assert_eq!(run("cuda:0").0, 0);
    let (code, _, error) = run("cuda:1");
    assert_eq!(code, 5);
    assert!(
        error.contains("there is no GPU 1") && error.contains(uuid.trim_start_matches("cuda:")),
        "{error}"
    );
    let locks = fs::read_dir(place.at("state"))
        .expect("the state folder")
        .count();
    assert_eq!(locks, 1, "both names lock the same GPU");
}

#[test]
fn kernels_compile_without_a_gpu() {
    let broken = r#"
[[workload]]
name = "broken"
kernel = { source = "broken.cu", entry = "broken" }
grid = ["1"]
block = ["32"]
args = [{ out = "f32", len = "10" }]
verify = "none"
"#;
    let Some(place) = Place::new(&[SCALE, INCREMENT]) else {
        return;
    };
    let check = |arguments: &[&str]| {
        let mut command = place.warpmark(&["check", "--compile"]);
        command
            .args(arguments)
            .arg("fake.toml")
            .env("WARPMARK_LIBCUDA", "/nonexistent");
        told(&command.output().expect("it runs"))
    };
    let (code, output, error) = check(&[]);
    let ignored = fs::read_to_string(place.at(".warpmark/.gitignore"));
    assert_eq!(
        ignored
            .expect("the cache is no part of the repository")
            .trim(),
        "*"
    );
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(
        output,
        "fake.toml: no mistakes, 3 cases; 6 kernels compiled for sm_80, sm_90a, sm_100\n"
    );
    fs::write(
        place.at("broken.cu"),
        "__global__ void broken(float *out) {\n#error no\n}\n",
    )
    .expect("written");
    fs::write(place.at("fake.toml"), format!("{HEAD}{SCALE}{broken}")).expect("written");
    let (code, output, error) = check(&["--arch", "sm_90a"]);
    assert_eq!(code, 3, "{output}{error}");
    assert!(
        error.contains("broken for sm_90a: broken.cu does not compile: broken.cu(2): error"),
        "{error}"
    );
    // What an architecture's cases leave out isn't compiled for it.
    let newest = broken.replace(
        "grid = [\"1\"]",
        "skip = [\"compute_capability != 100\"]\ngrid = [\"1\"]",
    );
    fs::write(place.at("fake.toml"), format!("{HEAD}{SCALE}{newest}")).expect("written");
    let (code, output, error) = check(&["--arch", "sm_80,sm_90a"]);
    assert_eq!((code, error.as_str()), (0, ""), "{output}");
    let (code, _, error) = check(&["--arch", "sm_90a,sm_100"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("broken for sm_100: "), "{error}");
    assert!(!error.contains("broken for sm_90a"), "{error}");
    assert_eq!(check(&["--arch", "sm_70"]).0, 5);
    assert_eq!(check(&["--arch", "volta"]).0, 2);
}
