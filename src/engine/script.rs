//! Faults of a run itself, as scripts of the mock device name them: for trying out what survives them.

use std::thread;

use crate::plan::Task;

/// Breaks off this thread, or one beside it, where the script of `task` says so for `process`.
pub fn play(task: &Task, process: u32) {
    let Task::Mock(task) = task else {
        return;
    };
    let processes = &task.fault_processes;
    let strikes = processes.is_empty() || processes.contains(&process);
    match task.fault.as_deref().filter(|_| strikes) {
        Some("panic") => panic!("the script breaks the run off here"),
        Some("panic-thread") => {
            let thread = thread::spawn(|| panic!("the script breaks a thread off here"));
            let _ = thread.join();
        }
        _ => {}
    }
}
