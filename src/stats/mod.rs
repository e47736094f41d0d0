//! Summaries of samples, moderated variances, tests, Benjamini and Hochberg. Pure; every formula names its source.
