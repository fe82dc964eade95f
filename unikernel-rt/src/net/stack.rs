//! One card's stack: the network core, and what it is polled with.

#[cfg(feature = "sockets")]
use super::busy_poll::BusyPoll;
#[cfg(feature = "sockets")]
use super::configuration::LOOPBACK;
use super::configuration::{Configuration, WIRE};
#[cfg(feature = "sockets")]
use super::loopback::Loopback;
use super::memory::Tables;
use super::port::Port;
use super::protocols::{Families, Parts, Protocols};
#[cfg(feature = "sockets")]
use super::waiting::Waiting;
use crate::drivers::virtio::net::Card;
use crate::sync::fill_from;
#[cfg(any(feature = "tcp", feature = "udp", feature = "dns", feature = "dhcp"))]
use unikernel_net::Context;
use unikernel_net::{CardProperties, Instant, Interface, Key, LinkMemory, Mac};

/// The deadline that never comes.
pub(super) const NEVER: u64 = u64::MAX;

/// Everything of one card.
pub(crate) struct Stack {
    pub(super) card: Card,
    pub(super) core: unikernel_net::Stack<'static, Families, Protocols>,
    #[cfg(feature = "sockets")]
    loopback: Loopback,
    /// The time of the last round.
    pub(super) now: Instant,
    /// Whether there was nothing to do when it was polled last.
    #[cfg(feature = "sockets")]
    is_idle: bool,
    #[cfg(feature = "sockets")]
    busy_poll: BusyPoll,
    /// Tasks that have found no room for a datagram.
    #[cfg(feature = "sockets")]
    pub(super) senders: Waiting,
    /// Tasks that wait for an address, and which addresses there were.
    #[cfg(feature = "sockets")]
    pub(super) waiting: Waiting,
    #[cfg(feature = "sockets")]
    pub(super) seen: super::configuration::Seen,
    #[cfg(feature = "metrics")]
    pub(super) about: super::configuration::About,
}

impl Stack {
    // Not inlined: its fields would be moved one by one to where it stays.
    #[inline(never)]
    pub(super) fn new(card: Card, tables: Tables, configuration: &Configuration) -> Self {
        let properties = CardProperties {
            mac: Mac(card.mac()),
            mtu: card.mtu(),
            #[cfg(feature = "sockets")]
            completes_checksums: card.completes_checksums(),
            #[cfg(not(feature = "sockets"))]
            completes_checksums: false,
            #[cfg(feature = "tcp")]
            cut_bytes: card.cut_bytes(),
            #[cfg(not(feature = "tcp"))]
            cut_bytes: 0,
            is_loopback: false,
        };
        let back = CardProperties { completes_checksums: true, cut_bytes: 0, is_loopback: true, ..properties };
        let memory = LinkMemory {
            interfaces: fill_from(tables.interfaces, [properties, back].map(Interface::new).into_iter()),
            neighbours: tables.neighbours,
            queued: tables.queued,
            queued_bytes: tables.queued_bytes,
            routes: tables.routes,
        };
        let protocols = Parts {
            #[cfg(feature = "tcp")]
            streams: super::tcp::streams(tables.tcp, configuration),
            #[cfg(not(feature = "tcp"))]
            streams: (),
            #[cfg(feature = "dhcp")]
            leased: super::configuration::lease(configuration),
            #[cfg(not(feature = "dhcp"))]
            leased: (),
            #[cfg(all(feature = "ipv6", feature = "dns"))]
            told: super::configuration::told(configuration),
            #[cfg(not(all(feature = "ipv6", feature = "dns")))]
            told: (),
            #[cfg(feature = "dns")]
            names: unikernel_net::Dns::new(tables.queries, tables.names),
            #[cfg(not(feature = "dns"))]
            names: (),
            #[cfg(feature = "udp")]
            datagrams: unikernel_net::Udp::new(tables.udp, configuration.datagrams),
            #[cfg(not(feature = "udp"))]
            datagrams: (),
            #[cfg(feature = "ipv6")]
            advertised: super::configuration::advertised(configuration),
            #[cfg(not(feature = "ipv6"))]
            advertised: (),
        };
        Stack {
            card,
            core: unikernel_net::Stack::new(memory, tables.pool, protocols.together(), Key(configuration.key)),
            #[cfg(feature = "sockets")]
            loopback: Loopback::new(tables.looped),
            now: now(),
            #[cfg(feature = "sockets")]
            is_idle: true,
            #[cfg(feature = "busy-poll")]
            busy_poll: BusyPoll::new(configuration.busy_poll.unwrap_or_default()),
            #[cfg(all(feature = "sockets", not(feature = "busy-poll")))]
            busy_poll: BusyPoll::default(),
            #[cfg(feature = "sockets")]
            senders: Waiting::NOBODY,
            #[cfg(feature = "sockets")]
            waiting: Waiting::NOBODY,
            #[cfg(feature = "sockets")]
            seen: super::configuration::Seen::new(configuration),
            #[cfg(feature = "metrics")]
            about: configuration.about,
        }
    }

