//! TCP segment by segment: each test names the section that it is of.

use crate::frames::{SentSegment, arp, read_arp, read_tcp, segment, tcp};
use crate::host::{Host, Memory, Sizes, mac};
use core::net::IpAddr;
use smoltcp::wire::{ArpOperation, TcpControl, TcpRepr, TcpSeqNumber};
use unikernel_net::{Error, ListenerHandle, TcpHandle};

mod attacks;
mod calls;
mod options;
mod pace;
mod recovery;
mod states;
mod traffic;

pub const US: &str = "10.0.0.2";
pub const PEER: &str = "10.0.0.9";

/// A peer of the host's, who is written segment by segment. Its sequence numbers begin at 1,000.
pub struct Peer<'h, 'm> {
    pub host: &'h mut Host<'m>,
    pub port: u16,
    pub our_port: u16,
    /// Its next sequence number.
    pub next: u32,
    /// The next one that it expects.
    pub expected: u32,
    pub window: u16,
}

impl<'h, 'm> Peer<'h, 'm> {
    pub fn new(host: &'h mut Host<'m>, port: u16) -> Self {
        Peer { host, port, our_port: 80, next: 1_000, expected: 0, window: 65_000 }
    }

    /// What it would say with nothing else to say.
    pub fn plain(&self) -> TcpRepr<'static> {
        TcpRepr {
            seq_number: TcpSeqNumber(self.next as i32),
            ack_number: Some(TcpSeqNumber(self.expected as i32)),
            window_len: self.window,
            ..segment(self.port, self.our_port)
        }
    }

    /// Gives the host a segment; what it sends for that.
    pub fn send(&mut self, segment: &TcpRepr<'_>) -> Vec<SentSegment> {
        let (peer, us): (IpAddr, IpAddr) = (PEER.parse().unwrap(), US.parse().unwrap());
        let sent = self.host.receive(&tcp((mac(9), mac(1)), peer, us, segment));
        sent.iter().filter_map(|frame| read_tcp(frame)).collect()
    }

    /// Sends data and goes on.
    pub fn say(&mut self, payload: &[u8]) -> Vec<SentSegment> {
        let sent = self.send(&TcpRepr { payload, ..self.plain() });
        self.next = self.next.wrapping_add(payload.len() as u32);
        sent
    }

    /// Acknowledges one after the other, all of which arrive before anything is sent.
    pub fn acknowledge_at_once(&mut self, up_to: impl Iterator<Item = u32>) -> Vec<SentSegment> {
        let (peer, us): (IpAddr, IpAddr) = (PEER.parse().unwrap(), US.parse().unwrap());
        for up_to in up_to {
            self.expected = up_to;
            let frame = tcp((mac(9), mac(1)), peer, us, &self.plain());
            self.host.stack.receive(&mut self.host.cards, 0, &frame, false, self.host.now);
        }
        self.flush()
    }

    pub fn acknowledge(&mut self, up_to: u32) -> Vec<SentSegment> {
        self.expected = up_to;
        self.send(&self.plain())
    }

    /// Lets time pass, and answers ARP meanwhile; the segments of that time.
    pub fn pass(&mut self, milliseconds: u64) -> Vec<SentSegment> {
        let mut sent = Vec::new();
        let mut left = milliseconds;
        while left > 0 {
            let step = left.min(500);
            left -= step;
            let frames = self.host.pass(core::time::Duration::from_millis(step));
            let asks = frames.iter().any(|frame| read_arp(frame).is_some());
            let waiting = if asks { self.host.receive(&arp_reply()) } else { Vec::new() };
            sent.extend(frames.iter().chain(&waiting).filter_map(|frame| read_tcp(frame)));
        }
        sent
    }

    pub fn syn(&self) -> TcpRepr<'static> {
        let plain = self.plain();
        TcpRepr { control: TcpControl::Syn, ack_number: None, max_seg_size: Some(1460), ..plain }
    }

    /// The handshake of one who connects, with the options of `syn`.
    pub fn open(&mut self, syn: &TcpRepr<'_>, listener: ListenerHandle) -> TcpHandle {
        self.begin(syn);
        self.host.accept(listener).unwrap()
    }

    /// The same, where nobody accepts it.
    pub fn begin(&mut self, syn: &TcpRepr<'_>) {
        let answer = self.send(syn);
        let [answer] = &answer[..] else { panic!("{answer:?}") };
        assert_eq!((answer.control, answer.acknowledgement), (TcpControl::Syn, self.next + 1));
        self.next += 1;
        self.expected = answer.sequence.wrapping_add(1);
        let echo = answer.timestamp.map(|stamp| stamp.0);
        let timestamp = syn.timestamp.and_then(|stamp| crate::frames::timestamp(stamp.tsval + 1, echo.unwrap_or(0)));
        let sent = self.send(&TcpRepr { timestamp, ..self.plain() });
        assert!(sent.iter().all(|segment| segment.control == TcpControl::Rst), "only to one that gives way: {sent:?}");
    }

    pub fn write(&mut self, handle: TcpHandle, bytes: &[u8]) -> Vec<SentSegment> {
        let (tcp, mut context) = self.host.tcp();
        assert_eq!(tcp.write(&mut context, handle, bytes), Ok(bytes.len()));
        self.flush()
    }

    /// What the host sends now.
    pub fn flush(&mut self) -> Vec<SentSegment> {
        self.host.stack.transmit(&mut self.host.cards, self.host.now);
        self.host.take_sent(0).iter().filter_map(|frame| read_tcp(frame)).collect()
    }

    pub fn read(&mut self, handle: TcpHandle) -> Result<Vec<u8>, Error> {
        let mut buffer = vec![0; 100_000];
        let (tcp, mut context) = self.host.tcp();
        let count = tcp.read(&mut context, handle, &mut buffer)?;
        buffer.truncate(count);
        Ok(buffer)
    }
}

/// The peer's answer to a question for its address.
pub fn arp_reply() -> Vec<u8> {
    arp(ArpOperation::Reply, mac(1), (mac(9), PEER), (mac(1), US))
}

/// A host that listens at port 80.
pub fn server(memory: &mut Memory) -> (Host<'_>, ListenerHandle) {
    let mut host = Host::with_addresses(memory, &[(US, 24)]);
    let (tcp, mut context) = host.tcp();
    let listener = tcp.listen(&mut context, "0.0.0.0:80".parse().unwrap(), 8).unwrap();
    (host, listener)
}

pub fn memory() -> Memory {
    Memory::new(&Sizes { blocks: 256, ..Sizes::default() })
}
