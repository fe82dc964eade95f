//! Listeners: connections wait at them until they are accepted.

use super::TcpHandle;
use super::connection::{Spare, State};
use super::{Tcp, slots::Slots};
use crate::address;
use crate::address::SocketAddr;
use crate::chains::NONE;
use crate::error::Error;
use crate::families::Families;
use crate::time::Instant;
use crate::transport::Context;
use crate::wakers;
use core::task::Waker;
use core::time::Duration;

/// A listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenerHandle {
    index: u32,
    generation: u32,
}

/// A connection that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// What its calls are made with.
    pub handle: TcpHandle,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
}

/// The memory of one listener.
#[derive(Debug)]
pub struct TcpListener {
    generation: u32,
    listening: Option<Listening>,
}

impl TcpListener {
    /// Memory of nobody.
    pub const FREE: TcpListener = TcpListener { generation: 0, listening: None };
}

#[derive(Debug)]
pub(super) struct Listening {
    local: SocketAddr,
    /// The most that wait.
    backlog: usize,
    waiting: usize,
    first: u32,
    last: u32,
    waker: Option<Waker>,
}

impl Listening {
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= self.backlog
    }

    /// Puts a connection at the end of those that wait.
    pub(super) fn push(&mut self, slots: &mut Slots<'_>, index: usize) {
        match slots.get_mut(self.last as usize) {
            Some(last) if self.last != NONE => last.after = index as u32,
            _ => self.first = index as u32,
        }
        self.last = index as u32;
        self.waiting += 1;
        wakers::wake(&mut self.waker);
    }

    fn pop(&mut self, slots: &mut Slots<'_>) -> Option<usize> {
        let index = self.first as usize;
        let connection = slots.get_mut(index)?;
        self.first = core::mem::replace(&mut connection.after, NONE);
        if self.first == NONE {
            self.last = NONE;
        }
        self.waiting -= 1;
        Some(index)
    }
}

