//! Libraries as workloads: products by a fake cuBLAS, copies and sets by the fake driver.

use super::{Place, told};

/// A product, verified by a plain kernel: m = 16, n = 8, k = 32.
fn product(library: &str, input: &str, more: &str) -> String {
    format!(
        r#"
[[workload]]
name = "product"
library = "{library}"
with = {{ m = 16, n = 8, k = 32{more} }}
args = [{{ in = "{input}", len = "16 * 32", fill = {{ constant = "0.5" }} }},
  {{ in = "{input}", len = "8 * 32", fill = {{ constant = 2 }} }}, {{ out = "f32", len = "16 * 8" }},
  {{ u32 = 16 }}, {{ u32 = 8 }}, {{ u32 = 32 }}]
verify = {{ source = "kernels.cu", reference = "product_of_ones", grid = [1], block = [128] }}
"#
    )
}

/// A product of numbers that differ, so that no other layout gives the same.
fn uneven(library: &str) -> String {
    product(library, "f32", "")
        .replace("{ constant = \"0.5\" }", "{ uniform = [-1, 1] }")
        .replace("{ constant = 2 }", "\"uniform\"")
        .replace("product_of_ones", "product")
        .replace("block = [128]", "block = [128], absolute = 1e-5")
}

fn copy(with: &str) -> String {
    format!(
        r#"
[[workload]]
name = "copy"
library = "memcpy"
with = {{ {with} }}
args = [{{ in = "u32", len = 5000, fill = "integers" }}, {{ out = "u32", len = 5000 }}]
work = {{ reads = 20000, writes = 20000 }}
"#
    )
}

fn set(element: &str, value: &str) -> String {
    format!(
        r#"
[[workload]]
name = "set"
library = "memset"
with = {{ value = {value} }}
args = [{{ out = "{element}", len = 5000 }}]
"#
    )
}

fn by_graph(workload: &str) -> String {
    format!("{workload}timing = \"graph\"\n")
}

#[test]
fn products_of_every_type_are_verified_by_events_and_by_graphs() {
    let types = [
        ("cublaslt.matmul", "f32", ""),
        ("cublaslt.matmul", "f32", ", compute = \"tf32\""),
        ("cublaslt.matmul", "f16", ""),
        ("cublaslt.matmul", "bf16", ""),
        ("cublaslt.matmul", "e4m3", ""),
        ("cublaslt.matmul", "e4m3", ", fast-accumulation = true"),
        ("cublas.gemm", "f32", ""),
        ("cublas.gemm", "f32", ", compute = \"tf32\""),
        ("cublas.gemm", "f16", ""),
        ("cublas.gemm", "bf16", ""),
    ];
    let plain = types.map(|(library, input, more)| product(library, input, more));
    let uneven = ["cublaslt.matmul", "cublas.gemm"].map(uneven);
    for workload in plain.iter().chain(&uneven) {
        for workload in [workload.clone(), by_graph(workload)] {
            let Some(place) = Place::new(&[&workload]) else {
                return;
            };
            let (code, out, err) = place.run("");
            assert_eq!(code, 0, "{workload}\n{out}{err}");
            for result in place.results() {
                let status = &result["outcome"];
                assert_ne!(status, "failed", "{result}");
            }
        }
    }
}

#[test]
fn copies_and_sets_are_verified_by_events_and_by_graphs() {
    let workloads = [
        copy(""),
        copy("from = \"host\""),
        copy("to = \"host\", memory = \"pinned\""),
        set("u8", "7"),
        set("u16", "513"),
        set("u32", "\"3 * 1000000007\""),
        set("f32", "0"),
    ];
    for workload in &workloads {
        for workload in [workload.clone(), by_graph(workload)] {
            let Some(place) = Place::new(&[&workload]) else {
                return;
            };
            let (code, out, err) = place.run("");
            assert_eq!(code, 0, "{workload}\n{out}{err}");
        }
    }
}

#[test]
fn pageable_copies_are_timed_without_the_gate_and_never_by_graphs() {
    for with in ["from = \"host\"", "to = \"host\""] {
        let workload = copy(&format!("{with}, memory = \"pageable\""));
        let automatic = format!("{workload}timing = \"auto\"\n");
        let Some(place) = Place::new(&[&automatic]) else {
            return;
        };
        // Behind a gate each copy would wait for the hold's watchdog, and be void or out of time.
        let (code, out, err) = place.run("");
        assert_eq!(code, 0, "{out}{err}");
        let calls = place.calls();
        assert!(calls.iter().any(|call| call.ends_with(" pageable")));
        assert!(!calls.iter().any(|call| call.starts_with("cuGraphLaunch")));
        std::fs::write(
            place.at("graph.toml"),
            format!("{}{}", super::HEAD, by_graph(&workload)),
        )
        .expect("written");
        let (code, _, err) = told(
            &place
                .warpmark(&["check", "graph.toml"])
                .output()
                .expect("runs"),
        );
        assert_eq!(code, 3, "{err}");
        assert!(
            err.contains("a copy of pageable memory can't be part of a graph"),
            "{err}"
        );
        assert!(err.contains("timing = \"graph\""), "{err}");
    }
}

