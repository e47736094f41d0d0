//! A streaming kernel against the same loop in plain C, one thread each.
#![allow(unsafe_code)]

use std::fs;
use std::process::Command;
use std::time::Instant;

use libloading::Library;

use super::*;
use crate::device::host::memory::Memory;
use crate::device::host::module::Module;

const KERNEL: &str = "__global__ void triad(float* a, const float* b, const float* c, float s, unsigned long n) {\n\
    const unsigned long i = blockIdx.x * (unsigned long)blockDim.x + threadIdx.x;\n\
    if (i < n) a[i] = b[i] + s * c[i];\n}\n";
const PLAIN: &str = "void triad(float* a, const float* b, const float* c, float s, unsigned long n) {\n\
    for (unsigned long i = 0; i < n; ++i) a[i] = b[i] + s * c[i];\n}\n";

type Triad = unsafe extern "C" fn(u64, u64, u64, f32, u64);

fn plain(folder: &Path, compiler: &Compiler) -> Library {
    let source = folder.join("plain.c");
    let object = folder.join("plain.so");
    fs::write(&source, PLAIN).expect("written");
    let status = Command::new(compiler.program())
        .args(["-x", "c", "-O3", "-fPIC", "-shared", "-o"])
        .args([&object, &source])
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    // SAFETY: a plain C function, without constructors.
    unsafe { Library::new(object) }.expect("it loads")
}

/// The best times of the kernel and of the loop over `n` elements, taken in turn.
fn best_times(module: &mut Module, library: &Library, n: u64, tries: u32) -> (f64, f64) {
    let memory = [(); 3].map(|()| Memory::new(4 * n).expect("memory"));
    let [a, b, c] = memory.each_ref().map(|memory| memory.address(0));
    // SAFETY: `plain` compiled it with this type.
    let triad = unsafe { library.get::<Triad>("triad") }.expect("it is there");
    let blocks = u32::try_from(n / 256).expect("few");
    let scale = u64::from(3.0_f32.to_bits());
    let (mut kernel, mut plain) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..tries {
        let time = module.launch([blocks, 1, 1], [256, 1, 1], &[a, b, c, scale, n]);
        kernel = kernel.min(time.expect("it runs"));
        let start = Instant::now();
        // SAFETY: the three pieces of memory hold n elements each.
        unsafe { triad(a, b, c, 3.0, n) };
        plain = plain.min(start.elapsed().as_secs_f64() * 1e9);
    }
    (kernel, plain)
}

#[allow(clippy::print_stderr)] // the figures, for those who ask for them
fn check_speed(compiler: Compiler) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("triad.cu");
    fs::write(&source, KERNEL).expect("written");
    let library = plain(folder.path(), &compiler);
    let built = Host::with_compiler(1, Some(compiler))
        .build(&task(&source, "triad"), "triad", cache())
        .expect("it compiles");
    let mut module = Module::load(&built.path, "triad", 0, 1).expect("it loads");
    for (n, tries) in [(1 << 16, 200), (1 << 22, 25)] {
        let (kernel, plain) = best_times(&mut module, &library, n, tries);
        let ratio = plain / kernel;
        eprintln!("n = {n}: {kernel} ns, plain C {plain} ns, {ratio:.2} of its speed");
        assert!(ratio >= 0.5, "n = {n}: {kernel} ns against {plain} ns");
    }
}

// The small arrays lie in the cache: there a block of 256 threads takes some 30 ns, so that every stall between blocks
// and every instruction for the check `i < n` shows. The large ones are bound by memory, whatever the code.
#[test]
fn a_streaming_kernel_runs_at_half_the_speed_of_plain_c_or_better() {
    check_speed(Compiler::find().expect("the tests need a C++ compiler: install g++"));
}
