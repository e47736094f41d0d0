//! The order of cases: shuffled by the seed and the process, the same in every run.

use super::project::Project;

fn project() -> Project {
    let project = Project::new(
        "[[workload]]\nname = \"a\"\naxes = { n = { range = \"1..=12\" } }\nmock = { times = [1.0] }\n",
    );
    project.edit("samples = 3", "samples = 1");
    project
}

fn orders(project: &Project, arguments: &[&str]) -> [Vec<String>; 2] {
    let all: Vec<&str> = ["run", "s.toml"].iter().chain(arguments).copied().collect();
    let ended = project.run(&all);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    [project.order(0), project.order(1)]
}

#[test]
fn a_seed_gives_the_same_orders_again_and_each_process_its_own() {
    let project = project();
    let first = orders(&project, &[]);
    let declared: Vec<String> = (1..=12).map(|n| format!("a/n={n}")).collect();
    for order in &first {
        let mut sorted = order.clone();
        sorted.sort_by_key(|id| declared.iter().position(|other| other == id));
        assert_eq!(sorted, declared, "every case once");
        assert_ne!(
            order, &declared,
            "12 cases stay in order once in 479,001,600 times"
        );
    }
    assert_ne!(first[0], first[1]);
    assert_eq!(orders(&project, &[]), first);
    assert_ne!(orders(&project, &["--seed", "2"]), first);
}

#[test]
fn results_are_recorded_in_the_order_they_were_measured() {
    let project = project();
    let [order, _] = orders(&project, &[]);
    let lines = project.lines(0);
    let measured: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["case"]["case"].as_str())
        .collect();
    assert_eq!(measured, order);
    let positions = lines
        .iter()
        .filter_map(|line| line["case"]["position"].as_u64());
    assert_eq!(positions.collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
}

#[test]
fn declared_order_is_kept() {
    let project = project();
    project.edit("samples = 1", "samples = 1\norder = \"declared\"");
    let declared: Vec<String> = (1..=12).map(|n| format!("a/n={n}")).collect();
    assert_eq!(orders(&project, &[]), [declared.clone(), declared]);
}

#[test]
fn a_case_is_in_as_many_processes_as_it_asks_for() {
    let project = Project::new(
        "[[workload]]\nname = \"a\"\nmock = { times = [1.0] }\nprocesses = 3\n\
         [[workload]]\nname = \"b\"\nmock = { times = [1.0] }\n",
    );
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(project.order(1).len(), 2);
    assert_eq!(project.order(2), ["a"]);
    assert_eq!(project.summary()["measured"], 2);
}