    /// Its own address on the Ethernet.
    pub(crate) fn mac(&self) -> [u8; 6] {
        self.card.mac()
    }

    /// Moves what can be moved; gives the time at which it has to be looked at again if nothing happens before.
    #[cfg(not(feature = "sockets"))]
    pub(super) fn poll(&mut self) -> u64 {
        self.card.acknowledge();
        self.now = now();
        loop {
            self.card.begin();
            while self.card.receive() {
                let ports = &mut [Port::Wire(&mut self.card.transmitter)];
                self.core.receive(ports, WIRE, self.card.receiver.frame(), false, self.now);
            }
            if self.card.end() {
                return NEVER;
            }
        }
    }

    /// Tells the network which addresses are ours.
    pub(super) fn announce(&mut self) {
        if self.card.can_transmit() {
            #[cfg(not(feature = "sockets"))]
            let ports = &mut [Port::Wire(&mut self.card.transmitter)];
            #[cfg(feature = "sockets")]
            let ports = &mut [Port::Wire(&mut self.card.transmitter), Port::Loopback(&mut self.loopback.queue)];
            self.core.announce(ports, WIRE);
            self.card.end();
        }
    }
}

#[cfg(feature = "sockets")]
impl Stack {
    /// Moves what can be moved; gives the time at which it has to be looked at again if nothing happens before.
    pub(super) fn poll(&mut self) -> u64 {
        self.card.acknowledge();
        let mut due = self.core.deadline();
        if (self.card.will_interrupt() || self.busy_poll.is_on()) && !self.has_frame() {
            let deadline = self.ticks(due);
            if deadline == NEVER || crate::time::now_ticks() < deadline {
                return deadline;
            }
        }
        self.now = now();
        self.card.begin();
        // Others have their turn, too: what comes meanwhile is looked at after them.
        let mut is_first = true;
        loop {
            self.transmit(due);
            if self.receive() {
                self.busy_poll.begin();
                if !is_first || may_be_answered() || self.has_frame() {
                    // Those whom it concerns go first: what they answer goes with the acknowledgement, and in one batch.
                    self.card.submit();
                    return crate::tasks::poll::AT_ONCE;
                }
                (is_first, due) = (false, self.core.deadline());
                continue;
            }
            self.is_idle = true;
            due = self.core.deadline();
            if self.busy_poll.is_on() {
                self.card.submit();
                return self.ticks(due);
            }
            if self.card.end() && !self.has_work(due) {
                return self.ticks(due);
            }
            self.card.begin();
        }
    }

    /// To be asked before the processor halts: whether it is rather to look on. Otherwise the device interrupts from now on.
    #[cfg(feature = "busy-poll")]
    pub(super) fn looks_on(&mut self) -> bool {
        if self.card.will_interrupt() {
            return false;
        }
        self.busy_poll.is_on() || !self.card.end() || self.has_work(self.core.deadline())
    }

