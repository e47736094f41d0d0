//! The driver calls that warpmark makes, as typed pointers: every symbol is looked up once, by name, when the
//! library is opened, so that a driver that lacks one is told by name and never called.

use std::ffi::{c_char, c_int, c_uint, c_void};

use libloading::Library;

/// A result code of the driver; 0 is success.
pub type Code = c_int;

/// An opaque handle: a context, module, function, stream or event.
pub type Handle = *mut c_void;

/// An address on the device.
pub type Address = u64;

/// One attribute of a launch, `CUlaunchAttribute`: 8 bytes of number and padding, 64 bytes of value.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub struct LaunchAttribute {
    /// `CU_LAUNCH_ATTRIBUTE_...`.
    pub number: c_int,
    /// Padding up to 8 bytes.
    pub padding: c_int,
    /// The value in its first words.
    pub value: [c_uint; 16],
}

/// What `cuLaunchKernelEx` launches, `CUlaunchConfig`.
#[derive(Debug)]
#[repr(C)]
pub struct LaunchConfiguration {
    /// Blocks in x, y and z.
    pub grid: [c_uint; 3],
    /// Threads of a block in x, y and z.
    pub block: [c_uint; 3],
    /// Dynamic shared memory of a block in bytes.
    pub shared: c_uint,
    /// The stream.
    pub stream: Handle,
    /// The attributes.
    pub attributes: *mut LaunchAttribute,
    /// How many they are.
    pub attribute_count: c_uint,
}

/// `CUtensorMap`: 128 bytes that only the driver and the TMA unit understand.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub struct TensorMapBits(pub [u64; Self::WORDS]);

impl TensorMapBits {
    /// Words of a map.
    pub const WORDS: usize = 16;
}

/// Declares the table: fields, the symbols behind them, and the look-up of each. An optional symbol's field is an
/// `Option`.
macro_rules! table {
    (
        required { $($field:ident = $symbol:literal ($($argument:ty),*);)* }
        optional { $($optional:ident = $optional_symbol:literal ($($optional_argument:ty),*);)* }
    ) => {
        /// The driver's calls, save `cuDriverGetVersion`, which is asked before all others. Each takes what its namesake in NVIDIA's `cuda.h` takes.
        #[allow(missing_docs)] // the symbols below are their documentation
        #[derive(Debug)]
        pub struct Table {
            $(pub $field: unsafe extern "C" fn($($argument),*) -> Code,)*
            $(pub $optional: Option<unsafe extern "C" fn($($optional_argument),*) -> Code>,)*
        }

        impl Table {
            /// Looks every symbol up; the first required one that is missing is the error.
            pub fn load(library: &Library) -> Result<Self, &'static str> {
                Ok(Self {
                    $($field: {
                        // SAFETY: the symbol's type is that of its declaration in cuda.h.
                        let symbol = unsafe { library.get($symbol) };
                        *symbol.map_err(|_| $symbol)?
                    },)*
                    $($optional: {
                        // SAFETY: as above.
                        let symbol = unsafe { library.get($optional_symbol) };
                        symbol.ok().map(|symbol| *symbol)
                    },)*
                })
            }
        }
    };
}

