//! Looking for frames for a while after the last one, before the processor halts: what Linux calls busy polling.
//!
//! A processor that has halted is woken by way of the host, which takes long; one that looks sees a frame at once, and the device
//! need not interrupt. It costs the processor's time between frames, and nothing once the while is over.

/// Whether it is looked for frames.
#[derive(Default)]
pub(super) struct BusyPoll {
    /// How long after the last frame, in ticks.
    #[cfg(feature = "busy-poll")]
    ticks: u64,
    #[cfg(feature = "busy-poll")]
    until: u64,
}

#[cfg(not(feature = "busy-poll"))]
impl BusyPoll {
    /// A frame has come.
    pub(super) fn begin(&mut self) {}

    /// Whether the while is not over.
    pub(super) fn is_on(&self) -> bool {
        false
    }
}

#[cfg(feature = "busy-poll")]
impl BusyPoll {
    pub(super) fn new(duration: core::time::Duration) -> Self {
        BusyPoll { ticks: duration.as_nanos().try_into().unwrap_or(u64::MAX), until: 0 }
    }

    /// A frame has come.
    pub(super) fn begin(&mut self) {
        if self.ticks > 0 {
            self.until = crate::time::now_ticks().saturating_add(self.ticks);
        }
    }

    /// Whether the while is not over.
    pub(super) fn is_on(&self) -> bool {
        self.until > 0 && crate::time::now_ticks() < self.until
    }
}
