//! `-f`: which cases are selected.

use super::error::PlanError;
use crate::id::{AxisValue, CaseId, Name};

/// Filters of a command line: (union of the positive ones, or all) minus every `!`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    take: Vec<Filter>,
    leave: Vec<Filter>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Filter {
    /// `tag:NAME`.
    Tag(String),
    /// `axis=value`, where there is no `*`, `?` or `/`.
    Axis(String, String),
    /// A glob on the whole id: `*` is anything, `/` too, and `?` is one character.
    Glob(String),
}

impl Filters {
    /// Reads filters as they were given.
    pub fn parse(texts: &[String]) -> Result<Self, PlanError> {
        let mut filters = Self::default();
        for text in texts {
            let (list, body) = match text.strip_prefix('!') {
                Some(body) => (&mut filters.leave, body),
                None => (&mut filters.take, text.as_str()),
            };
            list.push(Filter::parse(body, text)?);
        }
        Ok(filters)
    }

    /// Whether a case is selected.
    pub fn select(&self, id: &CaseId, tags: &[Name], axes: &[(Name, AxisValue)]) -> bool {
        let matches = |filter: &Filter| filter.matches(id, tags, axes);
        (self.take.is_empty() || self.take.iter().any(matches)) && !self.leave.iter().any(matches)
    }
}

impl Filter {
    fn parse(body: &str, given: &str) -> Result<Self, PlanError> {
        let usage = |message: &str| {
            PlanError::Usage {
            message: format!("filter {given:?} {message}"),
            hint: "write a glob on ids ('triad/*'), tag:NAME or axis=value, with ! before it to leave out"
                .to_owned(),
        }
        };
        if body.is_empty() {
            return Err(usage("is empty"));
        }
        if let Some(tag) = body.strip_prefix("tag:") {
            return match Name::new(tag) {
                Ok(_) => Ok(Self::Tag(tag.to_owned())),
                Err(_) => Err(usage("names no tag")),
            };
        }
        match body.split_once('=') {
            Some(("", _)) => Err(usage("names no axis")),
            Some((axis, value)) if !body.contains(['*', '?', '/']) => {
                Ok(Self::Axis(axis.to_owned(), value.to_owned()))
            }
            _ => Ok(Self::Glob(body.to_owned())),
        }
    }

    fn matches(&self, id: &CaseId, tags: &[Name], axes: &[(Name, AxisValue)]) -> bool {
        match self {
            Self::Tag(tag) => tags.iter().any(|name| name.as_str() == tag),
            Self::Axis(axis, value) => axes
                .iter()
                .any(|(name, at)| name.as_str() == axis && is_value(at, value)),
            Self::Glob(pattern) => glob(pattern, id.as_str()),
        }
    }
}

/// Whether `text` is how one may write `value`: `1` is the real 1.0 too, and text may stand as in ids.
fn is_value(value: &AxisValue, text: &str) -> bool {
    match value {
        AxisValue::Integer(value) => text.parse() == Ok(*value),
        AxisValue::Real(value) => text.parse() == Ok(*value),
        AxisValue::Text(value) => {
            value == text
                || percent_encoding::percent_decode_str(text)
                    .decode_utf8()
                    .is_ok_and(|decoded| decoded == value.as_str())
        }
    }
}

/// Whether `pattern` matches the whole `text`: `*` is any characters, `?` is one; everything else is itself.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stood, and what of the text it has swallowed: more of it is tried on a mismatch.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, swallowed)) = star else {
                    return false;
                };
                star = Some((at, swallowed + 1));
                p = at + 1;
                t = swallowed + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_cross_slashes() {
        let table = [
            ("triad/*", "triad/n=1/b=2", true),
            ("*b=2", "triad/n=1/b=2", true),
            ("*n=1*", "triad/n=10/b=2", true),
            ("triad", "triad/n=1", false),
            ("triad", "triad", true),
            ("tr?ad/n=?", "triad/n=1", true),
            ("tr?ad/n=?", "triad/n=12", false),
            ("*", "", true),
            ("**a*b**", "xxaxxbxx", true),
            ("[a]", "a", false),
            ("é?", "éü", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(glob(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn filters_are_a_union_minus_the_negated() {
        let name = |text: &str| Name::new(text).expect("valid");
        let axes = vec![
            (name("n"), AxisValue::Integer(1024)),
            (name("scale"), AxisValue::Real(1.0)),
            (name("mode"), AxisValue::Text("a b".into())),
        ];
        let id = CaseId::new(&name("triad"), axes.iter().map(|(n, v)| (n, v)));
        let tags = [name("nightly")];
        let table: [(&[&str], bool); 16] = [
            (&[], true),
            (&["triad/*"], true),
            (&["copy/*"], false),
            (&["copy/*", "triad/*"], true),
            (&["!triad/*"], false),
            (&["!copy/*"], true),
            (&["triad/*", "!n=1024"], false),
            (&["tag:nightly"], true),
            (&["tag:quick"], false),
            (&["n=1024"], true),
            (&["n=102"], false),
            (&["scale=1"], true),
            (&["mode=a b"], true),
            (&["mode=a%20b"], true),
            (&["mode=a?b"], false),
            (&["copy/*", "!tag:nightly"], false),
        ];
        for (texts, expected) in table {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            let filters = Filters::parse(&texts).expect("filters");
            assert_eq!(filters.select(&id, &tags, &axes), expected, "{texts:?}");
        }
    }

    #[test]
    fn filters_that_mean_nothing_are_refused() {
        for text in ["", "!", "=1", "tag:", "tag:a b"] {
            assert!(Filters::parse(&[text.to_owned()]).is_err(), "{text:?}");
        }
    }
}
