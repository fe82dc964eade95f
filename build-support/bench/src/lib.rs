//! Exact counts of what kernels execute, for budgets, for the table that is checked in, and for benchmarks.

pub mod counts;
