//! Files of other harnesses.
