//! Mistakes in a text: where, what was expected, what to do; rendered with carets.
