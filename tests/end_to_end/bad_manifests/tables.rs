//! Mistakes in the tables of a suite: wrong types, unknown keys and words, values out of range.

use super::{command, launched, refused, suite};

#[test]
fn no_suite() {
    refused(
        "no_suite",
        "format = 1\n[[workload]]\nname = \"w\"\ncommand = [\"true\"]\n",
    );
}

#[test]
fn no_format() {
    refused(
        "no_format",
        "[suite]\nname = \"s\"\n[[workload]]\nname = \"w\"\ncommand = [\"true\"]\n",
    );
}

#[test]
fn unknown_format() {
    refused(
        "unknown_format",
        &command("").replace("format = 1", "format = 2"),
    );
}

#[test]
fn no_workload() {
    refused("no_workload", &suite(""));
}

#[test]
fn unknown_tables() {
    refused(
        "unknown_tables",
        &command("[[worklod]]\nname = \"x\"\n[zzz]\n"),
    );
}

#[test]
fn wrong_types() {
    let text = "format = \"1\"\nsuite = [1]\nworkload = { name = \"w\" }\ngoal = 3\n[device]\nthreads = 1.5\nkind = 1\n";
    refused("wrong_types", text);
}

#[test]
fn wrong_types_of_a_workload() {
    let text = "tags = \"nightly\"\ndeterministic = \"yes\"\naxes = [1]\nskip = [true]\nprocesses = \"5\"\nenvironment = { A = 1 }\nfacts = { v = \"python3\" }\nverify = 3";
    refused("wrong_types_of_a_workload", &command(text));
}

#[test]
fn names() {
    let long = "x".repeat(65);
    let text = format!(
        "[[workload]]\nname = \"\"\ncommand = [\"a\"]\ntags = [\"a b\", \"{long}\"]\naxes = {{ \"a/b\" = [1], warp_size = [1] }}\n"
    );
    refused("names", &suite(&text));
}

#[test]
fn two_workloads_of_one_name() {
    let text = command("[[workload]]\nname = \"w\"\ncommand = [\"false\"]\n");
    refused("two_workloads_of_one_name", &text);
}

#[test]
fn unknown_words() {
    let text = "[repetition]\ncache = \"warm\"\norder = \"random\"\ntiming = \"event\"\n[clocks]\npolicy = \"locked\"\nsm = \"fast\"\n[compare]\nnormalise = \"cycle\"\n";
    refused("unknown_words", &command(text));
}

#[test]
fn clocks_that_are_none() {
    let text = "[device]\nkind = \"cuda\"\n[clocks]\npolicy = \"locked\"\npower-limit = 0\nsm = \"default\"\nmemory = \"base\"\n";
    refused("clocks_that_are_none", &command(text));
}

#[test]
fn foreign_results_are_not_supported_yet() {
    let text = "results = { format = \"nvbench\", path = \"{out}/r.json\" }";
    refused("foreign_results_are_not_supported_yet", &command(text));
}

#[test]
fn repetition_out_of_range() {
    let text = "[repetition]\nprocesses = 1001\nsamples = 0\nwarmup = -1\nseed = 1e3\n";
    refused("repetition_out_of_range", &command(text));
}

#[test]
fn huge_integers() {
    let text = "[repetition]\nseed = 99999999999999999999999\nsamples = 9223372036854775807\n[device]\nthreads = 0xffffffffffffffffff\n";
    refused("huge_integers", &command(text));
}

#[test]
fn durations() {
    let text = "[repetition]\ntimeout = 60\nbudget = \"2 seconds\"\n[[workload]]\nname = \"x\"\ncommand = [\"a\"]\ntimeout = \"0s\"\nbudget = \"\"\n";
    refused("durations", &command(text));
}

#[test]
fn shares() {
    let text = "[compare]\nmin-effect = \"0.5\"\nmargin = 1.5\nfalse-discovery-rate = 0\nbetween-run = nan\n[clocks]\ntolerance = \"-1%\"\n";
    refused("shares", &command(text));
}

