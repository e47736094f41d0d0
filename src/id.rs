//! Names, axis values and case ids: the stable words by which everything else speaks of a case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A suite's, workload's, axis' or tag's name: 1 to 64 of `A-Z a-z 0-9 _ . -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is no [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name: 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-' are")]
pub struct NameError(String);

impl Name {
    /// Checks `text`.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(text.to_owned()))
        }
    }

    /// A name where none could be read; it is never shown.
    pub fn placeholder() -> Self {
        Self("unnamed".to_owned())
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One value of an axis.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AxisValue {
    /// A whole number.
    Integer(i64),
    /// A finite real number.
    Real(f64),
    /// Text without control characters.
    Text(String),
}

impl fmt::Display for AxisValue {
    /// The value as a user wrote it: reals in shortest form, with a point or an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// A case's id, such as `triad/n=1048576/block=256`: its workload and its axes in manifest order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(String);

/// What is percent-encoded in an axis' text value: what ids, globs and tables give a meaning of their own.
const RESERVED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b'/')
    .add(b'=')
    .add(b'%')
    .add(b'*')
    .add(b'?')
    .add(b' ');

impl CaseId {
    /// The id of `workload` at the point `axes`.
    pub fn new<'a>(
        workload: &Name,
        axes: impl IntoIterator<Item = (&'a Name, &'a AxisValue)>,
    ) -> Self {
        let mut id = workload.as_str().to_owned();
        for (name, value) in axes {
            id.push('/');
            id.push_str(name.as_str());
            id.push('=');
            match value {
                AxisValue::Text(text) => {
                    id.extend(text.chars().map(encode));
                }
                other => id.push_str(&other.to_string()),
            }
        }
        Self(id)
    }

    /// An id that was read from a file.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a metric of this case is called: the case alone for its time, else `encoder/batch=8 tokens`.
    pub fn with_metric(&self, metric: &str) -> String {
        match metric {
            "time" => self.to_string(),
            metric => format!("{self} {metric}"),
        }
    }

    /// The workload's part of the id.
    pub fn workload(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The same point of another workload.
    #[must_use]
    pub fn with_workload(&self, workload: &Name) -> Self {
        Self(format!("{workload}{}", &self.0[self.workload().len()..]))
    }

    /// The point on the axes as an id tells it, in its order: numbers where the text is one.
    pub fn axes(&self) -> Vec<(Name, AxisValue)> {
        let axis = |part: &str| {
            let (name, value) = part.split_once('=')?;
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            let value = match (value.parse(), value.parse()) {
                (Ok(whole), _) => AxisValue::Integer(whole),
                (_, Ok(real)) => AxisValue::Real(real),
                _ => AxisValue::Text(decoded.into_owned()),
            };
            Some((Name::new(name).ok()?, value))
        };
        self.0.split('/').skip(1).filter_map(axis).collect()
    }
}

/// `c` itself, or percent-encoded where ids reserve it; text beyond ASCII stays readable.
fn encode(c: char) -> String {
    if c.is_ascii() {
        percent_encoding::utf8_percent_encode(c.encode_utf8(&mut [0; 4]), RESERVED).to_string()
    } else {
        c.to_string()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_axis_order_and_encode_what_is_reserved() {
        let workload = Name::new("triad").expect("a valid name");
        let axes = [
            (Name::new("n").expect("valid"), AxisValue::Integer(1024)),
            (Name::new("scale").expect("valid"), AxisValue::Real(1.0)),
            (
                Name::new("mode").expect("valid"),
                AxisValue::Text("a/b=c %*?ü".into()),
            ),
        ];
        let id = CaseId::new(&workload, axes.iter().map(|(n, v)| (n, v)));
        assert_eq!(
            id.as_str(),
            "triad/n=1024/scale=1.0/mode=a%2Fb%3Dc%20%25%2A%3Fü"
        );
        assert_eq!(id.workload(), "triad");
        assert_eq!(id.axes(), axes);
        let renamed = id.with_workload(&Name::new("copy").expect("a valid name"));
        assert_eq!(renamed.as_str(), id.as_str().replacen("triad", "copy", 1));
        assert!(CaseId::from_text("alone").axes().is_empty());
    }

    #[test]
    fn names_are_short_and_plain() {
        assert!(Name::new("a.b-c_D9").is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }
}
