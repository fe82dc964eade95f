//! SCSI commands over a virtio SCSI host (virtio 1.2, section 5.6): what is sent, and what the answers mean.
//!
//! Commands and sense data are those of SBC-3 and SPC-4. [`disks`] finds the disks behind the host; the queue is that of
//! [`Device`](super::Device), which all of them share. The control queue and the event queue are not used.
//!
//! Behind the feature `scsi`, because it is 6 KB; without it, `no_scsi` takes its place.

mod disks;

use super::geometry::{Disk, Unit};
use super::{Error, MOST_BYTES, Operation, SECTOR_BYTES, Setup};
use crate::drivers::virtio::queue::requests::{Answer, Format, HEADER_BYTES, NOT_WRITTEN};
use crate::drivers::virtio::{Refusal, Transport};

/// The first request queue.
const QUEUE: u16 = 2;
/// Header: unit, identity, attributes, command. Answer: its fixed part, and sense data (section 5.6.6.1).
const FORMAT: Format = Format::with_answer(QUEUE, 19 + COMMAND_BYTES, SENSE as u32 + SENSE_BYTES, RESPONSE);

/// Sizes that devices have after a reset (section 5.6.4).
const SENSE_BYTES: u32 = 96;
const COMMAND_BYTES: u32 = 32;

/// Offsets in the configuration (section 5.6.4).
const MAX_SECTORS: u32 = 8;
const SENSE_SIZE: u32 = 20;
const COMMAND_SIZE: u32 = 24;
const MAX_TARGET: u32 = 30;

/// Offsets in an answer.
const RESIDUAL: usize = 4;
const STATUS: usize = 10;
const RESPONSE: usize = 11;
const SENSE: usize = 12;

/// Most disks of one host; further ones are ignored.
const DISKS: usize = 32;

/// The disks of a host.
pub(super) struct Host {
    targets: u16,
    request_bytes_most: u32,
    units: [Unit; DISKS],
    count: usize,
    /// One bit for each, where it is somebody's.
    taken: u32,
}

impl Host {
    /// The header of a transfer.
    pub(super) fn transfer(&self, unit: Unit, operation: Operation, first: u64, sectors: u32) -> [u8; HEADER_BYTES] {
        transfer(unit, operation, first, sectors)
    }

    /// Judges an answer; `None` if the host has violated the protocol.
    pub(super) fn verdict(&self, response: u8, answer: &Answer, operation: Operation) -> Option<Verdict> {
        verdict(response, answer, operation)
    }
}

/// Negotiates with a host and reads its configuration.
pub(super) fn read(transport: &mut Transport) -> Result<Setup, Refusal> {
    transport.negotiate(0)?;
    let limits = (transport.read_config::<u32>(MAX_SECTORS), transport.read_config::<u16>(MAX_TARGET));
    let sizes = (transport.read_config(SENSE_SIZE), transport.read_config(COMMAND_SIZE));
    let ((Some(sectors), Some(last)), (Some(SENSE_BYTES), Some(COMMAND_BYTES))) = (limits, sizes) else {
        return Err(Refusal::Configuration);
    };
    let request_bytes_most = match sectors {
        0 => MOST_BYTES, // it does not say
        sectors => sectors.saturating_mul(SECTOR_BYTES as u32),
    };
    let targets = last.min(u8::MAX.into()) + 1;
    let host = Host { targets, request_bytes_most, units: [Unit::ZERO; DISKS], count: 0, taken: 0 };
    Ok(Setup { format: FORMAT, disk: Disk::NONE, host: Some(host) })
}

/// The header of a command to a unit.
fn header(unit: Unit, command: &[u8]) -> [u8; HEADER_BYTES] {
    /// One level of units, with numbers of 14 bits.
    const FLAT: u8 = 0x40;
    const COMMAND: usize = 19;
    let mut header = [0; HEADER_BYTES];
    let [high, low] = unit.number.to_be_bytes();
    header[..4].copy_from_slice(&[1, unit.target, FLAT | high, low]);
    for (place, byte) in header.iter_mut().skip(COMMAND).zip(command) {
        *place = *byte;
    }
    header
}

