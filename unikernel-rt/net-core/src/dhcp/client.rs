//! The states of a client (RFC 2131, section 4.4, figure 5), and the times of its messages.

use super::{Dhcp, Kind, Lease, Message, code, is_host};
use crate::card::Card;
use crate::families::Families;
use crate::time::Instant;
use crate::transport::Context;
use core::net::Ipv4Addr;
use core::time::Duration;

/// After an address that another host has (section 3.1, step 5).
const DECLINED_WAIT: Duration = Duration::from_secs(10);
/// How often an offer is asked for, before another one is.
const REQUEST_ATTEMPTS: u8 = 4;
/// Between two requests for more time (section 4.4.5), where the lease is as long as that.
const LEAST_RENEWAL_GAP: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Until it asks (INIT).
    Waiting,
    /// Has asked who has an address (SELECTING).
    Selecting,
    /// Has asked for an address that was offered (REQUESTING).
    Requesting { address: Ipv4Addr, server: Ipv4Addr },
    /// Has a lease, and asks whether another host has its address.
    Probing { sent: u8 },
    /// Has a lease in force (BOUND).
    Bound,
    /// Asks its server for more time (RENEWING).
    Renewing,
    /// Asks any server for more time (REBINDING).
    Rebinding,
    /// Was told to give the address back.
    Released,
}