#[test]
fn an_output_that_is_wrong_or_left_out_is_caught() {
    let Some(place) = Place::new(&[&uneven("cublaslt.matmul")]) else {
        return;
    };
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    let (code, out, err) = told(
        &command
            .env("FAKE_BLAS_FAULT", "wrong")
            .output()
            .expect("runs"),
    );
    assert_eq!(code, 10, "{out}{err}");
    // Row 1, column 2 of 8.
    assert!(
        format!("{out}{err}").contains("args[2][10] is"),
        "{out}{err}"
    );
    for workload in [copy(""), copy("to = \"host\""), copy("from = \"host\"")] {
        let Some(place) = Place::new(&[&workload]) else {
            return;
        };
        let (code, out, err) = place.run("short-copies");
        assert_eq!(code, 10, "{out}{err}");
        assert!(
            format!("{out}{err}").contains("args[1][4999]"),
            "{out}{err}"
        );
    }
}

#[test]
fn what_the_library_refuses_is_told_in_its_words() {
    for (library, fault, words) in [
        (
            "cublaslt.matmul",
            "no-algorithm",
            "cublasLtMatmulAlgoGetHeuristic: CUBLAS_STATUS_NOT_SUPPORTED (not supported)",
        ),
        (
            "cublaslt.matmul",
            "fails",
            "cublasLtMatmul: CUBLAS_STATUS_NOT_SUPPORTED",
        ),
        (
            "cublaslt.matmul",
            "no-handle",
            "cublasLtCreate: CUBLAS_STATUS_ALLOC_FAILED",
        ),
        (
            "cublas.gemm",
            "fails",
            "cublasGemmEx: CUBLAS_STATUS_NOT_SUPPORTED",
        ),
        (
            "cublas.gemm",
            "no-handle",
            "cublasCreate: CUBLAS_STATUS_ALLOC_FAILED",
        ),
    ] {
        let Some(place) = Place::new(&[&product(library, "f32", "")]) else {
            return;
        };
        let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
        let (code, out, err) = told(
            &command
                .env("FAKE_BLAS_FAULT", fault)
                .output()
                .expect("runs"),
        );
        assert_eq!(code, 10, "{out}{err}");
        assert!(format!("{out}{err}").contains(words), "{words}\n{out}{err}");
    }
}

#[test]
fn a_library_that_is_missing_is_named_and_its_version_is_a_fact() {
    let workloads = [product("cublaslt.matmul", "bf16", ""), set("u8", "1")];
    let workloads: Vec<&str> = workloads.iter().map(String::as_str).collect();
    let Some(place) = Place::new(&workloads) else {
        return;
    };
    let empty = place.at("empty");
    std::fs::create_dir(&empty).expect("made");
    let mut command = place.warpmark(&["run", "fake.toml"]);
    let (code, out, err) = told(
        &command
            .env("WARPMARK_CUBLAS", &empty)
            .output()
            .expect("runs"),
    );
    assert_eq!(code, 0, "{out}{err}");
    let said = format!("{out}{err}");
    assert!(
        said.contains("no libcublasLt.so was found: install cuBLAS"),
        "{said}"
    );
    assert!(said.contains("unsupported"), "{said}");
    let (code, out, err) = place.run("");
    assert_eq!(code, 0, "{out}{err}");
    let header = place.at(".warpmark/runs/fake");
    let facts = std::fs::read_dir(header)
        .expect("runs")
        .map(|run| std::fs::read_to_string(run.expect("a run").path().join("run.json")))
        .map(|text| text.expect("a header"))
        .filter(|text| text.contains("13.0.2"));
    assert_eq!(facts.count(), 1, "one of both runs knew a version");
}

