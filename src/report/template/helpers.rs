//! Helpers that show figures as the rest of warpmark does. Each gives nothing for null, and an error for what is no
//! figure.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason,
    handlebars_helper,
};
use serde_json::Value;

use super::Escape;
use crate::record::Unit;
use crate::report::{markdown, text};
use crate::units::{percent, rough, si, significant};

/// A helper as `docs/templates.md` shows it.
#[derive(Debug)]
pub(super) struct Described {
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// How it is called.
    pub example: &'static str,
    /// What that gives.
    pub gives: &'static str,
}

/// Every helper, in the order of the document.
pub(super) const DESCRIBED: [Described; 11] = [
    Described {
        sentence: "A figure in the unit of its metric.",
        example: "{{value 1234.5 \"ns\"}}",
        gives: "1.234 us",
    },
    Described {
        sentence: "Both ends of a range in the unit of its metric.",
        example: "{{interval metric.interval metric.unit}}",
        gives: "1.000 us to 2.000 us",
    },
    Described {
        sentence: "A change, which is a share, as percent with its sign.",
        example: "{{change 0.021}}",
        gives: "+2.100 %",
    },
    Described {
        sentence: "Both ends of a range of changes.",
        example: "{{changes change.interval}}",
        gives: "+1.000 % to +3.000 %",
    },
    Described {
        sentence: "A share as percent without a sign.",
        example: "{{share 0.87}}",
        gives: "87 %",
    },
    Described {
        sentence: "A figure with an SI prefix and a unit of your own.",
        example: "{{rate 2500000000000 \"B/s\"}}",
        gives: "2.500 TB/s",
    },
    Described {
        sentence: "A figure with 4 significant digits.",
        example: "{{figure 12.34567}}",
        gives: "12.35",
    },
    Described {
        sentence: "An amount of money.",
        example: "{{money 12.5 \"USD\"}}",
        gives: "12.50 USD",
    },
    Described {
        sentence: "A count with its word, which gets an s unless it is 1.",
        example: "{{count 2 \"case\"}}",
        gives: "2 cases",
    },
    Described {
        sentence: "A text as code within a line, in HTML as an element `code`; nothing in it becomes a link.",
        example: "{{code \"copy/n=1\"}}",
        gives: "`copy/n=1`",
    },
    Described {
        sentence: "A text as a block of code, in HTML as an element `pre`.",
        example: "{{block \"make\"}}",
        gives: "```\nmake\n```",
    },
];

handlebars_helper!(value: |number: Json, unit: Json| shown(number, unit)?);
handlebars_helper!(interval: |range: Json, unit: Json| {
    between(range, |end| shown(end, unit))?
});
handlebars_helper!(change: |ratio: Json| number(ratio, percent)?);
handlebars_helper!(changes: |range: Json| between(range, |end| number(end, percent))?);
handlebars_helper!(share: |ratio: Json| number(ratio, rough)?);
handlebars_helper!(rate: |amount: Json, unit: str| number(amount, |amount| si(amount, unit))?);
handlebars_helper!(figure: |amount: Json| number(amount, significant)?);
handlebars_helper!(money: |amount: Json, currency: str| {
    number(amount, |amount| format!("{} {currency}", significant(amount)))?
});
handlebars_helper!(count: |amount: u64, word: str| match amount {
    1 => format!("1 {word}"),
    _ => format!("{amount} {word}s"),
});

/// A helper that marks its text as code, and whose output is not escaped again.
struct Marked(fn(&str) -> String);

impl HelperDef for Marked {
    fn call<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let given = call.param(0).map(handlebars::PathAndJson::value);
        match given {
            None => return Err(RenderErrorReason::ParamNotFoundForIndex("code", 0).into()),
            Some(Value::Null) => {}
            Some(Value::String(text)) => out.write(&self.0(text))?,
            Some(other) => return Err(wrong("a text", other).into()),
        }
        Ok(())
    }
}

fn in_html(element: &str, given: &str) -> String {
    let text = handlebars::html_escape(&text::harmless(given));
    format!("<{element}>{text}</{element}>")
}

