//! Annotations of a record: read and added, never changed.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::StoreError;
use crate::files::{self, FileError};
use crate::record::Annotation;

/// The file of a run directory that holds them.
const FILE: &str = "annotations.jsonl";

/// The folder of a run directory that holds their files.
const ATTACHMENTS: &str = "attachments";

/// The most characters of a file's own name that are kept.
const NAME: usize = 80;

/// The annotations of the record in `folder`, oldest first, and a word for each line that can't be read: remarks
/// explain a result, so a damaged one costs only itself.
pub fn annotations(folder: &Path) -> Result<(Vec<Annotation>, Vec<String>), StoreError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok((Vec::new(), Vec::new()));
    }
    let bytes = files::read(&path)?;
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(annotation) => found.push(annotation),
            Err(error) => damaged.push(format!(
                "{}, line {}: left out, it is no annotation: {error}",
                path.display(),
                index + 1
            )),
        }
    }
    Ok((found, damaged))
}

/// Adds `annotation` to the record in `folder`: one line, written at once and synced.
pub fn annotate(folder: &Path, annotation: &Annotation) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let cut_short = files::read(&path).is_ok_and(|bytes| bytes.last().is_some_and(|b| *b != b'\n'));
    let mut line = if cut_short { "\n" } else { "" }.to_owned();
    line.push_str(
        &serde_json::to_string(annotation).map_err(|error| StoreError::Damaged {
            path: path.clone(),
            line: 0,
            what: error.to_string(),
        })?,
    );
    line.push('\n');
    Ok(files::append_synced(&path, line.as_bytes())?)
}

/// Keeps a copy of `file` with the record in `folder`, and gives its path relative to that: named by its content, so
/// that the same file stands there once and no other takes its place.
pub fn attach(folder: &Path, file: &Path) -> Result<String, StoreError> {
    let bytes = files::read(file)?;
    let digest = hex::encode(Sha256::digest(&bytes));
    let own = file.file_name().map(|name| plain(&name.to_string_lossy()));
    let name = format!("{}-{}", &digest[..12], own.unwrap_or_default());
    let attachments = folder.join(ATTACHMENTS);
    files::create_folder(&attachments)?;
    files::write_atomically(&attachments.join(&name), &bytes)?;
    Ok(format!("{ATTACHMENTS}/{name}"))
}

/// The bytes of the attachment `name` of the record in `folder`; none where they are more than `most`, or `name` is no
/// plain file among the record's attachments, as in a record that somebody else wrote.
pub fn attachment(folder: &Path, name: &str, most: usize) -> Option<Vec<u8>> {
    let own = name.strip_prefix(ATTACHMENTS)?.strip_prefix('/')?;
    if own.starts_with('.') || own.chars().any(|c| harmless(c) != c) {
        return None;
    }
    let path = folder.join(ATTACHMENTS).join(own);
    let found = std::fs::symlink_metadata(&path).ok()?;
    let fits = usize::try_from(found.len()).is_ok_and(|size| size <= most);
    if !found.is_file() || !fits {
        return None;
    }
    files::read(&path).ok()
}

/// The bytes of `file`, for a limit to be held to before it is read.
pub fn size_of(file: &Path) -> Result<u64, StoreError> {
    let size = std::fs::metadata(file).map(|found| found.len());
    Ok(size.map_err(FileError::at("read", file))?)
}

/// A file's name with nothing in it that a shell, a path or a page gives a meaning; its end, which says what it is,
/// is kept.
fn plain(name: &str) -> String {
    let all: Vec<char> = name.chars().map(harmless).collect();
    all[all.len().saturating_sub(NAME)..].iter().collect()
}

/// A character of a file's name, or what stands for it.
fn harmless(c: char) -> char {
    if c.is_ascii_alphanumeric() || "._-".contains(c) {
        c
    } else {
        '_'
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CaseId;

    fn annotation(text: &str) -> Annotation {
        Annotation {
            case: CaseId::from_text("copy/n=1"),
            text: text.to_owned(),
            author: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            attachments: Vec::new(),
        }
    }

    #[test]
    fn what_is_added_is_read_and_a_damaged_line_costs_only_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = || annotations(folder.path()).expect("readable");
        assert_eq!(read(), (Vec::new(), Vec::new()));
        let texts = ["spills", "line\nbreaks and \u{202e}turns", "<script>"];
        for text in texts {
            annotate(folder.path(), &annotation(text)).expect("added");
        }
        files::append_synced(&folder.path().join(FILE), b"{\"case\":").expect("a torn line");
        annotate(folder.path(), &annotation("after")).expect("added");
        let (found, damaged) = read();
        let found: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(found, [&texts[..], &["after"]].concat());
        assert_eq!(damaged.len(), 1);
        assert!(damaged[0].contains("line 4: left out"), "{damaged:?}");
    }

    #[test]
    fn a_file_is_kept_once_under_a_plain_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a b<c>.png");
        std::fs::write(&file, b"picture").expect("written");
        let kept = attach(folder.path(), &file).expect("kept");
        assert_eq!(attach(folder.path(), &file).expect("kept"), kept);
        assert!(
            kept.starts_with("attachments/") && kept.ends_with("-a_b_c_.png"),
            "{kept}"
        );
        let bytes = std::fs::read(folder.path().join(&kept)).expect("a copy");
        assert_eq!(bytes, b"picture");
        assert!(attach(folder.path(), &folder.path().join("absent")).is_err());
        let read = |most| attachment(folder.path(), &kept, most);
        assert_eq!(read(7).as_deref(), Some(&b"picture"[..]));
        assert_eq!(read(6), None);
        for (name, expected) in [("../../x", ".._.._x"), ("\u{202e}gnp", "_gnp")] {
            assert_eq!(plain(name), expected);
        }
        assert_eq!(plain(&format!("{}.pdf", "x".repeat(10_000))).len(), NAME);
    }

    #[test]
    fn only_files_among_the_attachments_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join(ATTACHMENTS);
        std::fs::create_dir(&inside).expect("made");
        std::fs::write(folder.path().join("secret"), b"secret").expect("written");
        std::os::unix::fs::symlink("../secret", inside.join("link")).expect("linked");
        std::fs::create_dir(inside.join("folder")).expect("made");
        for name in [
            "secret",
            "../secret",
            "attachments/../secret",
            "attachments/..",
            "attachments/",
            "attachments/link",
            "attachments/folder",
            "attachments/absent",
            "attachmentssecret",
            "/etc/hostname",
            "attachments//etc/hostname",
        ] {
            assert_eq!(attachment(folder.path(), name, 1_000), None, "{name}");
        }
    }
}
