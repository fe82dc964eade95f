//! The steps that are counted, each from a guest that waits to a guest that waits again.

use std::path::Path;
use std::time::Duration;

use super::machine::{Machine, PATIENCE};
use super::{Failure, Image, PAGE, Step, point};
use crate::counts::Counts;
use crate::counts::peer::{self, ACK, FIN, SYN, Segment};
use unikernel_cli::machine::debug_exit;

const PORT: u16 = 8080;
/// After how long something is sent again, and how often: a frame may be lost, as in any network. The median does not mind.
const AGAIN: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 12;
/// Any sequence number.
const OURS: u32 = 1000;

/// What a step takes: of each count the median of so many times.
pub(super) fn median(machine: &mut Machine, step: Step, times: usize) -> Result<Counts, Failure> {
    let mut taken = Vec::with_capacity(times);
    // The first ones are different: caches are filled, windows open.
    let warm = 5;
    let mut connection = match step {
        Step::KeptRequest => Some(Connection::open(machine)?),
        _ => None,
    };
    for time in 0..warm + times {
        let before = machine.reading()?;
        match (step, &mut connection) {
            (Step::Echo, _) => echo(machine, time as u16)?,
            (Step::KeptRequest, Some(connection)) => connection.request(machine, "")?,
            _ => {
                let mut connection = Connection::open(machine)?;
                connection.request(machine, "Connection: close\r\n")?;
                connection.close(machine)?;
            }
        }
        let after = machine.settle(before)?;
        if time >= warm {
            taken.push(after.counts - before.counts);
        }
    }
    let middle = |of: fn(&Counts) -> u64| {
        let mut values: Vec<u64> = taken.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    };
    Ok(Counts {
        instructions: middle(|counts| counts.instructions),
        port_io: middle(|counts| counts.port_io),
        halts: middle(|counts| counts.halts),
        interrupts: middle(|counts| counts.interrupts),
        device_io: middle(|counts| counts.device_io),
        notifications: middle(|counts| counts.notifications),
    })
}

fn echo(machine: &Machine, number: u16) -> Result<(), Failure> {
    let peer = machine.peer()?;
    for _ in 0..ATTEMPTS {
        peer.ping(number, PATIENCE).map_err(Failure::host("send a ping"))?;
        while let Some(frame) = peer.receive(AGAIN).map_err(Failure::host("receive an echo"))? {
            if peer::is_echo(&frame) {
                return Ok(());
            }
        }
    }
    Err(Failure::new("the guest does not answer a ping"))
}

/// A connection to the guest, one segment at a time.
struct Connection {
    port: u16,
    next: u32,
    acknowledged: u32,
    /// What was sent last: its flags, number and payload.
    last: (u8, u32, Vec<u8>),
}

impl Connection {
    fn open(machine: &mut Machine) -> Result<Self, Failure> {
        machine.connections += 1;
        let mut connection =
            Self { port: 20_000 + machine.connections, next: OURS, acknowledged: 0, last: (0, 0, Vec::new()) };
        let before = machine.reading()?;
        connection.send(machine, SYN, b"")?;
        connection.next += 1;
        while connection.receive(machine)?.flags & SYN == 0 {}
        machine.settle(before)?;
        Ok(connection)
    }

    /// Asks for the page and takes all of it; what was taken is acknowledged by whatever is sent next.
    fn request(&mut self, machine: &Machine, headers: &str) -> Result<(), Failure> {
        let request = format!("GET {PAGE} HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n{headers}\r\n");
        let before = machine.reading()?;
        self.send(machine, ACK, request.as_bytes())?;
        self.next += request.len() as u32;
        let is_last = !headers.is_empty();
        let mut taken = 0;
        loop {
            let segment = self.receive(machine)?;
            taken += segment.payload_bytes;
            // A page of a kilobyte with its head is one segment, unless the guest has its own view of that.
            if if is_last { segment.flags & FIN != 0 } else { taken >= 1024 } {
                break;
            }
        }
        machine.settle(before)?;
        Ok(())
    }

    /// Closes this end after the other.
    fn close(&mut self, machine: &Machine) -> Result<(), Failure> {
        let before = machine.reading()?;
        self.send(machine, ACK | FIN, b"")?;
        self.next += 1;
        self.receive(machine)?;
        machine.settle(before)?;
        Ok(())
    }

    fn send(&mut self, machine: &Machine, flags: u8, payload: &[u8]) -> Result<(), Failure> {
        self.last = (flags, self.next, payload.to_vec());
        self.send_last(machine)
    }

    fn send_last(&self, machine: &Machine) -> Result<(), Failure> {
        let (flags, sequence, payload) = &self.last;
        let numbers = (*sequence, self.acknowledged);
        let peer = machine.peer()?;
        peer.segment((self.port, PORT), *flags, numbers, payload, PATIENCE).map_err(Failure::host("send a segment"))
    }

    fn receive(&mut self, machine: &Machine) -> Result<Segment, Failure> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.send_last(machine)?;
            }
            while let Some(frame) = machine.peer()?.receive(AGAIN).map_err(Failure::host("receive a segment"))? {
                if let Some(segment) = peer::segment(&frame, self.port) {
                    let ends = u32::from(segment.flags & SYN != 0) + u32::from(segment.flags & FIN != 0);
                    self.acknowledged = segment.sequence.wrapping_add(segment.payload_bytes).wrapping_add(ends);
                    return Ok(segment);
                }
            }
        }
        Err(Failure::new("the guest does not answer a segment"))
    }
}

/// What a transfer of a disk takes: the difference between two boots, which do the same but for these transfers.
///
/// The disk takes its time, so that the guest always waits for it, halted: a disk that answers at once answers sometimes before
/// and sometimes after that.
pub(super) fn transfer(plugin: &Path, image: &Image, bytes: u64, write: bool) -> Result<Counts, Failure> {
    const FEW: u64 = 10;
    const MORE: u64 = 200;
    const LATENCY_NS: u64 = 3_000_000;
    let count = |count: u64| {
        let words = format!("bytes={bytes} count={count} write={write}");
        // No disk of the host's is in the way.
        let disk = format!("driver=null-co,node-name=disk,size={},latency-ns={LATENCY_NS}", 64 << 20);
        let machine = Machine::new(plugin, image)?
            .device(&debug_exit())
            .arguments(&["-append", &words, "-blockdev", &disk])
            .device("virtio-blk-pci,drive=disk");
        let printed = machine.printed_at_end()?;
        // The firmware waits for the host's clock here and there.
        Ok::<_, Failure>(point(&printed, "end")? - point(&printed, "entry")?)
    };
    let counts = count(FEW + MORE)? - count(FEW)?;
    let each = |total: u64| (total + MORE / 2) / MORE;
    Ok(Counts {
        instructions: each(counts.instructions),
        port_io: each(counts.port_io),
        halts: each(counts.halts),
        interrupts: each(counts.interrupts),
        device_io: each(counts.device_io),
        notifications: each(counts.notifications),
    })
}
