//! How boxes of tensor maps lie in shared memory.

words! {
    /// How the 16-byte pieces of a box are exchanged, within so many bytes.
    SwizzleWord {
        /// Not at all.
        "none" None,
        /// Within 32 bytes.
        "32B" Bytes32,
        /// Within 64 bytes.
        "64B" Bytes64,
        /// Within 128 bytes.
        "128B" Bytes128,
    }
}
