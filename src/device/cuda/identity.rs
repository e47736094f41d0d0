//! What of a compiled kernel decides how it runs: its machine code, and that of the functions it may call.
//!
//! A cubin is an ELF file. Of the entry count: its code (`.text.NAME`), its relocations without symbol numbers, its
//! constants (`.nv.constantN.NAME`), its shared memory, registers and barriers. Of the file: the code of functions
//! that are no kernels, and the module's constants and variables. Other kernels of the file, names, debug sections
//! and notes of the compiler don't count, so that a change elsewhere in a source leaves the identity as it is.

use object::elf;
use object::read::elf::{ElfFile64, FileHeader, SectionHeader, SectionTable};
use object::{LittleEndian, ReadRef};
use sha2::{Digest, Sha256};

/// The marker of a kernel in a symbol's `st_other` (`STO_CUDA_ENTRY`).
const ENTRY_MARK: u8 = 0x10;

/// Sections of the whole module that kernels may read.
const SHARED_BY_ALL: [&str; 4] = [
    ".nv.constant3",
    ".nv.constant4",
    ".nv.global",
    ".nv.global.init",
];

/// The identity of the kernel with the mangled name `entry` in `cubin`, 64 hex digits; none where it isn't found.
pub fn of_cubin(cubin: &[u8], entry: &str) -> Option<String> {
    let file: ElfFile64<'_, LittleEndian> = ElfFile64::parse(cubin).ok()?;
    let sections = file.elf_section_table();
    let kernels = kernels(&file);
    let mut parts = Vec::new();
    let mut found = false;
    for section in sections.iter() {
        let name = name(&file, sections, section)?;
        let own = name
            .strip_suffix(entry)
            .is_some_and(|rest| rest.ends_with('.'));
        found |= own && name.starts_with(".text.");
        let role = role(&name, own, &kernels);
        if let Some(role) = role {
            parts.push(part(&role, section, cubin)?);
        }
    }
    // Functions stand in the order of their names, which don't count.
    parts.sort_unstable();
    let mut hash = Sha256::new();
    for part in &parts {
        hash.update(part);
    }
    found.then(|| hex::encode(hash.finalize()))
}

/// The names of the file's kernels.
fn kernels<'a>(file: &ElfFile64<'a, LittleEndian>) -> Vec<&'a [u8]> {
    let symbols = file.elf_symbol_table();
    let marked = symbols
        .iter()
        .filter(|symbol| symbol.st_other & ENTRY_MARK != 0);
    marked
        .filter_map(|symbol| symbols.symbol_name(LittleEndian, symbol).ok())
        .collect()
}

fn name<'a>(
    file: &ElfFile64<'a, LittleEndian>,
    sections: &SectionTable<'a, elf::FileHeader64<LittleEndian>>,
    section: &elf::SectionHeader64<LittleEndian>,
) -> Option<String> {
    let name = sections
        .section_name(file.elf_header().endian().ok()?, section)
        .ok()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// What a section is to the entry, in a word that takes the place of its name; none where it doesn't count.
fn role(name: &str, own: bool, kernels: &[&[u8]]) -> Option<String> {
    let is_kernel = |function: &str| kernels.contains(&function.as_bytes());
    if own {
        let counted = [
            ".text.",
            ".rel.text.",
            ".rela.text.",
            ".nv.constant",
            ".nv.shared.",
            ".nv.local.",
        ];
        let stem = name.split('.').take(3).collect::<Vec<_>>().join(".");
        return counted
            .iter()
            .any(|prefix| name.starts_with(prefix))
            .then_some(stem);
    }
    let called = [".text.", ".rel.text.", ".rela.text."]
        .iter()
        .find_map(|prefix| Some((*prefix, name.strip_prefix(prefix)?)));
    if let Some((prefix, function)) = called {
        return (!is_kernel(function)).then(|| format!("called {prefix}"));
    }
    SHARED_BY_ALL.contains(&name).then(|| name.to_owned())
}

/// The bytes of a section that count, after its role.
fn part(role: &str, section: &elf::SectionHeader64<LittleEndian>, cubin: &[u8]) -> Option<Vec<u8>> {
    // In sections of code the upper byte of sh_info is the number of registers, bits 20 to 26 of sh_flags that of
    // barriers; the rest are indices into tables of names.
    let registers = section.sh_info(LittleEndian) >> 24;
    let barriers = section.sh_flags(LittleEndian) >> 20 & 0x7f;
    let size = section.sh_size(LittleEndian);
    let mut part = format!("{role} {size} {registers} {barriers}\n").into_bytes();
    let kind = section.sh_type(LittleEndian);
    if kind == elf::SHT_NOBITS {
        return Some(part);
    }
    let (offset, length) = section.file_range(LittleEndian).unwrap_or((0, 0));
    let bytes = cubin.read_bytes_at(offset, length).ok()?;
    match kind {
        // Offset and addend; which symbol and kind in between is a number of this file's own, save its low half.
        elf::SHT_RELA => relocations(bytes, 24, &mut part),
        elf::SHT_REL => relocations(bytes, 16, &mut part),
        _ => part.extend_from_slice(bytes),
    }
    Some(part)
}

/// Relocations of `size` bytes each without the number of their symbol, the upper half of the second word.
fn relocations(bytes: &[u8], size: usize, part: &mut Vec<u8>) {
    for entry in bytes.chunks_exact(size) {
        part.extend_from_slice(&entry[..12]);
        part.extend_from_slice(&entry[16..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: &[u8] = include_bytes!("../../../tests/data/cubin/scale.cubin");
    const BESIDE: &[u8] = include_bytes!("../../../tests/data/cubin/scale-beside-another.cubin");
    const CHANGED: &[u8] = include_bytes!("../../../tests/data/cubin/scale-changed.cubin");

    #[test]
    fn the_entry_s_own_code_counts_and_its_neighbours_do_not() {
        let scale = of_cubin(SCALE, "scale").expect("it is there");
        assert_eq!(scale.len(), 64);
        assert_eq!(of_cubin(BESIDE, "scale").as_ref(), Some(&scale));
        assert_ne!(of_cubin(CHANGED, "scale").as_ref(), Some(&scale));
        assert_ne!(of_cubin(BESIDE, "other").as_ref(), Some(&scale));
    }

    #[test]
    fn what_is_no_cubin_has_no_identity() {
        assert_eq!(of_cubin(SCALE, "scal"), None);
        assert_eq!(of_cubin(b"FAKE CUBIN\nscale\n", "scale"), None);
        for length in [0, 10, 64, 100, SCALE.len() / 2] {
            assert_eq!(of_cubin(&SCALE[..length], "scale"), None, "{length}");
        }
    }
}
