//! A wire to a machine's network card, with Ethernet frames in the hands of the test.
//!
//! QEMU's `dgram` network over Unix sockets: no privileges, no ports of the host, nothing is lost that the test does not lose.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;

pub(crate) const PEER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub(crate) const PEER: [u8; 4] = [10, 0, 0, 1];
pub(crate) const GUEST: [u8; 4] = [10, 0, 0, 2];

pub(crate) struct Wire {
    socket: UnixDatagram,
    remote: PathBuf,
    directory: tempfile::TempDir,
    /// What came while there was no room to send.
    pending: RefCell<VecDeque<Vec<u8>>>,
}

impl Wire {
    #[allow(clippy::new_without_default)]
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is a folder for temporary files");
        let socket = UnixDatagram::bind(directory.path().join("test")).expect("can be bound");
        socket.set_nonblocking(true).expect("is a socket");
        Wire { socket, remote: directory.path().join("card"), directory, pending: RefCell::default() }
    }

    /// What QEMU is told: a network of this name, and a card on it.
    pub(crate) fn arguments(&self, name: &str, card: &str) -> Vec<String> {
        vec!["-netdev".to_owned(), self.network(name), "-device".to_owned(), format!("{card},netdev={name}")]
    }

    /// The network alone, as QEMU describes it.
    pub(crate) fn network(&self, name: &str) -> String {
        let path = |end: &str| self.directory.path().join(end).display().to_string();
        let (local, remote) = (path("card"), path("test"));
        format!("dgram,id={name},local.type=unix,local.path={local},remote.type=unix,remote.path={remote}")
    }

    /// Hands a frame to the card; waits for QEMU to be there, and to have room. It may want to be rid of frames before.
    pub(crate) fn send(&self, frame: &[u8]) {
        let start = Instant::now();
        while let Err(error) = self.socket.send_to(frame, &self.remote) {
            let retry =
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::WouldBlock);
            let retry = retry || error.raw_os_error() == Some(105); // ENOBUFS
            assert!(retry && start.elapsed() < PATIENCE, "cannot send: {error}");
            match self.read(Duration::ZERO) {
                Some(frame) => self.pending.borrow_mut().push_back(frame),
                None => thread::sleep(Duration::from_micros(100)),
            }
        }
    }

    /// The next frame from the card, if one comes in time.
    pub(crate) fn receive(&self, timeout: Duration) -> Option<Vec<u8>> {
        let pending = self.pending.borrow_mut().pop_front();
        pending.or_else(|| self.read(timeout))
    }

    fn read(&self, timeout: Duration) -> Option<Vec<u8>> {
        // A timeout of the socket is rounded up to the kernel's tick: not for looking whether something is there.
        self.socket.set_nonblocking(timeout.is_zero()).expect("is a socket");
        if !timeout.is_zero() {
            self.socket.set_read_timeout(Some(timeout)).expect("is not zero");
        }
        let frame = self.read_one();
        self.socket.set_nonblocking(true).expect("is a socket");
        frame
    }

    fn read_one(&self) -> Option<Vec<u8>> {
        let mut frame = vec![0; 1 << 16];
        match self.socket.recv(&mut frame) {
            Ok(length) => {
                frame.truncate(length);
                Some(frame)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(error) => panic!("cannot receive: {error}"),
        }
    }

    /// The next frame that `wanted` takes; others are dropped.
    pub(crate) fn wait_for<T>(&self, what: &str, mut wanted: impl FnMut(&[u8]) -> Option<T>) -> T {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(found) = self.receive(Duration::from_millis(100)).and_then(|frame| wanted(&frame)) {
                return found;
            }
        }
        panic!("no {what} within {PATIENCE:?}")
    }

    /// Waits until the machine answers for an address; returns its card's.
    pub(crate) fn resolve(&self, peer: [u8; 4], guest: [u8; 4]) -> [u8; 6] {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.send(&arp_request(peer, guest));
            let again = Instant::now();
            while again.elapsed() < Duration::from_millis(500) {
                let Some(frame) = self.receive(Duration::from_millis(100)) else { continue };
                if frame[12..14] == [8, 6] && frame[20..22] == [0, 2] && frame[28..32] == guest {
                    return frame[22..28].try_into().expect("six bytes");
                }
            }
        }
        panic!("nobody has {guest:?}")
    }
}

