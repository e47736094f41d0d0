//! A GPU before anything runs on it: its name and limits. Asking needs no context and takes nothing from it.

use std::ffi::{CStr, c_char, c_int};
use std::sync::Arc;

use super::{CallError, Driver};

/// Numbers that the driver tells of a GPU (`CUdevice_attribute`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // named as in cuda.h
pub enum Attribute {
    MaxThreadsPerBlock = 1,
    MaxBlockX = 2,
    MaxBlockY = 3,
    MaxBlockZ = 4,
    MaxGridX = 5,
    MaxGridY = 6,
    MaxGridZ = 7,
    WarpSize = 10,
    Multiprocessors = 16,
    EccEnabled = 32,
    ThreadsOfMultiprocessor = 39,
    BusNumber = 33,
    BusDevice = 34,
    L2Bytes = 38,
    BusDomain = 50,
    CapabilityMajor = 75,
    CapabilityMinor = 76,
    SharedOfMultiprocessor = 81,
    RegistersOfMultiprocessor = 82,
    CooperativeLaunch = 95,
    MaxSharedOptIn = 97,
    BlocksOfMultiprocessor = 106,
    ReservedSharedOfBlock = 111,
    ClusterLaunch = 120,
}

/// One GPU, or one MIG instance of one.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) driver: Arc<Driver>,
    pub(super) device: c_int,
}

impl Gpu {
    pub(super) fn new(driver: &Arc<Driver>, number: c_int) -> Result<Self, CallError> {
        let mut device = 0;
        // SAFETY: stores a number.
        let code = unsafe { (driver.table.device_get)(&raw mut device, number) };
        driver.check("cuDeviceGet", code)?;
        Ok(Self {
            driver: Arc::clone(driver),
            device,
        })
    }

    /// The driver.
    pub fn driver(&self) -> &Arc<Driver> {
        &self.driver
    }

    /// The model: `NVIDIA H100 80GB HBM3`; a MIG instance names its profile after it.
    pub fn name(&self) -> Result<String, CallError> {
        let mut text: [c_char; 256] = [0; 256];
        let table = &self.driver.table;
        // SAFETY: writes at most the 255 bytes that it is told of; the last stays 0.
        let code = unsafe { (table.device_get_name)(text.as_mut_ptr(), 255, self.device) };
        self.driver.check("cuDeviceGetName", code)?;
        // SAFETY: the array ends with a 0.
        let text = unsafe { CStr::from_ptr(text.as_ptr()) };
        Ok(text.to_string_lossy().into_owned())
    }

    /// The 16 bytes that name this GPU everywhere; of a MIG instance, its own.
    pub fn uuid(&self) -> Result<[u8; 16], CallError> {
        let mut uuid = [0; 16];
        // SAFETY: writes 16 bytes.
        let code = unsafe { (self.driver.table.device_get_uuid)(&raw mut uuid, self.device) };
        self.driver.check("cuDeviceGetUuid", code)?;
        Ok(uuid)
    }

    /// Memory in bytes.
    pub fn memory(&self) -> Result<u64, CallError> {
        let mut bytes = 0;
        // SAFETY: stores a number.
        let code = unsafe { (self.driver.table.device_total_memory)(&raw mut bytes, self.device) };
        self.driver.check("cuDeviceTotalMem", code)?;
        Ok(bytes as u64)
    }

    /// One number.
    pub fn attribute(&self, attribute: Attribute) -> Result<i32, CallError> {
        let mut value = 0;
        let table = &self.driver.table;
        // SAFETY: stores a number.
        let code = unsafe {
            (table.device_get_attribute)(&raw mut value, attribute as c_int, self.device)
        };
        self.driver.check("cuDeviceGetAttribute", code)?;
        Ok(value)
    }
}