    /// Lends the protocols, and what their calls need, for a call that reads or writes.
    #[cfg(any(feature = "tcp", feature = "udp", feature = "dns", feature = "dhcp"))]
    #[inline]
    pub(super) fn with<R>(
        &mut self,
        call: impl FnOnce(&mut Protocols, &mut Context<'_, 'static, Families, Port<'_>>) -> R,
    ) -> R {
        let ports = &mut [Port::Wire(&mut self.card.transmitter), Port::Loopback(&mut self.loopback.queue)];
        let (protocols, mut context) = self.core.split(ports, self.now);
        call(protocols, &mut context)
    }

    /// As [`Stack::with`], for a call from which a time is counted: the last round may have been long ago.
    #[cfg(any(feature = "tcp", feature = "udp", feature = "dns"))]
    pub(super) fn with_now<R>(
        &mut self,
        call: impl FnOnce(&mut Protocols, &mut Context<'_, 'static, Families, Port<'_>>) -> R,
    ) -> R {
        self.now = now();
        self.with(call)
    }

    /// Whether a frame has come.
    fn has_frame(&self) -> bool {
        self.loopback.has_frame() || self.card.has_work()
    }

    /// Whether there is something to do that can be done now.
    fn has_work(&self, due: Instant) -> bool {
        // What is to be sent has to wait for room.
        self.has_frame() || (!self.card.is_starved() && due <= self.now)
    }

    /// A deadline of the core as the clock counts it.
    fn ticks(&self, due: Instant) -> u64 {
        // Without room there is nothing to do before the card says that there is.
        if due == Instant::NEVER || (due <= self.now && self.card.is_starved()) {
            return NEVER;
        }
        due.as_micros().saturating_mul(TICKS_PER_MICROSECOND)
    }

    /// Sends what is due, and what calls have left to send.
    fn transmit(&mut self, due: Instant) {
        if due <= self.now {
            let ports = &mut [Port::Wire(&mut self.card.transmitter), Port::Loopback(&mut self.loopback.queue)];
            self.core.transmit(ports, self.now);
        }
        if !self.senders.is_nobody() && self.card.transmitter.can_send_longest() {
            self.senders.wake();
        }
        self.look_at_addresses();
    }

    /// Gives what has come to those whom it concerns; whether anything has.
    ///
    /// Of what has come to one that had nothing to do, half: its answers are under way, and lead to more, while the rest is looked
    /// at. Who has enough to do goes on faster with all of it.
    fn receive(&mut self) -> bool {
        const LEAST: u16 = 4;
        let was_idle = core::mem::take(&mut self.is_idle);
        let most = if was_idle { (self.card.received() / 2).max(LEAST) } else { u16::MAX };
        let mut count = 0;
        while count < most && self.receive_one() {
            count += 1;
        }
        count > 0
    }

    /// A frame waits until there is room for an answer.
    #[inline]
    fn receive_one(&mut self) -> bool {
        let Stack { card, core, loopback, now, .. } = self;
        if loopback.has_frame() && card.can_transmit() && loopback.receive() {
            let (frame, looped) = loopback.parts();
            let ports = &mut [Port::Wire(&mut card.transmitter), Port::Loopback(looped)];
            core.receive(ports, LOOPBACK, frame, true, *now);
            return true;
        }
        if !card.receive() {
            return false;
        }
        let (frame, is_vouched_for) = card.receiver.judged_frame();
        let ports = &mut [Port::Wire(&mut card.transmitter), Port::Loopback(&mut loopback.queue)];
        core.receive(ports, WIRE, frame, is_vouched_for, *now);
        true
    }
}

/// Whether somebody may have been woken who has an answer. Who is not known of here is woken all the same, and answers later.
#[cfg(feature = "sockets")]
#[inline]
fn may_be_answered() -> bool {
    #[cfg(feature = "async")]
    return crate::tasks::executor::is_pending();
    #[cfg(not(feature = "async"))]
    true
}

/// The time as the core counts it.
///
/// Without protocols that have timers, it only tells which neighbour was heard of last. The processor's counter does for that, taken
/// for one of 2 GHz: to measure its frequency would be most of the boot.
#[cfg(not(feature = "sockets"))]
fn now() -> Instant {
    const MICROSECONDS_AS_SHIFT: u32 = 11;
    Instant::from_micros(crate::drivers::clock::tsc::read() >> MICROSECONDS_AS_SHIFT)
}

#[cfg(feature = "sockets")]
const TICKS_PER_MICROSECOND: u64 = crate::time::TICKS_PER_SECOND / 1_000_000;

/// The time as the core counts it: not earlier than its beginning, which stands for what is overdue.
#[cfg(feature = "sockets")]
fn now() -> Instant {
    Instant::from_micros((crate::time::now_ticks() / TICKS_PER_MICROSECOND).max(1))
}
