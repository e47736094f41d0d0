//! Two sets of process values and a policy to a verdict and its reasons. Pure: no files, no clock.