#[test]
fn requirements() {
    let text = "[device]\nrequire = { compute-capability = 8.0, memory = \"8 gigabytes\", cuda = \"12\" }\n";
    refused("requirements", &command(text));
}

#[test]
fn clocks() {
    let text = "[clocks]\nsm = \"default\"\nmemory = \"base\"\ndenied = \"ignore\"\n";
    refused("clocks", &command(text));
}

#[test]
fn costs() {
    let text = "[cost]\ncurrency = \"dollars\"\ngpu-hour = -1\n";
    refused("costs", &command(text));
}

#[test]
fn half_a_cost() {
    refused("half_a_cost", &command("[cost]\ngpu-hour = inf\n"));
}

#[test]
fn goals() {
    let text = "[[goal]]\nname = \"a\"\ncase = \"w/*\"\nmetric = \"tim\"\n[[goal]]\nmetric = \"tokens\"\nat-most = \"fast\"\n";
    refused("goals", &command(text));
}

#[test]
fn empty_axis() {
    refused(
        "empty_axis",
        &command("axes = { n = [], m = { range = \"5..5\" } }"),
    );
}

#[test]
fn duplicate_axis_values() {
    let text = "axes = { n = [1, 2, 1], r = [1.0, 1e0], t = [\"a\", \"a\"], z = [0.0, -0.0] }";
    refused("duplicate_axis_values", &command(text));
}

#[test]
fn axis_values_of_several_types() {
    let text = "axes = { n = [1, \"2\"], r = [1.0, 2], t = [true], d = [1979-05-27], a = [[1]] }";
    refused("axis_values_of_several_types", &command(text));
}

#[test]
fn axis_values_that_are_not_finite() {
    refused(
        "axis_values_that_are_not_finite",
        &command("axes = { r = [inf, 1.0], s = [-nan] }"),
    );
}

#[test]
fn axis_rules() {
    let text = "axes = { a = { pow2 = \"20-28\" }, b = { pow2 = \"1..=63\" }, c = { step = 2 }, d = { pow2 = \"1..2\", range = \"1..2\" }, e = { range = \"0..=9\", step = 0 }, f = { range = \"1..=999999999999\" }, g = { linear = \"1..2\" }, h = 4 }";
    refused("axis_rules", &command(text));
}

#[test]
fn too_many_cases() {
    let text = "axes = { a = { range = \"0..1000\" }, b = { range = \"0..101\" } }";
    refused("too_many_cases", &command(text));
}

#[test]
fn too_many_cases_to_count() {
    let axes: Vec<String> = (0..40)
        .map(|i| format!("a{i} = {{ range = \"0..99999\" }}"))
        .collect();
    refused(
        "too_many_cases_to_count",
        &command(&format!("axes = {{ {} }}", axes.join(", "))),
    );
}

#[test]
fn too_many_cases_together() {
    let axes = "axes = { a = { range = \"0..60000\" } }";
    let second = format!("{axes}\n[[workload]]\nname = \"x\"\ncommand = [\"true\"]\n{axes}");
    refused("too_many_cases_together", &command(&second));
}

#[test]
fn nothing_to_execute() {
    let text = "[[workload]]\nname = \"a\"\n[[workload]]\nname = \"b\"\nremoved = \" \"\n";
    refused("nothing_to_execute", &suite(text));
}

#[test]
fn two_things_to_execute() {
    refused("two_things_to_execute", &launched("command = [\"true\"]"));
}

#[test]
fn mocks() {
    let text = "[[workload]]\nname = \"a\"\nmock = { times = [1] }\n";
    refused("mock_on_another_device", &suite(text));
    let text = "[device]\nkind = \"mock\"\n[[workload]]\nname = \"a\"\nmock = { times = [-1.0], fault = \"explode\", sleep-ms = -1 }\n[[workload]]\nname = \"b\"\nmock = {}\n[[workload]]\nname = \"c\"\nkernel = { source = \"kernel.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\n";
    refused("mock_scripts", &suite(text));
}

