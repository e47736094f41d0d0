//! Files of timings, plain or gzip.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::wire::Wire;
use super::{Timings, TimingsError};
use crate::files::{self, FileError};

/// The most text that is read: samples take ten times as much in memory as in a file.
const MOST_MIB: u64 = 1024;

const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Timings {
    /// Reads a file, plain or gzip by its first bytes.
    pub fn read(path: &Path) -> Result<Self, TimingsError> {
        let most = MOST_MIB << 20;
        let file = File::open(path).map_err(FileError::at("read", path))?;
        let mut bytes = Vec::new();
        let read = file.take(most + 1).read_to_end(&mut bytes);
        read.map_err(FileError::at("read", path))?;
        if bytes.starts_with(&GZIP) {
            let mut text = Vec::new();
            let unpacked = MultiGzDecoder::new(&bytes[..])
                .take(most + 1)
                .read_to_end(&mut text);
            unpacked.map_err(|error| TimingsError::Gzip {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
            bytes = text;
        }
        if bytes.len() as u64 > most {
            return Err(TimingsError::TooLarge {
                path: path.to_owned(),
                most: MOST_MIB,
            });
        }
        Self::parse(path, &bytes)
    }

    /// Parses the text of the file `path`.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TimingsError> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| TimingsError::Json {
            path: path.to_owned(),
            line: error.line().max(1),
            column: error.column().max(1),
            what: without_place(&error),
        })?;
        wire.checked().map_err(|what| TimingsError::Shape {
            path: path.to_owned(),
            what,
        })
    }

    /// The text of a file, with a line end.
    #[allow(clippy::missing_panics_doc)] // lists and numbers are JSON
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec(&Wire::of(self)).expect("lists and numbers are JSON");
        text.push(b'\n');
        text
    }

    /// Writes `path`, whole or not at all; as gzip where its name ends in `.gz`.
    pub fn write(&self, path: &Path) -> Result<(), TimingsError> {
        let mut bytes = self.to_json();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            let finished = packed.write_all(&bytes).and_then(|()| packed.finish());
            bytes = finished.map_err(FileError::at("write", path))?;
        }
        Ok(files::write_atomically(path, &bytes)?)
    }
}

/// The text of `error` without its line and column, which stand before it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}
