//! What a card and its driver can agree to do for each other (virtio 1.2, section 5.1.3).

/// The device completes checksums of what is sent.
pub(super) const CSUM: u64 = 1 << 0;
/// It may leave to the driver what needs none, because it has not been on any wire.
pub(super) const GUEST_CSUM: u64 = 1 << 1;
pub(super) const MTU: u64 = 1 << 3;
pub(super) const MAC: u64 = 1 << 5;
/// It may pass on what another machine's TCP has sent over IPv4 without cutting it into segments.
#[cfg(feature = "tcp")]
pub(super) const GUEST_TSO4: u64 = 1 << 7;
/// It cuts what is sent by TCP over IPv4 into segments.
pub(super) const HOST_TSO4: u64 = 1 << 11;
/// It spreads a frame over several buffers.
#[cfg(feature = "tcp")]
pub(super) const MRG_RXBUF: u64 = 1 << 15;

/// What makes frames come that are longer than those on a wire: all of it, or none.
#[cfg(feature = "tcp")]
pub(super) const LARGE: u64 = GUEST_CSUM | GUEST_TSO4 | MRG_RXBUF;

/// What is negotiated: what the protocols that are linked have a use for.
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
