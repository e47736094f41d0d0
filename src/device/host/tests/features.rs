//! Every feature of the host device, with several compilers and numbers of threads: `features.cu` against values
//! that follow from CUDA's documentation.

use super::*;
use crate::device::host::module::Module;

/// One part of `features`.
struct Part {
    number: u64,
    grid: [u32; 3],
    block: [u32; 3],
    /// What the first elements hold.
    expected: fn() -> Vec<u32>,
}

/// `count` threads' values, by the thread's number.
fn by_thread(count: u32, value: impl Fn(u32) -> Vec<u32>) -> Vec<u32> {
    (0..count).flat_map(value).collect()
}

const PARTS: [Part; 17] = [
    part(0, [2, 3, 2], [4, 3, 5], dimensions),
    part(1, [3, 1, 1], [256, 1, 1], block_sum),
    part(2, [1, 1, 1], [60, 1, 1], early_return),
    part(3, [1, 1, 1], [64, 1, 1], counting),
    part(4, [1, 1, 1], [64, 1, 1], shuffles),
    part(5, [1, 1, 1], [64, 1, 1], votes),
    part(6, [1, 1, 1], [32, 1, 1], divergent),
    part(7, [1, 1, 1], [64, 1, 1], dynamic_memory),
    part(8, [1, 1, 1], [64, 1, 1], atomics),
    part(9, [1, 1, 1], [1, 1, 1], vectors),
    part(10, [1, 1, 1], [1, 1, 1], integers),
    part(11, [1, 1, 1], [1, 1, 1], reals),
    part(12, [1, 1, 1], [1, 1, 1], halves),
    part(13, [1, 1, 1], [64, 1, 1], groups),
    part(14, [1, 1, 1], [40, 1, 1], waiting),
    part(15, [1, 1, 1], [32, 1, 1], pairs),
    part(16, [3, 1, 1], [70, 1, 1], stacks),
];

const fn part(number: u64, grid: [u32; 3], block: [u32; 3], expected: fn() -> Vec<u32>) -> Part {
    Part {
        number,
        grid,
        block,
        expected,
    }
}

fn dimensions() -> Vec<u32> {
    by_thread(720, |n| {
        let (block, t) = (n / 60, n % 60);
        vec![block / 6 * 1000 + block / 2 % 3 * 100 + t / 12 * 10 + t / 4 % 3]
    })
}

fn block_sum() -> Vec<u32> {
    by_thread(768, |n| vec![32_640 + 256 * (n / 256)])
}

fn early_return() -> Vec<u32> {
    by_thread(60, |t| vec![if t % 3 == 1 { 7 } else { 2020 }])
}

fn counting() -> Vec<u32> {
    vec![16_110; 64]
}

fn shuffles() -> Vec<u32> {
    by_thread(64, |t| {
        let up = if t % 8 >= 2 { t - 2 } else { t };
        let down = if t % 16 + 3 < 16 { t + 3 } else { t };
        let wide = t / 4 * 4 + (t + 1) % 4;
        vec![5 + t / 32 * 32, up, down, t ^ 1, 1000 + wide, t ^ 16]
    })
}

fn votes() -> Vec<u32> {
    by_thread(40, |t| {
        let (odd, sum, xor, max) = if t < 32 {
            (0xaaaa_aaaa, 496, 0, 31)
        } else {
            (0xaa, 284, 0, 39)
        };
        let any = u32::from(t >= 32);
        let group = 0xff << (t % 32 / 8 * 8);
        let lowest = if t < 32 { -36_i32 } else { -4 };
        vec![
            odd,
            any,
            1 - any,
            group,
            0,
            sum,
            lowest.cast_unsigned(),
            xor + max * 1000,
        ]
    })
}

fn divergent() -> Vec<u32> {
    by_thread(32, |t| {
        if t % 2 == 0 {
            vec![240, 0x5555_5555]
        } else {
            vec![31, 0xaaaa_aaaa]
        }
    })
}

fn dynamic_memory() -> Vec<u32> {
    by_thread(64, |t| vec![(t ^ 1) * 1000 + 2 * (63 - (t ^ 1))])
}

fn atomics() -> Vec<u32> {
    vec![
        16,
        16,
        (-5_i32).cast_unsigned(),
        58,
        64,
        32,
        4,
        1,
        64,
        4,
        3,
        7,
        6,
        4,
        4,
    ]
}

