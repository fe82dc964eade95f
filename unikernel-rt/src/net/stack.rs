//! One card's stack: interface, sockets and card, polled together.

#[cfg(feature = "sockets")]
use super::busy_poll::BusyPoll;
use super::device::Device;
use super::socket_memory::Buffers;
use crate::drivers::virtio::net::Card;
use core::net::Ipv4Addr;
#[cfg(not(feature = "sockets"))]
use smoltcp::iface::PollIngressSingleResult;
#[cfg(feature = "sockets")]
use smoltcp::iface::PollResult;
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;

/// The deadline that never comes.
pub(super) const NEVER: u64 = u64::MAX;

/// How an interface is set up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) address: Option<(Ipv4Addr, u8)>,
    pub(crate) gateway: Option<Ipv4Addr>,
    /// Who knows the addresses of names.
    #[cfg(feature = "dns")]
    pub(crate) name_server: Option<core::net::IpAddr>,
    /// Whether the network is asked for all of that.
    #[cfg(feature = "dhcp")]
    pub(crate) dhcp: bool,
    /// An IPv6 address; the unspecified one stands for what the network advertises.
    #[cfg(feature = "ipv6")]
    pub(crate) address6: Option<(core::net::Ipv6Addr, u8)>,
    #[cfg(feature = "ipv6")]
    pub(crate) gateway6: Option<core::net::Ipv6Addr>,
    /// How long it looks for more after a frame.
    #[cfg(feature = "busy-poll")]
    pub(crate) busy_poll: Option<core::time::Duration>,
    /// Seeds what smoltcp chooses at random.
    pub(crate) seed: u64,
    /// Keys the hash of the table of connections.
    #[cfg(feature = "tcp")]
    pub(crate) secret: u64,
}

#[cfg(feature = "ipv6")]
impl Configuration {
    /// Whether routers are asked for an IPv6 address, and for the way to other networks.
    fn is_advertised(&self) -> bool {
        self.address6.is_some_and(|(address, _)| address.is_unspecified())
    }
}

/// Everything of one card.
pub(crate) struct Stack {
    pub(super) device: Device,
    pub(super) interface: Interface,
    /// All sockets but TCP's, each of which has a set of its own.
    pub(super) sockets: SocketSet<'static>,
    /// When these sockets want to be looked at again.
    #[cfg(feature = "sockets")]
    deadline: Option<Instant>,
    /// Whether somebody has used one since they were looked at.
    #[cfg(feature = "sockets")]
    pub(super) is_touched: bool,
    #[cfg(feature = "sockets")]
    pub(super) now: Instant,
    /// Whether there was nothing to do when it was polled last.
    #[cfg(feature = "sockets")]
    is_idle: bool,
    #[cfg(feature = "sockets")]
    busy_poll: BusyPoll,
    #[cfg(feature = "tcp")]
    pub(super) pool: super::tcp::Pool,
    #[cfg(feature = "udp")]
    pub(super) datagrams: super::udp::Pool,
    #[cfg(feature = "dns")]
    pub(super) dns: super::dns::Resolver,
    #[cfg(feature = "dhcp")]
    pub(super) dhcp: super::dhcp::Client,
}

impl Stack {
    pub(super) fn new(card: Card, buffers: Buffers, configuration: &Configuration) -> Self {
        let mac = card.mac();
        #[cfg(feature = "sockets")]
        let filter = super::device::Filter {
            mac,
            address: None,
            #[cfg(feature = "ipv6")]
            neighbours: super::neighbours::Neighbours::new(mac, configuration.is_advertised(), now()),
            leaves_checksums: card.completes_checksums(),
            #[cfg(feature = "tcp")]
            wire_bytes: card.wire_bytes(),
            #[cfg(feature = "tcp")]
            cuts: card.most_bytes() > card.wire_bytes(),
        };
        let mut device = Device {
            card,
            #[cfg(feature = "sockets")]
            filter,
            #[cfg(feature = "sockets")]
            loopback: super::loopback::Loopback::new(buffers.looped),
            #[cfg(feature = "sockets")]
            fetched: super::device::Fetched::None,
            #[cfg(feature = "tcp")]
            has_room: false,
            #[cfg(feature = "tcp")]
            segment_bytes: 0,
        };
        let mut config = Config::new(EthernetAddress(mac).into());
        config.random_seed = configuration.seed;
        let now = now();
        let interface = Interface::new(config, &mut device, now);
        #[cfg(not(feature = "sockets"))]
        let (sockets, Buffers {}) = (SocketSet::new(&mut [][..]), buffers);
        #[cfg(feature = "sockets")]
        #[allow(unused_mut)] // not every part has sockets that are made here
        let mut sockets = buffers.others;
        Stack {
            #[cfg(feature = "tcp")]
            pool: super::tcp::Pool::new(buffers.tcp, configuration.secret),
            #[cfg(feature = "udp")]
            datagrams: buffers.udp,
            #[cfg(feature = "dns")]
            dns: super::dns::Resolver::new(&mut sockets, buffers.queries, configuration.name_server),
            #[cfg(feature = "dhcp")]
            dhcp: super::dhcp::Client::new(&mut sockets, configuration.dhcp),
            device,
            interface,
            sockets,
            #[cfg(feature = "sockets")]
            deadline: None,
            #[cfg(feature = "sockets")]
            is_touched: true,
            #[cfg(feature = "sockets")]
            now,
            #[cfg(feature = "sockets")]
            is_idle: true,
            #[cfg(feature = "busy-poll")]
            busy_poll: BusyPoll::new(configuration.busy_poll.unwrap_or_default()),
            #[cfg(all(feature = "sockets", not(feature = "busy-poll")))]
            busy_poll: BusyPoll::default(),
        }
    }

