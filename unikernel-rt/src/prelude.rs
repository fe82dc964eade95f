//! What an application needs at hand.

pub use crate::devices::block::Block;
pub use crate::devices::clock::{Clock, NoWallClock};
pub use crate::devices::console::Console;
pub use crate::devices::entropy::Entropy;
pub use crate::devices::kv::Kv;
pub use crate::devices::shutdown::Shutdown;
#[cfg(feature = "net")]
pub use crate::net::Net;
#[cfg(feature = "async")]
pub use crate::yield_now;
pub use crate::{ExitCode, FromArg, print, println};
#[cfg(feature = "async")]
pub use embassy_executor::Spawner;
pub use unikernel_macros::*;