fn vectors() -> Vec<u32> {
    vec![
        8, 8, 12, 4, 16, 16, 16, 16, 4, 4, 32, 16, 6, 2, 4, 4, 10, 4, 411,
    ]
}

fn integers() -> Vec<u32> {
    vec![
        8,
        64,
        31,
        32,
        63,
        4,
        0,
        0x8000_0000,
        0x8000_0000,
        3,
        u32::MAX,
        0x7755_3311,
        0x18,
        20,
        (-3_i32).cast_unsigned(),
        9,
        2,
        0x3f80_0000,
        12_345,
        0x3ff0_0000,
        7,
        11,
        32,
        8,
    ]
}

fn reals() -> Vec<u32> {
    vec![
        500, 2718, 10_000, 1000, 1000, 125, 1414, 1000, 1000, 100_000, 2000, 2000, 0, 1_024_000,
        3000, 3000,
    ]
}

fn halves() -> Vec<u32> {
    vec![
        0x3555, 0x7c00, 1, 0, 0x3955, 0x371c, 0x3eab, 0x3de4, 0xc000, 1, 7, 1,
    ]
}

fn groups() -> Vec<u32> {
    by_thread(64, |t| {
        let lane = t % 32;
        let down = if t % 4 < 3 { t + 1 } else { t };
        let (size, first, second) = if t < 32 { (7, 0, 5) } else { (6, 35, 40) };
        let some = if t % 5 == 0 {
            size * 1000 + (t - first) / 5 * 100 + second
        } else {
            0
        };
        vec![
            64_000 + lane * 10 + t % 4,
            496 + t / 32 * 1024,
            down + 10_000,
            some,
            lane / 4 + t / 8 * 10,
        ]
    })
}

fn waiting() -> Vec<u32> {
    by_thread(40, |t| vec![39 - t])
}

fn pairs() -> Vec<u32> {
    by_thread(32, |t| vec![2 * ((31 - t) + (2 * (31 - t) + 1) * 1000)])
}

fn stacks() -> Vec<u32> {
    by_thread(210, |n| vec![1_999_000 + 2000 * (n % 70)])
}

/// The compiled `features` for a host.
fn features(host: &Host) -> Module {
    let mut task = task(&data("features.cu"), "features<unsigned, FACTOR>");
    task.defines.push(("FACTOR".to_owned(), "3".to_owned()));
    let built = host
        .build(&task, &task.entry, cache())
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    Module::load(&built.path, &task.entry, 4096, host.threads).expect("it loads")
}

fn check_features(host: &Host) {
    const UNTOUCHED: u32 = 0xdead_beef;
    let mut module = features(host);
    for part in PARTS {
        let mut found = vec![UNTOUCHED; 8192];
        let address = found.as_mut_ptr().expose_provenance() as u64;
        let launched = module.launch(part.grid, part.block, &[part.number, address]);
        assert!(launched.is_ok(), "part {}: {launched:?}", part.number);
        let expected = (part.expected)();
        let (seen, rest) = found.split_at(expected.len());
        assert_eq!(seen, expected, "part {}", part.number);
        let untouched = rest.iter().all(|&word| word == UNTOUCHED);
        assert!(untouched, "part {}", part.number);
    }
}

#[test]
fn every_feature_gives_the_right_output() {
    check_features(&Host::new(1));
}

#[test]
fn several_threads_give_the_same_output() {
    check_features(&Host::new(3));
}

#[test]
fn a_kernel_may_be_called_as_a_c_function() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("select.cu");
    let text = "\u{feff}__global__ void select(float* x) { *x = 1; }\n\
        extern \"C\" __global__ void plain(float* x) { *x = 2; }\n\
        template <int n> __noinline__ __device__ int twice() { return 2 * n; }\n\
        namespace deep { template <int n> __global__ void index(int* x) { *x = twice<n>(); } }\n";
    std::fs::write(&source, text).expect("written");
    let host = Host::new(1);
    for entry in ["select", "plain", "deep::index<(3 > 2)>"] {
        let built = host.build(&task(&source, entry), entry, cache());
        assert!(built.is_ok(), "{built:?}");
    }
}

#[test]
fn kernels_are_loaded_and_unloaded_many_times() {
    let host = Host::new(2);
    for _ in 0..100 {
        drop(features(&host));
    }
}