#[test]
fn windows_that_tell_nothing() {
    let suite_wide = "[repetition]\nmeasure = [\"energi\", \"utilisation\"]\nwindow = \"0.5s\"\n";
    let own = "measure = [\"energy\"]\nwindow = \"1s\"\n[[workload]]\nname = \"long\"\nkernel = { source = \"kernel.cu\", entry = \"k\" }\ngrid = 1\nblock = 1\nwindow = \"11min\"\n";
    refused(
        "windows_that_tell_nothing",
        &format!("{}{suite_wide}", launched(own)),
    );
    let text = "measure = [\"energy\"]\nwindow = \"2s\"\n";
    refused("windows_of_commands", &command(text));
}

#[test]
fn inputs_of_costs() {
    let text = "[cost]\ncurrency = \"USD\"\ngpu-hour = 1\nenergy-kwh = 0\nsource = \" \"\ndate = \"1 November\"\ngpu-share = 0\nutilisation-share = 0\npue = 0.9\n";
    refused("inputs_of_costs", &command(text));
}

#[test]
fn more_inputs_of_costs() {
    let text = "[cost]\ncurrency = \"USD\"\ngpu-hour = 1\ndate = 2026-11-22T10:00:00Z\ngpu-share = \"-5%\"\nutilisation-share = \"150%\"\npue = 1.2\n[[goal]]\nname = \"g\"\ncase = \"w\"\nmetric = \"time\"\nat-most = \"1s\"\ndue = 3\n";
    refused("more_inputs_of_costs", &command(text));
}

#[test]
fn bounds_that_don_t_fit_their_metric() {
    let bound = |metric: &str, bounds: &str| {
        format!("[[goal]]\nname = \"g\"\ncase = \"w\"\nmetric = \"{metric}\"\n{bounds}\n")
    };
    let text: String = [
        bound("items-per-second", "at-least = \"12us\""),
        bound("time", "at-most = \"90%\""),
        bound("ceiling-fraction", "at-least = \"1GiB\""),
        bound("time", "at-most = \"12us\"\nof = \"baseline\""),
        bound("time", "at-most = -1"),
        bound("time", "at-least = \"2ms\"\nat-most = \"1ms\""),
        bound("cost-per-item", "at-most = 1"),
        bound("latency", "at-least = \"1ms\"\nat-most = \"1GiB\""),
    ]
    .concat();
    let own = "metrics = [\"latency\"]\n";
    refused(
        "bounds_that_don_t_fit_their_metric",
        &command(&format!("{own}{text}")),
    );
}

#[test]
fn goals_of_no_case() {
    let text = "axes = { batch = [1, 8] }\n[[goal]]\nname = \"g\"\ncase = \"w/bach=8\"\nmetric = \"time\"\nat-most = \"1s\"\n[[goal]]\nname = \"h\"\ncase = \"w/*\"\nmetric = \"time\"\nat-most = 2\nof = \"w/batch=2\"\n[[goal]]\nname = \"i\"\ncase = \"*\"\nmetric = \"time\"\nat-most = 2\nof = \"something else\"\n";
    refused("goals_of_no_case", &command(text));
}

#[test]
fn volumes_that_are_none() {
    let text = "volume = 3\n[[workload]]\nname = \"x\"\ncommand = [\"a\"]\nvolume = \"2e6 / fortnight\"\n[[workload]]\nname = \"y\"\ncommand = [\"a\"]\nvolume = \"-1 / day\"\n";
    refused("volumes_that_are_none", &command(text));
}

#[test]
fn notes_that_are_none() {
    let long = "\u{e9} ".repeat(500);
    let texts = [
        "3",
        "\"\"",
        "\"\"\"\n\n \t\n\"\"\"",
        "\"a\\u001b[31mb\"",
        "[\"a\"]",
    ];
    let workload = |(place, note)| {
        format!("[[workload]]\nname = \"w{place}\"\ncommand = [\"a\"]\nnote = {note}\n")
    };
    let text: Vec<String> = texts.into_iter().enumerate().map(workload).collect();
    refused("notes_that_are_none", &suite(&text.concat()));
    refused(
        "a_note_that_is_too_long",
        &command(&format!("note = \"{long}.\"")),
    );
}
