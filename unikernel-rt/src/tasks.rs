//! Waiting: pollers, futures without an executor, tasks and their timers.

pub(crate) mod block_on;
#[cfg(feature = "async")]
pub(crate) mod executor;
pub(crate) mod poll;
#[cfg(feature = "async")]
pub(crate) mod timers;
