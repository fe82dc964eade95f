//! DHCP: the network is asked for address, gateway and name server.

use super::stack::Stack;
use super::waiting::Waiting;
use core::task::Waker;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4::{Event, Socket};

/// The client, where one is wanted.
pub(super) struct Client {
    handle: Option<SocketHandle>,
    waiting: Waiting,
}

impl Client {
    pub(super) fn new(sockets: &mut SocketSet<'static>, is_wanted: bool) -> Self {
        Client { handle: is_wanted.then(|| sockets.add(Socket::new())), waiting: Waiting::NOBODY }
    }
}

impl Stack {
    /// Wakes a task once there is an address.
    pub(crate) fn wait_for_address(&mut self, waker: &Waker) {
        self.dhcp.waiting.wait(waker);
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
            self.dhcp.waiting.wake();
        }
    }
}
