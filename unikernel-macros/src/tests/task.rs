//! Faults of.
