//! What is judged of machines that lack something.

use std::path::PathBuf;

use super::*;

fn lack() -> Lack {
    Lack {
        message: "it is not there".into(),
        hint: "install it".into(),
    }
}

fn file(access: Result<(), String>) -> DeviceFile {
    DeviceFile {
        path: "/dev/nvidia0".into(),
        access,
    }
}

/// A machine where all is well.
pub(super) fn well() -> Probes {
    Probes {
        compiler: Some("g++ 13.2.0".into()),
        cxx: None,
        records: Folder {
            path: PathBuf::from("work/.warpmark"),
            writable: Ok(()),
            free: Some(100 << 30),
        },
        git: Some("git version 2.43.0".into()),
        repository: Repository::At("main, at 1234567".into()),
        python: Some("Python 3.12.1".into()),
        governors: vec!["performance".into()],
        turbo: Some(false),
        load: Some(0.1),
        cpus: 8,
        cpu_limit: None,
        gpu: Ok("NVIDIA H100 80GB HBM3; driver 580.159.04, of CUDA 13.0".into()),
        nvrtc: Ok("13.0 in libnvrtc.so.13".into()),
        management: Management {
            nvml: Ok("13.580.159.04 in libnvidia-ml.so.1".into()),
            gpus: Vec::new(),
            files: vec![file(Ok(()))],
            root: false,
            container: None,
            host_processes: Some(true),
        },
        terminal: Some(120),
    }
}

fn one(probes: &Probes, name: &str) -> Check {
    let mut checks = examine(probes);
    let place = checks
        .iter()
        .position(|check| check.name == name)
        .expect("a check");
    checks.swap_remove(place)
}

#[test]
fn a_good_machine_has_nothing_to_remedy() {
    let checks = examine(&well());
    assert!(can_run(&checks));
    let open: Vec<&str> = checks
        .iter()
        .filter(|check| check.remedy.is_some())
        .map(|check| check.name)
        .collect();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn each_lack_has_its_standing() {
    type Change = fn(&mut Probes);
    let table: [(&str, Change, Standing); 21] = [
        ("C++ compiler", |p| p.compiler = None, Standing::Missing),
        ("GPU", |p| p.gpu = Err(lack()), Standing::Note),
        ("NVRTC", |p| p.nvrtc = Err(lack()), Standing::Warning),
        (
            "NVML",
            |p| p.management.nvml = Err(lack()),
            Standing::Warning,
        ),
        (
            "GPU permissions",
            |p| p.management.files = vec![file(Err("denied".into()))],
            Standing::Warning,
        ),
        (
            "GPU permissions",
            |p| p.management.files.clear(),
            Standing::Note,
        ),
        (
            "container",
            |p| p.management.host_processes = Some(false),
            Standing::Warning,
        ),
        (
            "container",
            |p| p.management.container = Some("docker".into()),
            Standing::Good,
        ),
        (
            "C++ compiler",
            |p| (p.compiler, p.cxx) = (None, Some("icc".into())),
            Standing::Missing,
        ),
        (
            "records",
            |p| p.records.writable = Err("read-only".into()),
            Standing::Missing,
        ),
        (
            "disk space",
            |p| p.records.free = Some(1 << 20),
            Standing::Warning,
        ),
        ("disk space", |p| p.records.free = None, Standing::Note),
        ("git", |p| p.git = None, Standing::Note),
        (
            "repository",
            |p| p.repository = Repository::None,
            Standing::Warning,
        ),
        (
            "repository",
            |p| p.repository = Repository::Empty,
            Standing::Warning,
        ),
        ("python3", |p| p.python = None, Standing::Note),
        (
            "CPU governor",
            |p| p.governors = vec!["powersave".into()],
            Standing::Warning,
        ),
        ("CPU governor", |p| p.governors.clear(), Standing::Note),
        ("CPU turbo", |p| p.turbo = Some(true), Standing::Note),
        ("load", |p| p.load = Some(4.0), Standing::Warning),
        (
            "control groups",
            |p| p.cpu_limit = Some(1.5),
            Standing::Warning,
        ),
    ];
    for (name, change, standing) in table {
        let mut probes = well();
        change(&mut probes);
        let check = one(&probes, name);
        assert_eq!(check.standing, standing, "{check:?}");
        assert_eq!(
            can_run(&examine(&probes)),
            standing != Standing::Missing,
            "{name}"
        );
    }
}
