//! The digest of what buffers hold.
//!
//! It is the SHA-256 of the buffers one after another. A buffer of more than [`FROM`] bytes is represented by the root
//! of a tree, so that a GPU can hash it where it lies: the SHA-256 of the SHA-256 (32 bytes each) of its leaves of
//! [`LEAF`] bytes, the last of which may be shorter. It is the same on every device.

use sha2::{Digest, Sha256};

use super::Platform;
use super::buffer::GuardedBuffer;
use crate::record::Refusal;

/// Buffers of more bytes than this are hashed as trees.
const FROM: u64 = 1 << 20;

/// Bytes of a leaf; it divides the pieces in which buffers are read.
pub(super) const LEAF: u64 = 16 << 10;

/// Adds the first `bytes` bytes of `buffer` to `hash`.
pub(super) fn add<P: Platform>(
    hash: &mut Sha256,
    platform: &mut P,
    buffer: &GuardedBuffer<P::Memory>,
    bytes: u64,
) -> Result<(), Refusal> {
    if bytes <= FROM {
        return buffer.read(platform, bytes, &mut |_, _, piece| {
            hash.update(piece);
            Ok(())
        });
    }
    let place = (GuardedBuffer::<P::Memory>::offset(), bytes);
    let root = if let Some(leaves) = platform.leaves(&buffer.memory, place, LEAF)? {
        Sha256::digest(leaves)
    } else {
        let mut root = Sha256::new();
        buffer.read(platform, bytes, &mut |_, _, piece| {
            add_leaves(&mut root, piece);
            Ok(())
        })?;
        root.finalize()
    };
    hash.update(root);
    Ok(())
}

/// Adds the digest of each leaf of `piece`, which begins with one.
fn add_leaves(root: &mut Sha256, piece: &[u8]) {
    let leaf = usize::try_from(LEAF).unwrap_or(usize::MAX);
    for leaf in piece.chunks(leaf) {
        root.update(Sha256::digest(leaf));
    }
}
