//! The JSON Schema of manifests, for editors; the tables of `wire` are its only source.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::wire::Root;

/// The schema, in the draft that editors know best (draft 7).
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Root>();
    schema.insert("title".to_owned(), Value::from("A suite of warpmark"));
    schema.to_value()
}
