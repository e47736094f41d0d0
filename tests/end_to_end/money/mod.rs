//! Costs, money a month and goals, as a user sees them.

mod records;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{has_tool, root, warpmark};

/// The page with the worked example.
fn page() -> String {
    fs::read_to_string(root().join("docs/cost.md")).expect("the page")
}

/// A folder with the suite of the worked example.
fn example() -> (tempfile::TempDir, String) {
    let page = page();
    let block = page.split("```toml\n").nth(1).expect("a suite");
    let suite = block.split("```").next().expect("the block's end");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("cost.toml"), suite).expect("written");
    (folder, suite.to_owned())
}

/// What the program prints in `folder`, and its exit code.
fn said(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = warpmark()
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (text, output.status.code())
}

fn json_of(folder: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let (text, code) = said(folder, arguments);
    (serde_json::from_str(&text).expect("JSON"), code)
}

/// Asserts a number to 4 significant digits, as the page has it.
#[track_caller]
fn is(found: &Value, expected: f64) {
    let found = found.as_f64().expect("a number");
    let off = (found - expected).abs();
    assert!(off < 5e-4 * expected.abs(), "{found} is not {expected}");
}

/// The unit costs of a case by what is counted.
fn unit<'a>(result: &'a Value, case: &str, item: &str) -> &'a Value {
    let cases = result["cost"]["cases"].as_array().expect("cases");
    let found = cases.iter().find(|found| found["case"] == case);
    let units = found.expect("the case")["units"].as_array().expect("units");
    let unit = units.iter().find(|unit| unit["item"] == item);
    unit.expect("the unit")
}

fn goal<'a>(result: &'a Value, name: &str) -> &'a Value {
    let goals = result["goals"].as_array().expect("goals");
    let found = goals.iter().find(|goal| goal["name"] == name);
    found.expect("the goal")
}

#[test]
fn the_worked_example_comes_out_as_by_hand() {
    let (folder, _) = example();
    let (result, code) = json_of(folder.path(), &["run", "cost.toml", "-q", "--json"]);
    assert_eq!(code, Some(0));
    let items = unit(&result, "embed", "items");
    let execution = &unit(&result, "embed", "executions")["per_item"]["value"];
    // By hand: 2 ms at 0.002 USD a second, 64 items, t = 4.6041.
    let half = 4.6041 * 0.014_142_135_6 / 5.0_f64.sqrt() / 2.0;
    is(execution, 0.000_004);
    is(&items["per_item"]["value"], 0.000_000_062_5);
    is(&items["per_million"]["value"], 0.0625);
    is(
        &items["per_million"]["interval"]["low"],
        0.0625 * (1.0 - half),
    );
    is(
        &items["per_million"]["interval"]["high"],
        0.0625 * (1.0 + half),
    );
    is(&items["per_second_per_gpu"]["value"], 32_000.0);
    is(&items["per_second_per_gpu"]["interval"]["low"], 31_541.0);
    is(&items["per_second_per_gpu"]["interval"]["high"], 32_473.0);
    assert_eq!(items["joules_per_item"], Value::Null);
    // 20 ms and 9 J for 512 tokens, a joule at 0.18 / 3.6e6 x 1.25 USD.
    let tokens = unit(&result, "decode", "tokens");
    is(&tokens["per_second_per_gpu"]["value"], 25_600.0);
    is(&tokens["joules_per_item"]["value"], 0.017_578);
    let execution = &unit(&result, "decode", "executions")["per_item"]["value"];
    is(execution, 0.000_040_562_5);
    is(&tokens["per_million"]["value"], 0.07922);
    // The goals.
    let cheap = goal(&result, "a million embeddings for 7 cents");
    assert_eq!(
        (&cheap["status"], &cheap["unit"]),
        (&json!("met"), &json!("USD"))
    );
    assert_eq!(cheap["due"], "2027-03-31");
    is(&cheap["headroom"], 0.1071);
    let late = goal(&result, "no embedding is late");
    assert_eq!(late["status"], "at-risk");
    is(&late["value"], 2.02e6);
    is(&late["interval"]["high"], 2.049e6);
    let slow = goal(
        &result,
        "the decoder is no slower than 9 batches of embeddings",
    );
    assert_eq!(
        (&slow["status"], &slow["unit"]),
        (&json!("missed"), &json!("factor"))
    );
    is(&slow["value"], 10.0);
    is(&slow["headroom"], -0.1111);
    let price = &result["cost"];
    assert_eq!(price["source"], "list price of the provider");
    assert_eq!(price["date"], "2026-11-01");
}

