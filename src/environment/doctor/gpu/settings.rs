//! How GPUs are set, as far as results depend on it.

use super::Management;
use crate::device::cuda::GpuSettings;
use crate::device::cuda::nvml::{Answer, Ecc, Process};
use crate::environment::doctor::{Check, Standing};

/// What one GPU's setting means: how it stands, what was found, what to do.
type Finding = (Standing, String, Option<&'static str>);

/// What judges a setting of one GPU.
type Judge = fn(&GpuSettings) -> Finding;

/// A check for each setting, over all GPUs.
pub fn examine(seen: &Management) -> Vec<Check> {
    if seen.gpus.is_empty() {
        return Vec::new();
    }
    let checks: [(&'static str, Judge); 6] = [
        ("persistence mode", persistence),
        ("ECC", ecc),
        ("MIG", mig),
        ("power limit", power),
        ("GPU clocks", clocks),
        ("GPU processes", processes),
    ];
    checks
        .into_iter()
        .map(|(name, judge)| over_all(name, &seen.gpus, judge))
        .collect()
}

/// One check of all GPUs: the worst standing, each GPU's finding unless all are the same.
fn over_all(name: &'static str, gpus: &[Answer<GpuSettings>], judge: Judge) -> Check {
    let findings: Vec<Finding> = gpus
        .iter()
        .map(|gpu| match gpu {
            Ok(gpu) => judge(gpu),
            Err(why) => unknown(why),
        })
        .collect();
    let same = findings.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let found = if same {
        findings
            .first()
            .map_or_else(String::new, |finding| finding.1.clone())
    } else {
        let numbered = findings.iter().enumerate();
        let each = numbered.map(|(number, finding)| format!("cuda:{number}: {}", finding.1));
        each.collect::<Vec<String>>().join("; ")
    };
    let worst = findings.iter().max_by_key(|finding| finding.0);
    Check {
        name,
        standing: worst.map_or(Standing::Note, |finding| finding.0),
        found,
        remedy: worst.and_then(|finding| finding.2).map(str::to_owned),
    }
}

fn good(found: impl Into<String>) -> Finding {
    (Standing::Good, found.into(), None)
}

fn unknown(why: impl std::fmt::Display) -> Finding {
    (Standing::Note, format!("unknown: {why}"), None)
}

fn persistence(gpu: &GpuSettings) -> Finding {
    match &gpu.persistence {
        Ok(true) => good("on"),
        Ok(false) => (
            Standing::Warning,
            "off: the driver leaves the GPU between processes".to_owned(),
            Some(
                "`sudo nvidia-smi -pm 1`, or the service nvidia-persistenced: processes start sooner, and clocks stay as they are set",
            ),
        ),
        Err(why) => unknown(why),
    }
}

fn ecc(gpu: &GpuSettings) -> Finding {
    let word = |on: bool| if on { "on" } else { "off" };
    match &gpu.ecc {
        Ok(Ecc { now, pending }) if now != pending => (
            Standing::Warning,
            format!("{}, {} after the next reboot", word(*now), word(*pending)),
            Some("results before and after aren't comparable: reboot first, or set it back"),
        ),
        Ok(Ecc { now: true, .. }) => good("on"),
        Ok(Ecc { now: false, .. }) => (
            Standing::Note,
            "off".to_owned(),
            Some("results are compared only with those of GPUs without it"),
        ),
        Err(why) => unknown(why),
    }
}

fn mig(gpu: &GpuSettings) -> Finding {
    match (&gpu.profile, &gpu.mig) {
        (Some(profile), _) => (
            Standing::Note,
            format!("an instance, {profile}"),
            Some("instances share power and clocks with their neighbours: keep those idle"),
        ),
        (None, Ok(mig)) if mig.now != mig.pending => (
            Standing::Warning,
            "it changes with the next reset of the GPU".to_owned(),
            Some("results before and after aren't comparable: reset first, or set it back"),
        ),
        (None, Ok(mig)) if mig.now => (
            Standing::Warning,
            "on, and CUDA offers no instance of it".to_owned(),
            Some("name an instance: --device cuda:MIG-..., as `nvidia-smi -L` lists them"),
        ),
        (None, Ok(_)) => good("off"),
        (None, Err(why)) => unknown(why),
    }
}

fn power(gpu: &GpuSettings) -> Finding {
    match (&gpu.power_limit, &gpu.default_power_limit) {
        (Ok(limit), Ok(default)) if limit < default => (
            Standing::Note,
            format!("{limit} W, of {default} W by default"),
            Some(
                "results are compared only with those under the same limit; `sudo nvidia-smi -pl` sets it",
            ),
        ),
        (Ok(limit), _) => good(format!("{limit} W")),
        (Err(why), _) => unknown(why),
    }
}

fn clocks(gpu: &GpuSettings) -> Finding {
    // What a GPU at rest, or one that was set so, has too.
    const QUIET: [&str; 2] = ["gpu-idle", "applications-clocks-setting"];
    match &gpu.clock_event_reasons {
        Ok(reasons) => {
            let held: Vec<&str> = reasons
                .iter()
                .map(String::as_str)
                .filter(|reason| !QUIET.contains(reason))
                .collect();
            if held.is_empty() {
                return good("nothing holds them down now");
            }
            (
                Standing::Warning,
                format!("held down now: {}", held.join(", ")),
                Some(
                    "let the GPU cool and rest, and look at its cooling and power: `nvidia-smi -q -d PERFORMANCE`",
                ),
            )
        }
        Err(why) => unknown(why),
    }
}

fn processes(gpu: &GpuSettings) -> Finding {
    match &gpu.processes {
        Ok(found) if found.is_empty() => good("none is listed"),
        Ok(found) => {
            let words: Vec<String> = found.iter().map(Process::to_string).collect();
            (
                Standing::Warning,
                words.join(", "),
                Some("stop them: what shares the GPU with a kernel changes its times"),
            )
        }
        Err(why) => (
            Standing::Note,
            format!("unknown: {why}"),
            Some("make sure that nobody else uses the GPU"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cuda::nvml::{Mig, Unknown};

    fn ecc_of(now: bool, pending: bool) -> Ecc {
        Ecc { now, pending }
    }

    fn mig_of(now: bool, pending: bool) -> Mig {
        Mig { now, pending }
    }

    fn stranger() -> Process {
        Process {
            pid: 4242,
            name: None,
        }
    }

    /// A GPU where all is well.
    fn well() -> GpuSettings {
        GpuSettings {
            profile: None,
            persistence: Ok(true),
            ecc: Ok(ecc_of(true, true)),
            mig: Ok(mig_of(false, false)),
            power_limit: Ok(700.0),
            default_power_limit: Ok(700.0),
            clock_event_reasons: Ok(vec!["gpu-idle".into()]),
            processes: Ok(Vec::new()),
        }
    }

    fn seen(gpus: Vec<Answer<GpuSettings>>) -> Management {
        Management {
            nvml: Ok("13.580.159.04".into()),
            gpus,
            files: Vec::new(),
            root: false,
            container: None,
            host_processes: Some(true),
        }
    }

    fn one(gpus: Vec<Answer<GpuSettings>>, name: &str) -> Check {
        let checks = examine(&seen(gpus));
        let found = checks.into_iter().find(|check| check.name == name);
        found.expect("a check")
    }

    #[test]
    fn a_good_gpu_has_nothing_to_remedy_and_none_no_settings() {
        let checks = examine(&seen(vec![Ok(well())]));
        assert!(
            checks.iter().all(|check| check.standing == Standing::Good),
            "{checks:?}"
        );
        assert_eq!(examine(&seen(Vec::new())), []);
    }

    #[test]
    fn each_setting_has_its_standing() {
        type Change = fn(&mut GpuSettings);
        let table: [(&str, Change, Standing); 12] = [
            (
                "persistence mode",
                |g| g.persistence = Ok(false),
                Standing::Warning,
            ),
            (
                "persistence mode",
                |g| g.persistence = Err(Unknown::Lost),
                Standing::Note,
            ),
            ("ECC", |g| g.ecc = Ok(ecc_of(false, false)), Standing::Note),
            (
                "ECC",
                |g| g.ecc = Ok(ecc_of(false, true)),
                Standing::Warning,
            ),
            (
                "ECC",
                |g| g.ecc = Err(Unknown::NotSupported),
                Standing::Note,
            ),
            (
                "MIG",
                |g| g.profile = Some("1g.10gb".into()),
                Standing::Note,
            ),
            (
                "MIG",
                |g| g.mig = Ok(mig_of(false, true)),
                Standing::Warning,
            ),
            ("MIG", |g| g.mig = Ok(mig_of(true, true)), Standing::Warning),
            ("power limit", |g| g.power_limit = Ok(500.0), Standing::Note),
            (
                "GPU clocks",
                |g| g.clock_event_reasons = Ok(vec!["hw-slowdown".into()]),
                Standing::Warning,
            ),
            (
                "GPU processes",
                |g| g.processes = Ok(vec![stranger()]),
                Standing::Warning,
            ),
            (
                "GPU processes",
                |g| g.processes = Err(Unknown::NotPermitted),
                Standing::Note,
            ),
        ];
        for (name, change, standing) in table {
            let mut gpu = well();
            change(&mut gpu);
            let check = one(vec![Ok(gpu)], name);
            assert_eq!(check.standing, standing, "{check:?}");
        }
    }

    #[test]
    fn gpus_that_differ_are_named() {
        let bad = GpuSettings {
            persistence: Ok(false),
            ..well()
        };
        let check = one(vec![Ok(well()), Ok(bad)], "persistence mode");
        assert_eq!(check.standing, Standing::Warning);
        assert_eq!(
            check.found,
            "cuda:0: on; cuda:1: off: the driver leaves the GPU between processes"
        );
        let same = one(vec![Ok(well()), Ok(well())], "ECC");
        assert_eq!(same.found, "on");
        let lost = one(vec![Ok(well()), Err(Unknown::Lost)], "MIG");
        assert!(
            lost.found.contains("cuda:1: unknown: the GPU is lost"),
            "{lost:?}"
        );
    }
}
