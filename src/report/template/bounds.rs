//! What a template must not do: nest without end, call itself, write without end.
//!
//! Its time isn't bounded: a loop in a loop over all cases takes as long as it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use handlebars::Path;
use handlebars::template::{Parameter, Template, TemplateElement};

use super::fault::Wrong;

/// Blocks, or brackets, that may stand within each other.
const DEPTH: usize = 100;
/// The largest text that a template may write, in bytes.
const LARGEST: usize = 256 << 20;

/// Refuses blocks and brackets that are nested deeper than the reader of templates, which recurses, is safe for.
pub(super) fn check_depth(template: &str) -> Result<(), Wrong> {
    let (mut blocks, mut brackets) = (0usize, 0usize);
    let bytes = template.as_bytes();
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        let rest = &bytes[at..];
        if rest.starts_with(b"{{") {
            (inside, brackets) = (true, 0);
            let sign = rest[2..].iter().find(|byte| !b"{~ \t\r\n".contains(byte));
            match sign {
                Some(b'#') => blocks += 1,
                Some(b'/') => blocks = blocks.saturating_sub(1),
                _ => {}
            }
        } else if rest.starts_with(b"}}") {
            (inside, brackets) = (false, 0);
        } else if inside && (*byte == b'(' || *byte == b'[') {
            brackets += 1;
        } else if inside && (*byte == b')' || *byte == b']') {
            brackets = brackets.saturating_sub(1);
        }
        if blocks > DEPTH || brackets > DEPTH {
            let message = format!("blocks or brackets are nested more than {DEPTH} deep");
            return Err(Wrong::at_byte(message, template, at));
        }
    }
    Ok(())
}

/// The name by which a template is known to handlebars; no partial may have it.
pub(super) const WHOLE: &str = "the whole template";

/// Partials that each partial, or the template itself (the empty name), calls.
type Calls = BTreeMap<String, BTreeSet<String>>;

/// Refuses partials that call themselves, and those whose name is computed, of which that can't be told.
pub(super) fn check_partials(template: &Template) -> Result<(), Wrong> {
    let mut calls = Calls::new();
    // A name that is the template's own would call it.
    calls.insert(WHOLE.to_owned(), BTreeSet::from([WHOLE.to_owned()]));
    collect(template, "", &mut calls)?;
    let mut done = BTreeSet::new();
    for name in calls.keys().filter(|name| *name != WHOLE) {
        follow(name, &calls, &mut Vec::new(), &mut done)?;
    }
    Ok(())
}

fn follow(
    name: &str,
    calls: &Calls,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Result<(), Wrong> {
    if path.iter().any(|other| other == name) {
        return Err(Wrong::new(format!("the partial {name} calls itself")));
    }
    if path.len() > DEPTH {
        return Err(Wrong::new(format!(
            "partials call each other more than {DEPTH} deep"
        )));
    }
    if done.contains(name) {
        return Ok(());
    }
    path.push(name.to_owned());
    for called in calls.get(name).into_iter().flatten() {
        follow(called, calls, path, done)?;
    }
    path.pop();
    done.insert(name.to_owned());
    Ok(())
}

/// Adds what `template`, a part of the partial `within`, calls.
fn collect(template: &Template, within: &str, calls: &mut Calls) -> Result<(), Wrong> {
    for element in &template.elements {
        match element {
            TemplateElement::HelperBlock(block) => {
                for inner in block.template.iter().chain(&block.inverse) {
                    collect(inner, within, calls)?;
                }
            }
            TemplateElement::DecoratorBlock(block) => {
                let name = block.params.first().and_then(literal);
                let name = name.ok_or_else(|| Wrong::new("an inline partial has no name"))?;
                if let Some(inner) = &block.template {
                    collect(inner, &name, calls)?;
                }
            }
            TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => {
                let computed = || Wrong::new("a partial's name must stand there, not be computed");
                let name = literal(&call.name).ok_or_else(computed)?;
                if name != "@partial-block" {
                    calls.entry(within.to_owned()).or_default().insert(name);
                }
                if let Some(inner) = &call.template {
                    collect(inner, within, calls)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The name that a parameter is, unless it is computed.
fn literal(parameter: &Parameter) -> Option<String> {
    match parameter {
        Parameter::Name(name) => Some(name.clone()),
        Parameter::Path(Path::Relative((_, name)) | Path::Local((_, _, name))) => {
            Some(name.clone())
        }
        Parameter::Literal(value) => value.as_str().map(str::to_owned),
        _ => None,
    }
}

/// A text that takes no more than it may.
#[derive(Debug, Default)]
pub(super) struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            let mib = LARGEST >> 20;
            return Err(io::Error::other(format!(
                "the text is larger than {mib} MiB"
            )));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Bounded {
    /// What was written.
    pub(super) fn into_text(self) -> Result<String, Wrong> {
        String::from_utf8(self.0).map_err(|error| Wrong::new(error.to_string()))
    }
}
