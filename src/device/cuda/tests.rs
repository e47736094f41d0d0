//! warpmark's own kernels against their counterparts on the host, bit by bit, executed by the fake driver of
//! `tests/fake-cuda`. `tests/gpu` asks the same of a GPU.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::driver::{Context, Driver, Geometry, Memory, Stream};
use super::nvrtc::Nvrtc;
use super::occupancy::{self, Multiprocessor};
use super::support::{self, Support};
use super::timer;
use crate::device::kernel::{Filler, Filling, Judgement, Judging};
use crate::plan::{ElementType, Fill};

/// The fake driver, compiled once.
fn fake() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let library = folder.path().join("libcuda.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake-cuda/driver.cpp");
        let output = Command::new("c++")
            .args([
                "-std=c++11",
                "-O1",
                "-ffp-contract=off",
                "-fPIC",
                "-shared",
                "-w",
                source,
                "-o",
            ])
            .arg(&library)
            .output()
            .expect("this test needs a C++ compiler: install g++");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (folder, library)
    });
    library
}

/// A fake GPU with warpmark's kernels.
struct Rig {
    context: Rc<Context>,
    stream: Stream,
    support: Support,
}

impl Rig {
    fn new() -> Self {
        let driver = Driver::at(fake().as_os_str()).expect("the fake driver");
        let gpu = driver.gpus().expect("a fake GPU").remove(0);
        let context = Context::new(&gpu).expect("a context");
        let image = b"FAKE CUBIN\nwarpmark_fill\nwarpmark_flush\nwarpmark_judge\nwarpmark_leaves\n\
            warpmark_stamp\nwarpmark_spin\nwarpmark_wait\nwarpmark_nothing\n";
        Self {
            stream: Stream::new(&context).expect("a stream"),
            support: Support::new(&context, 4, image).expect("the support"),
            context,
        }
    }

    fn memory(&self, bytes: &[u8]) -> Memory {
        let mut memory = Memory::allocate(&self.context, bytes.len() as u64).expect("memory");
        memory.write(0, bytes).expect("written");
        memory
    }
}

fn read(memory: &Memory) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(memory.bytes()).expect("small")];
    memory.read(0, &mut bytes).expect("read");
    bytes
}

/// Fills that reach every rule: bounds, rounding to each type, all bits of integers.
fn fills() -> Vec<Fill> {
    vec![
        Fill::Uniform {
            low: 0.0,
            high: 1.0,
        },
        Fill::Uniform {
            low: -3.5,
            high: 70_000.0,
        },
        Fill::Uniform {
            low: 1.0,
            high: 1.000_01,
        },
        Fill::Uniform {
            low: -1e-7,
            high: 1e-7,
        },
        Fill::Uniform {
            low: -1e300,
            high: 1e300,
        },
        Fill::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        Fill::Normal {
            mean: 100.0,
            deviation: 1e5,
        },
        Fill::Normal {
            mean: 0.0,
            deviation: 1e-5,
        },
        Fill::Integers { low: 0, high: 99 },
        Fill::Integers {
            low: -128,
            high: 127,
        },
        Fill::Integers {
            low: i64::MIN,
            high: i64::MAX,
        },
        Fill::Integers {
            low: i64::MIN,
            high: 0,
        },
        Fill::Iota,
        Fill::Zeros,
        Fill::Constant(-2.5),
        Fill::Constant(1e10),
    ]
}

#[test]
fn fills_have_the_host_s_bits() {
    const COUNT: u64 = 3000;
    let rig = Rig::new();
    for element in ElementType::ALL {
        for fill in &fills() {
            let stream = crate::rng::stream(7, 3);
            let mut expected = vec![0; usize::try_from(COUNT * element.size()).expect("small")];
            let filler = Filler {
                fill,
                element,
                stream,
            };
            filler.write(0, &mut expected);
            let mut memory = rig.memory(&vec![0xee; expected.len() + 8]);
            let filling = Filling {
                fill,
                element,
                count: COUNT,
                stream,
            };
            assert!(
                rig.support
                    .fill(&mut memory, 0, &filling, &rig.stream)
                    .expect("filled")
            );
            let found = read(&memory);
            let size = usize::try_from(element.size()).expect("small");
            let wrong = found
                .chunks(size)
                .zip(expected.chunks(size))
                .position(|(a, b)| a != b);
            assert_eq!(wrong, None, "{element:?} {fill:?}");
            assert_eq!(found[expected.len()..], [0xee; 8], "{element:?} {fill:?}");
        }
    }
}

