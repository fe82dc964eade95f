//! Workarounds for two states in which smoltcp 0.14 leaves a socket without a timer.
//!
//! A connection that has data or a FIN to send and no timer hangs for ever on both sides. Two cases lead there:
//!
//! - The FIN is lost and three duplicate acknowledgements arrive. smoltcp starts a fast retransmit (RFC 5681, section 3.2): it stops
//!   the timer and retransmits the first unacknowledged segment, which it looks for in the send buffer alone. Therefore, once all but
//!   the FIN is acknowledged, duplicates are dropped before smoltcp sees them.
//! - A late, old acknowledgement closes the peer's window, and the data in flight is lost. smoltcp probes a zero window (RFC 9293,
//!   section 3.8.6.1), but not where data was in flight when it closed. Therefore keep-alives (section 3.8.4) are sent until the
//!   peer answers, and so announces its window.

use super::pool::Pool;
use crate::net::segment;
use smoltcp::socket::tcp::State;
use smoltcp::time::Duration;

/// Time between two keep-alives.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

impl Pool {
    /// Looks at a segment, which begins at `start`, before smoltcp does. Returns whether smoltcp may have it.
    #[inline]
    pub(in crate::net) fn on_segment(&mut self, slot: u16, frame: &[u8], start: usize) -> bool {
        let has_only_fin = match self.socket(slot).state() {
            State::FinWait1 | State::Closing => self.socket(slot).send_queue() == 0,
            _ => false,
        };
        if !has_only_fin && !self.slot(slot).is_probing {
            return true;
        }
        self.on_segment_slow(slot, frame, start)
    }

    #[inline(never)]
    fn on_segment_slow(&mut self, slot: u16, frame: &[u8], start: usize) -> bool {
        if core::mem::take(&mut self.slot(slot).is_probing) {
            self.socket_untouched(slot).set_keep_alive(None);
            return true;
        }
        match segment::acknowledgement_alone(frame, start) {
            None => true,
            number => core::mem::replace(&mut self.slot(slot).acknowledged, number) != number,
        }
    }

    /// Sends keep-alives on an idle connection, one each `interval`.
    pub(super) fn set_keep_alive(&mut self, slot: u16, interval: Option<Duration>) {
        self.slot(slot).is_probing = false;
        self.socket_mut(slot).set_keep_alive(interval);
    }

    /// Looks at a slot without a timer. Returns whether it is stuck and has to be polled; keep-alives are on then.
    #[inline]
    pub(in crate::net) fn unstick(&mut self, slot: u16) -> bool {
        let socket = self.socket_untouched(slot);
        let is_stuck = socket.send_queue() > 0 && socket.state() != State::Closed;
        if is_stuck {
            socket.set_keep_alive(Some(PROBE_INTERVAL));
            self.slot(slot).is_probing = true;
        }
        is_stuck
    }
}
