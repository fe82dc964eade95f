//! A virtio network card (virtio 1.2, section 5.1).
//!
//! Frames are not copied: what is received is looked at where the device has written it, what is sent is written where the
//! device reads it. A batch costs one notification at most. Buffers that were sent are taken back when others are wanted,
//! without an interrupt; receiving interrupts only while nobody works.

mod header;
mod ring;

use super::Refusal;
pub(crate) use header::Offload;
#[cfg(feature = "sockets")]
pub(crate) use header::{Checksum, Cut};
pub(crate) use ring::Memory;
use ring::{Areas, Broken, HEADER_BYTES, LONGEST_RUN, Ring, Writer};
use virtio_drivers::transport::Transport as _;

/// Features (section 5.1.3).
mod feature {
    /// The device completes checksums of what is sent.
    pub(super) const CSUM: u64 = 1 << 0;
    /// It may leave to the driver what needs none, because it has not been on any wire.
    pub(super) const GUEST_CSUM: u64 = 1 << 1;
    pub(super) const MTU: u64 = 1 << 3;
    pub(super) const MAC: u64 = 1 << 5;
    /// It cuts what is sent by TCP over IPv4 into segments.
    pub(super) const HOST_TSO4: u64 = 1 << 11;
}

/// What is negotiated: what the protocols that are linked have a use for.
const WANTED: u64 = {
    let mut wanted = feature::MTU | feature::MAC;
    if cfg!(feature = "sockets") {
        wanted |= feature::CSUM | feature::GUEST_CSUM;
    }
    if cfg!(feature = "tcp") {
        wanted |= feature::HOST_TSO4;
    }
    wanted
};

/// The configuration's fields (section 5.1.4).
mod config {
    pub(super) const MAC: usize = 0;
    pub(super) const MTU: usize = 10;
}

/// Bytes of an Ethernet header.
const ETHERNET_BYTES: usize = 14;
/// The least MTU of IPv4; a device that announces less is wrong.
const LEAST_MTU: u16 = 68;

/// Bytes of a buffer for frames of an MTU.
pub(crate) const fn frame_bytes(mtu: usize) -> usize {
    (HEADER_BYTES + ETHERNET_BYTES + mtu).next_multiple_of(16)
}

/// The queues.
const RECEIVE: u16 = 0;
const TRANSMIT: u16 = 1;

/// A card's own address.
pub(crate) type Mac = [u8; 6];

/// What the driver asks of what the device is reached by: a transport, or a fake in tests.
pub(crate) trait Bus {
    /// Resets the device and agrees on features.
    fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal>;
    /// Reads 8 bits of the configuration.
    fn read_config_8(&self, offset: usize) -> Option<u8>;
    /// Reads 16 bits of the configuration.
    fn read_config_16(&self, offset: usize) -> Option<u16>;
    /// Sets a queue up.
    fn set_queue(&mut self, queue: u16, size: u16, areas: Areas) -> Result<(), Refusal>;
    /// Lets the device work.
    fn start(&mut self);
    /// Stops it for good.
    fn stop(&mut self);
    /// Takes back its interrupt.
    fn acknowledge(&mut self);
    /// Tells it that there is something in a queue.
    fn notify(&self, queue: u16);
}

impl Bus for super::Transport {
    fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal> {
        super::Transport::negotiate(self, wanted)
    }

    fn read_config_8(&self, offset: usize) -> Option<u8> {
        self.read_config_space(offset).ok()
    }

    fn read_config_16(&self, offset: usize) -> Option<u16> {
        self.read_config_space(offset).ok()
    }

    fn set_queue(&mut self, queue: u16, size: u16, areas: Areas) -> Result<(), Refusal> {
        self.set_ring(queue, size, [areas.descriptors, areas.driver, areas.device])
    }

    fn start(&mut self) {
        super::Transport::start(self);
    }

    fn stop(&mut self) {
        self.reset();
    }

    fn acknowledge(&mut self) {
        super::Transport::acknowledge(self);
    }

