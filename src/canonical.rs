//! Canonical JSON (RFC 8785) and sha256, so that equal facts always have equal hashes.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The sha256 of `bytes` in lower-case hex, 64 digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The RFC 8785 form of `value`. Fails where the value has no JSON form (NaN, a map with keys that are no strings).
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// The sha256 of the canonical JSON of `value`, in lower-case hex.
pub fn hash(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(sha256(&json(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_space_do_not_change_a_hash() {
        let a: serde_json::Value = serde_json::from_str(r#"{"b": 1.0, "a": "x"}"#).expect("json");
        let b: serde_json::Value = serde_json::from_str(r#"{"a":"x","b":1}"#).expect("json");
        assert_eq!(hash(&a).expect("hash"), hash(&b).expect("hash"));
    }

    #[test]
    fn sha256_is_the_published_one() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
