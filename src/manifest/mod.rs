//! TOML to a validated suite, or every mistake of the file at once.
