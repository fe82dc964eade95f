//! The sizes of a `net`'s memory, from those that its declaration gives.

use crate::drivers::virtio::net::{frame_bytes, spill_bytes};
use unikernel_net::{BLOCK_BYTES, Block};
use unikernel_vocabulary::value;

/// Buffers of a ring: the next power of two.
pub const fn ring(buffers: usize) -> usize {
    buffers.next_power_of_two()
}

/// Bytes of a frame's buffer, for an MTU.
pub const fn frame(mtu: usize) -> usize {
    frame_bytes(mtu)
}

/// Bytes behind the receive buffers: some where frames larger than the MTU are received.
pub const fn spill(rx_buffers: usize, mtu: usize, receive: &str) -> usize {
    // A text that is not a size is reported once, by the buffer itself.
    match size(receive) {
        Some(window_bytes) => spill_bytes(ring(rx_buffers), frame(mtu), window_bytes),
        None => 0,
    }
}

/// A number of something of TCP: none where TCP is not linked.
pub const fn tcp(count: usize) -> usize {
    if cfg!(feature = "tcp") { count } else { 0 }
}

/// A number of something of UDP: none where UDP is not linked.
pub const fn udp(count: usize) -> usize {
    if cfg!(feature = "udp") { count } else { 0 }
}

/// A number of packets in fragments: none where they are not linked.
pub const fn fragments(count: usize) -> usize {
    if cfg!(feature = "fragments") { count } else { 0 }
}

/// A number of DNS queries: none where DNS is not linked.
pub const fn dns(count: usize) -> usize {
    if cfg!(feature = "dns") { count } else { 0 }
}

/// Entries of the table of neighbours. Without sockets, only those who have asked are answered, and nobody is remembered for it.
pub const fn neighbours(count: usize) -> usize {
    /// What an address can be at in the network core.
    const LEAST: usize = 8;
    if cfg!(feature = "sockets") { count } else { LEAST }
}

/// Blocks of the memory that connections and sockets share.
///
/// # Panics
/// Panics where no memory can have the size, which in a constant is a compile error.
pub const fn blocks(pool: &str) -> usize {
    /// Fewer do not let one connection send and another one receive.
    const LEAST: usize = 8;
    if !cfg!(any(feature = "tcp", feature = "udp")) {
        return 0;
    }
    match size(pool) {
        Some(bytes) if bytes / (BLOCK_BYTES + size_of::<Block>()) >= LEAST => {
            bytes / (BLOCK_BYTES + size_of::<Block>())
        }
        _ => panic!("the memory of sockets has 16 KiB to 512 MiB"),
    }
}

/// The most bytes that a connection keeps in one direction.
///
/// # Panics
/// As [`blocks`].
pub const fn buffer(text: &str) -> u32 {
    match size(text) {
        Some(bytes) => bytes as u32,
        None => panic!("a socket's buffer has 512 bytes to 1 GiB"),
    }
}

/// A size that a socket's buffer may have.
const fn size(text: &str) -> Option<usize> {
    const MOST: u64 = 1 << 30;
    match value::size(unquoted(text)) {
        Ok(bytes @ 512..=MOST) => Some(bytes as usize),
        _ => None,
    }
}

/// A literal's text: sizes are numbers, or texts with a unit.
const fn unquoted(literal: &str) -> &str {
    let [b'"', text @ .., b'"'] = literal.as_bytes() else { return literal };
    match core::str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => literal,
    }
}
