//! `table!` and `words!`: one declaration is the type, its reader and its schema, so that they can't differ.

/// Declares a table: for each key its documentation, its name, `required` where no file may lack it, its field
/// and its type.
macro_rules! table {
    ($(#[doc = $doc:literal])* $name:ident {
        $($(#[doc = $key_doc:literal])* $key:literal $(($required:ident))? $field:ident: $type:ty,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default)]
        pub(in crate::manifest) struct $name {
            $($(#[doc = $key_doc])* pub $field: $crate::manifest::wire::Field<$type>,)*
            /// Whether a mistake was noted in it.
            pub flawed: bool,
        }

        impl $crate::manifest::wire::Keys for $name {
            const KEYS: &'static [&'static str] = &[$($key),*];
        }

        impl $name {
            /// Takes the keys of `base` that are not there.
            #[allow(dead_code)] // not every table is inherited
            pub fn inherit(&mut self, base: Self) {
                $(self.$field.inherit(base.$field);)*
                self.flawed |= base.flawed;
            }
        }

        impl $crate::manifest::wire::Wire for $name {
            fn read(
                raw: &$crate::manifest::wire::Raw<'_>,
                reader: &mut $crate::manifest::wire::Reader<'_>,
            ) -> Option<Self> {
                use $crate::manifest::wire::Keys;
                let mut table = Self::default();
                let before = reader.found.len();
                let entries = reader.table(raw)?;
                for (key, value) in entries {
                    match key.get_ref().as_ref() {
                        $($key => table.$field = reader.field($key, value),)*
                        _ => reader.unknown_key(key, Self::KEYS),
                    }
                }
                $($(
                    let _ = stringify!($required);
                    if table.$field.is_absent() {
                        reader.missing_key(raw, $key);
                    }
                )?)*
                table.flawed = reader.found.len() > before;
                Some(table)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[allow(unused_mut)] // a table without required keys
                let mut required: Vec<&str> = Vec::new();
                let mut properties = serde_json::Map::new();
                $(
                    $(
                        let _ = stringify!($required);
                        required.push($key);
                    )?
                    let schema = generator.subschema_for::<$type>();
                    let text = concat!($($key_doc, "\n"),*);
                    properties.insert(
                        $key.to_owned(),
                        $crate::manifest::wire::described(schema, text),
                    );
                )*
                let text = concat!($($doc, "\n"),*);
                $crate::manifest::wire::object(text, &properties, &required)
            }
        }
    };
}

/// Declares an enum of words that a key takes.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $word_doc:literal])* $word:literal $variant:ident,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::manifest) enum $name {
            $($(#[doc = $word_doc])* $variant,)*
        }

        impl $crate::manifest::wire::Wire for $name {
            fn read(
                raw: &$crate::manifest::wire::Raw<'_>,
                reader: &mut $crate::manifest::wire::Reader<'_>,
            ) -> Option<Self> {
                match $crate::manifest::wire::word(raw, reader, &[$($word),*])? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "enum": [$($word),*] })
            }
        }
    };
}

/// Declares a newtype over a scalar with its schema.
macro_rules! scalar {
    ($(#[$meta:meta])* $name:ident($inner:ty), $schema:tt) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub(in crate::manifest) struct $name(pub $inner);

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
