//! Pictures that are attached to remarks, as the page holds them: `data:` addresses, so that nothing is fetched.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Bytes of a picture at most.
const LARGEST: usize = 1 << 20;
/// Bytes of all pictures of a page at most.
const ALL: usize = 2 << 20;

/// How the kinds of picture begin that every browser shows and that can hold no script.
const KINDS: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
];

/// The pictures of a page, by the names of the attachments.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    bytes: usize,
    addresses: BTreeMap<String, String>,
}

impl Pictures {
    /// The most bytes that a further picture may have: 1 MiB, and 2 MiB all together.
    pub fn room(&self) -> usize {
        LARGEST.min(ALL - self.bytes)
    }

    /// Takes the attachment `name`, where its bytes are those of a picture (PNG, JPEG, GIF or WebP) and there is room.
    pub fn take(&mut self, name: &str, bytes: &[u8]) {
        let Some(kind) = kind(bytes).filter(|_| bytes.len() <= self.room()) else {
            return;
        };
        self.bytes += bytes.len();
        let address = format!("data:{kind};base64,{}", STANDARD.encode(bytes));
        self.addresses.insert(name.to_owned(), address);
    }

    /// Whether the attachment `name` was taken.
    pub fn has(&self, name: &str) -> bool {
        self.addresses.contains_key(name)
    }

    /// Names and addresses.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.addresses.iter();
        all.map(|(name, address)| (name.as_str(), address.as_str()))
    }
}

fn kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    let known = KINDS.iter().find(|(start, _)| bytes.starts_with(start));
    known.map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_bytes() {
        let table: [(&[u8], Option<&str>); 7] = [
            (b"\x89PNG\r\n\x1a\n...", Some("data:image/png;base64,")),
            (b"\xff\xd8\xff\xe0", Some("data:image/jpeg;base64,")),
            (b"GIF89a..", Some("data:image/gif;base64,")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("data:image/webp;base64,")),
            (b"<svg onload=\"x()\"/>", None),
            (b"RIFF", None),
            (b"", None),
        ];
        for (bytes, expected) in table {
            let mut pictures = Pictures::default();
            pictures.take("attachments/a.png", bytes);
            let found = pictures.iter().next();
            assert_eq!(found.is_some(), expected.is_some(), "{bytes:?}");
            let start = expected.unwrap_or_default();
            assert!(found.is_none_or(|(_, address)| address.starts_with(start)));
        }
    }

    #[test]
    fn what_is_too_large_is_left_out() {
        let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut pictures = Pictures::default();
        picture.resize(LARGEST + 1, 0);
        pictures.take("large", &picture);
        assert!(!pictures.has("large"));
        picture.truncate(LARGEST - 5);
        for name in ["a", "b", "c"] {
            pictures.take(name, &picture);
        }
        assert!(pictures.has("a") && pictures.has("b") && !pictures.has("c"));
        assert_eq!(pictures.room(), 10);
    }
}
