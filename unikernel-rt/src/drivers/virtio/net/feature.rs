//! Feature bits of network cards (virtio 1.2, section 5.1.3).

/// The device completes checksums of sent frames.
pub(super) const CSUM: u64 = 1 << 0;
/// The device may pass frames with partial checksums, which have not been on any wire.
pub(super) const GUEST_CSUM: u64 = 1 << 1;
pub(super) const MTU: u64 = 1 << 3;
pub(super) const MAC: u64 = 1 << 5;
/// The device may pass TCP over IPv4 that has not been segmented.
#[cfg(feature = "tcp")]
pub(super) const GUEST_TSO4: u64 = 1 << 7;
/// The device segments sent TCP over IPv4.
pub(super) const HOST_TSO4: u64 = 1 << 11;
/// The device may use several buffers for a frame.
#[cfg(feature = "tcp")]
pub(super) const MRG_RXBUF: u64 = 1 << 15;

/// The features for received frames longer than the MTU: all or none.
#[cfg(feature = "tcp")]
pub(super) const LARGE: u64 = GUEST_CSUM | GUEST_TSO4 | MRG_RXBUF;

/// The features to negotiate: those that the linked protocols use.
pub(super) const WANTED: u64 = {
    let mut wanted = MTU | MAC;
    if cfg!(feature = "sockets") {
        wanted |= CSUM | GUEST_CSUM;
    }
    if cfg!(feature = "tcp") {
        wanted |= HOST_TSO4;
    }
    wanted
};
