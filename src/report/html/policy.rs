//! The page's content security policy: nothing is fetched, and only the page's own script and style run.

use sha2::{Digest, Sha256};

use super::data::SEXTETS;

/// The policy of a page with `script` and `style`, each known by its hash.
pub fn of(script: &str, style: &str) -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(style)
    )
}

/// `sha256-` and the base64 (RFC 4648, section 4) of the hash.
fn hash(text: &str) -> String {
    let mut out = String::from("sha256-");
    for group in Sha256::digest(text).chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | group.get(at).map_or(0, |byte| u32::from(*byte))
        });
        for place in 0..4 {
            let sextet = bits >> (18 - 6 * place) & 63;
            out.push(if place > group.len() {
                '='
            } else {
                char::from(SEXTETS[sextet as usize])
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_openssl_says() {
        // printf 'alert(1)' | openssl dgst -sha256 -binary | openssl base64
        let expected = "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=";
        assert_eq!(hash("alert(1)"), expected);
    }
}