#[test]
fn the_page_shows_the_figures_of_its_example() {
    let page = page();
    for figure in [
        "0.002 USD",
        "2 ± 0.029119 ms",
        "1.456 %",
        "0.000004 USD",
        "0.0000000625 USD",
        "0.0625 USD",
        "0.06159 to 0.06341 USD",
        "32,000",
        "31,541 to 32,473",
        "25,600",
        "0.017578 J",
        "0.0000405625 USD",
        "0.07922 USD",
        "951,171,875",
        "3,804.69 USD",
        "+190.2 USD a month",
        "10.71 %",
        "11.11 %",
    ] {
        assert!(page.contains(figure), "{figure}");
    }
    // Those that no other test computes.
    let half: f64 = 4.6041 * 0.014_142_135_6 / 5.0_f64.sqrt();
    assert!((half - 0.029_119).abs() < 5e-7);
    assert!((0.0625 * (1.0 - half / 2.0) - 0.061_59).abs() < 5e-6);
    assert!((0.0625 * (1.0 + half / 2.0) - 0.063_41).abs() < 5e-6);
    let executions: f64 = 2e9 / 64.0 * 365.25 / 12.0;
    assert!((executions - 951_171_875.0).abs() < 0.5);
    assert!((executions * 0.000_004 - 3_804.69).abs() < 0.005);
}

#[test]
fn a_change_is_shown_as_money_a_month() {
    let (folder, suite) = example();
    let (_, code) = said(folder.path(), &["run", "cost.toml", "-q"]);
    assert_eq!(code, Some(0));
    let slower = suite.replace("[2000000]", "[2100000]");
    fs::write(folder.path().join("cost.toml"), &slower).expect("written");
    let arguments = ["run", "cost.toml", "-q", "--compare", "latest"];
    let (text, code) = said(folder.path(), &arguments);
    assert_eq!(code, Some(20), "{text}");
    assert!(
        text.contains("embed: +190.2 USD a month (99 % interval +"),
        "{text}"
    );
    assert!(text.contains("at 2e9 / day"), "{text}");
    // The command states no volume.
    assert!(!text.contains("decode: +"), "{text}");
    let runs = runs(folder.path());
    let arguments = ["compare", &runs[1], "--against", &runs[0], "--json"];
    let (result, _) = json_of(folder.path(), &arguments);
    let months = result["cost"]["months"].as_array().expect("months");
    assert_eq!(months.len(), 1);
    is(&months[0]["estimate"], 190.2);
    let judgements = result["judgements"].as_array().expect("judgements");
    let of_embed =
        |judgement: &&Value| judgement["case"] == "embed" && judgement["metric"] == "time";
    let change = &judgements.iter().find(of_embed).expect("embed")["change"];
    for end in ["low", "high"] {
        let share = change["interval"][end].as_f64().expect("a share");
        is(&months[0]["interval"][end], share * 3_804.69);
    }
}

