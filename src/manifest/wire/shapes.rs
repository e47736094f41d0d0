//! Arrays and tables of anything.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::reader::{At, Raw, Reader, Wire};
use crate::diagnostic::Place;

/// An array; entries that are broken are left out after their mistake was noted, and counted.
#[derive(Debug, Clone)]
pub(in crate::manifest) struct List<T> {
    pub entries: Vec<At<T>>,
    /// Entries with mistakes.
    pub broken: usize,
}

impl<T> List<T> {
    /// The entries' values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|at| &at.value)
    }
}

impl<T: Wire> Wire for List<T> {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(array) = raw.get_ref().as_array() else {
            reader.wrong_type(raw, "an array", "[...]");
            return None;
        };
        let entries: Vec<At<T>> = array.iter().filter_map(|raw| reader.at(raw)).collect();
        let broken = array.len() - entries.len();
        Some(Self { entries, broken })
    }
}

impl<T: JsonSchema> JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "items": items })
    }
}

/// An array, or one entry without brackets.
#[derive(Debug, Clone)]
pub(in crate::manifest) struct OneOrMany<T>(pub List<T>);

impl<T: Wire> Wire for OneOrMany<T> {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if raw.get_ref().is_array() {
            return List::read(raw, reader).map(Self);
        }
        let entries = vec![reader.at(raw)?];
        Some(Self(List { entries, broken: 0 }))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("One_or_many_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// A table whose keys the author chooses, in their order.
#[derive(Debug, Clone)]
pub(in crate::manifest) struct Pairs<T> {
    pub entries: Vec<(At<String>, At<T>)>,
    /// Keys whose values have mistakes.
    pub broken: Vec<String>,
}

impl<T: Wire> Wire for Pairs<T> {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let table = reader.table(raw)?;
        let mut entries = Vec::with_capacity(table.len());
        let mut broken = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref().to_owned();
            let place = Place::new(reader.file, key.span());
            match reader.field::<T>(&name, value).get_owned() {
                Some(value) => entries.push((At { value: name, place }, value)),
                None => broken.push(name),
            }
        }
        Some(Self { entries, broken })
    }
}

impl<T: JsonSchema> JsonSchema for Pairs<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": values })
    }
}
