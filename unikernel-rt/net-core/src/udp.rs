//! UDP (RFC 768): sockets with a bounded queue of datagrams each, in the blocks of the pool.

use crate::address;
use crate::address::{IpAddr, SocketAddr};
use crate::card::{Card, Payload};
use crate::chains::{self, Chain, Chained};
use crate::error::Error;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::header::Header;
use crate::link::Outgoing;
use crate::packet::{self, Packet, UDP_HEADER_BYTES as HEADER_BYTES};
use crate::pool::{BLOCK_BYTES, NONE, Pool, Queue};
use crate::readiness::Readiness;
use crate::report::{Reason, Report};
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use crate::wakers;
use core::task::Waker;

mod socket;

use socket::State;
pub use socket::UdpSocket;

/// The first port of the dynamic range (RFC 6335, section 6).
const FIRST_EPHEMERAL: u16 = 49152;

/// A socket that was bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UdpHandle {
    index: u32,
    generation: u32,
}

/// A datagram that was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// How many of its bytes were copied.
    pub bytes: usize,
    /// How many it has.
    pub length: usize,
    /// Who has sent it.
    pub peer: SocketAddr,
}

/// All sockets.
pub struct Udp<'m> {
    sockets: &'m mut [UdpSocket],
    /// The most blocks that the datagrams of one socket take.
    most_blocks: usize,
    /// Counts up, so that no two draws of a port are alike.
    draws: u64,
}

impl<'m> Udp<'m> {
    /// Sockets in the memory that is handed in, each of which keeps at most so many blocks of datagrams.
    pub fn new(sockets: &'m mut [UdpSocket], most_blocks: usize) -> Self {
        Udp { sockets, most_blocks, draws: 0 }
    }

    /// The most bytes of datagrams that a socket keeps.
    pub fn buffer_bytes(&self) -> u32 {
        u32::try_from(self.most_blocks * BLOCK_BYTES).unwrap_or(u32::MAX)
    }

    /// Binds a socket to an address of ours or to all (the unspecified one), and to a port or to one that nobody can guess (0).
    ///
    /// # Errors
    ///
    /// [`Error::AddressNotAvailable`], [`Error::AddressInUse`], [`Error::NoMemory`].
    pub fn bind<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        local: SocketAddr,
    ) -> Result<UdpHandle, Error> {
        if !local.ip().is_unspecified() && !context.link.is_local(local.ip()) {
            return Err(Error::AddressNotAvailable);
        }
        let port = match local.port() {
            0 => self.draw_port(context)?,
            port if self.is_used(local.ip(), port) => return Err(Error::AddressInUse),
            port => port,
        };
        let index = self.sockets.iter().position(|socket| socket.state.is_none()).ok_or(Error::NoMemory)?;
        let socket = &mut self.sockets[index];
        socket.state = Some(State::new(SocketAddr::new(local.ip(), port)));
        let generation = socket.generation;
        chains::insert(self.sockets, index, hash(port));
        Ok(UdpHandle { index: index as u32, generation })
    }

    fn is_used(&self, address: IpAddr, port: u16) -> bool {
        chains::matches(self.sockets, hash(port)).any(|(_, socket)| {
            socket.state.as_ref().is_some_and(|state| {
                let other = state.local.ip();
                state.local.port() == port && (address::takes(other, address) || address::takes(address, other))
            })
        })
    }

    /// RFC 6056, section 3.3.1: random ports, until one is free.
    fn draw_port<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) -> Result<u16, Error> {
        const ATTEMPTS: u32 = 64;
        for _ in 0..ATTEMPTS {
            let port = FIRST_EPHEMERAL | context.draw(&mut self.draws, Purpose::Port, &[]) as u16;
            if chains::matches(self.sockets, hash(port)).all(|(_, other)| other.port() != Some(port)) {
                return Ok(port);
            }
        }
        Err(Error::AddressInUse)
    }

    fn state(&mut self, handle: UdpHandle) -> Result<&mut State, Error> {
        let socket = self.sockets.get_mut(handle.index as usize).ok_or(Error::BadHandle)?;
        if socket.generation != handle.generation {
            return Err(Error::BadHandle);
        }
        socket.state.as_mut().ok_or(Error::BadHandle)
    }

    /// The address and the port that it is bound to.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn local_address(&mut self, handle: UdpHandle) -> Result<SocketAddr, Error> {
        self.state(handle).map(|state| state.local)
    }

    /// Has it hear one peer alone, which is also who is sent to by default, and whose errors are told.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`], [`Error::NoRoute`].
    pub fn connect<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: UdpHandle,
        peer: SocketAddr,
    ) -> Result<(), Error> {
        let state = self.state(handle)?;
        let source = (!state.local.ip().is_unspecified()).then_some(state.local.ip());
        context.link.path(peer.ip(), source)?;
        state.peer = Some(peer);
        Ok(())
    }

    /// Has it hear everybody again.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn disconnect(&mut self, handle: UdpHandle) -> Result<(), Error> {
        let state = self.state(handle)?;
        (state.peer, state.error) = (None, None);
        Ok(())
    }

    /// What was reported of a datagram to its peer, once.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn take_error(&mut self, handle: UdpHandle) -> Result<Option<Error>, Error> {
        Ok(self.state(handle)?.error.take())
    }

    /// Who it is connected to, if anybody.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn peer_address(&mut self, handle: UdpHandle) -> Result<Option<SocketAddr>, Error> {
        self.state(handle).map(|state| state.peer)
    }

    /// Sends a datagram, to `peer` or else to the one that it is connected to. What is lasting goes without a copy.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where the card has no room; [`Error::MessageTooLarge`], [`Error::NoRoute`], [`Error::NotConnected`],
    /// [`Error::BadHandle`]; of one that is connected, also what was reported of earlier datagrams.
    pub fn send<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: UdpHandle,
        payload: &[Payload<'_>],
        peer: Option<SocketAddr>,
    ) -> Result<(), Error> {
        let state = self.state(handle)?;
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let peer = peer.or(state.peer).ok_or(Error::NotConnected)?;
        let local = state.local;
        let source = (!local.ip().is_unspecified()).then_some(local.ip());
        let mut path = context.link.path(peer.ip(), source)?;
        let bytes = payload.iter().map(|part| part.bytes().len()).sum::<usize>() + HEADER_BYTES;
        let length = u16::try_from(bytes).map_err(|_| Error::MessageTooLarge)?;
        if !context.cards.get_mut(path.card()).is_some_and(Card::has_room) {
            return Err(Error::WouldBlock);
        }
        let mut header = Header::udp(local.port(), peer.port(), length);
        context.link.send(context.cards, &mut path, &mut header, &Outgoing::udp(payload), context.now)
    }

    /// Takes the next datagram; what has no room in the buffer is lost.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] where there is none; [`Error::BadHandle`]; what was reported of a datagram to its peer.
    pub fn receive_from<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: UdpHandle,
        buffer: &mut [u8],
    ) -> Result<Received, Error> {
        let state = self.state(handle)?;
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let received = state.datagrams.peek(context.pool, buffer).ok_or(Error::WouldBlock)?;
        state.datagrams.drop_first(context.pool);
        Ok(received)
    }

    /// Looks at the next datagram, and leaves it.
    ///
    /// # Errors
    ///
    /// As [`Udp::receive_from`].
    pub fn peek_from<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: UdpHandle,
        buffer: &mut [u8],
    ) -> Result<Received, Error> {
        let state = self.state(handle)?;
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.datagrams.peek(context.pool, buffer).ok_or(Error::WouldBlock)
    }

    /// What it can do now. A card without room is the caller's to know.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn readiness(&mut self, handle: UdpHandle) -> Result<Readiness, Error> {
        let state = self.state(handle)?;
        let failed = state.error.is_some();
        let readable = failed || !state.datagrams.is_empty();
        Ok(Readiness { readable, writable: true, failed, ..Readiness::default() })
    }

    /// Has a task woken once, when there is something to read or an error.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn register(&mut self, handle: UdpHandle, waker: &Waker) -> Result<(), Error> {
        let state = self.state(handle)?;
        wakers::keep(&mut state.waker, waker);
        Ok(())
    }

    /// Closes it. Its datagrams are lost.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn close<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        handle: UdpHandle,
    ) -> Result<(), Error> {
        let state = self.state(handle)?;
        let port = state.local.port();
        state.datagrams.clear(context.pool);
        let index = handle.index as usize;
        chains::remove(self.sockets, index, hash(port));
        let socket = &mut self.sockets[index];
        socket.state = None;
        socket.generation = socket.generation.wrapping_add(1);
        Ok(())
    }

    /// The socket that a packet is for: one that is connected to its sender, else one bound to its address, else to all.
    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Option<usize> {
        let rank = |socket: &UdpSocket| {
            let state = socket.state.as_ref()?;
            let (own, any) = (state.local.ip(), state.local.ip().is_unspecified());
            let is_bound = address::takes(own, local.ip());
            let is_peer = state.peer.is_none_or(|peer| peer == remote);
            let rank = u8::from(state.peer.is_some()) * 2 + u8::from(!any);
            (state.local.port() == local.port() && is_bound && is_peer).then_some(rank)
        };
        let sockets = chains::matches(self.sockets, hash(local.port()));
        sockets.filter_map(|(index, socket)| Some((rank(socket)?, index))).max().map(|(_, index)| index)
    }
}

