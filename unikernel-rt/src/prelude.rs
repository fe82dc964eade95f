//! What an application needs at hand.

pub use crate::devices::clock::{Clock, NoWallClock};
pub use crate::devices::console::Console;
pub use crate::{ExitCode, FromArg, print, println};
pub use unikernel_macros::*;
