//! Values, precedence, and what is refused.

use proptest::prelude::*;

use super::{Expression, Scope, Value};

/// Names with values.
struct Names(Vec<(&'static str, Value)>);

impl Scope for Names {
    fn value(&self, name: &str) -> Option<Value> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

fn scope() -> Names {
    Names(vec![
        ("n", Value::Integer(1024)),
        ("zero", Value::Integer(0)),
        ("x", Value::Real(0.5)),
        ("mode", Value::Text("f16".to_owned())),
        ("block-size", Value::Integer(3)),
    ])
}

fn evaluate(text: &str) -> Result<String, String> {
    let expression = Expression::parse(text).map_err(|error| error.message)?;
    let value = expression
        .evaluate(&scope())
        .map_err(|error| error.message)?;
    Ok(value.to_string())
}

#[test]
fn values() {
    let table = [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 3 - 2", "5"),
        ("7 / 2", "3"),
        ("-7 / 2", "-4"),
        ("7 / -2", "-4"),
        ("-7 % 2", "1"),
        ("7 % -2", "-1"),
        ("7 / 2.0", "3.5"),
        ("-7.5 % 2", "0.5"),
        ("2 ^ 3 ^ 2", "512"),
        ("-2 ^ 2", "-4"),
        ("2 ^ -1.0", "0.5"),
        ("2.0 ^ -1", "0.5"),
        ("(-1) ^ 9223372036854775807", "-1"),
        ("0 ^ 0", "1"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1_000 + 0x10", "1016"),
        ("1e3", "1000.0"),
        ("n * x", "512.0"),
        ("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "true"),
        ("1 == 1.0 && 1 != 2", "true"),
        ("!(1 == 2) || n / zero > 1", "true"),
        ("false && n / zero > 1", "false"),
        ("true || false && false", "true"),
        ("mode == 'f16' && mode != \"f32\"", "true"),
        ("ceil_div(7, 2)", "4"),
        ("ceil_div(-7, 2)", "-3"),
        ("ceil_div(8, 2)", "4"),
        ("min(3, 1, 2) + max(3, 4)", "5"),
        ("min(3, 1.5)", "1.5"),
        ("log2(1024)", "10"),
        ("log2(1023)", "9"),
        ("log2(8.0)", "3.0"),
        ("size_of(f64) + size_of(mode) + size_of(u8)", "11"),
        ("`block-size` * 2", "6"),
    ];
    for (text, expected) in table {
        assert_eq!(evaluate(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn faults() {
    let table = [
        ("n / zero", "division by zero"),
        ("n % zero", "remainder of a division by zero"),
        ("n / 0.0", "division by zero"),
        ("0.0 ^ -1", "division by zero"),
        ("ceil_div(n, zero)", "division by zero"),
        ("9223372036854775807 + 1", "overflow of 64-bit integers"),
        ("-9223372036854775808 / -1", "overflow of 64-bit integers"),
        (
            "ceil_div(-9223372036854775808, -1)",
            "overflow of 64-bit integers",
        ),
        ("--9223372036854775808", "overflow of 64-bit integers"),
        ("2 ^ 63", "overflow of 64-bit integers"),
        ("2 ^ 99999999999", "overflow of 64-bit integers"),
        (
            "9223372036854775808",
            "9223372036854775808 is too large for a 64-bit integer",
        ),
        ("1e308 * 10", "overflow of reals"),
        ("log2(zero)", "log2 of 0"),
        ("n && true", "expected a comparison, found an integer"),
        ("n + mode", "`+` takes numbers, not an integer and text"),
        ("mode < mode", "`<` can't compare text and text"),
        ("-mode", "`-` takes a number, not text"),
        ("min(1, mode)", "min can't take an integer and text"),
        ("1 < 2 < 3", "comparisons don't chain"),
        ("size_of(1)", "size_of can't take an integer"),
        ("m", "unknown name `m`"),
    ];
    for (text, expected) in table {
        assert_eq!(evaluate(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn faults_say_where() {
    let expression = Expression::parse("1 + n / zero * 2").expect("parses");
    let error = expression.evaluate(&scope()).expect_err("no value");
    assert_eq!(error.span, 4..12);
    let error = Expression::parse("1 + (2 *").expect_err("unfinished");
    assert_eq!(error.span, 8..8);
}

#[test]
fn long_chains_do_not_nest() {
    let chain = vec!["1"; 100_000].join(" + ");
    assert_eq!(evaluate(&chain), Ok("100000".to_owned()));
}

/// Text of expressions, grown from leaves.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        (0_u32..1000).prop_map(|value| value.to_string()),
        (0.0..1e9).prop_map(|value| format!("{value:?}")),
        Just("n".to_owned()),
        Just("zero".to_owned()),
        Just("`block-size`".to_owned()),
        Just("mode == 'f16'".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator =
            prop::sample::select(vec!["+", "-", "*", "/", "%", "^", "<", "==", "&&", "||"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(a, operator, b)| format!("({a}) {operator} ({b})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("max({a}, {b})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.evaluate(&scope());
        }
    }

    #[test]
    fn any_tokens_are_read_or_refused(tokens in prop::collection::vec(prop::sample::select(vec![
        "1", "2.5", "n", "zero", "(", ")", "+", "-", "*", "/", "%", "^", "<", "&&", "||", "!", "==", ",",
        "ceil_div", "log2", "min", "size_of", "'a'", "9223372036854775808", "f32", " ",
    ]), 0..40)) {
        if let Ok(expression) = Expression::parse(&tokens.concat()) {
            let _ = expression.evaluate(&scope());
        }
    }

    #[test]
    fn what_is_shown_reads_back(text in expression()) {
        let parsed = Expression::parse(&text).expect("a well-formed expression");
        let shown = parsed.to_string();
        let again = Expression::parse(&shown).expect("what is shown is well-formed");
        prop_assert_eq!(&again, &parsed, "{} from {}", shown, text);
        let (a, b) = (parsed.evaluate(&scope()), again.evaluate(&scope()));
        prop_assert_eq!(a.ok(), b.ok());
    }
}