#[test]
fn leaves_are_sha256() {
    let rig = Rig::new();
    for length in [1_u64, 3, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 4096 + 17] {
        let bytes: Vec<u8> = (0..length)
            .map(|i| (crate::rng::bits(1, i) & 0xff) as u8)
            .collect();
        let memory = rig.memory(&bytes);
        let found = rig
            .support
            .leaves(&memory, (0, length), 128, &rig.stream)
            .expect("hashed");
        let expected: Vec<u8> = bytes
            .chunks(128)
            .flat_map(|leaf| Sha256::digest(leaf).to_vec())
            .collect();
        assert_eq!(found, expected, "{length}");
    }
}

/// Judges `found` against `expected` on the fake GPU, with every mark set before.
fn judged(element: ElementType, tolerance: (f64, f64), found: &[u8], expected: &[u8]) -> Judgement {
    let rig = Rig::new();
    let count = found.len() as u64 / element.size();
    let marks = rig.memory(&vec![
        0xff;
        usize::try_from(count.div_ceil(32) * 4).expect("small")
    ]);
    let (found, expected) = (rig.memory(found), rig.memory(expected));
    let judging = Judging {
        found: (&found, 0),
        expected: Some((&expected, 0)),
        element,
        count,
        absolute: tolerance.0,
        relative: tolerance.1,
        poison: 0xff,
        marks: &marks,
    };
    rig.support.judge(&judging, &rig.stream).expect("judged")
}

#[test]
fn the_first_wrong_and_the_first_unwritten_element_are_found() {
    let mut expected: Vec<u8> = (0..100_u32).flat_map(u32::to_le_bytes).collect();
    let clean = Judgement {
        wrong: 0,
        first_wrong: None,
        unwritten: 0,
        first_unwritten: None,
    };
    assert_eq!(
        judged(ElementType::U32, (0.0, 0.0), &expected.clone(), &expected),
        clean
    );
    let found = expected.clone();
    expected[40 * 4] ^= 1;
    expected[70 * 4] ^= 1;
    let wrong = Judgement {
        wrong: 2,
        first_wrong: Some(40),
        ..clean
    };
    assert_eq!(
        judged(ElementType::U32, (0.0, 0.0), &found, &expected),
        wrong
    );
    let mut found = expected.clone();
    found[4 * 33..4 * 35].fill(0xff);
    let unwritten = Judgement {
        wrong: 2,
        first_wrong: Some(33),
        unwritten: 2,
        first_unwritten: Some(33),
    };
    assert_eq!(
        judged(ElementType::U32, (0.0, 0.0), &found, &expected),
        unwritten
    );
}

#[test]
fn tolerances_are_the_host_s() {
    use crate::device::kernel::Tolerance;
    let specials: [u64; 14] = [
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x3c00,
        0x7c00,
        0x7e00,
        0x3f80_0000,
        0x7f80_0000,
        0x7fc0_0000,
        0x3ff0_0000_0000_0000,
        0x7ff0_0000_0000_0000,
        0x7ff8_0000_0000_0000,
    ];
    let word = |i: u64| match i % 3 {
        0 => specials[usize::try_from(i / 3 % 14).expect("small")],
        1 => specials[usize::try_from(i / 3 % 14).expect("small")] + i % 7,
        _ => crate::rng::bits(5, i),
    };
    for element in ElementType::ALL {
        for (absolute, relative) in [(0.0, 0.0), (1.0, 0.0), (0.0, 0.01), (3.0, 1e-3)] {
            let size = usize::try_from(element.size()).expect("small");
            let side = |from: u64| -> Vec<u8> {
                (0..600)
                    .flat_map(|i| word(from + i).to_le_bytes()[..size].to_vec())
                    .collect()
            };
            let (found, expected) = (side(0), side(1));
            let tolerance = Tolerance { absolute, relative };
            let host = found.chunks(size).zip(expected.chunks(size));
            let wrong: Vec<bool> = host
                .map(|(a, b)| !tolerance.accepts_bytes(element, a, b))
                .collect();
            let judgement = judged(element, (absolute, relative), &found, &expected);
            let name = format!("{element:?} {absolute} {relative}");
            assert_eq!(
                judgement.wrong,
                wrong.iter().filter(|wrong| **wrong).count() as u64,
                "{name}"
            );
            assert_eq!(
                judgement.first_wrong,
                wrong.iter().position(|wrong| *wrong).map(|i| i as u64),
                "{name}"
            );
        }
    }
}

