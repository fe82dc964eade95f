//! DHCP: the network is asked for address, gateway and name server.

use super::stack::Stack;
use core::task::Waker;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4::{Event, Socket};

/// How many tasks can wait for an address; those that come later are woken again and again.
const WAITING: usize = 4;

/// The client, where one is wanted.
pub(super) struct Client {
    handle: Option<SocketHandle>,
    waiting: [Option<Waker>; WAITING],
}

impl Client {
    pub(super) fn new(sockets: &mut SocketSet<'static>, is_wanted: bool) -> Self {
        Client { handle: is_wanted.then(|| sockets.add(Socket::new())), waiting: [const { None }; WAITING] }
    }

    fn wait(&mut self, waker: &Waker) {
        if self.waiting.iter().flatten().any(|other| other.will_wake(waker)) {
            return;
        }
        match self.waiting.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(waker.clone()),
            None => waker.wake_by_ref(),
        }
    }
}

impl Stack {
    /// Wakes a task once there is an address.
    pub(crate) fn wait_for_address(&mut self, waker: &Waker) {
        self.dhcp.wait(waker);
    }

    /// Takes what the network has given, or taken back.
    pub(super) fn poll_dhcp(&mut self) {
        let Some(handle) = self.dhcp.handle else { return };
        let Some(event) = self.sockets.get_mut::<Socket<'_>>(handle).poll() else { return };
        let (address, router, _server) = match event {
            Event::Configured(config) => (
                Some((config.address.address(), config.address.prefix_len())),
                config.router,
                config.dns_servers.first().copied(),
            ),
            Event::Deconfigured => (None, None, None),
        };
        self.set_network(address, router);
        #[cfg(feature = "dns")]
        self.dns.set_server(&mut self.sockets, _server.map(Into::into));
        self.is_touched = true;
        if address.is_some() {
            self.dhcp.waiting.iter_mut().filter_map(Option::take).for_each(Waker::wake);
        }
    }
}
