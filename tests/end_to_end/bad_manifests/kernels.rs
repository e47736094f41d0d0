//! Mistakes of kernels: files, launches, arguments, verification.

use super::{kernel, launched, refused, refused_with, suite};

#[test]
fn missing_files() {
    let text = "[[workload]]\nname = \"w\"\nkernel = { source = \"kernel.cuh\", entry = \"k\", include = [\"include\", \"kernel.cu\"] }\ngrid = 1\nblock = 1\nargs = [{ in = \"f32\", len = 1, fill = { npy = \"in.npy\" } }, { out = \"f32\", len = 1 }]\nverify = { reference = \"expected.npy\" }\n";
    refused("missing_files", &suite(text));
}

#[test]
fn a_folder_as_source() {
    let text = "[[workload]]\nname = \"w\"\nkernel = { source = \".\", entry = \"k\" }\ngrid = 1\nblock = 1\n";
    refused("a_folder_as_source", &suite(text));
}

#[test]
fn kernel_keys() {
    let text = "[[workload]]\nname = \"w\"\nkernel = { sorce = \"kernel.cu\", entry = \"\", defines = { \"1A\" = 1, B = \"q\" }, options = \"-O3\" }\ngrid = 1\nblock = 1\n";
    refused("kernel_keys", &suite(text));
}

#[test]
fn no_grid_or_block() {
    refused("no_grid_or_block", &kernel(""));
}

#[test]
fn dimensions() {
    refused("dimensions", &kernel("grid = []\nblock = [1, 1, 1, 1]"));
}

#[test]
fn launch_limits() {
    let text = "axes = { n = [0, 4096] }\ngrid = [\"n * 1048576\", 65536, 1]\nblock = [\"n\"]\nshared = \"n * 1024\"";
    refused("launch_limits", &kernel(text));
}

#[test]
fn too_many_threads() {
    refused("too_many_threads", &kernel("grid = 1\nblock = [64, 64]"));
}

#[test]
fn a_grid_of_reals() {
    refused(
        "a_grid_of_reals",
        &kernel("grid = [\"7 / 2.0\"]\nblock = [1.0]"),
    );
}

#[test]
fn clusters() {
    refused("clusters", &kernel("grid = 10\nblock = 1\ncluster = 4"));
}

#[test]
fn buffer_of_nothing() {
    refused(
        "buffer_of_nothing",
        &launched("args = [{ in = \"f32\", len = 0 }]"),
    );
}

#[test]
fn buffer_too_large() {
    refused(
        "buffer_too_large",
        &launched(
            "args = [{ out = \"u8\", len = \"2 ^ 60\" }, { in = \"f64\", len = \"2 ^ 62\" }]",
        ),
    );
}

#[test]
fn argument_forms() {
    let text = "args = [{}, { in = \"f32\", out = \"f32\", len = 1 }, { u32 = 1, i32 = 1 }, { in = \"f32\" }, { f33 = 1 }, { u32 = 1, len = 4 }, { out = \"f32\", len = 1, fill = \"zeros\" }, { in = \"f32\", len = 1, written = 1 }]";
    refused("argument_forms", &launched(text));
}

#[test]
fn argument_types() {
    let text = "args = [{ in = \"float\", len = 1 }, { in = \"int\", len = 1 }, { in = \"f8\", len = 1 }, { in = \"{t}\", len = 1 }]";
    refused("argument_types", &launched(text));
}

#[test]
fn an_element_type_from_an_axis() {
    let text = "axes = { t = [\"f32\", \"f31\"] }\nargs = [{ in = \"{t}\", len = 1 }]";
    refused("an_element_type_from_an_axis", &launched(text));
}

#[test]
fn argument_values() {
    let text = "args = [{ u8 = 256 }, { i8 = -129 }, { u64 = -1 }, { i32 = 1.5 }, { f32 = 1e39 }, { f16 = \"70000.0\" }, { f32 = true }]";
    refused("argument_values", &launched(text));
    let text = text.replace(", { f32 = true }", "");
    refused("argument_values_at_points", &launched(&text));
}

#[test]
fn fills() {
    let text = "args = [{ in = \"f32\", len = 1, fill = \"random\" }, { in = \"f32\", len = 1, fill = { uniform = [0] } }, { in = \"f32\", len = 1, fill = { constant = 1, normal = [0, 1] } }, { in = \"f32\", len = 1, fill = {} }]";
    refused("fills", &launched(text));
}

#[test]
fn fills_at_points() {
    let text = "args = [{ in = \"i32\", len = 1, fill = \"uniform\" }, { in = \"f32\", len = 1, fill = { uniform = [1, 1] } }, { in = \"u8\", len = 1, fill = { integers = [0, 256] } }, { in = \"i32\", len = 1, fill = { constant = 0.5 } }, { in = \"f32\", len = 1, fill = { normal = [0, -1] } }]";
    refused("fills_at_points", &launched(text));
}

#[test]
fn written_beyond_the_buffer() {
    refused(
        "written_beyond_the_buffer",
        &launched("args = [{ out = \"f32\", len = 4, written = 5 }]"),
    );
}

#[test]
fn verification() {
    let text = "args = [{ out = \"f32\", len = 1 }, { out = \"f32\", len = 1 }, { in = \"f32\", len = 1 }]\n";
    for (name, verify) in [
        (
            "verify_of_two_outputs",
            "verify = { reference = \"e.npy\" }",
        ),
        (
            "verify_of_an_input",
            "verify = { reference = \"e.npy\", argument = 2, grid = 1 }",
        ),
        ("verify_without_reference", "verify = { relative = 1e-6 }"),
        ("verify_word", "verify = \"off\""),
        (
            "verify_tolerance",
            "verify = { reference = \"r\", relative = -1, absolute = inf, argument = 0 }",
        ),
        ("verify_stdout", "verify = { stdout = \"ok\" }"),
    ] {
        let text = launched(&format!("{text}{verify}"));
        refused_with(name, text.as_bytes(), &[("e.npy", "")]);
    }
}

#[test]
fn keys_of_commands() {
    refused(
        "keys_of_commands",
        &launched("stdin = \"kernel.cu\"\nsetup = [\"true\"]\ninner = []"),
    );
}

#[test]
fn tensor_maps() {
    let text = "args = [{ in = \"f32\", len = 64 }, { u32 = 1 }, { tensor-map = 1, shape = [64], box = [64] }, { tensor-map = 0, shape = [8, 8], box = [8] }, { tensor-map = 0, box = [1, 1, 1, 1, 1, 1], swizzle = \"256B\" }, { tensor-map = 0, shape = [8], fill = \"zeros\" }, { in = \"f32\", len = 4, swizzle = \"32B\" }]";
    refused("tensor_maps", &launched(text));
}

#[test]
fn tensor_maps_that_do_not_fit() {
    let text = "args = [{ in = \"f32\", len = 64 }, { tensor-map = 0, shape = [8, 9], box = [8, 8] }, { tensor-map = 0, shape = [7, 8], box = [4, 8] }, { tensor-map = 0, shape = [8, 8], box = [3, 300] }, { tensor-map = 0, shape = [64], box = [64], swizzle = \"128B\" }]";
    refused("tensor_maps_that_do_not_fit", &launched(text));
}
