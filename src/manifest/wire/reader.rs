//! Walks parsed TOML and collects every mistake on the way; values keep their place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Place};

/// A parsed TOML value with its bytes.
pub(in crate::manifest) type Raw<'i> = Spanned<DeValue<'i>>;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::manifest) struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A key of a table: a broken value is one whose mistake has been noted, so that nothing else is said of it.
/// Values are boxed, since most keys of most tables are absent, and suites have tens of thousands of tables.
#[derive(Debug, Clone, Default)]
pub(in crate::manifest) enum Field<T> {
    #[default]
    Absent,
    Broken,
    Valid(Box<At<T>>),
}

impl<T> Field<T> {
    /// The value, if there is a valid one.
    pub fn get(&self) -> Option<&At<T>> {
        match self {
            Self::Valid(at) => Some(at.as_ref()),
            Self::Absent | Self::Broken => None,
        }
    }

    /// The value itself, if there is a valid one.
    pub fn get_owned(self) -> Option<At<T>> {
        match self {
            Self::Valid(at) => Some(*at),
            Self::Absent | Self::Broken => None,
        }
    }

    /// Whether the key is not there at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Takes `base` where this key is not there.
    pub fn inherit(&mut self, base: Self) {
        if self.is_absent() {
            *self = base;
        }
    }
}

/// What a TOML value can be read as.
pub(in crate::manifest) trait Wire: Sized {
    /// Reads `raw`; `None` after noting a mistake.
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self>;
}

/// A table of the grammar, as the `table!` macro makes it.
pub(in crate::manifest) trait Keys {
    /// The keys that it knows.
    const KEYS: &'static [&'static str];
}

/// Reads one file.
pub(in crate::manifest) struct Reader<'a> {
    /// The file's number.
    pub file: usize,
    /// The file's text.
    pub text: &'a str,
    /// The mistakes so far.
    pub found: Vec<Diagnostic>,
    /// The key whose value is being read, for messages.
    key: String,
}

impl<'a> Reader<'a> {
    /// A reader of file number `file`.
    pub fn new(file: usize, text: &'a str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
            key: String::new(),
        }
    }

    /// Where `raw` stands.
    pub fn place(&self, raw: &Raw<'_>) -> Place {
        Place::new(self.file, raw.span())
    }

    /// Reads a value with its place.
    pub fn at<T: Wire>(&mut self, raw: &Raw<'_>) -> Option<At<T>> {
        let place = self.place(raw);
        T::read(raw, self).map(|value| At { value, place })
    }

    /// Notes a mistake in `raw`, whose message begins with the key.
    pub fn mistake(&mut self, raw: &Raw<'_>, what: &str, help: Option<String>) {
        let message = format!("`{}` {what}", self.key);
        let mut diagnostic = Diagnostic::new(message, self.place(raw));
        diagnostic.help = help;
        self.found.push(diagnostic);
    }

    /// Notes that `raw` is of another type than what the key takes.
    pub fn wrong_type(&mut self, raw: &Raw<'_>, wanted: &str, example: &str) {
        let what = format!("takes {wanted}, not {}", describe(raw.get_ref()));
        let help = match raw.get_ref() {
            DeValue::Table(_) if wanted == "an array" => {
                format!("write [[{}]], with two brackets on each side", self.key)
            }
            _ => format!("write {} = {example}", self.key),
        };
        self.mistake(raw, &what, (!example.is_empty()).then_some(help));
    }

    /// Notes that `raw` is of another type, or a string that says something else.
    pub fn wrong_type_or_text(&mut self, raw: &Raw<'_>, wanted: &str, example: &str) {
        let Some(text) = raw.get_ref().as_str() else {
            return self.wrong_type(raw, wanted, example);
        };
        let what = format!("takes {wanted}, not {}", super::scalars::shortened(text));
        let help = format!("write {} = {example}", self.key);
        self.mistake(raw, &what, Some(help));
    }

    /// The table in `raw`; `None` after noting that it is none.
    pub fn table<'r, 'i>(&mut self, raw: &'r Raw<'i>) -> Option<&'r DeTable<'i>> {
        let table = raw.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(raw, "a table", "{ ... }");
        }
        table
    }

    /// Reads the value of one key of a table.
    pub fn field<T: Wire>(&mut self, key: &str, raw: &Raw<'_>) -> Field<T> {
        let outer = std::mem::replace(&mut self.key, key.to_owned());
        let value = self.at(raw);
        self.key = outer;
        value.map_or(Field::Broken, |at| Field::Valid(Box::new(at)))
    }

    /// Notes a key that the table doesn't know.
    pub fn unknown_key(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) {
        let name: &str = key.get_ref();
        let place = Place::new(self.file, key.span());
        let help = nearest(name, known.iter().copied()).map_or_else(
            || format!("the keys here are {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.found
            .push(Diagnostic::new(format!("unknown key `{name}`"), place).help(help));
    }

    /// Notes that a required key is missing from the table in `raw`.
    pub fn missing_key(&mut self, raw: &Raw<'_>, key: &str) {
        let inside = if self.key.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.key)
        };
        let place = self.head(raw);
        self.found.push(
            Diagnostic::new(format!("{inside} lacks the key `{key}`"), place).help(format!(
                "add {key} = {}",
                if key == "format" { "1" } else { "..." }
            )),
        );
    }

    /// The first line of `raw`: a table may span hundreds.
    fn head(&self, raw: &Raw<'_>) -> Place {
        let span = raw.span();
        let text = self.text.get(span.clone()).unwrap_or_default();
        let length = text.find('\n').unwrap_or(text.len());
        Place::new(self.file, span.start..span.start + length)
    }

    /// Where the characters of the string in `raw` begin, if they stand in the file as they are.
    pub fn verbatim(&self, raw: &Raw<'_>, value: &str) -> Option<Place> {
        let span = raw.span();
        let written = self.text.get(span.clone())?;
        let quotes = ["\"\"\"", "'''", "\"", "'"];
        let quote = quotes
            .into_iter()
            .find(|quote| written.starts_with(quote))?;
        let inner = written.strip_prefix(quote)?;
        let inner = match quote.len() {
            3 => inner
                .strip_prefix("\r\n")
                .or(inner.strip_prefix('\n'))
                .unwrap_or(inner),
            _ => inner,
        };
        let start = span.start + (written.len() - inner.len());
        let same = inner.strip_suffix(quote)? == value;
        same.then(|| Place::new(self.file, start..start + value.len()))
    }
}

/// What a TOML value is, with its article.
fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a real",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// The name of `known` that `name` is most likely a slip of.
pub(in crate::manifest) fn nearest<'k>(
    name: &str,
    known: impl Iterator<Item = &'k str>,
) -> Option<&'k str> {
    let lower = name.to_lowercase().replace('_', "-");
    known
        .map(|candidate| {
            let score = strsim::jaro_winkler(&lower, &candidate.to_lowercase().replace('_', "-"));
            (score, candidate)
        })
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
