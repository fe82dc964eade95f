//! Least rates: a peer that takes what it is sent more slowly than is asked for is given up, the slowest first where room is short.
//!
//! Nothing of this is done for a segment: how far the peers have come is looked at from time to time, by who wants it.

use super::Tcp;
use super::connection::Spare;
use super::pace::LeastRate;
use crate::card::Card;
use crate::error::Error;
use crate::families::Families;
use crate::pool::Pool;
use crate::transport::Context;
use core::time::Duration;

impl Tcp<'_> {
    /// Looks at how peers take what they are to be sent. Gives up those that have taken less than so many bytes a second of it for as long as
    /// `grace`; and where no connection or little of the pool is free, the slowest of all that have been slow for a second. To be called about
    /// once a second for as long as it says that there is somebody to look at.
    ///
    /// A connection that is given up is reset, and its owner told [`Error::TimedOut`].
    pub fn give_up_slow<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        bytes_per_second: u32,
        grace: Duration,
    ) -> bool {
        let grace_ms = u32::try_from(grace.as_millis()).unwrap_or(u32::MAX);
        let least = LeastRate { bytes_per_second, grace_ms };
        let mut is_any_left = false;
        let mut slowest = None;
        for index in 0..self.slots.count() {
            let Some(connection) = self.slots.get_mut(index) else { continue };
            let slow = connection.pace.look(connection.una, connection.queue_end(), context.now, least);
            let has_more = connection.send.len() > 0;
            if connection.requeued_at.is_some() {
                // Who is still taking an answer is not idle.
                self.slots.set_spare(index, (!has_more).then_some(Spare::Idle));
            }
            if slow.is_some_and(|slow| slow.is_over) {
                self.give_up(context, index);
                continue;
            }
            slowest = slowest.max(slow.map(|slow| (slow, index)));
            is_any_left |= has_more;
        }
        if let Some((_, index)) = slowest
            && self.is_short(context.pool)
        {
            self.give_up(context, index);
        }
        is_any_left
    }

    /// Whether there is no room for another connection, or little for what it is sent.
    fn is_short(&self, pool: &Pool<'_>) -> bool {
        let has_room = self.slots.has_room()
            || [Spare::TimeWait, Spare::Idle].iter().any(|reason| self.slots.first_spare(*reason).is_some());
        !has_room || pool.unreserved() < pool.capacity() / 16
    }

    fn give_up<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, index: usize) {
        self.send_end(context, index);
        let Some(connection) = self.slots.get_mut(index) else { return };
        // Nobody needs to be told of one that a listener has back.
        connection.is_orphan |= connection.requeued_at.is_some();
        connection.fail(context.pool, Error::TimedOut);
        self.look_after(context.pool, index);
    }
}
