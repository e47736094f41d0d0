//! The field that an author of a template most likely meant: the nearest among those that there are at the place.

use serde_json::Value;

use super::reference::{self, properties};

/// Names less alike than this are no advice.
const ALIKE: f64 = 0.7;

/// A hint for `path`, which the expression at byte `at` of `template` asks for.
pub(super) fn advice(template: &str, at: usize, path: &str) -> Option<String> {
    let schema = reference::seen();
    let mut context = contexts(template.get(..at)?, &schema);
    let mut place = context.pop()?;
    let mut shown = String::new();
    let first = path.split(['.', '/']).next()?;
    // A name of a block's own, `{{#each cases as |case|}}`, stands for something that isn't followed here.
    if template.contains(&format!("|{first}|")) || template.contains(&format!("|{first} ")) {
        return None;
    }
    for segment in path.split(['.', '/']) {
        match segment {
            "" | "this" => continue,
            "@root" => place = &schema,
            _ if segment.starts_with('[') => {}
            _ => match properties(&schema, place).and_then(|fields| fields.get(segment)) {
                Some(field) => place = field,
                None => return nearest(&schema, place, segment, &shown),
            },
        }
        shown.push_str(segment);
        shown.push('.');
    }
    None
}

fn nearest(schema: &Value, place: &Value, word: &str, before: &str) -> Option<String> {
    let fields = properties(schema, place)?;
    let likeness = |name: &&String| strsim::jaro_winkler(name, word);
    let best = fields
        .keys()
        .filter(|name| likeness(name) >= ALIKE)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let Some(best) = best {
        return Some(format!("did you mean `{before}{best}`?"));
    }
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    Some(format!("there are here: {}", names.join(", ")))
}

/// What `this` is at the end of `text`, and around that, the outermost first.
fn contexts<'a>(text: &str, schema: &'a Value) -> Vec<&'a Value> {
    let mut stack: Vec<&Value> = vec![schema];
    let mut blocks: Vec<bool> = Vec::new();
    for part in text.split("{{").skip(1) {
        let part = part.trim_start_matches(['~', ' ']);
        if let Some(block) = part.strip_prefix('#') {
            let mut words = block.split(|c: char| c.is_whitespace() || c == '}' || c == '~');
            let changes = matches!(words.next(), Some("each" | "with"));
            let target = words.find(|word| !word.is_empty());
            blocks.push(changes);
            if let (true, Some(target)) = (changes, target) {
                let here = resolve(schema, &stack, target);
                stack.push(here);
            } else if changes {
                blocks.pop();
            }
        } else if part.starts_with('/') && blocks.pop() == Some(true) {
            stack.pop();
        }
    }
    stack
}

/// What a path of a block leads to; a value without fields where that isn't known.
fn resolve<'a>(schema: &'a Value, stack: &[&'a Value], path: &str) -> &'a Value {
    const UNKNOWN: &Value = &Value::Null;
    let mut up = path;
    let mut depth = stack.len().saturating_sub(1);
    while let Some(rest) = up.strip_prefix("../") {
        (up, depth) = (rest, depth.saturating_sub(1));
    }
    let mut place = stack.get(depth).copied().unwrap_or(UNKNOWN);
    for segment in up.split(['.', '/']) {
        place = match segment {
            "" | "this" => place,
            "@root" => schema,
            _ if segment.starts_with('[') => place,
            _ => properties(schema, place)
                .and_then(|fields| fields.get(segment))
                .unwrap_or(UNKNOWN),
        };
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_field_at_the_place() {
        let table = [
            ("", "siute", Some("did you mean `suite`?")),
            ("", "cases.[0].idd", Some("did you mean `cases.[0].id`?")),
            ("{{#each cases}}", "this.idd", Some("did you mean `id`?")),
            (
                "{{#each cases}}{{#each metrics}}{{unit}}",
                "mena",
                Some("did you mean `mean`?"),
            ),
            (
                "{{#each cases}}{{/each}}",
                "devcie",
                Some("did you mean `device`?"),
            ),
            ("{{#if cases}}", "devcie", Some("did you mean `device`?")),
            (
                "{{#with price}}",
                "zzz",
                Some("there are here: currency, date, energy_kwh, gpu_hour, inputs, source, terms"),
            ),
            ("{{#each nowhere}}", "x", None),
            ("{{#each cases as |case|}}", "case.idd", None),
        ];
        for (before, path, expected) in table {
            let found = advice(before, before.len(), path);
            assert_eq!(found.as_deref(), expected, "{before} {path}");
        }
    }
}
