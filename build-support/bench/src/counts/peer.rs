//! The other end of a guest's wire, one frame at a time: ARP, pings and TCP, as much of them as a measurement takes.
//!
//! A real network's timing would be in the counts: what comes while the guest works is served without an interrupt. Here
//! nothing comes before the guest waits. QEMU's `dgram` network needs no rights, and no port of the host.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const ADDRESS: [u8; 4] = [10, 0, 0, 1];
const GUEST: [u8; 4] = [10, 0, 0, 2];
const ETHERNET_BYTES: usize = 14;
const IP_BYTES: usize = 20;

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const ACK: u8 = 16;
const RST: u8 = 4;
const PUSH: u8 = 8;
/// Shifted by 7 (RFC 7323), as Linux announces it.
const WINDOW: u16 = 502;

/// A wire whose one end is here.
pub(super) struct Peer {
    socket: UnixDatagram,
    card: PathBuf,
    here: PathBuf,
    guest_mac: [u8; 6],
}

/// A segment that came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) flags: u8,
    pub(super) sequence: u32,
    pub(super) payload_bytes: u32,
}

impl Peer {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let (here, card) = (folder.join("peer"), folder.join("card"));
        let socket = UnixDatagram::bind(&here)?;
        Ok(Self { socket, card, here, guest_mac: [0xff; 6] })
    }

    /// What QEMU is told: the network, and a card on it.
    pub(super) fn arguments(&self) -> [String; 4] {
        let (local, remote) = (self.card.display(), self.here.display());
        let network = format!("dgram,id=n,local.type=unix,local.path={local},remote.type=unix,remote.path={remote}");
        ["-netdev".into(), network, "-device".into(), "virtio-net-pci,netdev=n,mac=52:54:00:00:00:01".into()]
    }

    fn send(&self, frame: &[u8], patience: Duration) -> io::Result<()> {
        let began = Instant::now();
        loop {
            match self.socket.send_to(frame, &self.card) {
                Ok(_) => return Ok(()),
                Err(error) if began.elapsed() > patience => return Err(error),
                // QEMU is not there yet, or has not taken the last one yet.
                Err(_) => thread::sleep(Duration::from_micros(200)),
            }
        }
    }

    /// The next frame; `None` where none comes in time.
    pub(super) fn receive(&self, patience: Duration) -> io::Result<Option<Vec<u8>>> {
        self.socket.set_read_timeout(Some(patience))?;
        let mut frame = vec![0; 1 << 16];
        match self.socket.recv(&mut frame) {
            Ok(length) => {
                frame.truncate(length);
                self.answer(&frame)?;
                Ok(Some(frame))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells a guest that asks where this address is: it forgets it after a while.
    fn answer(&self, frame: &[u8]) -> io::Result<()> {
        if frame.len() < 42 || frame[12..14] != [8, 6] || frame[20..22] != [0, 1] || frame[38..42] != ADDRESS {
            return Ok(());
        }
        let (mac, address) = (&frame[22..28], &frame[28..32]);
        let answer: [&[u8]; 7] = [mac, &MAC, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 2], &MAC, &ADDRESS, mac, address];
        self.send(&answer.concat(), Duration::from_secs(1))
    }

    /// Waits until the guest answers for its address.
    pub(super) fn resolve(&mut self, patience: Duration) -> io::Result<bool> {
        let began = Instant::now();
        let question: [&[u8]; 7] = [&[0xff; 6], &MAC, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &MAC, &ADDRESS, &[0; 6], &GUEST];
        while began.elapsed() < patience {
            self.send(&question.concat(), patience)?;
            while let Some(frame) = self.receive(Duration::from_millis(300))? {
                if frame.len() >= 42 && frame[12..14] == [8, 6] && frame[20..22] == [0, 2] && frame[28..32] == GUEST {
                    self.guest_mac.copy_from_slice(&frame[22..28]);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Sends an echo request of 56 bytes, as `ping` does.
    pub(super) fn ping(&self, number: u16, patience: Duration) -> io::Result<()> {
        let [high, low] = number.to_be_bytes();
        let mut message = vec![8, 0, 0, 0, 0x12, 0x34, high, low];
        message.extend(0..56);
        let sum = checksum(&[&message]);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        self.send(&self.packet(1, &message), patience)
    }

    /// Sends a segment.
    pub(super) fn segment(
        &self,
        ports: (u16, u16),
        flags: u8,
        numbers: (u32, u32),
        payload: &[u8],
        patience: Duration,
    ) -> io::Result<()> {
        // A largest segment of 1,460 bytes and a scaled window in the first one, as every system sends it; no more options.
        let options: &[u8] = if flags & SYN != 0 { &[2, 4, 5, 0xb4, 1, 3, 3, 7] } else { &[] };
        let push = if payload.is_empty() { 0 } else { PUSH };
        let mut segment = Vec::with_capacity(28 + payload.len());
        segment.extend(ports.0.to_be_bytes().into_iter().chain(ports.1.to_be_bytes()));
        segment.extend(numbers.0.to_be_bytes().into_iter().chain(numbers.1.to_be_bytes()));
        segment.extend([((5 + options.len() / 4) as u8) << 4, flags | push]);
        segment.extend(WINDOW.to_be_bytes());
        segment.extend([0; 4]);
        segment.extend(options.iter().chain(payload));
        let length = [0, 6, (segment.len() >> 8) as u8, segment.len() as u8];
        let sum = checksum(&[&ADDRESS, &GUEST, &length, &segment]);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
        self.send(&self.packet(6, &segment), patience)
    }

    fn packet(&self, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let length = ((IP_BYTES + payload.len()) as u16).to_be_bytes();
        let mut header = [0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, protocol, 0, 0].to_vec();
        header.extend(ADDRESS.iter().chain(&GUEST));
        let sum = checksum(&[&header]);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        [&self.guest_mac[..], &MAC, &[8, 0], &header, payload].concat()
    }
}

/// The segment for `port` in a frame, if it is one, and no reset.
pub(super) fn segment(frame: &[u8], port: u16) -> Option<Segment> {
    const TCP: usize = ETHERNET_BYTES + IP_BYTES;
    if frame.len() < TCP + 20 || frame[12..14] != [8, 0] || frame[23] != 6 || frame[36..38] != port.to_be_bytes() {
        return None;
    }
    let flags = frame[TCP + 13];
    let total_bytes = u32::from(u16::from_be_bytes([frame[16], frame[17]]));
    let header_bytes = u32::from(frame[TCP + 12] >> 4) * 4;
    let payload_bytes = total_bytes.checked_sub(IP_BYTES as u32 + header_bytes)?;
    let sequence = u32::from_be_bytes([frame[TCP + 4], frame[TCP + 5], frame[TCP + 6], frame[TCP + 7]]);
    (flags & RST == 0).then_some(Segment { flags, sequence, payload_bytes })
}

/// Whether a frame is an echo reply.
pub(super) fn is_echo(frame: &[u8]) -> bool {
    frame.len() > 41 && frame[12..14] == [8, 0] && frame[23] == 1 && frame[34] == 0
}

/// The Internet checksum (RFC 1071) of an even number of bytes, but for the last part.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_sent_as_they_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let peer = Peer::new(folder.path()).expect("a socket");
        let card = UnixDatagram::bind(&peer.card).expect("a socket");
        peer.segment((4242, 8080), ACK, (7, 9), b"GET", Duration::ZERO).expect("sent");
        let mut frame = [0; 2000];
        let length = card.recv(&mut frame).expect("there");
        let frame = &frame[..length];
        assert_eq!(checksum(&[&frame[14..34]]), 0);
        assert_eq!(checksum(&[&ADDRESS, &GUEST, &[0, 6, 0, 23], &frame[34..]]), 0);
        let read = segment(frame, 8080).expect("is for this port");
        assert_eq!((read.flags, read.sequence, read.payload_bytes), (ACK | PUSH, 7, 3));
        assert!(segment(frame, 4242).is_none() && segment(&frame[..50], 8080).is_none() && !is_echo(frame));
    }
}
