//! The probe of the processor's speed: where a run has one, and where not.

use super::project::{Project, workload};

/// The speeds in the end of a process.
fn speeds(project: &Project, process: u32) -> Vec<f64> {
    let lines = project.lines(process);
    let end = &lines.last().expect("lines")["end"];
    assert!(end.is_object(), "the process ended: {end}");
    let speeds = end["probe_speeds"].as_array().cloned();
    speeds
        .unwrap_or_default()
        .iter()
        .map(|speed| speed.as_f64().expect("a number"))
        .collect()
}

fn command(name: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\ncommand = [\"true\"]\n")
}

#[test]
fn processes_with_commands_probe_at_start_middle_and_end() {
    let one = command("a");
    let two = command("a") + &command("b");
    let mixed = command("a") + &workload("m", "times = [1000.0]");
    for (workloads, expected) in [(one, 2), (two, 3), (mixed, 3)] {
        let project = Project::new(&workloads);
        let ended = project.run(&["run", "s.toml", "--processes", "2"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        for process in 0..2 {
            let speeds = speeds(&project, process);
            assert_eq!(speeds.len(), expected, "{workloads}: {speeds:?}");
            assert!(speeds.iter().all(|speed| *speed > 0.0), "{speeds:?}");
        }
    }
}

#[test]
fn scripted_times_depend_on_no_speed() {
    let project = Project::new(&workload("m", "times = [1000.0]"));
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(speeds(&project, 0), [0.0; 0]);
}
