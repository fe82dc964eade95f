//! Waiting: pollers, futures without an executor, tasks and their timers.

pub(crate) mod block_on;
#[cfg(feature = "async")]
pub(crate) mod executor;
pub(crate) mod poll;
#[cfg(any(feature = "async", feature = "sockets"))]
pub(crate) mod timeout;
#[cfg(any(feature = "async", feature = "sockets"))]
pub(crate) mod timers;
pub(crate) mod wait;