    #[inline]
    fn notify(&self, queue: u16) {
        super::Transport::notify(self, queue);
    }
}

/// A card in use.
pub(crate) struct Card<B> {
    bus: B,
    mac: Mac,
    mtu: u16,
    #[cfg(feature = "sockets")]
    features: u64,
    pub(crate) receiver: Receiver,
    pub(crate) transmitter: Transmitter,
    is_broken: bool,
    /// Whether the device interrupts when something comes.
    #[cfg(feature = "sockets")]
    will_interrupt: bool,
}

/// The receiving half.
pub(crate) struct Receiver {
    ring: Ring,
    /// The frame that is being looked at: its buffer, and its length with the header.
    current: Option<(u16, usize)>,
}

/// The sending half.
pub(crate) struct Transmitter {
    ring: Ring,
    /// The most bytes of a frame, with its header, that room is kept for.
    most: usize,
    /// Whether a frame found no room: somebody waits for the device.
    is_starved: bool,
}

impl<B: Bus> Card<B> {
    /// Starts a card with buffers in `received` and `sent`, for frames of at most `mtu` bytes and an Ethernet header.
    ///
    /// # Safety
    /// Both memories are valid for ever, and nobody else uses them.
    pub(crate) unsafe fn start<const RX: usize, const TX: usize, const FRAME: usize>(
        mut bus: B,
        mtu: u16,
        received: *mut Memory<RX, FRAME>,
        sent: *mut Memory<TX, FRAME>,
    ) -> Result<Self, (B, Refusal)> {
        // SAFETY: the caller's promise.
        let mut receive = unsafe { Ring::new(received, Writer::Device) };
        // SAFETY: the caller's promise.
        let transmit = unsafe { Ring::new(sent, Writer::Driver) };
        match begin(&mut bus, mtu, &mut receive, &transmit) {
            Ok(Agreed { mac, mtu, features }) => {
                let most = if features & feature::CSUM != 0 && features & feature::HOST_TSO4 != 0 {
                    most_bytes(&transmit)
                } else {
                    HEADER_BYTES + ETHERNET_BYTES + usize::from(mtu)
                };
                Ok(Card {
                    bus,
                    mac,
                    mtu,
                    #[cfg(feature = "sockets")]
                    features,
                    receiver: Receiver { ring: receive, current: None },
                    transmitter: Transmitter { ring: transmit, most, is_starved: false },
                    is_broken: false,
                    #[cfg(feature = "sockets")]
                    will_interrupt: true,
                })
            }
            Err(refusal) => {
                bus.stop();
                Err((bus, refusal))
            }
        }
    }

    /// Its own address.
    pub(crate) fn mac(&self) -> Mac {
        self.mac
    }

    /// The most bytes behind an Ethernet header.
    pub(crate) fn mtu(&self) -> u16 {
        self.mtu
    }

    /// Whether the device completes checksums of what is sent.
    #[cfg(feature = "sockets")]
    pub(crate) fn completes_checksums(&self) -> bool {
        self.features & feature::CSUM != 0
    }

    /// The most bytes of a frame on the wire.
    #[cfg(feature = "tcp")]
    pub(crate) fn wire_bytes(&self) -> usize {
        ETHERNET_BYTES + usize::from(self.mtu)
    }

    /// The most bytes of a frame that is sent: more than one on the wire has, where the device cuts it into segments.
    #[cfg(feature = "tcp")]
    pub(crate) fn most_bytes(&self) -> usize {
        self.transmitter.most - HEADER_BYTES
    }

    /// To be called each time that there may be something to do: takes the interrupt back.
    #[inline]
    pub(crate) fn acknowledge(&mut self) {
        self.bus.acknowledge();
    }

    /// Whether something has come, or there is room again where it was missed.
    #[inline]
    pub(crate) fn has_work(&self) -> bool {
        let waits_for = if self.transmitter.is_starved { &self.transmitter.ring } else { &self.receiver.ring };
        waits_for.has_returned() && !self.is_broken
    }