pub(crate) fn arp_request(peer: [u8; 4], guest: [u8; 4]) -> Vec<u8> {
    let parts: [&[u8]; 7] = [&[0xff; 6], &PEER_MAC, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &PEER_MAC, &peer, &[0; 6], &guest];
    parts.concat()
}

/// A frame with an IPv4 packet.
pub(crate) fn ipv4(mac: [u8; 6], peer: [u8; 4], guest: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len() as u16).to_be_bytes();
    let mut header = [0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, protocol, 0, 0].to_vec();
    header.extend(peer.iter().chain(&guest));
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [&mac[..], &PEER_MAC, &[8, 0], &header, payload].concat()
}

/// An echo request with a pattern that depends on its number.
pub(crate) fn echo_request(mac: [u8; 6], peer: [u8; 4], guest: [u8; 4], number: u16, payload_bytes: usize) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    let mut message = vec![8, 0, 0, 0, 0x12, 0x34, high, low];
    message.extend((0..payload_bytes).map(|index| (index as u8).wrapping_mul(7) ^ low ^ high.rotate_left(3)));
    let sum = checksum(&[&message]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    ipv4(mac, peer, guest, 1, &message)
}

/// The number of an echo reply that is right to the last bit.
pub(crate) fn echo_reply(frame: &[u8], peer: [u8; 4], guest: [u8; 4]) -> Option<u16> {
    if frame.len() < 42 || frame[12..14] != [8, 0] || frame[23] != 1 || frame[34] != 0 {
        return None;
    }
    assert_eq!((&frame[26..30], &frame[30..34]), (&guest[..], &peer[..]));
    assert_eq!(checksum(&[&frame[14..34]]), 0, "the header's checksum");
    let message = &frame[34..14 + usize::from(u16::from_be_bytes([frame[16], frame[17]]))];
    assert_eq!(checksum(&[message]), 0, "the message's checksum");
    let number = u16::from_be_bytes([message[6], message[7]]);
    let request = echo_request([0; 6], peer, guest, number, message.len() - 8);
    assert_eq!(message[4..], request[38..], "echo {number}");
    Some(number)
}

/// The first packet of a connection.
pub(crate) fn tcp_syn(mac: [u8; 6], peer: [u8; 4], guest: [u8; 4], from_port: u16, port: u16) -> Vec<u8> {
    let syn = Segment { ports: [from_port, port], sequence: 1, flags: SYN, window: 1024, ..Segment::default() };
    syn.frame(mac, peer, guest)
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;

/// A segment of TCP without options (RFC 9293, section 3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    /// From which port to which.
    pub(crate) ports: [u16; 2],
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    pub(crate) payload: Vec<u8>,
}

impl Segment {
    /// The segment in a frame, if it is one; options are passed over.
    pub(crate) fn in_frame(frame: &[u8]) -> Option<Self> {
        if frame.len() < 54 || frame[12..14] != [8, 0] || frame[23] != 6 {
            return None;
        }
        let segment = &frame[34..14 + usize::from(u16::from_be_bytes([frame[16], frame[17]]))];
        let half = |at: usize| u16::from_be_bytes([segment[at], segment[at + 1]]);
        let word = |at: usize| u32::from(half(at)) << 16 | u32::from(half(at + 2));
        Some(Segment {
            ports: [half(0), half(2)],
            sequence: word(4),
            acknowledged: word(8),
            flags: segment[13],
            window: half(14),
            payload: segment[usize::from(segment[12] >> 4) * 4..].to_vec(),
        })
    }

    /// A frame with it.
    pub(crate) fn frame(&self, mac: [u8; 6], peer: [u8; 4], guest: [u8; 4]) -> Vec<u8> {
        let ports = self.ports.map(u16::to_be_bytes).concat();
        let numbers = [self.sequence, self.acknowledged].map(u32::to_be_bytes).concat();
        let window = self.window.to_be_bytes();
        let mut segment = [&ports, &numbers, &[0x50, self.flags][..], &window, &[0; 4], &self.payload].concat();
        let length = [&[0, 6], &(segment.len() as u16).to_be_bytes()[..]].concat();
        let sum = checksum(&[&peer, &guest, &length, &segment]);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
        ipv4(mac, peer, guest, 6, &segment)
    }
}

/// The Internet checksum; 0 over what has a right one.
pub(crate) fn checksum(parts: &[&[u8]]) -> u16 {
    let bytes = parts.concat();
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