impl Tcp<'_> {
    /// Listens at an address of ours or at all (the unspecified one: `0.0.0.0` is all of IPv4, `::` those of IPv4, too), with at most so many connections that wait to be accepted.
    ///
    /// # Errors
    ///
    /// [`Error::AddressNotAvailable`] (also for port 0), [`Error::AddressInUse`], [`Error::NoMemory`].
    pub fn listen<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        local: SocketAddr,
        backlog: usize,
    ) -> Result<ListenerHandle, Error> {
        self.can_listen(context, local)?;
        let index = self.listeners.iter().position(|listener| listener.listening.is_none()).ok_or(Error::NoMemory)?;
        let listener = &mut self.listeners[index];
        listener.listening =
            Some(Listening { local, backlog: backlog.max(1), waiting: 0, first: NONE, last: NONE, waker: None });
        Ok(ListenerHandle { index: index as u32, generation: listener.generation })
    }

    /// Whether it could listen at an address.
    ///
    /// # Errors
    ///
    /// As [`Tcp::listen`].
    pub fn can_listen<F: Families, C>(&self, context: &Context<'_, '_, F, C>, local: SocketAddr) -> Result<(), Error> {
        let is_ours = local.ip().is_unspecified() || context.link.is_local(local.ip());
        if local.port() == 0 || !is_ours {
            return Err(Error::AddressNotAvailable);
        }
        let overlaps = |other: SocketAddr| {
            other.port() == local.port()
                && (address::takes(other.ip(), local.ip()) || address::takes(local.ip(), other.ip()))
        };
        if self.listeners.iter().flat_map(|listener| &listener.listening).any(|listening| overlaps(listening.local)) {
            return Err(Error::AddressInUse);
        }
        Ok(())
    }

    fn listening(&mut self, handle: ListenerHandle) -> Result<&mut Listening, Error> {
        let listener = self.listeners.get_mut(handle.index as usize).ok_or(Error::BadHandle)?;
        if listener.generation != handle.generation {
            return Err(Error::BadHandle);
        }
        listener.listening.as_mut().ok_or(Error::BadHandle)
    }

    /// The listener of an address: one that is bound to it, else one that is to all.
    pub(super) fn listener_at(&self, local: SocketAddr) -> Option<usize> {
        let (mut best, mut best_rank) = (None, 0);
        for (index, listener) in self.listeners.iter().enumerate() {
            let Some(Listening { local: own, .. }) = listener.listening else { continue };
            if own.port() == local.port() && address::takes(own.ip(), local.ip()) {
                let rank = 2 * u8::from(!own.ip().is_unspecified()) + u8::from(own.is_ipv4() == local.is_ipv4());
                if rank >= best_rank {
                    (best, best_rank) = (Some(index), rank);
                }
            }
        }
        best
    }

    /// Takes the connection that has waited longest. Those that the peer has reset meanwhile are nobody's to take, and end here.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where none waits; [`Error::BadHandle`].
    pub fn accept<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: ListenerHandle,
    ) -> Result<Accepted, Error> {
        self.listening(handle)?;
        let Tcp { listeners, slots, .. } = self;
        let listening = listeners[handle.index as usize].listening.as_mut().ok_or(Error::BadHandle)?;
        while let Some(index) = listening.pop(slots) {
            match (slots.generation(index), slots.get(index)) {
                (Some(generation), Some(connection)) if connection.state != State::Closed => {
                    let handle = TcpHandle { index: index as u32, generation };
                    return Ok(Accepted { handle, local: connection.local(), remote: connection.remote() });
                }
                _ => slots.remove(context.pool, index),
            }
        }
        Err(Error::WouldBlock)
    }

    /// Whether a connection waits.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn has_incoming(&mut self, handle: ListenerHandle) -> Result<bool, Error> {
        Ok(self.listening(handle)?.waiting > 0)
    }

    /// Has a task woken once, when a connection waits.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn register_accept(&mut self, handle: ListenerHandle, waker: &Waker) -> Result<(), Error> {
        let listening = self.listening(handle)?;
        wakers::keep(&mut listening.waker, waker);
        Ok(())
    }

    /// Listens no more. Connections that wait are reset.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn close_listener<F: Families, C: crate::Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: ListenerHandle,
    ) -> Result<(), Error> {
        while let Ok(accepted) = self.accept(context, handle) {
            self.abort(context, accepted.handle)?;
        }
        self.listening(handle)?;
        while let Some(index) = self.requeued(handle.index) {
            self.end(context, index);
        }
        let listener = &mut self.listeners[handle.index as usize];
        listener.listening = None;
        listener.generation = listener.generation.wrapping_add(1);
        Ok(())
    }

    /// Gives a connection back to the listener of its address, which gives it again to whoever accepts when there is something to read, its end or
    /// an error. Until then it costs its memory in the table alone, and may be ended in favour of a new one ([`Tcp::set_idle`]). Where nothing comes
    /// for as long as `most`, it is closed, and at once where there is no listener. The handle is not valid any more.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn requeue<F: Families, C: crate::Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: TcpHandle,
        most: Option<Duration>,
    ) -> Result<(), Error> {
        let local = self.connection(handle)?.local();
        let Some(listener) = self.listener_at(local).and_then(|listener| u8::try_from(listener).ok()) else {
            return self.close(context, handle);
        };
        let waits = self.connection(handle)?;
        let index = handle.index as usize;
        (waits.read_waker, waits.write_waker) = (None, None);
        waits.requeued_at = Some(listener);
        waits.expires_at = most.map_or(Instant::NEVER, |most| context.now + most);
        self.slots.renew(index);
        self.slots.set_spare(index, Some(Spare::Idle));
        self.look_after(context.pool, index);
        Ok(())
    }

    /// One that a listener has back, and that nobody accepts again.
    fn requeued(&self, listener: u32) -> Option<usize> {
        self.slots
            .iter()
            .find_map(|(index, other)| (other.requeued_at.map(u32::from) == Some(listener)).then_some(index))
    }

    /// A connection is there for a listener.
    pub(super) fn offer(&mut self, listener: usize, index: usize) {
        let Tcp { listeners, slots, .. } = self;
        if let Some(listening) = listeners.get_mut(listener).and_then(|listener| listener.listening.as_mut()) {
            listening.push(slots, index);
        }
    }

    pub(super) fn is_backlog_full(&self, listener: usize) -> bool {
        self.listeners.get(listener).and_then(|listener| listener.listening.as_ref()).is_none_or(Listening::is_full)
    }
}
