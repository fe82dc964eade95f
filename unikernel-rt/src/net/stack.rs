//! One card's stack: interface, sockets and card, polled together.

use super::device::Device;
use super::storage::Buffers;
use crate::arch::statics::Static;
use crate::drivers::virtio::Transport;
use crate::drivers::virtio::net::Card;
use crate::poll::Poller;
use core::net::Ipv4Addr;
#[cfg(feature = "sockets")]
use smoltcp::iface::PollResult;
use smoltcp::iface::{Config, Interface, PollIngressSingleResult, SocketSet};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Cidr};

/// The deadline that never comes.
const NEVER: u64 = u64::MAX;

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
    /// What nobody can guess.
    pub(crate) seed: u64,
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
    pub(super) sockets: SocketSet<'static>,
    /// When the sockets want to be looked at again, in the clock's ticks.
    #[cfg(feature = "sockets")]
    deadline: u64,
    /// Whether somebody has used a socket since they were looked at.
    #[cfg(feature = "sockets")]
    pub(super) is_touched: bool,
    #[cfg(feature = "sockets")]
    pub(super) now: Instant,
    #[cfg(any(feature = "tcp", feature = "udp"))]
    random: u64,
    #[cfg(feature = "tcp")]
    pub(super) pool: super::tcp_pool::Pool,
    #[cfg(feature = "udp")]
    pub(super) datagrams: super::udp::Pool,
    #[cfg(feature = "dns")]
    pub(super) dns: super::dns::Resolver,
    #[cfg(feature = "dhcp")]
    pub(super) dhcp: super::dhcp::Client,
}

/// What an operation on TCP's sockets works on.
#[cfg(feature = "tcp")]
pub(super) struct Parts<'a> {
    pub(super) pool: &'a mut super::tcp_pool::Pool,
    pub(super) sockets: &'a mut SocketSet<'static>,
    pub(super) now: Instant,
}

/// A stack that handles share. It is used in short sections, one at a time.
pub(crate) struct Shared {
    stack: Static<Stack>,
    is_used: Static<bool>,
    next: Option<&'static Shared>,
}

/// The stack that was attached last; each knows the one before.
static LAST: Static<Option<&'static Shared>> = Static::new(None);
static POLLER: Poller = Poller::new(poll_all);

fn poll_all() -> u64 {
    let mut deadline = NEVER;
    let mut next = LAST.read();
    while let Some(shared) = next {
        deadline = deadline.min(shared.with(Stack::poll));
        next = shared.next;
    }
    deadline
}

impl Shared {
    /// Makes a stack in `place` and has it polled from now on.
    ///
    /// # Safety
    /// The place is valid for ever, and nobody else uses it.
    pub(crate) unsafe fn attach(
        place: *mut Shared,
        card: Card<Transport>,
        buffers: Buffers,
        configuration: &Configuration,
    ) -> &'static Self {
        // SAFETY: the caller's promise.
        let shared = unsafe {
            place.write(Shared {
                stack: Static::new(Stack::new(card, buffers, configuration)),
                is_used: Static::new(false),
                next: LAST.read(),
            });
            &*place
        };
        shared.with(|stack| stack.configure(configuration));
        LAST.set(Some(shared));
        #[cfg(not(feature = "sockets"))]
        POLLER.join();
        #[cfg(feature = "sockets")]
        POLLER.join_with_deadlines(crate::time::halt_until);
        shared
    }

    /// Lends the stack.
    ///
    /// # Panics
    /// Panics where it is lent already: a waker of somebody's own has come back here.
    #[inline]
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Stack) -> R) -> R {
        assert!(!self.is_used.read(), "the network is used by a waker that the network has called");
        self.is_used.set(true);
        // SAFETY: nobody else has it, as the flag says.
        let result = act(unsafe { &mut *self.stack.get() });
        self.is_used.set(false);
        result
    }
}

