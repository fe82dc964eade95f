//! The object that a socket's descriptor is open on: it waits until what is asked of it can be done.

use super::addresses::{Family, or_loopback};
use super::flags::How;
use super::nets;
use super::settings::{Settings, deadline};
#[cfg(feature = "tcp")]
use super::tcp::Tcp;
#[cfg(feature = "udp")]
use super::udp::Udp;
use super::wakers::Wakers;
use super::{Direction, Shutdown};
use crate::posix::descriptors::{Kind, Object, Status};
use crate::posix::errno::{EAFNOSUPPORT, EAGAIN, EINPROGRESS, EISCONN, ENETUNREACH, ENOTSUP, Errno};
use crate::posix::parts::{self, Parts, PartsMut};
use crate::posix::readiness::Readiness;
use crate::sync::{Lock, Name};
use crate::threads;
use crate::time::{self, NEVER};
use alloc::sync::Arc;
use core::ffi::c_int;
use core::net::SocketAddr;
use core::task::Waker;

/// A socket.
pub(super) struct Socket {
    pub(super) family: Family,
    settings: Lock<Settings, Socket>,
    watchers: Arc<Wakers>,
    /// The one that the network core has, which wakes all who watch.
    waker: Waker,
    protocol: Protocol,
}

impl Name for Socket {
    const NAME: &'static str = "settings of a socket";
}

/// What it speaks.
pub(super) enum Protocol {
    #[cfg(feature = "tcp")]
    Tcp(Tcp),
    #[cfg(feature = "udp")]
    Udp(Udp),
}

/// What was received.
pub(super) struct Received {
    pub(super) copied: usize,
    /// The length of the datagram, of which not all may have been copied.
    pub(super) length: usize,
    /// Who has sent it, where that is not the peer.
    pub(super) from: Option<SocketAddr>,
}

impl Received {
    /// The number that a caller is told.
    pub(super) fn told(&self, how: How) -> usize {
        if how.tells_length { self.length } else { self.copied }
    }
}

impl Socket {
    pub(super) fn new(family: Family, protocol: Protocol, settings: Settings) -> Arc<Self> {
        let watchers = Wakers::new();
        let waker = Waker::from(watchers.clone());
        Arc::new(Socket { family, settings: Lock::new(settings), watchers, waker, protocol })
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings.with(|settings| *settings)
    }

