//! The TCP sockets of one stack: who has which, and the ports that are listened on.
//!
//! smoltcp has no backlog: a socket that listens becomes the connection. A listener therefore always has one socket that
//! listens, replaced right after the packet that took it, and what has come waits among the others. Where no socket is left, a
//! new connection is not refused but overheard, so that the other side tries again.

use super::Error;
use core::task::Waker;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};

/// The most ports that are listened on at the same time.
pub(super) const LISTENERS: usize = 8;

/// A peer that says nothing for so long while a connection begins or ends is gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A socket of the pool.
pub(crate) struct Slot {
    pub(super) handle: SocketHandle,
    user: User,
}

/// Who has a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Nobody,
    /// A listener: it listens, or what has come waits to be accepted, in the order of the number.
    Listener {
        listener: u8,
        number: u32,
    },
    Stream,
    /// Nobody any more; it says its farewells, until then at the latest.
    Leaving {
        until: Instant,
    },
}

/// A port that is listened on.
#[derive(Clone, Copy)]
struct Listener {
    port: u16,
    /// The slot that listens.
    slot: Option<u16>,
}

/// The sockets and the listeners.
pub(super) struct Pool {
    slots: &'static mut [Slot],
    listeners: [Option<Listener>; LISTENERS],
    /// Who waits to accept: told by the sockets that listen now, and by those that will.
    acceptors: [Option<Waker>; LISTENERS],
    number: u32,
}

impl Pool {
    /// Makes the sockets, each with two buffers, in places that nobody else uses.
    pub(super) fn new(
        sockets: &mut SocketSet<'static>,
        places: &'static mut [core::mem::MaybeUninit<Slot>],
        buffers: impl Iterator<Item = (&'static mut [u8], &'static mut [u8])>,
    ) -> Self {
        let mut count = 0;
        for (place, (receive, send)) in places.iter_mut().zip(buffers) {
            let socket = Socket::new(SocketBuffer::new(receive), SocketBuffer::new(send));
            place.write(Slot { handle: sockets.add(socket), user: User::Nobody });
            count += 1;
        }
        // SAFETY: the first `count` places have been written.
        let slots = unsafe { places[..count].assume_init_mut() };
        Pool { slots, listeners: [None; LISTENERS], acceptors: [const { None }; LISTENERS], number: 0 }
    }

    pub(super) fn handle(&self, slot: u16) -> SocketHandle {
        self.slots[usize::from(slot)].handle
    }

    /// The ports to which new connections have to be overheard; 0 is none.
    pub(super) fn full(&self) -> Option<[u16; LISTENERS]> {
        let port = |listener: Option<Listener>| {
            listener.filter(|listener| listener.slot.is_none()).map_or(0, |full| full.port)
        };
        self.is_short().then(|| self.listeners.map(port))
    }

    /// Whether any listener lacks a socket.
    pub(super) fn is_short(&self) -> bool {
        self.listeners.iter().flatten().any(|listener| listener.slot.is_none())
    }

    /// Begins to listen on a port.
    pub(super) fn listen(&mut self, sockets: &mut SocketSet<'static>, port: u16, now: Instant) -> Result<u8, Error> {
        if port == 0 || self.listeners.iter().flatten().any(|listener| listener.port == port) {
            return Err(Error::AddressInUse);
        }
        let index = self.listeners.iter().position(Option::is_none).ok_or(Error::NoSocket)?;
        self.listeners[index] = Some(Listener { port, slot: None });
        self.replenish(sockets, now);
        Ok(index as u8)
    }

    /// Ends listening; who waits to be accepted is reset.
    pub(super) fn unlisten(&mut self, sockets: &mut SocketSet<'static>, listener: u8, now: Instant) {
        self.listeners[usize::from(listener)] = None;
        self.acceptors[usize::from(listener)] = None;
        for slot in self.slots.iter_mut() {
            if matches!(slot.user, User::Listener { listener: other, .. } if other == listener) {
                sockets.get_mut::<Socket<'_>>(slot.handle).abort();
                slot.user = User::Leaving { until: now };
            }
        }
    }

    /// Gives every listener a socket that listens, where one is left.
    #[inline]
    pub(super) fn replenish(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        for index in 0..LISTENERS {
            let Some(Listener { port, slot }) = self.listeners[index] else { continue };
            let listens = slot.is_some_and(|slot| {
                let is_listening = sockets.get::<Socket<'_>>(self.handle(slot)).is_listening();
                is_listening || self.forget_repeated(sockets, slot, port)
            });
            if !listens {
                self.replace(sockets, index, port, now);
            }
        }
    }

