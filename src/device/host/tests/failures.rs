//! Everything that can go wrong with a kernel, and everything that the host device can't run: each has a name.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::device::host::module::Module;

/// The kernel of `failures.cu` that goes wrong in the way `fault`: two blocks of 32 threads.
fn faulty(fault: u64) -> KernelTask {
    let mut task = task(&data("failures.cu"), "faulty");
    task.grid = [2, 1, 1];
    task.block = [32, 1, 1];
    task.args = vec![
        scalar(ElementType::I32, fault),
        output(ElementType::F32, 64),
        buffer(Role::In, ElementType::F32, 64, Fill::Iota),
        scalar(ElementType::I32, 64),
    ];
    task.verify = reference(&task, "faulty_reference");
    task
}

#[test]
fn every_way_to_go_wrong_has_a_name() {
    use FailureKind::{Device, Guard, Unwritten, Wrong};
    let mut host = Host::new(1);
    let (_, verification) = measure(&mut host, &faulty(0)).expect("nothing is wrong");
    assert_eq!(verification.digest.map(|digest| digest.len()), Some(64));
    let table = [
        (
            1,
            Guard,
            "wrote past args[1]: 4 bytes changed, the nearest 0 bytes behind its end",
        ),
        (
            2,
            Guard,
            "wrote before args[1]: 4 bytes changed, the nearest 1 bytes before its start",
        ),
        (
            3,
            Unwritten,
            "args[1][3] was never written: 1 of 64 elements",
        ),
        (
            4,
            Wrong,
            "args[1][5] is NaN, the reference has 2.5; 1 of 64 elements differ",
        ),
        (
            5,
            Wrong,
            "args[1][2] is 2.0, the reference has 1.0; 16 of 64 elements differ",
        ),
        (
            6,
            Device,
            "deadlock: threads wait forever in block (0,0,0): 16 of 32 threads in __syncwarp (first (0,0,0)), \
             16 of 32 threads in __syncthreads (first (16,0,0))",
        ),
        (
            7,
            Device,
            "threads wait at different barriers in block (0,0,0): 16 of 32 threads in __syncthreads_count (first \
             (0,0,0)), 16 of 32 threads in __syncthreads (first (1,0,0))",
        ),
        (
            8,
            Device,
            "kernels/failures.cu:43: assertion `i < 40` failed in block (1,0,0), thread (8,0,0)",
        ),
        (
            9,
            Device,
            "kernels/failures.cu:45: __trap() in block (1,0,0), thread (18,0,0)",
        ),
        (
            10,
            Device,
            "__shfl_sync: its mask 0x00000001 lacks the calling lane 1 in block (0,0,0)",
        ),
        (
            11,
            Wrong,
            "args[1][0] is NaN, the reference has 0.0; 64 of 64 elements differ",
        ),
        (
            12,
            Wrong,
            "wrote to an input (args[2]): what a kernel changes is \"inout\", not \"in\"",
        ),
    ];
    for (fault, kind, message) in table {
        let failure = failure(&mut host, &faulty(fault));
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (kind, message),
            "{fault}"
        );
    }
}

#[test]
fn only_the_written_part_is_judged() {
    let mut host = Host::new(1);
    let mut task = faulty(3);
    let Argument::Buffer(out) = &mut task.args[1] else {
        panic!("a buffer");
    };
    out.written = Some(3);
    measure(&mut host, &task).expect("the third element is not looked at");
}

#[test]
fn arguments_must_fit_the_parameters() {
    let mut host = Host::new(1);
    let mut short = faulty(0);
    short.args.pop();
    let said = failure(&mut host, &short);
    assert_eq!(said.kind, FailureKind::Arguments);
    assert_eq!(
        said.message,
        "faulty takes 4 arguments (int, float*, float*, int), the case gives 3"
    );
    let mut wide = faulty(0);
    wide.args[3] = scalar(ElementType::U64, 64);
    let said = failure(&mut host, &wide);
    assert_eq!(said.kind, FailureKind::Arguments);
    assert_eq!(
        said.message,
        "args[3] is u64 (8 bytes), the parameter of faulty is int (4 bytes)"
    );
    let mut huge = faulty(0);
    huge.args[1] = output(ElementType::F32, 1 << 46);
    assert_eq!(failure(&mut host, &huge).kind, FailureKind::Memory);
    let mut wide_block = faulty(0);
    wide_block.block = [2048, 1, 1];
    assert_eq!(failure(&mut host, &wide_block).kind, FailureKind::Launch);
}

