//! What options of a socket have set.

use crate::posix::clocks;
use crate::time::NEVER;

/// Options that are the same for all kinds of sockets, and those that are kept until there is a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) is_nonblocking: bool,
    /// How long a call waits, in nanoseconds; 0 for as long as it takes.
    pub(super) receive_timeout_ns: u64,
    pub(super) send_timeout_ns: u64,
    pub(super) reuses_address: bool,
    pub(super) may_broadcast: bool,
    pub(super) no_delay: bool,
    pub(super) keeps_alive: bool,
    pub(super) keep_alive_seconds: u32,
    /// How long nothing may be acknowledged; 0 for as long as the runtime says.
    pub(super) user_timeout_ms: u32,
    pub(super) linger_seconds: Option<i32>,
}

/// RFC 9293, section 3.8.4: two hours at the least, unless the application says otherwise.
const KEEP_ALIVE_SECONDS: u32 = 7200;

impl Settings {
    pub(super) const DEFAULT: Settings = Settings {
        is_nonblocking: false,
        receive_timeout_ns: 0,
        send_timeout_ns: 0,
        reuses_address: false,
        may_broadcast: false,
        no_delay: false,
        keeps_alive: false,
        keep_alive_seconds: KEEP_ALIVE_SECONDS,
        user_timeout_ms: 0,
        linger_seconds: None,
    };
}

/// The time at which a call gives up that begins to wait now.
pub(super) fn deadline(timeout_ns: u64) -> u64 {
    match timeout_ns {
        0 => NEVER,
        ns => clocks::after_ns(ns).unwrap_or(NEVER),
    }
}