    /// Whether what has just come to a listening socket is a connection that another socket has already: its first packet, sent
    /// again before it was answered, which smoltcp gives to whichever of the two it finds first. The socket then listens on, and
    /// the other one repeats the answer.
    #[inline(never)]
    fn forget_repeated(&self, sockets: &mut SocketSet<'static>, slot: u16, port: u16) -> bool {
        let peer = |sockets: &SocketSet<'static>, slot: &Slot| {
            let socket = sockets.get::<Socket<'_>>(slot.handle);
            let is_alive = !matches!(socket.state(), State::Closed | State::TimeWait);
            socket.remote_endpoint().zip(socket.local_endpoint()).filter(|_| is_alive)
        };
        let new = peer(sockets, &self.slots[usize::from(slot)]);
        let mut others = self.slots.iter().enumerate().filter(|(index, _)| *index != usize::from(slot));
        let is_repeated = new.is_some() && others.any(|(_, other)| peer(sockets, other) == new);
        if is_repeated {
            // To listen again forgets the connection, so that nothing is sent for it.
            let socket = sockets.get_mut::<Socket<'_>>(self.handle(slot));
            socket.abort();
            let _ = socket.listen(port);
        }
        is_repeated
    }

    #[inline(never)]
    fn replace(&mut self, sockets: &mut SocketSet<'static>, index: usize, port: u16, now: Instant) {
        let slot = self.take(sockets, now);
        if let Some(slot) = slot {
            let socket = sockets.get_mut::<Socket<'_>>(self.handle(slot));
            // The socket is closed, and the port is not 0.
            let _ = socket.listen(port);
            // Who has asked while no socket was left is told of what comes to this one.
            if let Some(acceptor) = &self.acceptors[index] {
                socket.register_recv_waker(acceptor);
            }
            self.number = self.number.wrapping_add(1);
            self.slots[usize::from(slot)].user = User::Listener { listener: index as u8, number: self.number };
        }
        self.listeners[index] = Some(Listener { port, slot });
    }

    /// Takes a socket that nobody needs, closed.
    fn take(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> Option<u16> {
        let is_left = |slot: &Slot| {
            let socket = sockets.get::<Socket<'_>>(slot.handle);
            let state = socket.state();
            match slot.user {
                User::Nobody => true,
                User::Leaving { until } => {
                    matches!(state, State::TimeWait)
                        || state == State::Closed && socket.remote_endpoint().is_none()
                        || now >= until
                }
                User::Listener { .. } | User::Stream => false,
            }
        };
        let index = self.slots.iter().position(is_left)?;
        let slot = &mut self.slots[index];
        slot.user = User::Stream;
        let socket = sockets.get_mut::<Socket<'_>>(slot.handle);
        socket.abort();
        // Applications write whole answers, and what they write between two polls goes as one.
        socket.set_nagle_enabled(false);
        // smoltcp ends with it what is merely idle, too: it is for streams that begin or leave.
        socket.set_timeout(None);
        socket.set_keep_alive(None);
        Some(index as u16)
    }

    /// Takes a socket for a stream that begins here.
    pub(super) fn open(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> Result<u16, Error> {
        self.take(sockets, now).ok_or(Error::NoSocket)
    }

    /// Takes the connection that has waited longest for a listener; leaves word with all that may come next.
    pub(super) fn accept(
        &mut self,
        sockets: &mut SocketSet<'static>,
        listener: u8,
        waker: &Waker,
        now: Instant,
    ) -> Option<u16> {
        let mut oldest: Option<(u32, u16)> = None;
        let listens = self.listeners[usize::from(listener)].and_then(|listener| listener.slot);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let User::Listener { listener: other, number } = slot.user else { continue };
            if other != listener {
                continue;
            }
            let socket = sockets.get_mut::<Socket<'_>>(slot.handle);
            match socket.state() {
                // It came to nothing: the other side has reset it before it was there.
                State::Closed => slot.user = User::Leaving { until: now },
                State::Listen if listens != Some(index as u16) => {
                    socket.abort();
                    slot.user = User::Leaving { until: now };
                }
                State::Listen | State::SynReceived => socket.register_recv_waker(waker),
                _ if oldest.is_none_or(|(first, _)| number.wrapping_sub(first) as i32 <= 0) => {
                    oldest = Some((number, index as u16));
                }
                _ => {}
            }
        }
        let Some((_, slot)) = oldest else {
            let acceptor = &mut self.acceptors[usize::from(listener)];
            if !acceptor.as_ref().is_some_and(|acceptor| acceptor.will_wake(waker)) {
                *acceptor = Some(waker.clone());
            }
            return None;
        };
        self.slots[usize::from(slot)].user = User::Stream;
        if listens == Some(slot) {
            self.listeners[usize::from(listener)].iter_mut().for_each(|listener| listener.slot = None);
        }
        self.replenish(sockets, now);
        Some(slot)
    }

    /// Lets a stream go: what was written is still sent, if the other side takes it within a while.
    pub(super) fn leave(&mut self, sockets: &mut SocketSet<'static>, slot: u16, now: Instant) {
        let slot = &mut self.slots[usize::from(slot)];
        let socket = sockets.get_mut::<Socket<'_>>(slot.handle);
        socket.close();
        socket.set_timeout(Some(PATIENCE));
        slot.user = User::Leaving { until: now + PATIENCE };
        if self.is_short() {
            self.replenish(sockets, now);
        }
    }
}
