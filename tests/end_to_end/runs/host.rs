//! Kernels on the host device that hang, crash or change, seen from outside.

use super::project::{HEAD, Project, end, gated, has_tool, send};

const KERNELS: &str = r"
__global__ void good(float *out, unsigned long long n) {
  unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x;
  if (i < n) out[i] = 2.0f * i;
}
__global__ void endless(float *out, unsigned long long n) {
  volatile float *o = out;
  while (o[0] != 12345.0f) o[1] += 1.0f;
}
__global__ void crash(float *out, unsigned long long n) {
  *(volatile float *)8 = 1.0f;
  out[0] = 1.0f;
}
";

fn kernel(entry: &str) -> String {
    format!(
        "[[workload]]\nname = \"{entry}\"\nkernel = {{ source = \"k.cu\", entry = \"{entry}\" }}\n\
         axes = {{ n = [64] }}\ngrid = [\"1\"]\nblock = [\"64\"]\n\
         args = [{{ out = \"f32\", len = \"n\" }}, {{ u64 = \"n\" }}]\nverify = \"none\"\n"
    )
}

fn project(workloads: &str) -> Project {
    let project = Project::new(workloads);
    let head = HEAD
        .replace("\"mock\"", "\"host\"")
        .replace("warmup = 0", "warmup = 0\norder = \"declared\"");
    project.write("s.toml", &(head + workloads));
    project.write("k.cu", KERNELS);
    project
}

#[test]
fn a_hanging_kernel_says_where_and_a_crashing_one_how() {
    if !has_tool("c++") {
        return;
    }
    let project = project(&(kernel("endless") + &kernel("crash") + &kernel("good")));
    project.edit("name = \"endless\"", "name = \"endless\"\ntimeout = \"2s\"");
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    let endless = project.outcome(0, "endless/n=64").expect("a failure");
    assert_eq!(endless["failed"]["message"], "timed out after 2 s");
    let place = endless["failed"]["detail"].as_str().expect("the place");
    assert!(
        place.contains("block (0,0,0) of endless did not end"),
        "{place}"
    );
    let crash = project.outcome(0, "crash/n=64").expect("a failure");
    assert_eq!(crash["failed"]["message"], "crashed: SIGSEGV");
    for process in 0..2 {
        assert_eq!(
            project.outcome(process, "good/n=64"),
            Some("measured".into())
        );
    }
    project.is_quiet_soon();
}

#[test]
fn a_run_does_not_go_on_with_another_kernel() {
    if !has_tool("c++") {
        return;
    }
    let project = project(&(kernel("good") + &gated("wait")));
    let run = project.start(&["--samples", "1"]);
    project.until_lines(1, 2);
    send(run.id(), "KILL");
    end(run);
    project.write("k.cu", &KERNELS.replace("2.0f", "3.0f"));
    let refused = project.run(&["run", "--resume"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("the kernel of case good/n=64 changed"),
        "{}",
        refused.stderr
    );
    project.write("k.cu", &format!("// The same code.\n{KERNELS}"));
    project.open_gate();
    let ended = project.run(&["run", "--resume"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_run_does_not_go_on_with_another_device() {
    let project = project(
        "[[workload]]\nname = \"wait\"\ncommand = [\"sleep\", \"1000\"]\ntimeout = \"900s\"\n",
    );
    let run = project.start(&[]);
    project.until_lines(0, 1);
    send(run.id(), "KILL");
    end(run);
    project.edit("\"host\"", "\"mock\"");
    let refused = project.run(&["run", "--resume"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("the device is mock, and was host"),
        "{}",
        refused.stderr
    );
}
