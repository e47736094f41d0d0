//! Reads the telemetry of a run back.

use std::path::Path;

use super::StoreError;
use crate::files;
use crate::record::TelemetryLine;

/// The lines of `telemetry.jsonl` in the run directory `folder`; none where nothing was read of a GPU.
///
/// A last line that was cut short, as a killed run leaves it, is left out; any other that can't be read is an error.
pub fn telemetry(folder: &Path) -> Result<Vec<TelemetryLine>, StoreError> {
    let path = folder.join("telemetry.jsonl");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = files::read(&path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let lines = bytes[..whole].split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|error| StoreError::Damaged {
                path: path.clone(),
                line: index + 1,
                what: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_short_is_left_out_and_a_damaged_one_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(telemetry(folder.path()).expect("none"), []);
        let reading = r#"{"reading":{"at_ns":1.0,"took_ns":2.0,"sm_mhz":1980}}"#;
        let path = folder.path().join("telemetry.jsonl");
        let table = [
            (String::new(), Some(0)),
            (format!("{reading}\n{reading}\n"), Some(2)),
            (format!("{reading}\n{{\"reading\":"), Some(1)),
            (format!("{reading}\nnonsense\n{reading}\n"), None),
        ];
        for (text, expected) in table {
            std::fs::write(&path, &text).expect("written");
            let found = telemetry(folder.path()).ok().map(|lines| lines.len());
            assert_eq!(found, expected, "{text}");
        }
    }
}
