//! Whether code is the same decides what is measured.

use super::Repository;
use crate::support::has_tool;

const KERNEL: &str = "
__global__ void work(const float* in, float* out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        float value = in[i];
        for (unsigned k = 0; k < ROUNDS; ++k) {
            value = value * 0.75f + 0.125f;
        }
        out[i] = value;
    }
}
";

fn kernel(rounds: u32, block: u32) -> String {
    format!(
        "[device]\nkind = \"host\"\n[[workload]]\nname = \"work\"\n\
         kernel = {{ source = \"../kernels/work.cu\", entry = \"work\", defines = {{ ROUNDS = \"{rounds}\" }} }}\n\
         grid = [\"ceil_div(512, {block})\"]\nblock = [\"{block}\"]\nverify = \"none\"\ndeterministic = false\n\
         args = [{{ in = \"f32\", len = \"512\", fill = \"uniform\" }}, {{ out = \"f32\", len = \"512\" }}, {{ u32 = \"512\" }}]\n"
    )
}

#[test]
fn code_decides_what_is_measured_on_the_host() {
    if !has_tool("c++") {
        return;
    }
    let repository = Repository::new(&kernel(400, 128));
    repository.write("kernels/work.cu", KERNEL);
    repository.commit("a kernel");
    repository.write("kernels/work.cu", &format!("// A comment.\n{KERNEL}"));
    repository.commit("a comment");
    let found = repository.verdicts(&["ab", "HEAD~1", "HEAD", "suites/s.toml"], 0);
    assert_eq!(found, ["work: unchanged"]);
    let (out, _) = repository.said(&["ab", "HEAD~1", "HEAD", "suites/s.toml", "--quiet"], 0);
    assert!(
        out.contains("unchanged (same code)") && out.contains("nothing was measured"),
        "{out}"
    );
    repository.suite(&kernel(400, 64));
    repository.commit("another block");
    let (out, _) = repository.said(
        &[
            "ab",
            "HEAD~1",
            "HEAD",
            "suites/s.toml",
            "--quiet",
            "--blocks",
            "2",
        ],
        0,
    );
    assert!(
        out.contains("2 blocks of 4 processes") && !out.contains("same code"),
        "{out}"
    );
    repository.suite(&kernel(600, 64));
    repository.commit("half as much again");
    let slower = ["ab", "HEAD~1", "HEAD", "suites/s.toml", "--blocks", "16"];
    assert_eq!(repository.verdicts(&slower, 20), ["work: regressed"]);
}
