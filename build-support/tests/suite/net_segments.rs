//! Sends single TCP segments to a kernel, for cases that are rare on real networks.

use std::time::{Duration, Instant};

use crate::common::PATIENCE;
use crate::common::frame::{ACK, FIN, PSH, RST, SYN, Segment};
use crate::common::ipv4::{self, GUEST, PEER};
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;

/// The kernel's port that sends as many bytes as it is asked for, and closes.
const PORT: u16 = 19;
const OURS: u16 = 40_000;

/// One connection, of which every segment is the test's to say.
struct Connection {
    wire: Wire,
    mac: [u8; 6],
    /// What is said next, and what is expected next.
    sequence: u32,
    expected: u32,
    _qemu: Qemu,
}

impl Connection {
    /// A connection whose window is of so many bytes, over which `wanted` bytes are asked for.
    fn new(window: u16, wanted: u64) -> Self {
        let wire = Wire::new();
        let arguments = boot(&kernel("net_services"), "pc", "4M", "").into_iter();
        let entropy = ["-device", "virtio-rng-pci"].map(str::to_owned);
        let mut qemu = Qemu::start(arguments.chain(wire.arguments("lan", "virtio-net-pci")).chain(entropy));
        qemu.wait_for("up: 10.0.0.2\n");
        let mac = wire.resolve(PEER, GUEST);
        let mut connection = Connection { wire, mac, sequence: 1000, expected: 0, _qemu: qemu };
        connection.say(SYN, 0, window, &[]);
        let answer = connection.next("SYN of its own", |segment| segment.flags & SYN != 0);
        connection.sequence += 1;
        connection.expected = answer.sequence.wrapping_add(1);
        connection.say(ACK, connection.expected, window, &[]);
        connection.say(ACK | PSH, connection.expected, window, &wanted.to_be_bytes());
        connection.sequence += 8;
        connection
    }

    fn say(&self, flags: u8, acknowledged: u32, window: u16, payload: &[u8]) {
        let payload = payload.to_vec();
        let segment = Segment { ports: [OURS, PORT], sequence: self.sequence, acknowledged, flags, window, payload };
        self.wire.send(&segment.frame(self.mac, ipv4::addresses(PEER, GUEST)));
    }

    /// The next segment that is wanted; the others are passed over, but none may be a reset.
    fn next(&self, what: &str, wanted: impl Fn(&Segment) -> bool) -> Segment {
        self.wire.wait_for(what, |frame| {
            let segment = ipv4::segment(frame).filter(|segment| segment.ports == [PORT, OURS])?;
            assert_eq!(segment.flags & RST, 0, "instead of {what}: {segment:?}");
            wanted(&segment).then_some(segment)
        })
    }
}

/// The end is lost, and what was acknowledged before is acknowledged again and again: no sign that it has come.
#[test]
fn an_end_that_is_lost_is_said_again_whatever_is_acknowledged_twice() {
    let connection = Connection::new(8000, 100);
    let all = connection.expected.wrapping_add(100);
    let fin = |segment: &Segment| segment.flags & FIN != 0;
    let end = connection.next("end", fin);
    for _ in 0..6 {
        connection.say(ACK, all, 8000, &[]);
    }
    for _ in 0..2 {
        let again = connection.next("end, said again", fin);
        assert_eq!(again.sequence.wrapping_add(again.payload.len() as u32), all, "the first was {end:?}");
    }
    connection.say(ACK, all.wrapping_add(1), 8000, &[]);
    // It is silent now.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let frame = connection.wire.receive(Duration::from_millis(100));
        let segment = frame.and_then(|frame| ipv4::segment(&frame));
        assert!(!segment.as_ref().is_some_and(fin), "{segment:?}");
    }
}

/// An old acknowledgement comes late and says that the window is closed, while what was sent into the open one is lost.
#[test]
fn a_window_that_seems_closed_is_asked_for_while_something_is_under_way() {
    const WANTED: u32 = 100_000;
    let mut connection = Connection::new(3000, WANTED.into());
    let start = connection.expected;
    connection.next("data", |segment| !segment.payload.is_empty());
    // Nothing of it is acknowledged.
    connection.say(ACK, start, 0, &[]);
    // Data that was under way already does not count.
    std::thread::sleep(Duration::from_millis(50));
    while connection.wire.receive(Duration::ZERO).is_some() {}
    connection.next("word", |segment| segment.flags & ACK != 0);
    // From now on all is well.
    let begun = Instant::now();
    connection.say(ACK, start, 3000, &[]);
    while connection.expected.wrapping_sub(start) < WANTED {
        assert!(begun.elapsed() < PATIENCE, "{} bytes of {WANTED}", connection.expected.wrapping_sub(start));
        let expected = connection.expected;
        let data = connection.next("more data", |segment| !segment.payload.is_empty());
        if data.sequence == expected {
            connection.expected = expected.wrapping_add(data.payload.len() as u32);
        }
        connection.say(ACK, connection.expected, 3000, &[]);
    }
}
