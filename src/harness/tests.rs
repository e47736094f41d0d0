//! Files of each harness.
