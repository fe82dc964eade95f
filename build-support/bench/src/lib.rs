//! Exact counts of what kernels execute, for budgets, for the table that is checked in, and for benchmarks.
#![forbid(unsafe_code)]

pub mod counts;
