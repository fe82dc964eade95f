//! What leaves a socket of smoltcp 0.14 without any timer, and how it is kept from that.
//!
//! A connection that still has something to say and waits for nothing is silent for ever, on both sides. Two things lead there:
//!
//! - The FIN is lost, and three acknowledgements repeat what was acknowledged before. That is taken for a sign of loss (RFC 5681,
//!   section 3.2): the timer is stopped, and the first segment sent again that is not acknowledged, which is looked for in the
//!   send buffer alone. So where all but the FIN is acknowledged, smoltcp gets to see each acknowledgement once.
//! - The peer's window is closed by an old acknowledgement that comes late, and what was sent into the open one is lost. Closed
//!   windows are probed (RFC 9293, section 3.8.6.1), but not where something was under way when it closed. Then the peer is asked
//!   whether it is there (section 3.8.4), until it answers, with its window.

use super::pool::Pool;
use crate::net::segment;
use smoltcp::socket::tcp::State;
use smoltcp::time::Duration;

/// How often a peer is asked.
const INTERVAL: Duration = Duration::from_secs(1);

impl Pool {
    /// To be called with a segment, which begins at `start`, before smoltcp gets it; whether it gets it.
    #[inline]
    pub(in crate::net) fn hear(&mut self, slot: u16, frame: &[u8], start: usize) -> bool {
        let has_farewell = match self.socket(slot).state() {
            State::FinWait1 | State::Closing => self.socket(slot).send_queue() == 0,
            _ => false,
        };
        if !has_farewell && !self.slot(slot).is_asked {
            return true;
        }
        self.hear_closely(slot, frame, start)
    }

    #[inline(never)]
    fn hear_closely(&mut self, slot: u16, frame: &[u8], start: usize) -> bool {
        if core::mem::take(&mut self.slot(slot).is_asked) {
            self.socket_untouched(slot).set_keep_alive(None);
            return true;
        }
        match segment::acknowledgement_alone(frame, start) {
            None => true,
            number => core::mem::replace(&mut self.slot(slot).acknowledged, number) != number,
        }
    }

    /// Has a slot's peer asked at intervals whether it is still there.
    pub(super) fn set_keep_alive(&mut self, slot: u16, interval: Option<Duration>) {
        self.slot(slot).is_asked = false;
        self.socket_mut(slot).set_keep_alive(interval);
    }

    /// To be called for a slot that waits for nothing; whether it has something to do all the same.
    #[inline]
    pub(in crate::net) fn revive(&mut self, slot: u16) -> bool {
        let socket = self.socket_untouched(slot);
        let is_stuck = socket.send_queue() > 0 && socket.state() != State::Closed;
        if is_stuck {
            socket.set_keep_alive(Some(INTERVAL));
            self.slot(slot).is_asked = true;
        }
        is_stuck
    }
}