    /// The address that others reach it by.
    pub(crate) fn address(&self) -> Option<Ipv4Addr> {
        self.interface.ipv4_addr().filter(|address| !address.is_loopback())
    }

    /// Its own address on the Ethernet.
    pub(crate) fn mac(&self) -> [u8; 6] {
        self.device.card.mac()
    }

    /// Moves what can be moved; gives the time at which it has to be looked at again if nothing happens before.
    #[cfg(not(feature = "sockets"))]
    pub(super) fn poll(&mut self) -> u64 {
        self.device.card.acknowledge();
        let now = now();
        loop {
            self.device.card.begin();
            loop {
                match self.interface.poll_ingress_single(now, &mut self.device, &mut self.sockets) {
                    PollIngressSingleResult::None => break,
                    PollIngressSingleResult::PacketProcessed | PollIngressSingleResult::SocketStateChanged => {}
                }
            }
            if self.device.card.end() {
                return NEVER;
            }
        }
    }
}

#[cfg(feature = "sockets")]
impl Stack {
    /// Moves what can be moved; gives the time at which it has to be looked at again if nothing happens before.
    pub(super) fn poll(&mut self) -> u64 {
        self.device.card.acknowledge();
        let deadline = self.deadline();
        let is_early = deadline == NEVER || crate::time::now_ticks() < deadline;
        if (self.device.card.will_interrupt() || self.busy_poll.is_on()) && !self.has_work() && is_early {
            return deadline;
        }
        self.now = now();
        self.device.card.begin();
        loop {
            #[cfg(feature = "tcp")]
            self.transmit();
            if core::mem::take(&mut self.is_touched) || self.deadline.is_some_and(|deadline| deadline <= self.now) {
                self.poll_others();
            }
            if self.receive() {
                // Those whom it concerns go first: what they answer goes with the acknowledgement, and in one batch.
                self.device.card.submit();
                self.busy_poll.begin();
                return crate::tasks::poll::AT_ONCE;
            }
            self.is_idle = true;
            if self.busy_poll.is_on() {
                self.device.card.submit();
                return self.deadline();
            }
            if self.device.card.end() && !self.has_work() {
                return self.deadline();
            }
            self.device.card.begin();
        }
    }

    /// To be asked before the processor halts: whether it is rather to look on. Otherwise the device interrupts from now on.
    #[cfg(feature = "busy-poll")]
    pub(super) fn looks_on(&mut self) -> bool {
        if self.device.card.will_interrupt() {
            return false;
        }
        self.busy_poll.is_on() || !self.device.card.end() || self.has_work()
    }

    /// Whether there is something to do that can be done now.
    fn has_work(&self) -> bool {
        // What is to be sent has to wait for room.
        if self.device.card.is_starved() {
            return self.device.card.has_work();
        }
        #[cfg(feature = "tcp")]
        if self.pool.is_active() {
            return true;
        }
        self.is_touched || self.device.has_frame()
    }

    fn deadline(&self) -> u64 {
        let deadline = self.deadline;
        #[cfg(feature = "tcp")]
        let deadline = deadline.into_iter().chain(self.pool.deadline()).min();
        deadline.map_or(NEVER, |at| (at.total_micros() as u64).saturating_mul(TICKS_PER_MICROSECOND))
    }

    /// Gives what has come to those whom it concerns; whether anything has.
    ///
    /// Of what has come to one that had nothing to do, half: its answers are under way, and lead to more, while the rest is looked
    /// at. Who has enough to do goes on faster with all of it.
    fn receive(&mut self) -> bool {
        const LEAST: u16 = 4;
        let was_idle = core::mem::take(&mut self.is_idle);
        let most = if was_idle { (self.device.card.received() / 2).max(LEAST) } else { u16::MAX };
        let mut count = 0;
        while count < most && self.device.fetch(self.now) {
            count += 1;
            #[cfg(feature = "tcp")]
            if let Some(segment) = super::segment::Segment::in_frame(self.device.frame()) {
                self.receive_segment(&segment);
                continue;
            }
            #[cfg(feature = "tcp")]
            if super::segment::tells_of_neighbour(self.device.frame()) {
                self.pool.touch_until(Instant::from_micros(i64::MAX));
            }
            self.is_touched = true;
            let _ = self.interface.poll_ingress_single(self.now, &mut self.device, &mut self.sockets);
        }
        count > 0
    }

