//! Feature negotiation and configuration of a card (virtio 1.2, sections 5.1.4 and 5.1.5).

use super::super::queue::Areas;
use super::super::queue::buffers::Buffers;
use super::super::{Refusal, Transport};
use super::{ETHERNET_BYTES, HEADER_BYTES, Mac, RECEIVE, TRANSMIT, feature};

/// The configuration's fields (section 5.1.4).
pub(super) mod config {
    pub(crate) const MAC: u32 = 0;
    pub(crate) const MTU: u32 = 10;
}

/// The minimum MTU of IPv4; a device that announces less is broken.
const LEAST_MTU: u16 = 68;

/// What the device is.
pub(super) struct Agreed {
    pub(super) mac: Mac,
    pub(super) mtu: u16,
}

/// Negotiates features, including those for frames in several buffers if there is room `for_large` ones.
pub(super) fn negotiate(transport: &mut Transport, for_large: bool) -> Result<u64, Refusal> {
    #[cfg(feature = "tcp")]
    if for_large {
        let features = transport.negotiate(feature::WANTED | feature::LARGE)?;
        if features & feature::LARGE == feature::LARGE {
            return Ok(features);
        }
        // Some of it goes only with the others (section 5.1.3.1), and buffers are too small for the rest alone: once more, without.
        transport.reset();
    }
    let _ = for_large;
    transport.negotiate(feature::WANTED)
}

/// A locally administered address of one station (IEEE 802, section 8.4), for a card that has none of its own.
fn local_mac(random: u64) -> Mac {
    const LOCAL: u8 = 2;
    // A time stamp is random in its low bits: all of the address depends on them.
    let [first, others @ ..] = random.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let [second, third, fourth, fifth, sixth, ..] = others;
    [first & 0xfc | LOCAL, second, third, fourth, fifth, sixth]
}

/// Reads the configuration, sets up the queues and lends all receive buffers; returns the MAC address, which
/// `random` makes up for a card that has none, and the MTU.
pub(super) fn agree(
    transport: &mut Transport,
    features: u64,
    mtu: u16,
    random: impl FnOnce() -> u64,
    (receive, receive_areas): (&mut Buffers, Areas),
    (transmit, transmit_areas): (&Buffers, Areas),
) -> Result<Agreed, Refusal> {
    let mac: Mac = if features & feature::MAC == 0 {
        local_mac(random())
    } else {
        transport.read_config(config::MAC).ok_or(Refusal::Configuration)?
    };
    const MULTICAST: u8 = 1;
    if mac[0] & MULTICAST != 0 || mac == [0; 6] {
        return Err(Refusal::Configuration);
    }
    let mut mtu = usize::from(mtu)
        .min(receive.buffer_bytes().min(transmit.buffer_bytes()) - HEADER_BYTES - ETHERNET_BYTES)
        as u16;
    if features & feature::MTU != 0 {
        let announced = transport.read_config::<u16>(config::MTU).filter(|&mtu| mtu >= LEAST_MTU);
        mtu = mtu.min(announced.ok_or(Refusal::Configuration)?);
    }
    transport.set_queue(RECEIVE, receive_areas)?;
    transport.set_queue(TRANSMIT, transmit_areas)?;
    for buffer in 0..receive.count() {
        receive.lend(buffer, receive.buffer_bytes());
    }
    receive.publish();
    receive.set_interrupts(true);
    transport.start();
    transport.notify(RECEIVE);
    Ok(Agreed { mac, mtu })
}
