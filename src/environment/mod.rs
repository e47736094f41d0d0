//! The facts of a machine, the comparability key, and what differs between two machines.
