//! Runs a plan: spawns worker processes, owns locks and guards, emits events; and the worker's side of it.
