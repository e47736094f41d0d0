//! What Linux says of a machine in /proc and /sys; elsewhere, and where a file is missing, facts are absent.

use std::fs;

/// The trimmed text of a small file, where there is one.
pub fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The CPU's model, such as `AMD EPYC 9B14`.
pub fn cpu_model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let value = |line: &str| Some(line.split_once(':')?.1.trim().to_owned());
    info.lines()
        .find(|line| line.starts_with("model name"))
        .and_then(value)
}

/// The frequency governors of the CPUs, each once, such as `powersave`.
pub fn governors() -> Vec<String> {
    let mut found: Vec<String> = (0..4096)
        .map_while(|cpu| {
            let folder = format!("/sys/devices/system/cpu/cpu{cpu}");
            fs::metadata(&folder).ok()?;
            Some(line(&format!("{folder}/cpufreq/scaling_governor")))
        })
        .flatten()
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The average number of waiting and running tasks over 1, 5 and 15 minutes.
pub fn load() -> Option<[f64; 3]> {
    let text = line("/proc/loadavg")?;
    let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}
