//! Mistakes in expressions: in their text, and in their values at a point of the axes.

use super::{launched, refused};

/// A kernel whose dynamic shared memory is an expression of an axis and a text axis.
fn shared(expression: &str) -> String {
    launched(&format!(
        "axes = {{ n = [0, 4], mode = [\"a\"], \"block-size\" = [1] }}\nshared = \"{expression}\""
    ))
}

#[test]
fn expressions_that_do_not_parse() {
    for (name, expression) in [
        ("expression_empty", "  "),
        ("expression_unfinished", "n + "),
        ("expression_two_values", "2 n"),
        ("expression_juxtaposed", "2n"),
        ("expression_unclosed", "(n + 1"),
        ("expression_overclosed", "n + 1)"),
        ("expression_foreign_power", "n ** 2"),
        ("expression_assignment", "n = 2"),
        ("expression_chained", "1 < n < 3"),
        ("expression_character", "n + €"),
        ("expression_function", "sqrt(n)"),
        ("expression_arity", "ceil_div(n)"),
        ("expression_unknown_name", "sm_cont * m"),
        ("expression_dashed_axis", "block-sizes"),
        ("expression_huge_integer", "99999999999999999999"),
        ("expression_huge_real", "1e999"),
    ] {
        refused(name, &shared(expression));
    }
}

#[test]
fn nested_too_deep() {
    let (open, close) = ("(".repeat(65), ")".repeat(65));
    refused("nested_too_deep", &shared(&format!("{open}n{close}")));
    refused("signed_too_deep", &shared(&"-".repeat(10_000)));
    let powers = "2 ^ ".repeat(100);
    refused("powers_too_deep", &shared(&format!("{powers} 2")));
}

#[test]
fn expressions_without_a_value() {
    for (name, expression) in [
        ("value_division_by_zero", "100 / n"),
        ("value_remainder_by_zero", "100 % (n * 2)"),
        ("value_ceil_div_by_zero", "1 + ceil_div(4, n)"),
        ("value_overflow", "(n + 2) ^ 63 * 2"),
        ("value_overflow_of_a_sum", "9223372036854775807 + n"),
        (
            "value_overflow_of_a_negation",
            "-(0 - 9223372036854775807 - 1)",
        ),
        ("value_real_overflow", "1e300 * 1e300"),
        ("value_logarithm", "log2(n)"),
        ("value_negative_power", "2 ^ (n - 1)"),
        ("value_no_real", "(0.0 - 1.0) ^ 0.5"),
        ("value_text", "mode + 1"),
        ("value_type_name", "size_of(mode)"),
        ("value_truth", "n < 4"),
    ] {
        refused(name, &shared(expression));
    }
}

#[test]
fn conditions() {
    refused(
        "skip_is_a_number",
        &launched("axes = { n = [1] }\nskip = [\"n\"]"),
    );
    refused(
        "skip_compares_text",
        &launched("axes = { m = [\"a\"] }\nskip = \"m < 2\""),
    );
}

#[test]
fn work_is_negative() {
    refused(
        "work_is_negative",
        &launched("axes = { n = [1] }\nwork = { flops = \"n - 2\", bytes = 1 }"),
    );
    refused(
        "work_at_a_point",
        &launched("axes = { n = [1] }\nwork = { flops = \"n - 2\" }"),
    );
}

#[test]
fn multi_line_strings_keep_their_place() {
    refused("multi_line_string", &launched("shared = '''\n1 +\n  m'''"));
    refused("escaped_string", &launched("shared = \"1 \\u002B m\""));
}