/// Registers every helper by the name that `docs/templates.md` gives it, for what is written as `escape` says.
pub(super) fn register(registry: &mut Handlebars<'_>, escape: Escape) {
    let [code, block] = match escape {
        Escape::Html => [
            Marked(|text| in_html("code", text)),
            Marked(|text| in_html("pre", text)),
        ],
        Escape::Markdown => [Marked(markdown::code), Marked(markdown::block)],
    };
    registry.register_helper("code", Box::new(code));
    registry.register_helper("block", Box::new(block));
    registry.register_helper("value", Box::new(value));
    registry.register_helper("interval", Box::new(interval));
    registry.register_helper("change", Box::new(change));
    registry.register_helper("changes", Box::new(changes));
    registry.register_helper("share", Box::new(share));
    registry.register_helper("rate", Box::new(rate));
    registry.register_helper("figure", Box::new(figure));
    registry.register_helper("money", Box::new(money));
    registry.register_helper("count", Box::new(count));
}

/// A number in words; nothing for null.
fn number(json: &Value, show: impl Fn(f64) -> String) -> Result<String, RenderErrorReason> {
    match json {
        Value::Null => Ok(String::new()),
        Value::Number(number) => Ok(number.as_f64().map(show).unwrap_or_default()),
        other => Err(wrong("a number", other)),
    }
}

/// A number in a metric's unit.
fn shown(json: &Value, unit: &Value) -> Result<String, RenderErrorReason> {
    if json.is_null() {
        return Ok(String::new());
    }
    let unit: Unit = serde_json::from_value(unit.clone())
        .map_err(|_| wrong("the unit of a metric, as \"ns\"", unit))?;
    number(json, |amount| unit.show(amount))
}

/// The ends of a range; nothing for null.
fn between(
    range: &Value,
    show: impl Fn(&Value) -> Result<String, RenderErrorReason>,
) -> Result<String, RenderErrorReason> {
    match (range, range.get("low"), range.get("high")) {
        (Value::Null, ..) => Ok(String::new()),
        (_, Some(low), Some(high)) => Ok(format!("{} to {}", show(low)?, show(high)?)),
        _ => Err(wrong("a range", range)),
    }
}

fn wrong(expected: &str, found: &Value) -> RenderErrorReason {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    RenderErrorReason::Other(format!("{expected} is needed here, not {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(template: &str) -> Result<String, String> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        register(&mut registry, Escape::Markdown);
        let data = json!({
            "metric": {"interval": {"low": 1000.0, "high": 2000.0}, "unit": "ns"},
            "change": {"interval": {"low": 0.01, "high": 0.03}},
            "nothing": null, "text": "x", "list": [1],
        });
        registry
            .render_template(template, &data)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_example_gives_what_it_says() {
        for described in &DESCRIBED {
            let found = render(described.example).expect(described.example);
            assert_eq!(found, described.gives, "{}", described.example);
        }
    }

    #[test]
    fn null_gives_nothing_and_what_is_no_figure_an_error() {
        for helper in ["change", "changes", "share", "figure"] {
            assert_eq!(
                render(&format!("{{{{{helper} nothing}}}}")),
                Ok(String::new())
            );
            let found = render(&format!("{{{{{helper} text}}}}"));
            assert!(
                found.is_err_and(|why| why.contains("not a text")),
                "{helper}"
            );
        }
        for helper in ["value", "interval", "rate", "money"] {
            let null = render(&format!("{{{{{helper} nothing \"ns\"}}}}"));
            assert_eq!(null, Ok(String::new()), "{helper}");
            let list = render(&format!("{{{{{helper} list \"ns\"}}}}"));
            assert!(
                list.is_err_and(|why| why.contains("not a list")),
                "{helper}"
            );
            assert!(render(&format!("{{{{{helper}}}}}")).is_err(), "{helper}");
        }
        for wrong in [
            "{{value 1 \"furlong\"}}",
            "{{count text \"x\"}}",
            "{{value 1}}",
        ] {
            assert!(render(wrong).is_err(), "{wrong}");
        }
    }
}