/// The header of a transfer. The short command where it will do: some disks have no other.
fn transfer(unit: Unit, operation: Operation, first: u64, sectors: u32) -> [u8; HEADER_BYTES] {
    const SYNCHRONIZE_CACHE_10: u8 = 0x35;
    const READ_10: u8 = 0x28;
    const WRITE_10: u8 = 0x2a;
    const READ_16: u8 = 0x88;
    const WRITE_16: u8 = 0x8a;
    let mut command = [0; 16];
    let [short, long] = match operation {
        Operation::Write => [WRITE_10, WRITE_16],
        Operation::Flush => [SYNCHRONIZE_CACHE_10; 2], // from the first sector on, all
        _ => [READ_10, READ_16],
    };
    match (u32::try_from(first), u16::try_from(sectors)) {
        (Ok(first), Ok(sectors)) => {
            command[0] = short;
            command[2..6].copy_from_slice(&first.to_be_bytes());
            command[7..9].copy_from_slice(&sectors.to_be_bytes());
        }
        _ => {
            command[0] = long;
            command[2..10].copy_from_slice(&first.to_be_bytes());
            command[10..14].copy_from_slice(&sectors.to_be_bytes());
        }
    }
    header(unit, &command)
}

/// What the answer to a command means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Done,
    /// The disk has told of something that has happened, or is busy: the command is to be repeated.
    Again,
    Failed(Error),
}

/// Judges an answer; `None` if the device has violated the protocol.
fn verdict(response: u8, answer: &Answer, operation: Operation) -> Option<Verdict> {
    /// Responses of the host (section 5.6.6.1.1).
    const OK: u8 = 0;
    const ABORTED: u8 = 2;
    const RESET: u8 = 4;
    const BUSY: u8 = 5;
    /// Status codes (SAM-5, section 5.3).
    const GOOD: u8 = 0;
    const CHECK_CONDITION: u8 = 2;
    const BUSY_STATUS: u8 = 8;
    const TASK_SET_FULL: u8 = 0x28;

    if response == NOT_WRITTEN {
        return None;
    }
    let is_short = answer[RESIDUAL..RESIDUAL + 4] != [0; 4];
    // What identifies a disk may be less than there is room for.
    let whole = if is_short && operation != Operation::Identify { Verdict::Failed(Error::Io) } else { Verdict::Done };
    Some(match (response, answer[STATUS]) {
        (OK, GOOD) => whole,
        (OK, CHECK_CONDITION) => {
            let verdict = sense(answer, operation);
            if verdict == Verdict::Done { whole } else { verdict }
        }
        (OK, BUSY_STATUS | TASK_SET_FULL) | (ABORTED | RESET | BUSY, _) => Verdict::Again,
        _ => Verdict::Failed(Error::Io),
    })
}

/// What sense data means (SPC-4, section 4.5), in either format.
fn sense(answer: &Answer, operation: Operation) -> Verdict {
    const RECOVERED_ERROR: u8 = 1;
    const ILLEGAL_REQUEST: u8 = 5;
    const UNIT_ATTENTION: u8 = 6;
    const DATA_PROTECT: u8 = 7;
    const ABORTED_COMMAND: u8 = 0xb;
    const INVALID_COMMAND: u8 = 0x20;
    const OUT_OF_RANGE: u8 = 0x21;
    let (key, code) = match answer[SENSE] & 0x7f {
        0x70 => (answer[SENSE + 2], answer[SENSE + 12]),
        0x72 => (answer[SENSE + 1], answer[SENSE + 2]),
        _ => return Verdict::Failed(Error::Io),
    };
    match (key & 0xf, code) {
        (RECOVERED_ERROR, _) => Verdict::Done,
        // A disk without the command has no cache.
        (ILLEGAL_REQUEST, INVALID_COMMAND) if operation == Operation::Flush => Verdict::Done,
        (ILLEGAL_REQUEST, OUT_OF_RANGE) => Verdict::Failed(Error::OutOfRange),
        (UNIT_ATTENTION | ABORTED_COMMAND, _) => Verdict::Again,
        (DATA_PROTECT, _) => Verdict::Failed(Error::ReadOnly),
        _ => Verdict::Failed(Error::Io),
    }
}

#[cfg(test)]
mod tests;
