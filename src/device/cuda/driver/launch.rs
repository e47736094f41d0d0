//! Kernels: what they need, their parameters, and launching them.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;

use super::error::NOT_SUPPORTED;
use super::table::{Handle, LaunchAttribute, LaunchConfiguration};
use super::{CallError, Code, Context, Stream};

/// Numbers that the driver tells of a kernel (`CUfunction_attribute`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionAttribute {
    /// The most threads that a block of it may have.
    MaxThreads = 0,
    /// Static shared memory in bytes.
    StaticShared = 1,
    /// Local memory of a thread in bytes.
    Local = 3,
    /// Registers of a thread.
    Registers = 4,
    /// The most dynamic shared memory in bytes; may be raised.
    MaxDynamicShared = 8,
    /// Whether clusters of more than 8 blocks are let through; may be set.
    NonPortableCluster = 14,
}

/// A parameter of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its place in the kernel's parameter memory, in bytes.
    pub offset: usize,
    /// Its size in bytes.
    pub size: usize,
}

/// How a kernel is spread over a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Blocks in x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block in x, y and z.
    pub block: [u32; 3],
    /// Blocks of a cluster.
    pub cluster: Option<[u32; 3]>,
    /// A cooperative launch: all blocks run at once.
    pub cooperative: bool,
    /// Dynamic shared memory of a block in bytes.
    pub shared: u32,
}

/// The arguments of a launch in words; kept from launch to launch, so that none allocates.
#[derive(Debug, Default)]
pub struct Arguments {
    words: Vec<u64>,
    /// Where each argument begins.
    starts: Vec<usize>,
}

impl Arguments {
    /// Takes all away.
    pub fn clear(&mut self) {
        self.words.clear();
        self.starts.clear();
    }

    /// Adds one, in the lowest bytes of as many words as it takes.
    pub fn push(&mut self, words: &[u64]) {
        self.starts.push(self.words.len());
        self.words.extend_from_slice(words);
    }

    /// Adds zeros until there are `count`.
    pub fn fill(&mut self, count: usize) {
        while self.starts.len() < count {
            self.push(&[0]);
        }
    }

    fn iter(&self) -> impl Iterator<Item = &u64> {
        self.starts
            .iter()
            .filter_map(|start| self.words.get(*start))
    }
}

/// A loaded kernel.
#[derive(Debug)]
pub struct Function {
    context: Rc<Context>,
    handle: Handle,
    /// Kept loaded.
    _code: Rc<Code>,
}

impl Function {
    pub(super) fn new(context: Rc<Context>, code: Rc<Code>, handle: Handle) -> Self {
        Self {
            context,
            handle,
            _code: code,
        }
    }

    /// One number.
    pub fn attribute(&self, attribute: FunctionAttribute) -> Result<i32, CallError> {
        let mut value = 0;
        let table = self.context.table();
        // SAFETY: stores a number.
        let code = unsafe {
            (table.function_get_attribute)(&raw mut value, attribute as c_int, self.handle)
        };
        self.context.check("cuFuncGetAttribute", code)?;
        Ok(value)
    }

    /// Sets one number of this kernel, in this process alone.
    pub fn set(&self, attribute: FunctionAttribute, value: i32) -> Result<(), CallError> {
        let table = self.context.table();
        // SAFETY: takes numbers.
        let code =
            unsafe { (table.function_set_attribute)(self.handle, attribute as c_int, value) };
        self.context.check("cuFuncSetAttribute", code)
    }

    /// Its parameters; none where the driver can't tell them (before CUDA 12.4).
    pub fn parameters(&self) -> Option<Vec<Parameter>> {
        const MOST: usize = 4096;
        let call = self.context.table().function_get_parameter?;
        let mut parameters = Vec::new();
        for number in 0..MOST {
            let mut parameter = Parameter { offset: 0, size: 0 };
            // SAFETY: stores two numbers, or says that there is no such parameter.
            let code = unsafe {
                call(
                    self.handle,
                    number,
                    &raw mut parameter.offset,
                    &raw mut parameter.size,
                )
            };
            if code != 0 {
                break;
            }
            parameters.push(parameter);
        }
        Some(parameters)
    }

    /// Launches it on `stream`; `values` are its arguments, each in the lowest bytes of a word.
    ///
    /// The caller has checked `values` against [`Self::parameters`] where it can.
    pub fn launch(
        &self,
        geometry: &Geometry,
        values: &[u64],
        stream: &Stream,
    ) -> Result<(), CallError> {
        self.launch_with(geometry, (values.len(), values.iter()), stream)
    }

    /// As [`Self::launch`], with arguments of more than a word among them.
    pub fn launch_wide(
        &self,
        geometry: &Geometry,
        arguments: &Arguments,
        stream: &Stream,
    ) -> Result<(), CallError> {
        let values = (arguments.starts.len(), arguments.iter());
        self.launch_with(geometry, values, stream)
    }

