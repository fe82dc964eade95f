//! What frames of TCP over IPv4 look like on the tap: a packet socket sees them as the card and the host exchange them.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketType, recv, socket};

const ETHERNET_BYTES: usize = 14;
/// The longest that goes over a wire, of the MTU that every tap here has.
const WIRE_BYTES: usize = ETHERNET_BYTES + 1500;

/// Frames in one direction.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(crate) bytes: usize,
    /// Bytes of those that are too long for a wire: somebody was to cut them.
    pub(crate) uncut_bytes: usize,
    /// How many have a wrong checksum of TCP: somebody was to complete it, or not to look at it.
    pub(crate) incomplete: usize,
}

impl Frames {
    fn add(&mut self, frame: &[u8]) {
        self.bytes += frame.len();
        if frame.len() > WIRE_BYTES {
            self.uncut_bytes += frame.len();
        }
        self.incomplete += usize::from(!is_complete(&frame[ETHERNET_BYTES..]));
    }
}

/// What came from a guest and what went to it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) from: Frames,
    pub(crate) to: Frames,
}

/// Does `work`, and looks at the frames of the guest `address` meanwhile, in the namespace of the calling thread.
pub(crate) fn watch(address: [u8; 4], work: impl FnOnce()) -> Seen {
    const ALL: NonZeroU32 = NonZeroU32::new(u16::to_be(3) as u32).expect("ETH_P_ALL");
    let packets = socket(AddressFamily::PACKET, SocketType::RAW, Some(Protocol::from_raw(ALL)));
    let packets = packets.expect("root may have a packet socket");
    // Only to see that the work is over.
    set_socket_timeout(&packets, Timeout::Recv, Some(Duration::from_millis(50))).expect("is not zero");
    let is_over = AtomicBool::new(false);
    let look = || {
        let mut seen = Seen::default();
        let mut buffer = vec![0; 1 << 17];
        while !is_over.load(Ordering::Relaxed) {
            let length = match recv(&packets, buffer.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(error) => panic!("a packet socket: {error}"),
            };
            let frame = &buffer[..length];
            if frame.len() < ETHERNET_BYTES + 40 || frame[12..14] != [8, 0] || frame[23] != 6 {
                continue;
            }
            if frame[26..30] == address {
                seen.from.add(frame);
            } else if frame[30..34] == address {
                seen.to.add(frame);
            }
        }
        seen
    };
    thread::scope(|scope| {
        let looking = scope.spawn(look);
        work();
        is_over.store(true, Ordering::Relaxed);
        looking.join().expect("does not panic")
    })
}

/// Whether the checksum of TCP in an IPv4 packet is right (RFC 9293, section 3.1).
fn is_complete(packet: &[u8]) -> bool {
    let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
    let segment = &packet[usize::from(packet[0] & 0xf) * 4..total];
    let words = |bytes: &[u8]| -> u64 {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let last = rest.first().map_or(0, |byte| u64::from(*byte) << 8);
        pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum::<u64>() + last
    };
    let sum = words(&packet[12..20]) + 6 + segment.len() as u64 + words(segment);
    sum != 0 && sum.is_multiple_of(0xffff)
}
