//! Run directories: writes what a run measured, and reads it back.
