//! What Linux says of a machine in /proc, /sys and /etc; elsewhere, and where a file is missing, facts are absent.
//!
//! Every function takes the root of the file system, so that tests show it machines of their own.

use std::fs;
use std::path::{Path, PathBuf};

/// A machine, by the root of its file system.
#[derive(Debug, Clone)]
pub struct Machine {
    root: PathBuf,
}

impl Machine {
    /// This machine.
    pub fn this() -> Self {
        Self::at(Path::new("/"))
    }

    /// A machine whose files lie below `root`.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The trimmed text of a small file, where there is one and it isn't empty.
    pub fn line(&self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.path(path)).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The operating system's release, such as `Debian GNU/Linux 12 (bookworm)`.
    pub fn release(&self) -> Option<String> {
        let text = self.line("/etc/os-release")?;
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches('"').to_owned())
    }

    /// The frequency governors of the CPUs, each once, such as `powersave`.
    pub fn governors(&self) -> Vec<String> {
        let mut found: Vec<String> = (0..4096)
            .map(|cpu| format!("/sys/devices/system/cpu/cpu{cpu}"))
            .take_while(|folder| self.exists(folder))
            .filter_map(|folder| self.line(&format!("{folder}/cpufreq/scaling_governor")))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Whether the CPUs may go beyond their base clock, where the system tells.
    pub fn turbo(&self) -> Option<bool> {
        let intel = self.line("/sys/devices/system/cpu/intel_pstate/no_turbo");
        let others = self.line("/sys/devices/system/cpu/cpufreq/boost");
        intel.map(|off| off == "0").or(others.map(|on| on == "1"))
    }

    /// The average number of waiting and running tasks over 1, 5 and 15 minutes.
    pub fn load(&self) -> Option<[f64; 3]> {
        let text = self.line("/proc/loadavg")?;
        let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
        Some([numbers.next()?, numbers.next()?, numbers.next()?])
    }

    /// What kind of container this is in, as far as it leaves a trace: `docker`, `podman`, `kubernetes`, ...
    pub fn container(&self, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        if variable("KUBERNETES_SERVICE_HOST").is_some() {
            return Some("kubernetes".to_owned());
        }
        // systemd's convention, which podman, LXC and systemd-nspawn follow.
        if let Some(kind) = variable("container").filter(|kind| !kind.is_empty()) {
            return Some(kind);
        }
        let traces = [
            ("/run/.containerenv", "podman"),
            ("/.dockerenv", "docker"),
            ("/.singularity.d", "apptainer"),
        ];
        let found = traces.iter().find(|(path, _)| self.exists(path));
        found.map(|(_, kind)| (*kind).to_owned())
    }

    /// CPUs that the process' control groups let it use, where they limit it.
    pub fn cpu_limit(&self) -> Option<f64> {
        let second = self.groups("cpu").into_iter().filter_map(|folder| {
            let text = self.line(&format!("{folder}/cpu.max"))?;
            let (quota, period) = text.split_once(' ')?;
            share(quota, period)
        });
        let first = self.groups("cpu").into_iter().filter_map(|folder| {
            let quota = self.line(&format!("{folder}/cpu.cfs_quota_us"))?;
            share(&quota, &self.line(&format!("{folder}/cpu.cfs_period_us"))?)
        });
        second.chain(first).min_by(f64::total_cmp)
    }

    /// Bytes of memory that the process' control groups let it use, where they limit it.
    pub fn memory_limit(&self) -> Option<u64> {
        // Version 1 says "no limit" by the largest multiple of a page.
        const NONE: u64 = 1 << 62;
        let files = ["memory.max", "memory.limit_in_bytes"];
        let found = self.groups("memory").into_iter().flat_map(|folder| {
            files.map(|file| self.line(&format!("{folder}/{file}"))?.parse::<u64>().ok())
        });
        found.flatten().filter(|bytes| *bytes < NONE).min()
    }

    /// The folders of the process' control groups for `controller`, from its own up to the top (cgroups(7)).
    fn groups(&self, controller: &str) -> Vec<String> {
        let text = self.line("/proc/self/cgroup").unwrap_or_default();
        let mut found = Vec::new();
        for line in text.lines() {
            let mut parts = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
                continue;
            };
            let mount = if controllers.is_empty() {
                "/sys/fs/cgroup".to_owned()
            } else if controllers.split(',').any(|name| name == controller) {
                format!("/sys/fs/cgroup/{controller}")
            } else {
                continue;
            };
            let ancestors = Path::new(path).ancestors();
            found.extend(ancestors.map(|path| {
                let path = path.to_string_lossy();
                format!("{mount}/{}", path.trim_matches('/'))
            }));
        }
        found
    }
}

/// A quota of CPU time in CPUs; `max` and -1 are no quota.
fn share(quota: &str, period: &str) -> Option<f64> {
    let quota: f64 = quota.parse().ok()?;
    let period: f64 = period.parse().ok()?;
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with these files.
    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
        let root = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        let machine = Machine::at(root.path());
        (root, machine)
    }

    #[test]
    fn a_machine_without_files_has_no_facts() {
        let (_root, machine) = machine(&[]);
        assert_eq!(machine.release(), None);
        assert_eq!(machine.governors(), Vec::<String>::new());
        assert_eq!((machine.turbo(), machine.load()), (None, None));
        assert_eq!((machine.cpu_limit(), machine.memory_limit()), (None, None));
        assert_eq!(machine.container(&|_| None), None);
    }

    #[test]
    fn facts_are_read_from_their_files() {
        let (_root, machine) = machine(&[
            ("etc/os-release", "ID=x\nPRETTY_NAME=\"Some Linux 12\"\n"),
            ("proc/loadavg", "0.52 1.00 2.25 1/100 4242\n"),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                "powersave\n",
            ),
            (
                "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor",
                "performance\n",
            ),
            (
                "sys/devices/system/cpu/cpu2/cpufreq/scaling_governor",
                "powersave\n",
            ),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"),
            ("run/.containerenv", ""),
        ]);
        assert_eq!(machine.release().as_deref(), Some("Some Linux 12"));
        assert_eq!(machine.load(), Some([0.52, 1.0, 2.25]));
        assert_eq!(machine.governors(), ["performance", "powersave"]);
        assert_eq!(machine.turbo(), Some(true));
        assert_eq!(machine.container(&|_| None).as_deref(), Some("podman"));
        let kubernetes =
            |name: &str| (name == "KUBERNETES_SERVICE_HOST").then(|| "10.0.0.1".into());
        assert_eq!(
            machine.container(&kubernetes).as_deref(),
            Some("kubernetes")
        );
    }

    #[test]
    fn the_tightest_group_limits() {
        let (_root, second) = machine(&[
            ("proc/self/cgroup", "0::/slice/job\n"),
            ("sys/fs/cgroup/slice/job/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/slice/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/slice/job/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/slice/memory.max", "max\n"),
        ]);
        assert_eq!(second.cpu_limit(), Some(1.5));
        assert_eq!(second.memory_limit(), Some(1 << 30));
        let (_root, first) = machine(&[
            ("proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job\n"),
            ("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"),
            (
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
        ]);
        assert_eq!((first.cpu_limit(), first.memory_limit()), (None, None));
    }
}
