//! The small integer and real expression language of manifests.
