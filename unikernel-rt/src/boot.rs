//! Boot: the entry in assembly, and the order of what follows it.

pub(crate) mod entry;
pub(crate) mod start;