impl Stack {
    fn new(card: Card<Transport>, buffers: Buffers, configuration: &Configuration) -> Self {
        let mac = card.mac();
        let mut device = Device {
            card,
            #[cfg(any(feature = "tcp", feature = "udp"))]
            filter: super::device::Filter {
                mac,
                address: None,
                #[cfg(feature = "ipv6")]
                neighbours: super::neighbours::Neighbours::new(mac, configuration.is_advertised(), now()),
                #[cfg(feature = "tcp")]
                full: None,
            },
            #[cfg(any(feature = "tcp", feature = "udp"))]
            loopback: super::loopback::Loopback::new(buffers.looped),
        };
        let mut config = Config::new(EthernetAddress(mac).into());
        config.random_seed = configuration.seed;
        let now = now();
        let interface = Interface::new(config, &mut device, now);
        #[cfg(not(feature = "sockets"))]
        let (sockets, Buffers {}) = (SocketSet::new(&mut [][..]), buffers);
        #[cfg(feature = "sockets")]
        #[allow(unused_mut)] // not every part has sockets that are made here
        let mut sockets = SocketSet::new(buffers.sockets);
        Stack {
            #[cfg(feature = "tcp")]
            pool: super::tcp_pool::Pool::new(&mut sockets, buffers.slots, buffers.receive.zip(buffers.send)),
            #[cfg(feature = "udp")]
            datagrams: super::udp::Pool::new(&mut sockets, buffers.datagrams),
            #[cfg(feature = "dns")]
            dns: super::dns::Resolver::new(&mut sockets, buffers.queries, configuration.name_server),
            #[cfg(feature = "dhcp")]
            dhcp: super::dhcp::Client::new(&mut sockets, configuration.dhcp),
            device,
            interface,
            sockets,
            #[cfg(feature = "sockets")]
            deadline: 0,
            #[cfg(feature = "sockets")]
            is_touched: true,
            #[cfg(feature = "sockets")]
            now,
            #[cfg(any(feature = "tcp", feature = "udp"))]
            random: configuration.seed | 1,
        }
    }

    fn configure(&mut self, configuration: &Configuration) {
        let Configuration { mut address, mut gateway, .. } = *configuration;
        #[cfg(feature = "dhcp")]
        if configuration.dhcp {
            (address, gateway) = (None, None);
        }
        #[cfg(not(feature = "dhcp"))]
        let _ = (&mut address, &mut gateway);
        self.set_network(address, gateway);
        #[cfg(feature = "ipv6")]
        self.set_network6(configuration);
    }