#[test]
fn the_host_copies_and_sets_and_names_what_needs_a_gpu() {
    let workloads = [
        copy(""),
        set("u16", "513"),
        product("cublas.gemm", "f32", ""),
        copy("from = \"host\"").replace("\"copy\"", "\"moved\""),
    ];
    let Some(place) = Place::new(&[]) else {
        return;
    };
    let head = super::HEAD.replace("\"cuda\"", "\"host\"");
    std::fs::write(place.at("host.toml"), head + &workloads.concat()).expect("written");
    let mut command = place.warpmark(&["run", "host.toml", "--quiet", "--json"]);
    let (code, out, err) = told(&command.output().expect("runs"));
    assert_eq!(code, 0, "{out}{err}");
    let result: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(result["counts"]["measured"], 2, "{out}");
    assert_eq!(result["counts"]["unsupported"], 2, "{out}");
    for words in [
        "cuBLAS: it needs an NVIDIA GPU",
        "a copy between host and device",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn parameters_that_do_not_fit_are_told_with_their_place() {
    let matmul = |from: &str, to: &str| product("cublaslt.matmul", "f32", "").replace(from, to);
    let table = [
        (
            matmul("cublaslt.matmul", "cublaslt.matmull"),
            "did you mean \"cublaslt.matmul\"?",
        ),
        (matmul(", k = 32", ""), "cublaslt.matmul lacks k"),
        (
            matmul("k = 32", "k = 32, from = \"host\""),
            "cublaslt.matmul has no parameter `from`",
        ),
        (matmul("k = 32", "k = 32, depth = 1"), "depth"),
        (
            matmul("k = 32", "k = 31"),
            "args[0] has 512 elements, a matrix of 16 x 31 has 496",
        ),
        (matmul("m = 16", "m = 0"), "`m` is 0"),
        (matmul("m = 16", "m = \"2 ^ 40\""), "`m` is 1099511627776"),
        (
            matmul("k = 32", "k = 32, compute = \"fp12\""),
            "`compute` can't be \"fp12\"",
        ),
        (
            matmul("k = 32", "k = 32, compute = \"{x}\""),
            "unknown placeholder {x}",
        ),
        (
            matmul("k = 32", "k = 32, fast-accumulation = true"),
            "fast accumulation is for e4m3",
        ),
        (matmul("\"f32\"", "\"f64\""), "has no product of f64"),
        (
            matmul("out = ", "inout = "),
            "the arguments don't fit cublaslt.matmul",
        ),
        (
            matmul("source = \"kernels.cu\", ", ""),
            "`verify` names no source",
        ),
        (
            matmul("source = \"kernels.cu\"", "source = \"none.cu\""),
            "none.cu is not there",
        ),
        (
            matmul(", block = [128]", ""),
            "the reference has no grid or no block",
        ),
        (
            product("cublas.gemm", "e4m3", ""),
            "cublas.gemm has no product of e4m3",
        ),
        (
            product("cublaslt.matmul", "bf16", ", compute = \"tf32\""),
            "tf32 products have f32 inputs",
        ),
        (copy("from = \"host\", to = \"host\""), "none of a device's"),
        (copy("from = \"disk\""), "`from` can't be \"disk\""),
        (copy("memory = 3"), "memory"),
        (
            copy("").replace("out = \"u32\", len = 5000", "out = \"u32\", len = 4999"),
            "memcpy copies all of args[0]",
        ),
        (
            copy("").replace("work =", "grid = 4\nwork ="),
            "`grid` means nothing for a workload with `library`",
        ),
        (
            copy("") + "verify = { reference = \"scale\" }\n",
            "memcpy needs no reference",
        ),
        (set("u8", "256"), "`value` is 256"),
        (set("u64", "1"), "memset sets 1, 2 or 4 bytes"),
        (set("u8", "-1"), "`value` is -1"),
        (
            copy("").replace("args =", "command = [\"true\"]\nargs ="),
            "the workload has `library` and `command`",
        ),
        (
            super::SCALE.replace(
                "verify = { ",
                "with = { m = 1 }\nverify = { source = \"kernels.cu\", ",
            ),
            "`source` is for libraries",
        ),
    ];
    let Some(place) = Place::new(&[]) else {
        return;
    };
    for (workload, words) in table {
        complains(&place, &workload, words);
    }
}

/// `check` refuses the workload in these words.
fn complains(place: &Place, workload: &str, words: &str) {
    let text = format!("{}{workload}", super::HEAD);
    std::fs::write(place.at("bad.toml"), text).expect("written");
    let mut command = place.warpmark(&["check", "bad.toml"]);
    let (code, _, err) = told(&command.output().expect("runs"));
    assert_eq!(code, 3, "{workload}\n{err}");
    assert!(err.contains(words), "{words}\n{err}");
    assert!(err.contains("bad.toml:"), "{err}");
}
