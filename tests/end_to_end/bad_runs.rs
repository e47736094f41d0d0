//! What goes wrong in a run, and the words that its author gets: each as a snapshot.

use std::fs;
use std::path::Path;

use crate::support::warpmark;

const KERNELS: &str = r#"
__global__ void twice(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = 2.0f * in[i];
}
__global__ void thrice(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = i < 7 ? 2.0f * in[i] : 3.0f;
}
__global__ void before(const float *in, float *out, unsigned n) { out[-2] = 1.0f; twice(in, out, n); }
__global__ void input(float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) { out[i] = 2.0f * in[i]; in[i] = 0.0f; }
}
__global__ void wide(const float *in, float *out, unsigned long long n) { twice(in, out, n); }
__global__ void tensor(const float *in, float *out, unsigned n) { asm volatile("mma.sync.aligned;"); }
__global__ void apart(const float *in, float *out, unsigned n) {
    if (threadIdx.x == 3) __syncthreads_count(1); else __syncthreads();
    out[threadIdx.x] = in[threadIdx.x];
}
"#;

const ARGS: &str =
    r#"{ in = "f32", len = "64", fill = "iota" }, { out = "f32", len = "64" }, { u32 = "64" }"#;

fn kernel(name: &str, source: &str, entry: &str, args: &str) -> String {
    format!(
        "\n[[workload]]\nname = \"{name}\"\nkernel = {{ source = \"{source}\", entry = \"{entry}\" }}\n\
         grid = [\"1\"]\nblock = [\"64\"]\nargs = [{args}]\nverify = {{ reference = \"twice\" }}\n"
    )
}

fn command(name: &str, words: &str, more: &str) -> String {
    format!("\n[[workload]]\nname = \"{name}\"\ncommand = [{words}]\nprocesses = 1\n{more}\n")
}

/// Runs the suite of these workloads; the blocks of its failures and what is unsupported.
fn failures(workloads: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_sources(folder);
    let mut suite = String::from(
        "format = 1\n[suite]\nname = \"bad\"\n[device]\nkind = \"host\"\n[repetition]\nprocesses = 1\n\
         samples = 1\ntimeout = \"2s\"\n",
    );
    suite.push_str(workloads);
    fs::write(folder.join("bad.toml"), suite).expect("written");
    let output = warpmark()
        .current_dir(folder)
        .args(["run", "bad.toml"])
        .output()
        .expect("warpmark starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(10), "{said}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let begin = text
        .find("\n\nfailed")
        .or_else(|| text.find("\n\nunsupported"));
    let end = text.rfind("record: ").expect("the record's place");
    text[begin.expect("failures")..end].trim().to_owned()
}

fn write_sources(folder: &Path) {
    fs::write(folder.join("k.cu"), KERNELS).expect("written");
    let broken = "__global__ void broken(float *out) {\n    out[0] = 1.0f\n}\n";
    fs::write(folder.join("broken.cu"), broken).expect("written");
    fs::write(folder.join("plain.txt"), "not a program").expect("written");
    fs::write(folder.join("expected.npy"), "no numpy file").expect("written");
}

#[test]
fn kernels() {
    let two = r#"{ in = "f32", len = "64", fill = "iota" }, { out = "f32", len = "64" }"#;
    let four = format!("{ARGS}, {{ u32 = \"1\" }}");
    let mut suite = String::new();
    for (name, source, entry, args) in [
        ("absent-entry", "k.cu", "absent", ARGS),
        (
            "broken-source",
            "broken.cu",
            "broken",
            r#"{ out = "f32", len = "1" }"#,
        ),
        ("differs", "k.cu", "thrice", ARGS),
        ("input-written", "k.cu", "input", ARGS),
        ("too-few", "k.cu", "twice", two),
        ("too-many", "k.cu", "twice", &four),
        ("wrong-size", "k.cu", "wide", ARGS),
        ("wrote-before", "k.cu", "before", ARGS),
        ("barriers-apart", "k.cu", "apart", ARGS),
        ("inline-assembly", "k.cu", "tensor", ARGS),
    ] {
        suite.push_str(&kernel(name, source, entry, args));
    }
    let numpy = kernel("no-numpy", "k.cu", "twice", ARGS);
    suite.push_str(&numpy.replace("reference = \"twice\"", "reference = \"expected.npy\""));
    let text = failures(&suite);
    // The compiler's own words differ by compiler and version; the file and the line don't.
    let filters = vec![
        (r"(broken\.cu:\d+):\d+: .*", "$1: [the compiler's words]"),
        (r"(?m)^    broken\.cu: In function.*\n", ""),
        (r"(?m)^    .*\d (error|warning)s? generated.*\n", ""),
        (r"(?m)^ {5,}.*\n", ""),
        (r"long long unsigned int|unsigned long long", "[64 bits]"),
        (r" \*", "*"),
    ];
    insta::with_settings!({filters => filters}, { insta::assert_snapshot!(text) });
}

#[test]
fn commands() {
    let mut suite = String::new();
    for (name, words, more) in [
        ("absent-program", r#""no-such-program""#, ""),
        ("killed", r#""sh", "-c", "kill -9 $$""#, ""),
        ("no-program", r#""./plain.txt""#, ""),
        (
            "other-output",
            r#""echo", "7""#,
            "verify = { stdout = \"^8$\" }",
        ),
        (
            "setup-fails",
            r#""true""#,
            "setup = [\"sh\", \"-c\", \"echo no room >&2; exit 4\"]",
        ),
        ("status", r#""sh", "-c", "echo the reason >&2; exit 3""#, ""),
        ("too-long", r#""sleep", "30""#, "timeout = \"1s\""),
        (
            "cut-line",
            r#""echo", '{{"warpmark":1,"metric":"time"'"#,
            "",
        ),
        (
            "negative-time",
            r#""echo", '{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[-1]}}'"#,
            "",
        ),
        (
            "newer-protocol",
            r#""echo", '{{"warpmark":9,"metric":"time","unit":"ns","samples":[1]}}'"#,
            "",
        ),
        (
            "other-unit",
            r#""echo", '{{"warpmark":1,"metric":"time","unit":"hours","better":"lower","samples":[1]}}'"#,
            "",
        ),
        (
            "unknown-metric",
            r#""echo", '{{"warpmark":1,"metric":"tokens","unit":"count","better":"higher","samples":[1]}}'"#,
            "",
        ),
    ] {
        suite.push_str(&command(name, words, more));
    }
    insta::assert_snapshot!(failures(&suite));
}