impl Dhcp<'_> {
    pub(super) fn enter(&mut self, state: State, next: Instant) {
        (self.state, self.next, self.attempts) = (state, next, 0);
    }

    /// Whether a message is an answer to the client's last one.
    pub(super) fn is_for_us<F: Families, C: Card>(
        &self,
        context: &Context<'_, '_, F, C>,
        message: &Message<'_>,
    ) -> bool {
        let mac = context.link.mac(self.card);
        let mut buffer = [0; super::MOST_IDENTIFIER_BYTES + 1];
        // RFC 6842: a server that tells for whom it is tells the truth.
        let is_named = match (message.option(code::CLIENT, &mut buffer), self.config.identifier) {
            (Some(told), Some(identifier)) => told == identifier,
            (Some(told), None) => told.split_first() == Some((&1, &mac.0)),
            (None, _) => true,
        };
        message.transaction == self.transaction && message.mac == mac && is_named
    }

    pub(super) fn on_message<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        message: &Message<'_>,
    ) {
        let now = context.now;
        match (self.state, message.kind) {
            (State::Selecting, Kind::Offer) => {
                let server = message.address(code::SERVER).filter(|server| is_host(*server));
                let Some(server) = server.filter(|_| is_host(message.address)) else { return };
                self.enter(State::Requesting { address: message.address, server }, now);
            }
            (State::Requesting { address, server }, Kind::Acknowledgement) => {
                let lease = Lease::parse(message).filter(|lease| lease.server == server);
                let Some(lease) = lease.filter(|_| message.address == address) else { return };
                if let Some(interface) = context.link.interface_mut(self.card) {
                    interface.claim(lease.address.address());
                }
                self.probed = Some(lease);
                self.enter(State::Probing { sent: 0 }, now);
            }
            (State::Requesting { .. } | State::Renewing | State::Rebinding, Kind::Refusal) => {
                self.uninstall(context);
                let wait = if self.failures == 0 { Duration::ZERO } else { self.backoff(context, self.failures - 1) };
                self.failures = self.failures.saturating_add(1);
                self.enter(State::Waiting, now + wait);
            }
            (State::Renewing | State::Rebinding, Kind::Acknowledgement) => {
                if let Some(lease) = Lease::parse(message).filter(|_| Some(message.address) == self.own_address()) {
                    self.install(context, lease);
                }
            }
            _ => {}
        }
    }

    /// The time of the state has come.
    pub(super) fn on_timer<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let now = context.now;
        match self.state {
            State::Waiting => {
                self.draw_transaction(context);
                self.began = now;
                if let Some(interface) = context.link.interface_mut(self.card) {
                    interface.is_configuring = true;
                }
                self.enter(State::Selecting, now);
                self.discover(context);
            }
            State::Selecting => self.discover(context),
            State::Requesting { .. } if self.attempts == REQUEST_ATTEMPTS => {
                self.enter(State::Waiting, now);
                self.on_timer(context);
            }
            State::Requesting { address, server } => self.request(context, address, server),
            State::Probing { sent } => match self.probed {
                Some(lease) if sent < self.config.probes => {
                    context.link.probe_ipv4(context.cards, self.card, lease.ipv4());
                    self.enter(State::Probing { sent: sent + 1 }, now + self.config.probe_interval);
                }
                Some(lease) => self.install(context, lease),
                None => self.enter(State::Waiting, now),
            },
            State::Bound => {
                self.began = now;
                self.enter(State::Renewing, now);
                self.renew(context);
            }
            State::Renewing | State::Rebinding => self.renew(context),
            State::Released => self.next = Instant::NEVER,
        }
    }

    fn discover<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let mut message = self.message(context, Kind::Discover, None);
        self.ask(&mut message);
        self.send(context, None, None, message.finish());
        self.wait_for_answer(context);
    }

    fn request<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        address: Ipv4Addr,
        server: Ipv4Addr,
    ) {
        if self.attempts == 0 {
            self.asked_at = context.now;
        }
        let mut message = self.message(context, Kind::Request, None);
        message.option(code::REQUESTED_ADDRESS, &address.octets());
        message.option(code::SERVER, &server.octets());
        self.ask(&mut message);
        self.send(context, None, None, message.finish());
        self.wait_for_answer(context);
    }

    /// Asks for more time, its server first, any server later; without an answer, the lease ends.
    fn renew<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let Some(lease) = self.lease else { return self.enter(State::Waiting, context.now) };
        let now = context.now;
        if now >= self.asked_at + lease.duration {
            self.uninstall(context);
            self.enter(State::Waiting, now);
            return self.on_timer(context);
        }
        let rebinding_at = self.asked_at + lease.rebinding;
        if self.state == State::Renewing && now >= rebinding_at {
            self.enter(State::Rebinding, now);
        }
        let is_rebinding = self.state == State::Rebinding;
        let end = if is_rebinding { self.asked_at + lease.duration } else { rebinding_at };
        let own = self.own_address();
        // Another number each time: so that it is known when what is answered was asked, which is when the lease begins.
        self.draw_transaction(context);
        let mut message = self.message(context, Kind::Request, own);
        self.ask(&mut message);
        self.renewal_asked_at = now;
        self.send(context, own, (!is_rebinding).then_some(lease.server), message.finish());
        // Half of the time that is left, but not too often; a short lease is not to be lost by one lost packet.
        let gap = (end.since(now) / 2).max(LEAST_RENEWAL_GAP.min(lease.duration / 16)).max(Duration::from_secs(1));
        self.next = (now + gap).min(end);
    }

    /// Adds the options of what the client wants to know. Classless routes stand first (RFC 3442), so that a server which has not
    /// room for all leaves out others.
    fn ask(&self, message: &mut super::Writer) {
        const WANTED: [u8; 9] = [
            code::CLASSLESS_ROUTES,
            code::SUBNET_MASK,
            code::ROUTERS,
            code::NAME_SERVERS,
            code::MTU,
            code::HOST_NAME,
            code::DOMAIN_NAME,
            code::RENEWAL_TIME,
            code::REBINDING_TIME,
        ];
        /// What a packet of an Ethernet carries without its headers of IP and UDP.
        const MOST_BYTES: u16 = 1472;
        message.option(code::PARAMETERS, &WANTED);
        message.option(code::MOST_BYTES, &MOST_BYTES.to_be_bytes());
        if let Some(name) = self.config.host_name {
            message.option(code::HOST_NAME, name.as_bytes());
        }
    }

    fn wait_for_answer<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>) {
        self.next = context.now + self.backoff(context, self.attempts);
        self.attempts = self.attempts.saturating_add(1);
    }

    /// One second, doubled with each attempt up to 64, and by up to a quarter more or less, but no more than one second (section 4.1).
    fn backoff<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, attempt: u8) -> Duration {
        let base = 1_000_000_u64 << attempt.min(6);
        let spread = (base / 4).min(1_000_000);
        Duration::from_micros(base - spread + self.draw(context) % (2 * spread))
    }

    /// Another host has the address (RFC 5227): before it is used the server is told; afterwards it is defended, once in ten seconds.
    pub(super) fn on_contest<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        /// RFC 5227, section 2.4 (b).
        const DEFENCE_INTERVAL: Duration = Duration::from_secs(10);
        let now = context.now;
        let Some(lease) = self.probed.or(self.lease) else { return };
        let address = lease.address.address();
        let Some(interface) = context.link.interface_mut(self.card) else { return };
        if !interface.claims.take_contest(address) {
            return;
        }
        let is_used = interface.has(address);
        if is_used && self.contested_at.is_none_or(|at| now.since(at) >= DEFENCE_INTERVAL) {
            self.contested_at = Some(now);
            return context.link.announce_ipv4(context.cards, self.card, lease.ipv4());
        }
        self.draw_transaction(context);
        let mut message = self.message(context, Kind::Decline, None);
        message.option(code::REQUESTED_ADDRESS, &lease.ipv4().octets());
        message.option(code::SERVER, &lease.server.octets());
        self.send(context, None, None, message.finish());
        self.uninstall(context);
        self.failures = self.failures.saturating_add(1);
        self.enter(State::Waiting, now + DECLINED_WAIT);
    }
}