    /// Whether a frame has found no room.
    #[cfg(feature = "sockets")]
    pub(crate) fn is_starved(&self) -> bool {
        self.transmitter.is_starved || self.is_broken
    }

    /// To be called before [`Card::receive`]: no interrupts from now on.
    pub(crate) fn begin(&mut self) {
        self.receiver.ring.set_interrupts(false);
        self.transmitter.is_starved = false;
        #[cfg(feature = "sockets")]
        {
            self.will_interrupt = false;
        }
    }

    /// To be called last: hands over what was sent and what was looked at, with one notification each at most. Whether there
    /// is nothing left to do until the device interrupts.
    pub(crate) fn end(&mut self) -> bool {
        #[cfg(feature = "sockets")]
        {
            self.will_interrupt = true;
        }
        if self.is_broken {
            return true;
        }
        self.submit();
        self.receiver.ring.set_interrupts(true);
        self.transmitter.ring.set_interrupts(self.transmitter.is_starved);
        !self.has_work()
    }

    /// Whether the device interrupts when something comes: not between [`Card::begin`] and [`Card::end`].
    #[cfg(feature = "sockets")]
    pub(crate) fn will_interrupt(&self) -> bool {
        self.will_interrupt
    }

    /// As [`Card::end`], where there is more to do at once: there are still no interrupts.
    pub(crate) fn submit(&mut self) {
        self.receiver.release();
        if self.is_broken {
            return;
        }
        if self.receiver.ring.publish() {
            self.bus.notify(RECEIVE);
        }
        self.flush();
    }

    /// Hands over what was sent.
    fn flush(&mut self) {
        if self.transmitter.ring.publish() {
            self.bus.notify(TRANSMIT);
        }
    }

    /// Whether a frame has come, which [`Receiver::frame`] then is, and whether it can be answered.
    ///
    /// A frame is left with the device while there is no room for an answer.
    #[inline]
    pub(crate) fn receive(&mut self) -> bool {
        self.receiver.release();
        if !self.receiver.ring.has_returned() || self.is_broken || !self.can_transmit() {
            return false;
        }
        match self.receiver.ring.take() {
            Ok(Some((buffer, length))) => {
                self.receiver.current = Some((buffer, length));
                true
            }
            Ok(None) => false,
            Err(Broken) => self.give_up(),
        }
    }

    /// Whether an answer, which fits into the MTU, can be sent; takes back what was sent before if need be.
    #[inline]
    pub(crate) fn can_transmit(&mut self) -> bool {
        self.has_room(HEADER_BYTES + ETHERNET_BYTES + usize::from(self.mtu))
    }

    /// Whether any frame can be sent, up to [`Card::most_bytes`].
    #[cfg(feature = "sockets")]
    #[inline]
    pub(crate) fn can_transmit_most(&mut self) -> bool {
        self.has_room(self.transmitter.most)
    }

    #[inline]
    fn has_room(&mut self, bytes: usize) -> bool {
        self.transmitter.ring.free(bytes).is_some() || self.take_back(bytes)
    }

    #[inline(never)]
    fn take_back(&mut self, bytes: usize) -> bool {
        if self.is_broken {
            return false;
        }
        loop {
            match self.transmitter.ring.take() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Broken) => return self.give_up(),
            }
        }
        if self.transmitter.ring.free(bytes).is_some() {
            return true;
        }
        // A batch that has filled the ring is unknown to the device yet.
        self.flush();
        self.transmitter.is_starved = true;
        false
    }

    /// Stops a device that lies: it could write anywhere in its buffers at any time.
    #[cold]
    fn give_up(&mut self) -> bool {
        self.bus.stop();
        self.is_broken = true;
        false
    }
}

/// What was agreed on.
struct Agreed {
    mac: Mac,
    mtu: u16,
    features: u64,
}

/// The most bytes of a frame that the device cuts into segments, with its header: what IPv4 can say, and no more than leaves room
/// for others.
fn most_bytes(transmit: &Ring) -> usize {
    const PARTS: u16 = 4;
    let bytes = usize::from((transmit.buffers() / PARTS).clamp(1, LONGEST_RUN)) * (transmit.capacity() + HEADER_BYTES);
    bytes.min(HEADER_BYTES + usize::from(u16::MAX))
}

