//! The names that most applications use.

pub use crate::block::Block;
pub use crate::kv::Kv;
#[cfg(feature = "net")]
pub use crate::net::Net;
#[cfg(feature = "async")]
pub use crate::yield_now;
pub use crate::{
    Clock, Console, Entropy, ExitCode, FromArg, Instant, NoWallClock, Rest, Shutdown, Wait, print, println,
};
#[cfg(feature = "async")]
pub use embassy_executor::Spawner;
pub use unikernel_macros::*;
