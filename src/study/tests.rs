//! Studies of made recordings.
