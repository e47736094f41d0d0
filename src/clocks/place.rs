//! Whether the state folder outlives a container, so that others find what lies in it.

use std::fs;
use std::path::{Path, PathBuf};

/// Kinds of file systems that a container's own files are on.
const LAYERED: [&str; 5] = ["overlay", "aufs", "fuse.fuse-overlayfs", "btrfs", "zfs"];

/// Kinds in memory: a container's own unless a folder of another is mounted there.
const MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// Whether `folder` lies on a container's own file system, by the mounts of this process; also where that can't be told.
pub fn is_inside(folder: &Path) -> bool {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    fs::read_to_string("/proc/self/mountinfo")
        .ok()
        .and_then(|mounts| inside(&mounts, &folder))
        .unwrap_or(true)
}

/// A line of `/proc/self/mountinfo` (proc(5)).
struct Mount {
    /// What of its file system is mounted.
    root: String,
    point: PathBuf,
    kind: String,
}

fn inside(mounts: &str, folder: &Path) -> Option<bool> {
    let mounts = mounts.lines().filter_map(parse);
    // A later mount on the same place hides an earlier one.
    let over = mounts
        .filter(|mount| folder.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())?;
    if over.point == Path::new("/") {
        return Some(true);
    }
    let kind = over.kind.as_str();
    // A part of a file system is mounted: a folder of the host, or of a volume.
    let is_part = over.root != "/";
    Some(!is_part && (LAYERED.contains(&kind) || MEMORY.contains(&kind)))
}

fn parse(line: &str) -> Option<Mount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    Some(Mount {
        root: plain(fields.next()?),
        point: PathBuf::from(plain(fields.next()?)),
        kind: file_system.split(' ').next()?.to_owned(),
    })
}

/// Spaces and the like stand there as three octal digits.
fn plain(field: &str) -> String {
    let mut text = field.to_owned();
    for (code, character) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        text = text.replace(code, character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
600 500 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a
601 600 0:51 / /run rw - tmpfs tmpfs rw
602 601 0:24 /lock/warpmark /run/lock/warpmark rw shared:5 - tmpfs tmpfs rw
603 600 8:1 /var/lib/volumes/a\\040b /state\\040here rw master:1 - ext4 /dev/sda1 rw
604 600 0:60 / /scratch rw - tmpfs tmpfs rw
605 600 0:61 / /network rw - nfs4 server:/x rw
";

    #[test]
    fn a_container_s_own_folders_are_told_from_the_host_s() {
        for (folder, expected) in [
            ("/tmp/warpmark", true),
            ("/run/lock", true),
            ("/run/lock/warpmark", false),
            ("/run/lock/warpmark/deeper", false),
            ("/state here/x", false),
            ("/scratch", true),
            ("/network/state", false),
        ] {
            assert_eq!(
                inside(MOUNTS, Path::new(folder)),
                Some(expected),
                "{folder}"
            );
        }
        assert_eq!(inside("", Path::new("/")), None);
    }
}
