//! What a card says of itself when it is started, and what comes of it (virtio 1.2, sections 5.1.4 and 5.1.5).

use super::ring::Ring;
use super::{Bus, ETHERNET_BYTES, Mac, RECEIVE, Refusal, TRANSMIT, feature};

/// The configuration's fields (section 5.1.4).
pub(super) mod config {
    pub(crate) const MAC: usize = 0;
    pub(crate) const MTU: usize = 10;
}

/// The least MTU of IPv4; a device that announces less is wrong.
const LEAST_MTU: u16 = 68;

/// What the device is.
pub(super) struct Agreed {
    pub(super) mac: Mac,
    pub(super) mtu: u16,
}

/// Agrees on features, with those for frames in several buffers where there is room `for_large` ones.
pub(super) fn negotiate<B: Bus>(bus: &mut B, for_large: bool) -> Result<u64, Refusal> {
    #[cfg(feature = "tcp")]
    if for_large {
        let features = bus.negotiate(feature::WANTED | feature::LARGE)?;
        if features & feature::LARGE == feature::LARGE {
            return Ok(features);
        }
        // Some of it goes only with the others (section 5.1.3.1), and buffers are too small for the rest alone: once more, without.
        bus.stop();
    }
    let _ = for_large;
    bus.negotiate(feature::WANTED)
}

/// Asks the device what it is, gives it the queues and all buffers to receive; tells its address and its MTU.
pub(super) fn agree<B: Bus>(
    bus: &mut B,
    features: u64,
    mtu: u16,
    receive: &mut Ring,
    transmit: &Ring,
) -> Result<Agreed, Refusal> {
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
    Ok(Agreed { mac, mtu })
}
