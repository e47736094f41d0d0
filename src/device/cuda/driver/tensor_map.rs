//! Tensor maps: what the TMA unit must know of a tensor in device memory, made by the driver on the host.

use std::ffi::c_void;

use super::error::NOT_SUPPORTED;
use super::table::{Address, TensorMapBits};
use super::{CallError, Context};
use crate::plan::{ElementType, Swizzle, TensorMap};

impl Context {
    /// Whether the driver makes tensor maps (CUDA 12.0).
    pub fn has_tensor_maps(&self) -> bool {
        self.table().tensor_map_encode.is_some()
    }

    /// The words of the map of `tensor`, whose first element lies at `address`.
    pub fn tensor_map(
        &self,
        tensor: &TensorMap,
        address: Address,
    ) -> Result<[u64; TensorMapBits::WORDS], CallError> {
        const CALL: &str = "cuTensorMapEncodeTiled";
        /// `CU_TENSOR_MAP_INTERLEAVE_NONE` and `CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE`.
        const NONE: i32 = 0;
        /// `CU_TENSOR_MAP_L2_PROMOTION_L2_128B`.
        const PROMOTION: i32 = 2;
        let Some(call) = self.table().tensor_map_encode else {
            self.check(CALL, NOT_SUPPORTED)?;
            return Ok([0; TensorMapBits::WORDS]);
        };
        let strides = strides(tensor);
        let steps = vec![1_u32; tensor.tile.len()];
        let mut bits = TensorMapBits::default();
        // SAFETY: the arrays have an entry for each dimension, the strides one less, and outlive the call, which reads
        // them and writes 128 bytes aligned to 64; it doesn't look at the tensor's memory.
        let code = unsafe {
            call(
                &raw mut bits,
                number(tensor.element),
                u32::try_from(tensor.shape.len()).unwrap_or(0),
                address as *mut c_void,
                tensor.shape.as_ptr(),
                strides.as_ptr(),
                tensor.tile.as_ptr(),
                steps.as_ptr(),
                NONE,
                swizzle(tensor.swizzle),
                PROMOTION,
                NONE,
            )
        };
        self.check(CALL, code)?;
        Ok(bits.0)
    }
}

/// Bytes from an element to the next one of each dimension but the first.
fn strides(tensor: &TensorMap) -> Vec<u64> {
    let mut stride = tensor.element.size();
    let mut strides = Vec::with_capacity(tensor.shape.len());
    for elements in tensor.shape.iter().rev().skip(1).rev() {
        stride = stride.saturating_mul(*elements);
        strides.push(stride);
    }
    strides
}

/// `CUtensorMapDataType`; types that it lacks are copied as those of their size.
fn number(element: ElementType) -> i32 {
    match element {
        ElementType::I8 | ElementType::U8 | ElementType::E4m3 => 0,
        ElementType::I16 | ElementType::U16 => 1,
        ElementType::U32 => 2,
        ElementType::I32 => 3,
        ElementType::U64 => 4,
        ElementType::I64 => 5,
        ElementType::F16 => 6,
        ElementType::F32 => 7,
        ElementType::F64 => 8,
        ElementType::Bf16 => 9,
    }
}

/// `CUtensorMapSwizzle`.
fn swizzle(swizzle: Swizzle) -> i32 {
    match swizzle {
        Swizzle::None => 0,
        Swizzle::Bytes32 => 1,
        Swizzle::Bytes64 => 2,
        Swizzle::Bytes128 => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_those_of_a_tensor_without_gaps() {
        let table: [(&[u64], &[u64]); 3] =
            [(&[64], &[]), (&[64, 8], &[128]), (&[8, 3, 5], &[16, 48])];
        for (shape, wanted) in table {
            let tensor = TensorMap {
                argument: 0,
                element: ElementType::Bf16,
                shape: shape.to_vec(),
                tile: vec![8; shape.len()],
                swizzle: Swizzle::None,
            };
            assert_eq!(strides(&tensor), wanted, "{shape:?}");
        }
    }
}