#[test]
fn what_the_host_lacks_is_unsupported_by_name() {
    let table = [
        (
            "ptx",
            "inline PTX `ex2.approx.f32 %0, %1;`: a CPU has other instructions",
        ),
        (
            "wmma",
            "nvcuda::wmma: tensor-core instructions are not emulated",
        ),
        (
            "grid_sync",
            "grid-wide synchronisation: blocks run one after another",
        ),
        (
            "cluster",
            "thread block clusters: blocks run one after another",
        ),
        (
            "pipeline",
            "asynchronous copies (cp.async, cuda::pipeline, memcpy_async): they have no counterpart on a CPU",
        ),
        (
            "async_barrier",
            "cuda::barrier: asynchronous barriers are not emulated",
        ),
        (
            "texture",
            "texture and surface objects: their units are not emulated",
        ),
        (
            "parent",
            "dynamic parallelism (<<<>>> in a kernel): kernels can't launch kernels",
        ),
        (
            "rounding",
            "arithmetic that rounds up, down or to zero: the processor's rounding mode is left alone",
        ),
    ];
    let host = Host::new(1);
    for (entry, expected) in table {
        let found = host.compile(&case(&task(&data("failures.cu"), entry)), cache());
        assert_eq!(
            found,
            Err(Refusal::Unsupported(expected.to_owned())),
            "{entry}"
        );
    }
    let unused = host.compile(&case(&task(&data("failures.cu"), "ptx_unused")), cache());
    assert!(
        unused.is_ok(),
        "code that no entry reaches hinders nothing: {unused:?}"
    );
    let mut cooperative = faulty(0);
    cooperative.cooperative = true;
    let found = host.compile(&case(&cooperative), cache());
    assert!(matches!(found, Err(Refusal::Unsupported(_))), "{found:?}");
}

/// How a source with this text fails to compile.
fn compile_failure(text: &str, entry: &str) -> Failure {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("k.cu");
    fs::write(&source, text).expect("written");
    match Host::new(1).compile(&case(&task(&source, entry)), cache()) {
        Err(Refusal::Failed(failure)) => failure,
        other => panic!("{text} does not compile, and not: {other:?}"),
    }
}

#[test]
fn compile_errors_carry_the_line() {
    let failure = compile_failure("// first\n\n__global__ void k(int* p) { p[0] = x; }\n", "k");
    assert_eq!(failure.kind, FailureKind::Compile);
    assert!(failure.message.contains("kernels/k.cu:3:"), "{failure:?}");
    assert!(failure.detail.is_some_and(|log| log.contains("'x'")));
    let failure = compile_failure("#include \"none.cuh\"\n__global__ void k() {}\n", "k");
    assert_eq!(failure.kind, FailureKind::Compile);
    assert!(failure.message.contains("kernels/k.cu:1:") && failure.message.contains("none.cuh"));
    let failure = compile_failure(
        "__device__ int f();\n__global__ void k(int* p) { *p = f(); }\n",
        "k",
    );
    assert_eq!(failure.kind, FailureKind::Compile);
    assert!(failure.message.contains("undefined"), "{failure:?}");
}

#[test]
fn a_missing_entry_is_told_with_those_there_are() {
    let text = "__global__ void a() {}\ntemplate <int n> __global__ void b() {}\nvoid c() {}\n";
    for (entry, message) in [
        (
            "saxpy<float>",
            "kernels/k.cu has no kernel saxpy: it has a, b",
        ),
        ("c", "kernels/k.cu has no kernel c: it has a, b"),
    ] {
        let failure = compile_failure(text, entry);
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (FailureKind::Entry, message)
        );
    }
    let failure = compile_failure(text, "b<float>");
    assert_eq!(failure.kind, FailureKind::Entry, "{failure:?}");
    assert!(
        failure.message.contains("has no kernel b<float>:"),
        "{failure:?}"
    );
    let failure = compile_failure("int x;\n", "k");
    assert_eq!(
        failure.message,
        "kernels/k.cu has no kernel k: it has no __global__ function"
    );
}

#[test]
fn a_missing_source_and_a_missing_compiler_are_named() {
    let source = Path::new("no/such/kernel.cu");
    let found = Host::new(1).compile(&case(&task(source, "k")), cache());
    let text = format!("{found:?}");
    assert!(
        text.contains("Compile") && text.contains("no/such/kernel.cu"),
        "{text}"
    );
    let none = Host::with_compiler(1, None).compile(&case(&faulty(0)), cache());
    assert!(
        format!("{none:?}").contains("install g++ or clang++"),
        "{none:?}"
    );
}

#[test]
fn a_kernel_that_hangs_is_found_in_its_block() {
    static FLAG: AtomicU32 = AtomicU32::new(0);
    let task = task(&data("failures.cu"), "spin");
    let built = Host::new(1)
        .build(&task, "spin", cache())
        .expect("it compiles");
    let mut module = Module::load(&built.path, "spin", 0, 1).expect("it loads");
    std::thread::scope(|scope| {
        let kernel = scope.spawn(move || {
            let flag = FLAG.as_ptr().expose_provenance() as u64;
            module.launch([2, 3, 1], [1, 1, 1], &[flag])?;
            module.launch([5, 1, 1], [1, 1, 1], &[flag])
        });
        let expected = "block (3,0,0) of spin did not end; on the host device";
        let found = (0..200).any(|_| hanging().is_some_and(|text| text.starts_with(expected)));
        FLAG.store(1, Ordering::Relaxed);
        assert!(kernel.join().expect("it ends").is_ok());
        assert!(found, "hanging() sees the block");
    });
}
