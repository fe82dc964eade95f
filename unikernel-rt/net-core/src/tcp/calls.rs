//! The application's calls on a connection.

use super::connection::{Connection, Spare, State};
use super::segment::{ACK, RST, Segment};
use super::{Tcp, TcpHandle, output};
use crate::address::SocketAddr;
use crate::card::Card;
use crate::error::Error;
use crate::families::Families;
use crate::pool::{BLOCK_BYTES, Use};
use crate::readiness::Readiness;
use crate::transport::Context;
use crate::wakers;
use core::num::{NonZeroU16, NonZeroU32};
use core::task::Waker;
use core::time::Duration;

impl Tcp<'_> {
    pub(super) fn connection(&mut self, handle: TcpHandle) -> Result<&mut Connection, Error> {
        let index = handle.index as usize;
        if self.slots.generation(index) != Some(handle.generation) {
            return Err(Error::BadHandle);
        }
        self.slots.get_mut(index).filter(|connection| !connection.is_orphan).ok_or(Error::BadHandle)
    }

    /// Puts as many bytes into the queue as there is room for; how many.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where there is no room or no connection yet; [`Error::NotConnected`] after [`Tcp::shut_down`]; the reason why the
    /// connection is over; [`Error::BadHandle`].
    pub fn write<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        bytes: &[u8],
    ) -> Result<usize, Error> {
        let most = self.config.send_buffer as usize;
        let connection = self.connection(handle)?;
        let room = connection.writable_room(most)?.min(bytes.len());
        // A quarter of what is free is left to others, who could not go on without any.
        let blocks = connection.send.blocks() + (context.pool.spare() * 3).div_ceil(4);
        let taken = connection.send.push(
            context.pool,
            Use::Sent,
            &bytes[..room],
            blocks.min(most.div_ceil(BLOCK_BYTES) * 2 + 1),
        );
        if taken == 0 && !bytes.is_empty() {
            return Err(Error::WouldBlock);
        }
        self.slots.activate(handle.index as usize);
        Ok(taken)
    }

    /// Lets `fill` write into the queue where the bytes lie until they are acknowledged: in one piece, of at least `least` bytes, as far as
    /// [`BLOCK_BYTES`] and [`Config::send_buffer`](super::Config::send_buffer) allow. It says how many it has written.
    ///
    /// # Errors
    ///
    /// As [`Tcp::write`].
    pub fn write_with<R, F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        least: usize,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Result<R, Error> {
        let most = self.config.send_buffer as usize;
        let connection = self.connection(handle)?;
        let room = connection.writable_room(most)?;
        if room < least.min(most) {
            return Err(Error::WouldBlock);
        }
        let blocks = connection.send.blocks() + context.pool.spare().min(1);
        let result = connection.send.push_with(context.pool, blocks, least, |place| {
            let most = place.len().min(room);
            fill(&mut place[..most])
        });
        self.slots.activate(handle.index as usize);
        result.ok_or(Error::WouldBlock)
    }

    /// Puts bytes that live for ever into the queue, by reference: all of them, or none.
    ///
    /// # Errors
    ///
    /// As [`Tcp::write`].
    pub fn write_static<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        bytes: &'static [u8],
    ) -> Result<(), Error> {
        /// References of one connection: what is lasting takes no memory but theirs.
        const MOST_REFERENCES: usize = 64;
        /// Sequence numbers are compared within half of their range.
        const MOST_BYTES: usize = 1 << 30;
        let connection = self.connection(handle)?;
        connection.writable_room(usize::MAX)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let is_full = connection.send.blocks() >= MOST_REFERENCES || connection.send.len() + bytes.len() > MOST_BYTES;
        if is_full || context.pool.spare() == 0 || !connection.send.push_static(context.pool, bytes) {
            return Err(Error::WouldBlock);
        }
        self.slots.activate(handle.index as usize);
        Ok(())
    }

    /// Takes bytes that were received; 0 is the end of what the peer sends.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where there is nothing; the reason why the connection is over, once all is read; [`Error::BadHandle`].
    pub fn read<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        buffer: &mut [u8],
    ) -> Result<usize, Error> {
        let count = self.peek(context, handle, buffer)?;
        self.consume(context, handle, count)?;
        Ok(count)
    }

    /// Lets `take` look at bytes that were received, as far as they lie side by side; it says how many of them it has used, which are
    /// removed. It gets none at the end of what the peer sends.
    ///
    /// # Errors
    ///
    /// As [`Tcp::read`].
    pub fn read_with<R, F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        take: impl FnOnce(&[u8]) -> (usize, R),
    ) -> Result<R, Error> {
        self.peek(context, handle, &mut [])?;
        let front = self.connection(handle)?.received.ready.front(context.pool);
        let (used, result) = take(front);
        let used = used.min(front.len());
        self.consume(context, handle, used)?;
        Ok(result)
    }

    /// Removes bytes that were read.
    fn consume<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        count: usize,
    ) -> Result<(), Error> {
        let most = self.config.receive_window;
        let connection = self.connection(handle)?;
        if count > 0 {
            connection.received.ready.consume(context.pool, count);
            // RFC 9293, section 3.8.6.2.2: the window is told of when it has grown by a segment.
            let is_open = connection.state.receives();
            if is_open && connection.told.is_before(connection.window_edge(context.pool, most)) {
                connection.must_acknowledge = true;
                self.slots.activate(handle.index as usize);
            }
        }
        Ok(())
    }

    /// Looks at bytes that were received, and leaves them.
    ///
    /// # Errors
    ///
    /// As [`Tcp::read`].
    pub fn peek<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        buffer: &mut [u8],
    ) -> Result<usize, Error> {
        let connection = self.connection(handle)?;
        let count = connection.received.ready.peek(context.pool, buffer);
        if count > 0 || (buffer.is_empty() && connection.received.ready.len() > 0) {
            return Ok(count);
        }
        if let Some(error) = connection.error {
            return Err(error);
        }
        match connection.state {
            State::SynSent | State::SynReceived | State::Established | State::FinWait1 | State::FinWait2 => {
                Err(Error::WouldBlock)
            }
            _ => Ok(0),
        }
    }

    /// Sends no more: the peer is told once all that was written has been sent. Reading goes on.
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`], [`Error::BadHandle`].
    pub fn shut_down<F: Families, C>(&mut self, _: &mut Context<'_, '_, F, C>, handle: TcpHandle) -> Result<(), Error> {
        let connection = self.connection(handle)?;
        if !connection.state.is_synchronized() {
            return Err(Error::NotConnected);
        }
        connection.has_sent_close = true;
        self.slots.activate(handle.index as usize);
        Ok(())
    }

    /// Gives the connection up. What was written is still sent, unless something that was received was not read: then the peer is told
    /// by a reset (RFC 9293, section 3.6.1; RFC 2525, section 2.17).
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn close<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
    ) -> Result<(), Error> {
        let connection = self.connection(handle)?;
        if connection.received.ready.len() > 0 || !connection.state.is_synchronized() {
            return self.abort(context, handle);
        }
        connection.is_orphan = true;
        connection.has_sent_close = true;
        (connection.read_waker, connection.write_waker) = (None, None);
        if connection.state == State::FinWait2 {
            connection.expires_at = context.now + super::ORPHAN_LASTS;
        }
        self.look_after(context.pool, handle.index as usize);
        Ok(())
    }

    /// Ends the connection at once. The peer is told by a reset, if it knows of it.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn abort<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
    ) -> Result<(), Error> {
        self.connection(handle)?;
        self.end(context, handle.index as usize);
        Ok(())
    }

    /// Ends a connection at once, whoever has its handle.
    pub(super) fn end<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, index: usize) {
        self.send_end(context, index);
        self.slots.remove(context.pool, index);
    }

    /// Tells the peer that the connection is over, if it knows of it.
    pub(super) fn send_end<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, index: usize) {
        let Some(connection) = self.slots.get(index) else { return };
        let is_known = connection.state.is_synchronized() || connection.state == State::SynReceived;
        if is_known && connection.state != State::TimeWait {
            let reset = Segment {
                source: connection.local_port,
                destination: connection.remote_port,
                sequence: connection.nxt,
                acknowledgement: connection.next,
                flags: RST | ACK,
                window: 0,
                options: connection.options(context.now),
            };
            let mut path = connection.path;
            output::send_bare(context, &mut path, &reset);
        }
    }

    /// Says whether the connection is idle as its owner sees it: then it gives way to a new one that finds no room, if it has been for a
    /// second, longest of all. Its handle is not valid any more then, of which a waiting reader is told by a wake.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn set_idle(&mut self, handle: TcpHandle, is_idle: bool) -> Result<(), Error> {
        self.connection(handle)?;
        self.slots.set_spare(handle.index as usize, is_idle.then_some(Spare::Idle));
        Ok(())
    }

    /// What it can do now. A writer that it says has to wait is woken once there is room, in its queue and in the pool.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn readiness<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
    ) -> Result<Readiness, Error> {
        let most = self.config.send_buffer as usize;
        Ok(self.connection(handle)?.readiness(context.pool, most))
    }

    /// Whether the handshake is over; the reason where it failed.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] while it is under way; why it failed; [`Error::BadHandle`].
    pub fn connected(&mut self, handle: TcpHandle) -> Result<(), Error> {
        let connection = self.connection(handle)?;
        match connection.state {
            State::SynSent | State::SynReceived => Err(Error::WouldBlock),
            State::Closed => Err(connection.error.unwrap_or(Error::NotConnected)),
            _ => Ok(()),
        }
    }

    /// Has a task woken once, when there is something to read, the end, or an error.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn register_read(&mut self, handle: TcpHandle, waker: &Waker) -> Result<(), Error> {
        wakers::keep(&mut self.connection(handle)?.read_waker, waker);
        Ok(())
    }

    /// Has a task woken once, when there is room to write, when it is connected, or an error.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn register_write(&mut self, handle: TcpHandle, waker: &Waker) -> Result<(), Error> {
        wakers::keep(&mut self.connection(handle)?.write_waker, waker);
        Ok(())
    }

    /// Sends short segments at once (RFC 9293, section 3.7.4: without Nagle's algorithm).
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn set_no_delay(&mut self, handle: TcpHandle, no_delay: bool) -> Result<(), Error> {
        self.connection(handle)?.no_delay = no_delay;
        self.slots.activate(handle.index as usize);
        Ok(())
    }

    /// Asks a peer that has said nothing for so long whether it is there; five questions without an answer end the connection.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn set_keep_alive(&mut self, handle: TcpHandle, interval: Option<Duration>) -> Result<(), Error> {
        let connection = self.connection(handle)?;
        connection.keep_alive =
            interval.and_then(|time| NonZeroU32::new(u32::try_from(time.as_secs()).unwrap_or(u32::MAX).max(1)));
        let deadline = connection.deadline();
        self.slots.schedule(handle.index as usize, deadline);
        Ok(())
    }

    /// Whether short segments are sent at once.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn no_delay(&mut self, handle: TcpHandle) -> Result<bool, Error> {
        Ok(self.connection(handle)?.no_delay)
    }

    /// For how long what was sent may stay unacknowledged, in whole seconds; `None` is as long as [`Config`](super::Config) says (RFC 5482).
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn set_user_timeout(&mut self, handle: TcpHandle, timeout: Option<Duration>) -> Result<(), Error> {
        let seconds = |timeout: Duration| u16::try_from(timeout.as_secs()).unwrap_or(u16::MAX).max(1);
        self.connection(handle)?.user_timeout = timeout.map(seconds).and_then(NonZeroU16::new);
        Ok(())
    }

    /// Our address and the peer's.
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`] once the connection is over; [`Error::BadHandle`].
    pub fn addresses(&mut self, handle: TcpHandle) -> Result<(SocketAddr, SocketAddr), Error> {
        let connection = self.connection(handle)?;
        match connection.state {
            State::Closed => Err(Error::NotConnected),
            _ => Ok((connection.local(), connection.remote())),
        }
    }

    /// Whether the peer has acknowledged all that was written, and the end of it where nothing more is sent. A wake of the writer tells.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where it has not; the reason why the connection is over, where it never will; [`Error::BadHandle`].
    pub fn acknowledged(&mut self, handle: TcpHandle) -> Result<(), Error> {
        let connection = self.connection(handle)?;
        if let Some(error) = connection.error {
            return Err(error);
        }
        let waits_for_end = match connection.state {
            State::FinWait2 | State::TimeWait | State::Closed => false,
            _ => connection.has_sent_close,
        };
        if connection.send.len() > 0 || waits_for_end { Err(Error::WouldBlock) } else { Ok(()) }
    }

    /// How many bytes that were written are not acknowledged, once they are at most so many. A wake of the writer tells.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where they are more; the reason why the connection is over; [`Error::BadHandle`].
    pub fn drained(&mut self, handle: TcpHandle, most: usize) -> Result<usize, Error> {
        let connection = self.connection(handle)?;
        match connection.send.len() {
            _ if connection.error.is_some() => Err(connection.error.unwrap_or(Error::NotConnected)),
            bytes if bytes <= most => Ok(bytes),
            _ => Err(Error::WouldBlock),
        }
    }
}

impl Connection {
    /// How many bytes more may be written.
    fn writable_room(&mut self, most: usize) -> Result<usize, Error> {
        match self.state {
            _ if self.has_sent_close => Err(self.error.unwrap_or(Error::NotConnected)),
            State::Established | State::CloseWait => match self.room(most) {
                0 => Err(Error::WouldBlock),
                room => Ok(room),
            },
            State::SynSent | State::SynReceived => Err(Error::WouldBlock),
            _ => Err(self.error.unwrap_or(Error::NotConnected)),
        }
    }
}