    pub(super) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        let _settings = self.settings.with(|settings| {
            change(settings);
            *settings
        });
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.apply(&_settings),
            #[cfg(feature = "udp")]
            Protocol::Udp(_) => {}
        }
    }

    /// Tries until there is an answer, or once where it is not to wait.
    fn wait<R>(
        &self,
        direction: Direction,
        is_nonblocking: bool,
        timeout_ns: u64,
        mut attempt: impl FnMut() -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        if is_nonblocking {
            let outcome = attempt();
            if let Err(EAGAIN) = outcome {
                // Who asks again and again lets others run, and the network is polled now and then.
                threads::yield_now();
            }
            return outcome;
        }
        let until = deadline(timeout_ns);
        let outcome = threads::wait(until, |waker| match attempt() {
            // Who is woken again and again, and for nothing, does not wait for longer.
            Err(EAGAIN) if until == NEVER || time::now_ticks() < until => {
                self.watch_direction(direction, waker);
                None
            }
            outcome => Some(outcome),
        });
        outcome.unwrap_or(Err(EAGAIN))
    }

    fn watch_direction(&self, direction: Direction, waker: &Waker) {
        self.watchers.add(waker);
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.register(direction, &self.waker),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.register(direction, &self.waker),
        }
    }

    pub(super) fn bind(&self, address: SocketAddr) -> Result<(), Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.bind(address),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.bind(address),
        }
    }

    pub(super) fn listen(&self, _backlog: usize) -> Result<(), Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.listen(_backlog),
            #[cfg(feature = "udp")]
            Protocol::Udp(_) => Err(ENOTSUP),
        }
    }

    /// The next connection that has come, with the peer's address.
    #[cfg_attr(not(feature = "tcp"), expect(clippy::unused_self, reason = "UDP has no connections"))]
    pub(super) fn accept(&self, _is_nonblocking: bool) -> Result<(Arc<Socket>, SocketAddr), Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => {
                let settings = self.settings();
                let timeout_ns = settings.receive_timeout_ns;
                let connection = self.wait(Direction::Read, settings.is_nonblocking, timeout_ns, || tcp.accept())?;
                let peer = connection.peer();
                connection.apply(&settings);
                let settings =
                    Settings { is_nonblocking: _is_nonblocking, receive_timeout_ns: 0, send_timeout_ns: 0, ..settings };
                let protocol = Protocol::Tcp(Tcp::accepted(connection));
                Ok((Socket::new(self.family, protocol, settings), peer))
            }
            #[cfg(feature = "udp")]
            Protocol::Udp(_) => Err(ENOTSUP),
        }
    }

    /// Connects to a peer; of UDP, `None` is nobody.
    pub(super) fn connect(&self, peer: Option<SocketAddr>) -> Result<(), Errno> {
        let peer = peer.map(or_loopback);
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => {
                let settings = self.settings();
                tcp.connect(peer.ok_or(EAFNOSUPPORT)?, &settings)?;
                let timeout_ns = settings.send_timeout_ns;
                match self.wait(Direction::Write, settings.is_nonblocking, timeout_ns, || tcp.connected()) {
                    Err(EAGAIN) => Err(EINPROGRESS),
                    outcome => outcome,
                }
            }
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => match (udp.connect(peer), peer) {
                (Err(ENETUNREACH), Some(address)) if nets::leads_later(address) => udp.connect(peer),
                (outcome, _) => outcome,
            },
        }
    }

    pub(super) fn receive(&self, parts: &mut PartsMut<'_>, how: How) -> Result<Received, Errno> {
        let Settings { is_nonblocking, receive_timeout_ns, .. } = self.settings();
        let is_nonblocking = is_nonblocking || how.is_nonblocking;
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(_) if parts.bytes() == 0 => Ok(Received { copied: 0, length: 0, from: None }),
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => {
                let attempt = || tcp.receive(parts, how.is_peek);
                let copied = self.wait(Direction::Read, is_nonblocking, receive_timeout_ns, attempt)?;
                Ok(Received { copied, length: copied, from: None })
            }
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => {
                let attempt = || udp.receive(parts, how.is_peek);
                let datagram = self.wait(Direction::Read, is_nonblocking, receive_timeout_ns, attempt)?;
                Ok(Received { copied: datagram.copied, length: datagram.length, from: Some(datagram.from) })
            }
        }
    }

    /// Sends all of it, unless it is not to wait and there is room for less. An address is of UDP.
    pub(super) fn send(&self, parts: &Parts<'_>, to: Option<SocketAddr>, how: How) -> Result<usize, Errno> {
        let settings = self.settings();
        let is_nonblocking = settings.is_nonblocking || how.is_nonblocking;
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(_) if to.is_some() => Err(EISCONN),
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => {
                let (all, mut done) = (parts.bytes(), 0);
                loop {
                    let attempt = || tcp.send(parts, done);
                    match self.wait(Direction::Write, is_nonblocking, settings.send_timeout_ns, attempt) {
                        Ok(count) => done += count,
                        Err(error) if done == 0 => return Err(error),
                        Err(_) => return Ok(done),
                    }
                    if done >= all || is_nonblocking {
                        return Ok(done);
                    }
                }
            }
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => {
                let attempt = || udp.send(parts, to, &settings);
                match (self.wait(Direction::Write, is_nonblocking, settings.send_timeout_ns, attempt), to) {
                    (Err(ENETUNREACH), Some(address)) if !is_nonblocking && nets::leads_later(address) => {
                        udp.send(parts, to, &settings)
                    }
                    (outcome, _) => outcome,
                }
            }
        }
    }

    fn shut_down(&self, how: Shutdown) -> Result<(), Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.shut_down(how)?,
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.shut_down(how)?,
        }
        self.watchers.wake_all();
        Ok(())
    }

    pub(super) fn local(&self) -> SocketAddr {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.local(),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.local(),
        }
    }

    pub(super) fn peer(&self) -> Result<SocketAddr, Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.peer(),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.peer(),
        }
    }

    /// Whether it is of TCP, and whether it listens.
    pub(super) fn kind(&self) -> (bool, bool) {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => (true, tcp.is_listening()),
            #[cfg(feature = "udp")]
            Protocol::Udp(_) => (false, false),
        }
    }

    /// The most bytes that it keeps of what it has received, and of what is to be sent.
    pub(super) fn buffers(&self) -> (u32, u32) {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(_) => super::tcp::buffers(),
            #[cfg(feature = "udp")]
            Protocol::Udp(_) => super::udp::buffers(),
        }
    }

    /// An error that no call has told yet.
    pub(super) fn take_error(&self) -> Option<Errno> {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.take_error(),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.take_error(),
        }
    }
}

impl Object for Socket {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        parts::one_mut(buffer, |parts| self.read_parts(parts))
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        parts::one(bytes, |parts| self.write_parts(parts))
    }

    fn read_parts(&self, parts: &mut PartsMut<'_>) -> Result<usize, Errno> {
        self.receive(parts, How::default()).map(|received| received.copied)
    }

    fn write_parts(&self, parts: &Parts<'_>) -> Result<usize, Errno> {
        self.send(parts, None, How::default())
    }

    fn receive_bytes(&self, buffer: &mut [u8], flags: c_int) -> Result<usize, Errno> {
        let how = How::to_receive(flags)?;
        parts::one_mut(buffer, |parts| self.receive(parts, how)).map(|received| received.told(how))
    }

    fn send_bytes(&self, bytes: &[u8], flags: c_int) -> Result<usize, Errno> {
        let how = How::to_send(flags)?;
        parts::one(bytes, |parts| self.send(parts, None, how))
    }

    fn close_directions(&self, of_reading: bool, of_writing: bool) -> Result<(), Errno> {
        self.shut_down(Shutdown { of_reading, of_writing })
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Socket, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.readiness(),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.readiness(),
        }
    }

    fn watch(&self, waker: &Waker) {
        self.watch_direction(Direction::Both, waker);
    }

    fn set_nonblocking(&self, is_on: bool) {
        self.settings.with(|settings| settings.is_nonblocking = is_on);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        match &self.protocol {
            #[cfg(feature = "tcp")]
            Protocol::Tcp(tcp) => tcp.close(self.settings().linger_seconds == Some(0)),
            #[cfg(feature = "udp")]
            Protocol::Udp(udp) => udp.close(),
        }
    }
}
