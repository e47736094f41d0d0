//! Buffers and verification on a platform whose kernels are functions of Rust.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::device::Execution;
use crate::plan::{Argument, Buffer, Cache, ElementType, Fill, KernelTask, Role, Timing, Verify};
use crate::record::{FailureKind, Method};

type Bytes = Rc<RefCell<Vec<u8>>>;

/// A kernel: it sees each buffer with its guard bands, from the byte that its argument points to.
type Kernel = fn(&mut Arguments);

struct Arguments {
    memory: Vec<(Bytes, usize)>,
}

impl Arguments {
    fn get(&self, argument: usize, element: i64) -> f32 {
        let (bytes, at) = self.place(argument, element);
        let bytes = bytes.borrow();
        f32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    }

    fn set(&mut self, argument: usize, element: i64, value: f32) {
        let (bytes, at) = self.place(argument, element);
        bytes.borrow_mut()[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn place(&self, argument: usize, element: i64) -> (&Bytes, usize) {
        let (bytes, offset) = &self.memory[argument];
        let at = i64::try_from(*offset).expect("small") + element * 4;
        (bytes, usize::try_from(at).expect("inside of the bands"))
    }
}

struct Fake {
    measured: Kernel,
    reference: Kernel,
    flushes: Rc<RefCell<u32>>,
}

impl Platform for Fake {
    type Memory = Bytes;
    type Graph = std::convert::Infallible;

    fn allocate(&mut self, bytes: u64) -> Result<Bytes, Refusal> {
        let bytes = usize::try_from(bytes).expect("small");
        Ok(Rc::new(RefCell::new(vec![0; bytes])))
    }

    fn write(&mut self, memory: &mut Bytes, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let start = usize::try_from(offset).expect("small");
        memory.borrow_mut()[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, memory: &Bytes, offset: u64, into: &mut [u8]) -> Result<(), Refusal> {
        let start = usize::try_from(offset).expect("small");
        into.copy_from_slice(&memory.borrow()[start..start + into.len()]);
        Ok(())
    }

    fn launch(&mut self, which: Which, arguments: &[Passed<'_, Bytes>]) -> Result<f64, Refusal> {
        let place = |passed: &Passed<'_, Bytes>| match passed {
            Passed::Address { memory, offset } => {
                (Rc::clone(memory), usize::try_from(*offset).expect("small"))
            }
            Passed::TensorMap { .. } | Passed::Value { .. } => {
                unreachable!("these kernels take buffers alone")
            }
        };
        let mut arguments = Arguments {
            memory: arguments.iter().map(place).collect(),
        };
        match which {
            Which::Measured => (self.measured)(&mut arguments),
            Which::Reference => (self.reference)(&mut arguments),
        }
        Ok(1.0)
    }

    fn flush_cache(&mut self) -> Result<(), Refusal> {
        *self.flushes.borrow_mut() += 1;
        Ok(())
    }
}

const COUNT: u64 = 16;

fn buffer(role: Role, fill: Fill) -> Argument {
    Argument::Buffer(Buffer {
        role,
        element: ElementType::F32,
        len: COUNT,
        fill,
        written: None,
    })
}

fn task(args: Vec<Argument>) -> KernelTask {
    KernelTask {
        library: None,
        source: "k.cu".into(),
        source_name: "k.cu".to_owned(),
        entry: "k".to_owned(),
        options: Vec::new(),
        defines: Vec::new(),
        include: Vec::new(),
        grid: [1, 1, 1],
        block: [1, 1, 1],
        cluster: None,
        cooperative: false,
        shared: 0,
        args,
        verify: Verify::Reference {
            entry: "r".to_owned(),
            grid: [1, 1, 1],
            block: [1, 1, 1],
            absolute: 0.0,
            relative: 0.0,
        },
    }
}

fn open(
    task: &KernelTask,
    measured: Kernel,
    reference: Kernel,
) -> (KernelExecution<Fake>, Rc<RefCell<u32>>) {
    open_knowing(task, (measured, reference), None)
}

/// Opens a case of which an earlier process has verified an output with the digest `verified`.
fn open_knowing(
    task: &KernelTask,
    (measured, reference): (Kernel, Kernel),
    verified: Option<String>,
) -> (KernelExecution<Fake>, Rc<RefCell<u32>>) {
    let flushes = Rc::new(RefCell::new(0));
    let fake = Fake {
        measured,
        reference,
        flushes: Rc::clone(&flushes),
    };
    let conditions = Conditions {
        seed: 1,
        cache: Cache::Cold,
        timing: Timing::Auto,
        method: Method {
            name: "wall".to_owned(),
            executions: 1,
            tick_ns: None,
        },
        wished: None,
        verified,
    };
    let execution = KernelExecution::open(fake, task, conditions).expect("it opens");
    (execution, flushes)
}

/// Adds 1 to every element of the only argument.
fn increment(arguments: &mut Arguments) {
    for element in 0..16 {
        let value = arguments.get(0, element);
        arguments.set(0, element, value + 1.0);
    }
}

fn double(arguments: &mut Arguments) {
    for element in 0..16 {
        let value = arguments.get(0, element);
        arguments.set(1, element, 2.0 * value);
    }
}

fn said(refusal: Result<impl std::fmt::Debug, Refusal>) -> (FailureKind, String) {
    match refusal {
        Err(Refusal::Failed(failure)) => (failure.kind, failure.message),
        other => panic!("a failure, and not {other:?}"),
    }
}

#[test]
fn what_a_kernel_reads_and_writes_is_restored_each_time() {
    let task = task(vec![buffer(Role::InOut, Fill::Iota)]);
    let (mut execution, flushes) = open(&task, increment, increment);
    let first = execution.verify().expect("it equals its reference");
    for _ in 0..3 {
        execution.sample().expect("a sample");
    }
    let slot = execution.slots[0].buffer().expect("a buffer");
    let last = slot.memory.borrow()[4096 + 60..4096 + 64].to_vec();
    assert_eq!(last, 16.0_f32.to_le_bytes(), "15 and one step");
    assert_eq!(*flushes.borrow(), 3, "before each cold sample");
    assert_eq!(execution.verify(), Ok(first), "the digest stays");
}

#[test]
fn the_digest_is_the_sha256_of_the_output() {
    let task = task(vec![
        buffer(Role::In, Fill::Iota),
        buffer(Role::Out, Fill::Zeros),
    ]);
    let (mut execution, _) = open(&task, double, double);
    let found = execution.verify().expect("it equals its reference").digest;
    let bytes: Vec<u8> = (0..16_u8)
        .flat_map(|n| (2.0 * f32::from(n)).to_le_bytes())
        .collect();
    assert_eq!(found, Some(crate::canonical::sha256(&bytes)));
}

/// Doubles all but the last element.
fn double_most(arguments: &mut Arguments) {
    for element in 0..15 {
        let value = arguments.get(0, element);
        arguments.set(1, element, 2.0 * value);
    }
}

#[test]
fn an_output_that_was_verified_before_needs_no_reference() {
    let task = task(vec![
        buffer(Role::In, Fill::Iota),
        buffer(Role::Out, Fill::Zeros),
    ]);
    let verified = open(&task, double, double).0.verify().expect("right");
    let again = |measured, reference, digest: Option<&str>| {
        let digest = digest.map(str::to_owned);
        let (mut execution, _) = open_knowing(&task, (measured, reference), digest);
        execution.verify()
    };
    let known = verified.digest.as_deref();
    let none: Kernel = |_| panic!("nothing is to be compared");
    assert_eq!(again(double, none, known), Ok(verified.clone()));
    let other = Some("0123");
    assert_eq!(again(double, double, other), Ok(verified.clone()), "judged");
    let (kind, message) = said(again(double_most, double, known));
    assert_eq!(kind, FailureKind::Unwritten, "{message}");
    let (kind, message) = said(again(
        |arguments| {
            double(arguments);
            arguments.set(0, 0, 7.0);
        },
        double,
        known,
    ));
    assert_eq!(kind, FailureKind::Wrong);
    assert!(
        message.starts_with("wrote to an input (args[0])"),
        "{message}"
    );
    let (kind, message) = said(again(
        |arguments| {
            double(arguments);
            arguments.set(1, 17, 0.0);
        },
        double,
        known,
    ));
    assert_eq!(kind, FailureKind::Guard, "{message}");
}

#[test]
fn late_writes_outside_are_found_at_the_end() {
    let task = task(vec![
        buffer(Role::In, Fill::Iota),
        buffer(Role::Out, Fill::Zeros),
    ]);
    let (mut execution, _) = open(&task, double, double);
    execution.verify().expect("it equals its reference");
    execution.platform.measured = |arguments| arguments.set(0, 17, 0.0);
    execution.sample().expect("a sample");
    let (kind, message) = said(execution.finish());
    assert_eq!(kind, FailureKind::Guard);
    assert!(message.starts_with("wrote past args[0]: "), "{message}");
    assert!(
        message.ends_with("the nearest 4 bytes behind its end"),
        "{message}"
    );
}

#[test]
fn a_reference_has_bounds_and_duties_too() {
    let task = task(vec![
        buffer(Role::In, Fill::Iota),
        buffer(Role::Out, Fill::Zeros),
    ]);
    let (mut execution, _) = open(&task, double, |arguments| arguments.set(1, -1, 0.0));
    let (kind, message) = said(execution.verify());
    assert_eq!(kind, FailureKind::Guard);
    assert!(
        message.starts_with("the reference kernel wrote before args[1]: "),
        "{message}"
    );
    let (mut execution, _) = open(&task, double, |arguments| {
        for element in 1..16 {
            let value = arguments.get(0, element);
            arguments.set(1, element, 2.0 * value);
        }
    });
    let (kind, message) = said(execution.verify());
    assert_eq!(kind, FailureKind::Wrong);
    let expected = "args[1][0] is 0.0, the reference never wrote it; 1 of 16 elements differ";
    assert_eq!(message, expected);
}

#[test]
fn a_file_is_an_expectation_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("expected.npy");
    let mut values: BTreeMap<usize, f32> =
        (0..16_u8).map(|n| (n.into(), 2.0 * f32::from(n))).collect();
    let mut task = task(vec![
        buffer(Role::In, Fill::Iota),
        buffer(Role::Out, Fill::Zeros),
    ]);
    let mut verify = |values: &BTreeMap<usize, f32>, argument, relative| {
        let data: Vec<u8> = values
            .values()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }";
        let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        file.extend(format!("{header:<117}\n").into_bytes());
        file.extend(data);
        std::fs::write(&path, file).expect("written");
        task.verify = Verify::Npy {
            path: path.clone(),
            argument,
            absolute: 0.0,
            relative,
        };
        open(&task, double, double).0.verify()
    };
    verify(&values, 1, 0.0).expect("the file is right");
    values.insert(3, 6.003);
    verify(&values, 1, 1e-3).expect("within the tolerance");
    let (kind, message) = said(verify(&values, 1, 1e-4));
    assert_eq!(kind, FailureKind::Wrong);
    assert_eq!(
        message,
        "args[1][3] is 6.0, the file has 6.003; 1 of 16 elements differ"
    );
    let (kind, message) = said(verify(&values, 0, 1e-4));
    assert_eq!(kind, FailureKind::Arguments);
    assert_eq!(message, "verify compares args[0], which is no output");
}