    fn launch_with<'a>(
        &self,
        geometry: &Geometry,
        (count, values): (usize, impl Iterator<Item = &'a u64>),
        stream: &Stream,
    ) -> Result<(), CallError> {
        const FEW: usize = 32;
        let mut few = [ptr::null_mut(); FEW];
        let mut many;
        // No allocation between the events of a sample, unless there are very many.
        let pointers = if let Some(few) = few.get_mut(..count) {
            few
        } else {
            many = vec![ptr::null_mut(); count];
            many.as_mut_slice()
        };
        // The driver reads each argument's own size from these; little-endian words hold smaller values first.
        for (pointer, value) in pointers.iter_mut().zip(values) {
            *pointer = ptr::from_ref(value).cast_mut().cast();
        }
        if geometry.cluster.is_some() || geometry.cooperative {
            return self.launch_extended(geometry, pointers, stream);
        }
        let ([gx, gy, gz], [bx, by, bz]) = (geometry.grid, geometry.block);
        // SAFETY: the pointers hold as many arguments as the kernel has parameters, 8 readable bytes each.
        let code = unsafe {
            (self.context.table().launch)(
                self.handle,
                gx,
                gy,
                gz,
                bx,
                by,
                bz,
                geometry.shared,
                stream.handle,
                pointers.as_mut_ptr(),
                ptr::null_mut(),
            )
        };
        self.context.check("cuLaunchKernel", code)
    }

    /// Blocks of it that a multiprocessor holds at once; none where the driver can't tell.
    pub fn blocks_of_multiprocessor(&self, geometry: &Geometry) -> Option<u32> {
        let call = self.context.table().occupancy_blocks?;
        let threads = geometry.block.iter().product::<u32>();
        let mut blocks = 0;
        // SAFETY: stores a number; the kernel is loaded.
        let code = unsafe {
            call(
                &raw mut blocks,
                self.handle,
                c_int::try_from(threads).ok()?,
                geometry.shared as usize,
            )
        };
        u32::try_from(blocks).ok().filter(|_| code == 0)
    }

    /// Clusters of it that the GPU holds at once; none without clusters, or where the driver can't tell.
    pub fn clusters_at_once(&self, geometry: &Geometry) -> Option<u32> {
        geometry.cluster?;
        let call = self.context.table().occupancy_clusters?;
        let mut attributes = attributes(geometry);
        let configuration = configuration(geometry, ptr::null_mut(), &mut attributes);
        let mut clusters = 0;
        // SAFETY: stores a number; the configuration and its attributes outlive the call, and no stream is the
        // default one.
        let code = unsafe { call(&raw mut clusters, self.handle, &raw const configuration) };
        u32::try_from(clusters).ok().filter(|_| code == 0)
    }

    fn launch_extended(
        &self,
        geometry: &Geometry,
        pointers: &mut [*mut c_void],
        stream: &Stream,
    ) -> Result<(), CallError> {
        const CALL: &str = "cuLaunchKernelEx";
        let Some(call) = self.context.table().launch_extended else {
            return self.context.check(CALL, NOT_SUPPORTED);
        };
        let mut attributes = attributes(geometry);
        let configuration = configuration(geometry, stream.handle, &mut attributes);
        // SAFETY: as for a plain launch; the configuration and its attributes outlive the call.
        let code = unsafe {
            call(
                &raw const configuration,
                self.handle,
                pointers.as_mut_ptr(),
                ptr::null_mut(),
            )
        };
        self.context.check(CALL, code)
    }
}

/// What an extended launch takes; it points to `attributes`.
fn configuration(
    geometry: &Geometry,
    stream: Handle,
    attributes: &mut [LaunchAttribute],
) -> LaunchConfiguration {
    LaunchConfiguration {
        grid: geometry.grid,
        block: geometry.block,
        shared: geometry.shared,
        stream,
        attributes: attributes.as_mut_ptr(),
        attribute_count: u32::try_from(attributes.len()).unwrap_or(0),
    }
}

/// The launch attributes of `geometry`.
fn attributes(geometry: &Geometry) -> Vec<LaunchAttribute> {
    const COOPERATIVE: c_int = 2;
    const CLUSTER: c_int = 4;
    let attribute = |number, words: &[u32]| {
        let mut value = [0; 16];
        value[..words.len()].copy_from_slice(words);
        LaunchAttribute {
            number,
            padding: 0,
            value,
        }
    };
    let cooperative = geometry.cooperative.then(|| attribute(COOPERATIVE, &[1]));
    let cluster = geometry.cluster.map(|blocks| attribute(CLUSTER, &blocks));
    cooperative.into_iter().chain(cluster).collect()
}
