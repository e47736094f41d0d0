//! `.npy` files as inputs and expectations.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use crate::plan::ElementType;
use crate::record::{FailureKind, Refusal};

/// The elements of the file at `path` in little-endian bytes; its type must be `element` and its number of elements
/// one of `counts`.
pub(super) fn read(path: &Path, element: ElementType, counts: &[u64]) -> Result<Vec<u8>, Refusal> {
    let name = path.display();
    let failed = |message: String| Refusal::failed(FailureKind::Arguments, message);
    let file = File::open(path).map_err(|error| failed(format!("cannot read {name}: {error}")))?;
    let mut reader = BufReader::new(file);
    let header = NpyHeader::from_reader(&mut reader)
        .map_err(|error| failed(format!("{name} is no .npy file: {error}")))?;
    let found = type_of(&header.dtype()).ok_or_else(|| {
        let descr = header.dtype().descr();
        failed(format!(
            "{name} holds {descr}, which is no type of elements"
        ))
    })?;
    let shape: u64 = header.shape().iter().product();
    if found.0 != element {
        let (file_type, wanted) = (found.0.name(), element.name());
        return Err(failed(format!(
            "{name} holds {file_type}, the argument {wanted}"
        )));
    }
    if !counts.contains(&shape) {
        let wanted = counts.first().copied().unwrap_or_default();
        return Err(failed(format!(
            "{name} holds {shape} elements, the argument {wanted}"
        )));
    }
    if header.order() == Order::Fortran && header.shape().len() > 1 {
        return Err(failed(format!(
            "{name} is in Fortran order: save it in C order"
        )));
    }
    let size = usize::try_from(element.size()).unwrap_or(8);
    let mut bytes = Vec::new();
    reader
        .take(shape.saturating_mul(element.size()))
        .read_to_end(&mut bytes)
        .map_err(|error| failed(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 != shape * element.size() {
        return Err(failed(format!(
            "{name} ends after {} bytes of data",
            bytes.len()
        )));
    }
    if found.1 == Endianness::Big {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    Ok(bytes)
}

/// The element type of a plain array; bfloat16 is written as two raw bytes by those who have it.
fn type_of(dtype: &DType) -> Option<(ElementType, Endianness)> {
    let DType::Plain(plain) = dtype else {
        return None;
    };
    let element = match (plain.type_char(), plain.size_field()) {
        (TypeChar::Bool | TypeChar::Uint, 1) => ElementType::U8,
        (TypeChar::Int, 1) => ElementType::I8,
        (TypeChar::Int, 2) => ElementType::I16,
        (TypeChar::Int, 4) => ElementType::I32,
        (TypeChar::Int, 8) => ElementType::I64,
        (TypeChar::Uint, 2) => ElementType::U16,
        (TypeChar::Uint, 4) => ElementType::U32,
        (TypeChar::Uint, 8) => ElementType::U64,
        (TypeChar::Float, 2) => ElementType::F16,
        (TypeChar::Float, 4) => ElementType::F32,
        (TypeChar::Float, 8) => ElementType::F64,
        (TypeChar::RawData, 2) => ElementType::Bf16,
        _ => return None,
    };
    Some((element, plain.endianness()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `.npy` file of format 1.0.
    fn file(folder: &Path, descr: &str, shape: &str, data: &[u8]) -> std::path::PathBuf {
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        while (header.len() + 11) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).expect("short");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(length.to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let path = folder.join("data.npy");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    #[test]
    fn arrays_of_either_byte_order_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), "<f4", "(2,)", &[0, 0, 128, 63, 0, 0, 0, 64]);
        let little = read(&path, ElementType::F32, &[2]).expect("read");
        let path = file(
            folder.path(),
            ">f4",
            "(1, 2)",
            &[63, 128, 0, 0, 64, 0, 0, 0],
        );
        assert_eq!(read(&path, ElementType::F32, &[2]).expect("read"), little);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let said = |descr: &str, shape: &str, data: &[u8], element, count| {
            let path = file(folder.path(), descr, shape, data);
            let error = read(&path, element, &[count]).expect_err("a mismatch");
            format!("{error:?}")
        };
        let table = [
            (
                said("<i4", "(1,)", &[0; 4], ElementType::F32, 1),
                "holds i32, the argument f32",
            ),
            (
                said("<f4", "(3,)", &[0; 12], ElementType::F32, 2),
                "holds 3 elements, the argument 2",
            ),
            (
                said("<f4", "(2,)", &[0; 5], ElementType::F32, 2),
                "ends after 5 bytes",
            ),
            (
                said("<c8", "(1,)", &[0; 8], ElementType::F32, 1),
                "which is no type of elements",
            ),
        ];
        for (found, expected) in table {
            assert!(found.contains(expected), "{found}");
        }
        let path = folder.path().join("data.npy");
        std::fs::write(&path, "no numbers").expect("written");
        let error = read(&path, ElementType::F32, &[1]).expect_err("no such file");
        assert!(format!("{error:?}").contains("is no .npy file"));
        let error = read(&folder.path().join("none.npy"), ElementType::F32, &[1]);
        assert!(format!("{error:?}").contains("cannot read"));
    }
}