/// What a process of its own sees of clocks: the fake's are one for a process, and its script is a variable.
#[test]
fn clocks_of_the_fake_gpu_are_seen() {
    let mut rig = Rig::new();
    let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-4;
    let clock = &mut rig.support.clock;
    assert_eq!(clock.mark(&rig.stream).expect("a stamp"), None);
    for _ in 0..2 {
        let probe = clock.probe(&rig.stream).expect("a probe");
        assert!(probe.is_some_and(|mhz| near(mhz, 1980.0)), "{probe:?}");
    }
    let since = clock.mark(&rig.stream).expect("a stamp");
    assert!(since.is_some_and(|mhz| near(mhz, 1980.0)), "{since:?}");
}

#[test]
fn the_timer_is_measured_with_and_without_kernels() {
    let rig = Rig::new();
    let clock = Some(&rig.support.clock);
    let timer = timer::measure(&rig.context, clock, &rig.stream).expect("measured");
    assert!(timer.tick_ns.is_some_and(|ns| ns > 0.0), "{timer:?}");
    let (pair, kernel) = (timer.empty_pair_ns, timer.empty_kernel_ns);
    assert!(pair.is_some_and(|ns| ns >= 0.0), "{timer:?}");
    assert!(kernel > pair, "the fake's launches take time: {timer:?}");
    let without = timer::measure(&rig.context, None, &rig.stream).expect("measured");
    assert_eq!(without.empty_kernel_ns, None);
}

#[test]
fn a_kernel_s_occupancy_is_asked_of_the_driver() {
    let rig = Rig::new();
    let gpu = rig.context.gpu();
    let multiprocessor = Multiprocessor::of(&gpu).expect("attributes");
    let geometry = Geometry {
        grid: [100, 2, 1],
        block: [128, 2, 1],
        cluster: None,
        cooperative: false,
        shared: 1000,
    };
    let function = &rig.support.clock.nothing;
    let found = occupancy::of(&multiprocessor, function, &geometry).expect("told");
    assert_eq!((found.registers, found.dynamic_shared), (16, 1000));
    assert_eq!((found.blocks_per_sm, found.theoretical), (8, 1.0));
    assert!((found.waves - 200.0 / 32.0).abs() < 1e-12);
}

#[test]
fn warpmark_s_own_kernels_compile_for_every_architecture() {
    let nvrtc = match Nvrtc::open(None) {
        Ok(nvrtc) => nvrtc,
        Err(error) => {
            let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|all| all == "1");
            assert!(!required, "this test needs NVRTC: {error}");
            let name = "warpmark_s_own_kernels_compile_for_every_architecture";
            let _ = writeln!(std::io::stderr(), "skipped {name}: {error}");
            return;
        }
    };
    let cache = tempfile::tempdir().expect("a folder");
    let all = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100", "sm_120"];
    for architecture in all.into_iter().filter(|name| nvrtc.knows(name)) {
        support::compile(&nvrtc, architecture, cache.path()).expect(architecture);
    }
    let made = std::fs::read_dir(cache.path()).expect("a folder").count();
    assert!(made >= 1, "an NVRTC knows one of {all:?}");
}
