//! Tensor maps: made for the buffer that the kernel gets, passed by value, and named where there are none.

use std::collections::BTreeSet;
use std::fs;

use super::graphs::{of, with};
use super::{Place, told};

const MAP: &str = r#"
[[workload]]
name = "map"
kernel = { source = "map.cu", entry = "through_map" }
grid = 4
block = 256
args = [
  { in = "f32", len = 1000, fill = "uniform" },
  { out = "f32", len = 1000 },
  { tensor-map = 0, shape = [40, 25], box = [8, 25], swizzle = "32B" },
  { u64 = 1000 },
]
verify = { reference = "past_map" }
"#;

fn place(workload: &str) -> Option<Place> {
    let place = Place::new(&[workload])?;
    let source = "__global__ void through_map();\n__global__ void past_map();\n";
    fs::write(place.at("map.cu"), source).expect("written");
    Some(place)
}

/// The tensors' addresses of all maps, of one process.
fn addresses(place: &Place) -> BTreeSet<String> {
    let calls = place.calls();
    let of = |call: &String| {
        let about = call.strip_prefix("cuTensorMapEncodeTiled ")?;
        Some(about.strip_suffix(" swizzle 1")?.to_owned())
    };
    calls.iter().filter_map(of).collect()
}

#[test]
fn a_kernel_reads_its_buffer_through_a_map() {
    let Some(place) = place(MAP) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{output}{error}");
    assert!(output.contains("1 measured"), "{output}");
    assert!(!addresses(&place).is_empty());
}

#[test]
fn each_set_of_a_graph_has_a_map_of_its_own() {
    let Some(place) = place(&with(MAP, "timing = \"graph\"")) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{output}{error}");
    let executions = of(&place, "map")[0]["method"]["executions"].as_u64();
    let executions = usize::try_from(executions.expect("a graph")).expect("few");
    assert!(executions > 1);
    assert!(
        addresses(&place).len() > 2 * executions,
        "sets, and the first buffer"
    );
}

#[test]
fn without_tensor_maps_the_case_is_unsupported() {
    let Some(place) = place(MAP) else {
        return;
    };
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    command.env("WARPMARK_LIBCUDA", &place.fakes.without_tensor_maps);
    let (_, output, error) = told(&command.output().expect("it runs"));
    let said = format!("{output}{error}");
    assert!(
        said.contains("a tensor map, args[2]: the driver has no cuTensorMapEncodeTiled"),
        "{said}"
    );
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet", "--device", "host"]);
    let (_, output, error) = told(&command.output().expect("it runs"));
    let said = format!("{output}{error}");
    assert!(
        said.contains("a tensor map, args[2]: there is no TMA unit"),
        "{said}"
    );
}