    #[cfg(feature = "tcp")]
    fn receive_segment(&mut self, segment: &super::segment::Segment) {
        use super::tcp::Target;
        match self.pool.target(segment) {
            Target::Slot(slot) if !self.pool.on_segment(slot, self.device.frame(), segment.start) => {
                self.device.drop_frame()
            }
            Target::Slot(slot) => {
                if segment.begins && self.device.filter.cuts && self.pool.awaits_syn(slot) {
                    let segment_bytes = self.device.limit(segment.start);
                    self.pool.set_segment_bytes(slot, segment_bytes);
                }
                let _ = self.interface.poll_ingress_single(self.now, &mut self.device, self.pool.set(slot));
                self.pool.update(slot, self.now);
                self.pool.touch(slot);
            }
            Target::Reset => {
                let mut no_sockets = SocketSet::new(&mut [][..]);
                let _ = self.interface.poll_ingress_single(self.now, &mut self.device, &mut no_sockets);
            }
            Target::Drop => {
                self.device.drop_frame();
                self.pool.evict(self.now);
            }
        }
    }

    /// Has connections send what they have, one frame each in turn, while there is room.
    #[cfg(feature = "tcp")]
    fn transmit(&mut self) {
        /// To be looked at again where it says that it has something to send, and sends nothing.
        const SOON: smoltcp::time::Duration = smoltcp::time::Duration::from_millis(10);
        self.pool.expire(self.now);
        while self.pool.is_active() && self.device.card.can_transmit_most() {
            let Some(slot) = self.pool.next_active() else { break };
            self.device.segment_bytes = self.pool.segment_bytes(slot);
            let set = self.pool.set(slot);
            self.device.has_room = true;
            let sent = self.interface.poll_egress(self.now, &mut self.device, set) == PollResult::SocketStateChanged;
            self.device.has_room = false;
            let mut deadline = self.interface.poll_at(self.now, set);
            let mut has_more = false;
            if deadline.is_some_and(|deadline| deadline <= self.now) {
                has_more = sent;
                deadline = Some(self.now + SOON);
            }
            has_more |= deadline.is_none() && self.pool.unstick(slot);
            self.pool.set_deadline(slot, deadline);
            self.pool.update(slot, self.now);
            if has_more {
                self.pool.touch(slot);
            }
        }
    }

    /// Looks at the sockets that are not TCP's.
    fn poll_others(&mut self) {
        while self.interface.poll_egress(self.now, &mut self.device, &mut self.sockets)
            == PollResult::SocketStateChanged
        {}
        #[cfg(feature = "dhcp")]
        self.poll_dhcp();
        #[cfg(feature = "ipv6")]
        self.poll_neighbours();
        self.deadline = match self.interface.poll_at(self.now, &self.sockets) {
            // Without room there is nothing to do before the card says that there is.
            Some(at) if at <= self.now && self.device.card.is_starved() => {
                self.is_touched = true;
                None
            }
            at => at,
        };
        #[cfg(feature = "ipv6")]
        if let Some(at) = self.device.filter.neighbours.deadline().filter(|_| !self.device.card.is_starved()) {
            self.deadline = Some(self.deadline.map_or(at, |deadline| deadline.min(at)));
        }
    }
}

/// A local port of the dynamic range (RFC 6335, section 6), chosen at random (RFC 6056).
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(super) fn ephemeral_port(mut is_used: impl FnMut(u16) -> bool) -> u16 {
    const FIRST: u16 = 49152;
    loop {
        let mut bytes = [0; 2];
        crate::entropy::fill(&mut bytes);
        let port = FIRST | u16::from_le_bytes(bytes);
        if !is_used(port) {
            return port;
        }
    }
}

/// The time as smoltcp counts it.
///
/// Without protocols that have timers, it only bounds how long a neighbour is remembered. The processor's counter does for
/// that, taken for one of 2 GHz: to measure its frequency would be most of the boot.
#[cfg(not(feature = "sockets"))]
fn now() -> Instant {
    const MILLISECONDS_AS_SHIFT: u32 = 21;
    Instant::from_millis((crate::drivers::clock::tsc::read() >> MILLISECONDS_AS_SHIFT) as i64)
}

#[cfg(feature = "sockets")]
const TICKS_PER_MICROSECOND: u64 = crate::time::TICKS_PER_SECOND / 1_000_000;

/// The time as smoltcp counts it.
#[cfg(feature = "sockets")]
fn now() -> Instant {
    Instant::from_micros((crate::time::now_ticks() / TICKS_PER_MICROSECOND) as i64)
}