/// The ids of the runs in a folder, oldest first.
fn runs(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join(".warpmark/runs/cost")).expect("runs");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_missed_goal_fails_where_that_is_asked() {
    let (folder, suite) = example();
    let here = folder.path();
    let code = |arguments: &[&str]| said(here, arguments).1;
    assert_eq!(code(&["run", "cost.toml", "-q"]), Some(0));
    let goal = ["run", "cost.toml", "-q", "--fail-on", "goal"];
    assert_eq!(code(&goal), Some(23));
    let first = runs(here)[0].clone();
    let compare = ["compare", "latest", "--against", &first];
    assert_eq!(code(&compare), Some(0));
    let with = |more: &[&'static str]| [&compare[..], more].concat();
    assert_eq!(code(&with(&["--fail-on", "suspect,goal"])), Some(23));
    let again = ["--fail-on", "suspect", "--fail-on", "goal"];
    assert_eq!(code(&with(&again)), Some(23));
    // What is inconclusive comes before a goal.
    assert_eq!(code(&with(&["--fail-on", "inconclusive,goal"])), Some(22));
    assert_eq!(code(&with(&["--fail-on", "nonsense"])), Some(2));
    assert_eq!(code(&["report", "latest"]), Some(0));
    assert_eq!(code(&["report", "latest", "--fail-on", "goal"]), Some(23));
    // What is at risk doesn't fail.
    let harmless = suite.replace("at-most = 9\n", "at-most = 11\n");
    fs::write(here.join("cost.toml"), &harmless).expect("written");
    let (text, code_of_it) = said(here, &goal);
    assert_eq!(code_of_it, Some(0), "{text}");
    assert!(text.contains("goals: 1 at risk, 2 met"), "{text}");
    // A regression is worse than a goal.
    let slower = suite.replace("[2000000]", "[2100000]");
    fs::write(here.join("cost.toml"), &slower).expect("written");
    let both = [&goal[..], &["--compare", &first]].concat();
    assert_eq!(code(&both), Some(20));
    let ab = ["ab", "HEAD", "cost.toml", "--fail-on", "goal"];
    assert_eq!(code(&ab), Some(2));
}

#[test]
fn a_report_needs_the_record_alone() {
    let (folder, _) = example();
    let here = folder.path();
    said(here, &["run", "cost.toml", "-q"]);
    fs::remove_file(here.join("cost.toml")).expect("removed");
    let (document, code) = json_of(here, &["report", "latest"]);
    assert_eq!(code, Some(0));
    assert_eq!(document["price"]["currency"], "USD");
    assert_eq!(
        document["price"]["inputs"],
        "GPU share 1, utilisation share 0.5, PUE 1.25"
    );
    let case = |id: &str| {
        let cases = document["cases"].as_array().expect("cases");
        let found = cases.iter().find(|case| case["id"] == id);
        found.expect("the case").clone()
    };
    is(&case("embed")["cost"]["per_million_items"], 0.0625);
    assert_eq!(case("embed")["cost"]["item"], "items");
    assert_eq!(case("decode")["cost"]["item"], "executions");
    is(&case("decode")["token_cost"]["per_million_items"], 0.07922);
    let statuses: Vec<&Value> = document["goals"]
        .as_array()
        .expect("goals")
        .iter()
        .map(|goal| &goal["status"])
        .collect();
    assert_eq!(statuses, ["missed", "at-risk", "met"]);
    assert_eq!(document["goals"][2]["value"], "0.06250 USD");
    assert_eq!(document["goals"][2]["bounds"][0]["value"], "0.07000 USD");
}

#[test]
fn tables_and_markdown_show_goals_and_the_price_beside_its_figures() {
    let (folder, _) = example();
    let here = folder.path();
    let (text, _) = said(here, &["run", "cost.toml", "-q"]);
    let price = "costs: 3.6 USD a GPU hour and 0.18 USD a kWh (list price of the provider, 2026-11-01), \
                 GPU share 1, utilisation share 0.5, PUE 1.25";
    for part in [
        "0.06250 USD",
        "0.07922 USD",
        price,
        "goals: 1 missed, 1 at risk, 1 met",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let (text, _) = said(here, &["run", "cost.toml", "-q", "--format", "markdown"]);
    for part in [
        "0.06250 USD a million",
        price,
        "**Goals**: 1 missed, 1 at risk, 1 met.",
        "| **missed** |",
        "| at risk |",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(
        !text.contains("a million embeddings for 7 cents"),
        "met goals are counted:\n{text}"
    );
}

#[test]
fn kernels_on_the_host_have_costs_and_goals() {
    if !has_tool("c++") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let kernel = "extern \"C\" __global__ void twice(float *x) { x[threadIdx.x] *= 2; }\n";
    let base = "format = 1\n[cost]\ncurrency = \"EUR\"\ngpu-hour = 2\nsource = \"base\"\n\
        [[goal]]\nname = \"fast\"\ncase = \"*\"\nmetric = \"p99\"\nat-most = \"1h\"\n";
    let suite = "format = 1\nextends = \"base.toml\"\n[suite]\nname = \"cost\"\n[device]\nkind = \"host\"\n\
        [repetition]\nprocesses = 2\nsamples = 10\n[cost]\ngpu-hour = 4\n\
        [[goal]]\nname = \"occupied\"\ncase = \"twice\"\nmetric = \"occupancy\"\nat-least = \"50%\"\n\
        [[workload]]\nname = \"twice\"\nkernel = { source = \"k.cu\", entry = \"twice\" }\ngrid = 1\nblock = 32\n\
        args = [{ inout = \"f32\", len = 32 }]\nwork = { items = 32 }\n";
    for (name, text) in [("k.cu", kernel), ("base.toml", base), ("cost.toml", suite)] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let arguments = ["run", "cost.toml", "-q", "--json", "--fail-on", "goal"];
    let (result, code) = json_of(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{result}");
    let price = &result["cost"];
    assert_eq!(
        (&price["currency"], &price["gpu_hour"], &price["source"]),
        (&json!("EUR"), &json!(4.0), &json!("base"))
    );
    let mean = result["cases"][0]["metrics"][0]["summary"]["mean"].as_f64();
    let items = unit(&result, "twice", "items");
    is(
        &items["per_million"]["value"],
        mean.expect("a mean") * 1e-9 * 4.0 / 3600.0 / 32.0 * 1e6,
    );
    assert_eq!(goal(&result, "fast")["status"], "met");
    let why = goal(&result, "occupied")["why"].clone();
    assert_eq!(why, "the device doesn't tell its occupancy");
}