/// Agrees with the device, gives it the queues and all buffers to receive; tells its address and its MTU.
fn begin<B: Bus>(bus: &mut B, mtu: u16, receive: &mut Ring, transmit: &Ring) -> Result<Agreed, Refusal> {
    let features = bus.negotiate(WANTED)?;
    let mut mac = [0; 6];
    if features & feature::MAC == 0 {
        return Err(Refusal::Configuration);
    }
    for (offset, byte) in mac.iter_mut().enumerate() {
        *byte = bus.read_config_8(config::MAC + offset).ok_or(Refusal::Configuration)?;
    }
    const MULTICAST: u8 = 1;
    if mac[0] & MULTICAST != 0 || mac == [0; 6] {
        return Err(Refusal::Configuration);
    }
    let mut mtu = usize::from(mtu).min(receive.capacity().min(transmit.capacity()) - ETHERNET_BYTES) as u16;
    if features & feature::MTU != 0 {
        let announced = bus.read_config_16(config::MTU).filter(|&mtu| mtu >= LEAST_MTU);
        mtu = mtu.min(announced.ok_or(Refusal::Configuration)?);
    }
    bus.set_queue(RECEIVE, receive.buffers(), receive.areas())?;
    bus.set_queue(TRANSMIT, transmit.buffers(), transmit.areas())?;
    for buffer in 0..receive.buffers() {
        receive.lend(buffer, 0);
    }
    receive.publish();
    receive.set_interrupts(true);
    bus.start();
    bus.notify(RECEIVE);
    Ok(Agreed { mac, mtu, features })
}

impl Receiver {
    /// The frame that has come; empty if the device has said that it wrote less than a header.
    #[inline]
    pub(crate) fn frame(&mut self) -> &mut [u8] {
        match self.current {
            Some((buffer, length)) => self.ring.buffer(buffer, length).get_mut(HEADER_BYTES..).unwrap_or_default(),
            None => &mut [],
        }
    }

    /// Whether the device vouches for the frame: it has looked at its checksum, or nothing but memory was between. Firecracker
    /// passes such frames on without having been asked to.
    #[cfg(feature = "sockets")]
    #[inline]
    pub(crate) fn is_vouched_for(&mut self) -> bool {
        let Some((buffer, _)) = self.current else { return false };
        header::vouches(self.ring.buffer(buffer, HEADER_BYTES))
    }

    /// Gives the frame that was looked at back to the device.
    #[inline]
    fn release(&mut self) {
        if let Some((buffer, _)) = self.current.take() {
            self.ring.lend(buffer, 0);
        }
    }
}

impl Transmitter {
    /// Lets `write` fill a frame of `length` bytes, and sends it with the batch. [`Card::can_transmit`] has said that there is
    /// room, and it fits into the MTU; without both, it goes nowhere.
    #[inline]
    pub(crate) fn send<R>(&mut self, length: usize, write: impl FnOnce(&mut [u8]) -> R) -> R {
        self.send_as(length, write, |_| Some(Offload::NOTHING))
    }

    /// As [`Transmitter::send`], with what is left to the device to do; nothing where the frame does not go there.
    #[inline]
    pub(crate) fn send_as<R>(
        &mut self,
        length: usize,
        write: impl FnOnce(&mut [u8]) -> R,
        judge: impl FnOnce(&mut [u8]) -> Option<Offload>,
    ) -> R {
        let bytes = HEADER_BYTES + length;
        let first = if bytes <= self.most { self.ring.free(bytes) } else { None };
        let Some(first) = first else { return write(&mut []) };
        let (header, frame) = self.ring.buffer(first, bytes).split_at_mut(HEADER_BYTES);
        let result = write(frame);
        if let Some(offload) = judge(frame) {
            offload.write(header);
            self.ring.lend(first, bytes);
        }
        result
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