table! {
    required {
        init = "cuInit" (c_uint);
        get_error_name = "cuGetErrorName" (Code, *mut *const c_char);
        get_error_string = "cuGetErrorString" (Code, *mut *const c_char);
        device_get_count = "cuDeviceGetCount" (*mut c_int);
        device_get = "cuDeviceGet" (*mut c_int, c_int);
        device_get_name = "cuDeviceGetName" (*mut c_char, c_int, c_int);
        device_get_uuid = "cuDeviceGetUuid_v2" (*mut [u8; 16], c_int);
        device_total_memory = "cuDeviceTotalMem_v2" (*mut usize, c_int);
        device_get_attribute = "cuDeviceGetAttribute" (*mut c_int, c_int, c_int);
        primary_retain = "cuDevicePrimaryCtxRetain" (*mut Handle, c_int);
        primary_release = "cuDevicePrimaryCtxRelease_v2" (c_int);
        context_set_current = "cuCtxSetCurrent" (Handle);
        memory_get_info = "cuMemGetInfo_v2" (*mut usize, *mut usize);
        memory_allocate = "cuMemAlloc_v2" (*mut Address, usize);
        memory_free = "cuMemFree_v2" (Address);
        copy_to_device = "cuMemcpyHtoD_v2" (Address, *const c_void, usize);
        copy_to_host = "cuMemcpyDtoH_v2" (*mut c_void, Address, usize);
        copy_on_device = "cuMemcpyDtoDAsync_v2" (Address, Address, usize, Handle);
        memory_set = "cuMemsetD8Async" (Address, std::ffi::c_uchar, usize, Handle);
        module_load = "cuModuleLoadDataEx"
            (*mut Handle, *const c_void, c_uint, *mut c_int, *mut *mut c_void);
        module_unload = "cuModuleUnload" (Handle);
        module_get_function = "cuModuleGetFunction" (*mut Handle, Handle, *const c_char);
        function_get_attribute = "cuFuncGetAttribute" (*mut c_int, c_int, Handle);
        function_set_attribute = "cuFuncSetAttribute" (Handle, c_int, c_int);
        launch = "cuLaunchKernel"
            (Handle, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, Handle,
             *mut *mut c_void, *mut *mut c_void);
        stream_create = "cuStreamCreate" (*mut Handle, c_uint);
        stream_destroy = "cuStreamDestroy_v2" (Handle);
        stream_synchronize = "cuStreamSynchronize" (Handle);
        event_create = "cuEventCreate" (*mut Handle, c_uint);
        event_destroy = "cuEventDestroy_v2" (Handle);
        event_record = "cuEventRecord" (Handle, Handle);
        event_synchronize = "cuEventSynchronize" (Handle);
        event_query = "cuEventQuery" (Handle);
        event_elapsed = "cuEventElapsedTime" (*mut f32, Handle, Handle);
    }
    optional {
        // CUDA 12.4: what checks a case's arguments against the kernel's parameters.
        function_get_parameter = "cuFuncGetParamInfo" (Handle, usize, *mut usize, *mut usize);
        // CUDA 11.8: clusters and cooperative launches.
        launch_extended = "cuLaunchKernelEx"
            (*const LaunchConfiguration, Handle, *mut *mut c_void, *mut *mut c_void);
        // What a multiprocessor holds of a kernel; clusters since CUDA 11.8.
        occupancy_blocks = "cuOccupancyMaxActiveBlocksPerMultiprocessor" (*mut c_int, Handle, c_int, usize);
        occupancy_clusters = "cuOccupancyMaxActiveClusters" (*mut c_int, Handle, *const LaunchConfiguration);
        // CUDA 12.8: the same call, its error for events that never ran made clear.
        event_elapsed_2 = "cuEventElapsedTime_v2" (*mut f32, Handle, Handle);
        // What a stream waits for until the host lets it go on.
        stream_wait_value = "cuStreamWaitValue32_v2" (Handle, Address, u32, c_uint);
        host_allocate = "cuMemHostAlloc" (*mut *mut c_void, usize, c_uint);
        host_free = "cuMemFreeHost" (*mut c_void);
        host_address = "cuMemHostGetDevicePointer_v2" (*mut Address, *mut c_void, c_uint);
        // Copies and sets that a case measures.
        copy_to_device_async = "cuMemcpyHtoDAsync_v2" (Address, *const c_void, usize, Handle);
        copy_to_host_async = "cuMemcpyDtoHAsync_v2" (*mut c_void, Address, usize, Handle);
        memory_set_16 = "cuMemsetD16Async" (Address, u16, usize, Handle);
        memory_set_32 = "cuMemsetD32Async" (Address, c_uint, usize, Handle);
        reset_persisting = "cuCtxResetPersistingL2Cache" ();
        // CUDA 12.0: what the TMA unit must know of a tensor.
        tensor_map_encode = "cuTensorMapEncodeTiled"
            (*mut TensorMapBits, c_int, u32, *mut c_void, *const u64, *const u64, *const u32, *const u32,
             c_int, c_int, c_int, c_int);
        // Graphs of executions.
        capture_begin = "cuStreamBeginCapture_v2" (Handle, c_int);
        capture_end = "cuStreamEndCapture" (Handle, *mut Handle);
        graph_instantiate = "cuGraphInstantiateWithFlags" (*mut Handle, Handle, u64);
        graph_upload = "cuGraphUpload" (Handle, Handle);
        graph_launch = "cuGraphLaunch" (Handle, Handle);
        graph_executable_destroy = "cuGraphExecDestroy" (Handle);
        graph_destroy = "cuGraphDestroy" (Handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launch_structures_have_the_driver_s_layout() {
        // As a C compiler lays out CUDA 13.0's cuda.h on 64 bits.
        assert_eq!(size_of::<LaunchAttribute>(), 72);
        assert_eq!(std::mem::offset_of!(LaunchAttribute, value), 8);
        assert_eq!(size_of::<TensorMapBits>(), 128);
        assert_eq!(align_of::<TensorMapBits>(), 64);
        assert_eq!(size_of::<LaunchConfiguration>(), 56);
        assert_eq!(std::mem::offset_of!(LaunchConfiguration, stream), 32);
        assert_eq!(std::mem::offset_of!(LaunchConfiguration, attributes), 40);
    }
}
