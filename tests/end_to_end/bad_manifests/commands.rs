//! Mistakes of commands.

use super::{command, refused, suite};

#[test]
fn empty_commands() {
    let text = "setup = [\"\"]\n[[workload]]\nname = \"x\"\ncommand = []\n[[workload]]\nname = \"y\"\ncommand = \"ls -l\"\n";
    refused("empty_commands", &command(text));
}

#[test]
fn placeholders() {
    let text = "[[workload]]\nname = \"w\"\naxes = { batch = [1] }\ncommand = [\"a\", \"{bach}\", \"{\", \"}\", \"{{batch}\", \"{}\", \"{out}/{batch}\"]\n";
    refused("placeholders", &suite(text));
}

#[test]
fn placeholders_of_kernels() {
    let text = "[[workload]]\nname = \"w\"\nkernel = { source = \"kernel.cu\", entry = \"k<{t}>\", options = [\"-o{out}\"] }\ngrid = 1\nblock = 1\n";
    refused("placeholders_of_kernels", &suite(text));
}

#[test]
fn a_nul_in_a_command() {
    refused("a_nul_in_a_command", &command("prepare = [\"a\\u0000b\"]"));
}

#[test]
fn missing_files_of_commands() {
    refused(
        "missing_files_of_commands",
        &command("stdin = \"in.txt\"\nfolder = \"kernel.cu\""),
    );
}

#[test]
fn keys_of_kernels() {
    refused(
        "keys_of_kernels",
        &command("grid = [1]\nargs = []\ncache = \"hot\""),
    );
}

#[test]
fn inner_axes() {
    refused(
        "inner_axes",
        &command("axes = { batch = [1] }\ninner = [\"bach\", \"seq\"]"),
    );
}

#[test]
fn patterns() {
    refused("patterns", &command("verify = { stdout = \"ok(\" }"));
    refused(
        "verify_a_command_like_a_kernel",
        &command("verify = { reference = \"k\", relative = 0.1 }"),
    );
}

#[test]
fn surroundings() {
    let text = "environment = { \"A=B\" = \"1\", \"\" = \"2\" }\nfacts = { torch = [] }\nmetrics = [\"time\", \"a b\"]";
    refused("surroundings", &command(text));
}

#[test]
fn volumes() {
    refused("volumes", &command("volume = \"2e6 per day\""));
}