/// Whoever chooses ports of ours is us: they need no key.
fn hash(port: u16) -> u64 {
    u64::from(port).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl sealed::Sealed for Udp<'_> {}

impl<F: Families> Transport<F> for Udp<'_> {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        if packet.protocol != packet::UDP {
            return false;
        }
        let Some((source, destination, length)) = packet.datagram(frame) else {
            context.link.counters.malformed += 1;
            return true;
        };
        let local = SocketAddr::new(packet.destination, destination);
        let remote = SocketAddr::new(packet.source, source);
        let is_group = packet.destination.is_multicast() || context.link.is_broadcast(card, packet.destination);
        let Some(index) = self.find(local, remote) else {
            if !is_group {
                context.link.refuse_port(context.cards, card, frame, packet, context.now);
            }
            return true;
        };
        let bytes = packet.payload(frame).get(HEADER_BYTES..length).unwrap_or_default();
        if let Some(state) = &mut self.sockets[index].state
            && state.datagrams.push(context.pool, bytes, remote, self.most_blocks)
        {
            state.wake();
        }
        true
    }

    fn report(&mut self, _: &mut Pool<'_>, report: &Report, _: &Key) {
        if report.protocol != packet::UDP || matches!(report.reason, Reason::TimeExceeded) {
            return;
        }
        // RFC 1122, section 4.1.3.3: to whom it concerns; others could not tell of which datagram it is.
        let Some(index) = self.find(report.local, report.remote) else { return };
        if let Some(state) = &mut self.sockets[index].state
            && state.peer == Some(report.remote)
        {
            state.error = Some(match report.reason {
                Reason::PortUnreachable => Error::Refused,
                Reason::TooLarge { .. } => Error::MessageTooLarge,
                reason => Error::Unreachable(reason),
            });
            state.wake();
        }
    }

    fn transmit<C: Card>(&mut self, _: &mut Context<'_, '_, F, C>) {}

    fn deadline(&self) -> Instant {
        Instant::NEVER
    }
}

impl Chained for UdpSocket {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}
