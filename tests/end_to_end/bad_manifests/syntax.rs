//! Files that are no text, no TOML, or odd in their form.

use super::{command, launched, refused, refused_with, suite};

#[test]
fn not_utf8() {
    let mut bytes = suite("# a comment in Latin-1: ").into_bytes();
    bytes.extend(b"\xe9\n");
    refused_with("not_utf8", &bytes, &[]);
}

#[test]
fn binary() {
    refused_with("binary", b"\x7fELF\x02\x01\x01\0\0\0\0\xff\xfe", &[]);
}

#[test]
fn empty_file() {
    refused("empty_file", "");
}

#[test]
fn not_toml() {
    refused("not_toml", "{\n  \"format\": 1\n}\n");
}

#[test]
fn several_syntax_errors() {
    let text = suite(
        "[device\nkind = \"host\"\n[repetition]\nsamples = \nprocesses = 5 5\ntimeout = \"60s\n",
    );
    refused("several_syntax_errors", &text);
}

#[test]
fn syntax_and_unknown_key() {
    let text = launched("grids = [1]\nskip = [\"n <\n");
    refused("syntax_and_unknown_key", &text);
}

#[test]
fn duplicate_key() {
    refused(
        "duplicate_key",
        &suite("[repetition]\nsamples = 5\nsamples = 6\n"),
    );
}

#[test]
fn duplicate_table() {
    refused("duplicate_table", &suite("[suite]\nname = \"t\"\n"));
}

#[test]
fn crlf_lines() {
    let text = launched("bloc = [1]\nskip = [\"n < 1\"]").replace('\n', "\r\n");
    refused("crlf_lines", &text);
}

#[test]
fn tabs_before_the_caret() {
    refused(
        "tabs_before_the_caret",
        &launched("\t\tskip =\t[\t\"1 +\t2 < m\" ]"),
    );
}

#[test]
fn unicode_before_the_caret() {
    let text =
        command("tags = [\"größe\", \"日本\"]\nenvironment = { \"größe 日本\" = \"é {größe}\" }");
    refused("unicode_before_the_caret", &text);
}

#[test]
fn very_long_line() {
    let many = "1 + ".repeat(5000);
    refused(
        "very_long_line",
        &launched(&format!("shared = \"{many} m + {many} 1\"")),
    );
}

#[test]
fn very_long_text() {
    let many = "x".repeat(5000);
    refused(
        "very_long_text",
        &suite(&format!("[repetition]\ntimeout = \"{many}\"\n")),
    );
}

#[test]
fn deep_arrays() {
    let (open, close) = ("[".repeat(200), "]".repeat(200));
    refused("deep_arrays", &launched(&format!("args = {open}{close}")));
}

#[test]
fn control_characters() {
    let text = command("axes = { mode = [\"a\\u0007b\"] }\nremoved = \"\\u001b[31m\"");
    refused("control_characters", &text);
}

#[test]
fn many_mistakes_at_once() {
    let text = "\
format = 1
[suite]
nmae = \"memory\"
[device]
kind = \"gpu\"
[repetition]
processes = 0
timeout = 60
[[workload]]
name = \"tri ad\"
kernel = { source = \"strem.cu\", entry = \"triad\" }
axes = { n = [1, 2.0], m = [] }
grid = [\"ceil_div(n, blok)\"]
block = [\"n +\"]
args = [{ in = \"float\", len = \"n\" }, { in = \"f32\" }, {}]
[[workload]]
name = \"x\"
command = [\"a\", \"{n}\", \"{\"]
axes = { k = [0] }
work = { items = \"1 / k\" }
[[workload]]
name = \"y\"
command = [\"a\"]
axes = { k = [0] }
work = { items = \"1 / k\" }
";
    refused("many_mistakes_at_once", text);
}
