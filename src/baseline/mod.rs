//! Baseline files, from a folder or from any git revision.