    /// Takes an address in place of the one that it had, and tells the network; and the way to all other networks.
    pub(super) fn set_network(&mut self, address: Option<(Ipv4Addr, u8)>, gateway: Option<Ipv4Addr>) {
        #[cfg(any(feature = "tcp", feature = "udp"))]
        {
            self.device.filter.address = address.map(|(address, _)| address);
        }
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            // Each fails where the table is full, and it has room for these.
            #[cfg(any(feature = "tcp", feature = "udp"))]
            let _ = addresses.push(IpCidr::Ipv4(Ipv4Cidr::new(Ipv4Addr::LOCALHOST, 8)));
            if let Some((address, prefix)) = address {
                let _ = addresses.insert(0, IpCidr::Ipv4(Ipv4Cidr::new(address, prefix)));
            }
        });
        self.interface.routes_mut().remove_default_ipv4_route();
        if let Some(gateway) = gateway {
            let _ = self.interface.routes_mut().add_default_ipv4_route(gateway);
        }
        if let Some((address, _)) = address
            && self.device.card.can_transmit()
        {
            announce(&mut self.device.card, address);
            self.device.card.end();
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
    fn poll(&mut self) -> u64 {
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
    fn poll(&mut self) -> u64 {
        self.device.card.acknowledge();
        if !self.is_touched
            && !self.has_frames()
            && (self.deadline == NEVER || crate::time::now_ticks() < self.deadline)
        {
            return self.deadline;
        }
        let ticks = crate::time::now_ticks();
        self.now = instant(ticks);
        loop {
            // Before anything comes: those who accept and let go may have left a listener without a socket, or given it one.
            #[cfg(feature = "tcp")]
            if self.is_touched {
                self.replenish();
            }
            self.is_touched = false;
            self.device.card.begin();
            self.receive();
            while self.interface.poll_egress(self.now, &mut self.device, &mut self.sockets)
                == PollResult::SocketStateChanged
            {}
            self.maintain();
            if self.device.card.end() && !self.has_frames() && !self.is_touched {
                break;
            }
        }
        self.deadline = match self.interface.poll_at(self.now, &self.sockets) {
            None => NEVER,
            // Without room there is nothing to do before the card says that there is.
            Some(at) if at <= self.now => {
                if self.device.card.is_starved() {
                    NEVER
                } else {
                    ticks
                }
            }
            Some(at) => ticks_at(at),
        };
        #[cfg(feature = "ipv6")]
        if let Some(at) = self.device.filter.neighbours.deadline().filter(|_| !self.device.card.is_starved()) {
            self.deadline = self.deadline.min(ticks_at(at));
        }
        self.deadline
    }

    fn has_frames(&self) -> bool {
        #[cfg(any(feature = "tcp", feature = "udp"))]
        if self.device.loopback.has_frame() && !self.device.card.is_starved() {
            return true;
        }
        self.device.card.has_work()
    }

    fn receive(&mut self) {
        loop {
            match self.interface.poll_ingress_single(self.now, &mut self.device, &mut self.sockets) {
                PollIngressSingleResult::None => break,
                PollIngressSingleResult::PacketProcessed => {}
                PollIngressSingleResult::SocketStateChanged => {
                    #[cfg(feature = "tcp")]
                    self.replenish();
                }
            }
        }
    }

    /// Gives listeners sockets, and has new connections overheard where there are none left.
    #[cfg(feature = "tcp")]
    #[inline]
    fn replenish(&mut self) {
        self.pool.replenish(&mut self.sockets, self.now);
        self.device.filter.full = self.pool.full();
    }

    /// What follows from what has come and gone.
    fn maintain(&mut self) {
        #[cfg(feature = "tcp")]
        if self.pool.is_short() || self.device.filter.full.is_some() {
            self.replenish();
        }
        #[cfg(feature = "dhcp")]
        self.poll_dhcp();
        #[cfg(feature = "ipv6")]
        self.poll_neighbours();
    }

    /// Works on TCP's sockets.
    #[cfg(feature = "tcp")]
    #[inline]
    pub(super) fn change<R>(&mut self, act: impl FnOnce(Parts<'_>) -> R) -> R {
        self.is_touched = true;
        act(Parts { pool: &mut self.pool, sockets: &mut self.sockets, now: self.now })
    }

    /// A number that nobody has guessed (xorshift64*, from the seed).
    #[cfg(any(feature = "tcp", feature = "udp"))]
    pub(super) fn random(&mut self) -> u32 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// Takes an IPv6 address besides the one that follows from the card's (RFC 4291, appendix A).
    #[cfg(feature = "ipv6")]
    fn set_network6(&mut self, configuration: &Configuration) {
        use smoltcp::wire::Ipv6Cidr;
        let Some((address, prefix)) = configuration.address6 else { return };
        let link_local = super::neighbours::link_local(self.mac());
        self.interface.update_ip_addrs(|addresses| {
            // Each fails where the table is full, and it has room for these.
            let _ = addresses.push(IpCidr::Ipv6(Ipv6Cidr::new(link_local, 64)));
            if !address.is_unspecified() {
                let _ = addresses.push(IpCidr::Ipv6(Ipv6Cidr::new(address, prefix)));
            }
        });
        if let Some(gateway) = configuration.gateway6 {
            let _ = self.interface.routes_mut().add_default_ipv6_route(gateway);
        }
    }

    /// The IPv6 address that others reach it by.
    #[cfg(feature = "ipv6")]
    pub(crate) fn address6(&self) -> Option<core::net::Ipv6Addr> {
        let global = |cidr: &IpCidr| match cidr {
            IpCidr::Ipv6(cidr) => Some(cidr.address()).filter(|address| !address.is_unicast_link_local()),
            IpCidr::Ipv4(_) => None,
        };
        self.interface.ip_addrs().iter().find_map(global)
    }
}

/// Tells the network who has an address (RFC 5227, section 3), so that nobody keeps an older answer.
fn announce(card: &mut Card<Transport>, address: Ipv4Addr) {
    const BROADCAST: [u8; 6] = [0xff; 6];
    const ARP: [u8; 2] = [0x08, 0x06];
    const ETHERNET_IPV4_REQUEST: [u8; 8] = [0, 1, 0x08, 0x00, 6, 4, 0, 1];
    let (mac, address) = (card.mac(), address.octets());
    let parts: [&[u8]; 8] = [&BROADCAST, &mac, &ARP, &ETHERNET_IPV4_REQUEST, &mac, &address, &[0; 6], &address];
    card.transmitter.send(parts.iter().map(|part| part.len()).sum(), |frame| {
        let mut bytes = parts.iter().copied().flatten();
        frame.iter_mut().zip(&mut bytes).for_each(|(place, byte)| *place = *byte);
    });
}

/// The time as smoltcp counts it.
///
/// Without protocols that have timers, it only bounds how long a neighbour is remembered. The processor's counter does for
/// that, taken for one of 2 GHz: to measure its frequency would be most of the boot.
#[cfg(not(feature = "sockets"))]
fn now() -> Instant {
    const MILLISECONDS_AS_SHIFT: u32 = 21;
    Instant::from_millis((crate::drivers::tsc::read() >> MILLISECONDS_AS_SHIFT) as i64)
}

#[cfg(feature = "sockets")]
const TICKS_PER_MICROSECOND: u64 = crate::time::TICKS_PER_SECOND / 1_000_000;

/// The time as smoltcp counts it.
#[cfg(feature = "sockets")]
fn now() -> Instant {
    instant(crate::time::now_ticks())
}

#[cfg(feature = "sockets")]
fn ticks_at(at: Instant) -> u64 {
    (at.total_micros() as u64).saturating_mul(TICKS_PER_MICROSECOND)
}

#[cfg(feature = "sockets")]
fn instant(ticks: u64) -> Instant {
    Instant::from_micros((ticks / TICKS_PER_MICROSECOND) as i64)
}
