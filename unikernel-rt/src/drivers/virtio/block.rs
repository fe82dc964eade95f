//! Disks: virtio block devices (virtio 1.2, section 5.2), and what is behind a virtio SCSI host ([`scsi`]). Requests in flight,
//! each of one stretch of memory.
//!
//! Nothing is copied: the device accesses the caller's memory, which is tied to the request meanwhile
//! ([`super::queue::requests`]). The device is not trusted: what it returns must be in flight, and reads must be complete.
//! A device that violates this is reset and not used again.

mod error;
mod geometry;
mod identity;
#[cfg(feature = "scsi")]
pub(crate) mod scsi;
#[cfg(not(feature = "scsi"))]
#[path = "block/no_scsi.rs"]
pub(crate) mod scsi;

use super::dma::Memory;
use super::queue::Broken;
use super::queue::requests::{Answer, Direction, Finished, Format, HEADER_BYTES, Loan, NOT_WRITTEN, Requests, Shared};
use super::{DeviceType, Place, Refused, Transport};
use core::mem::MaybeUninit;
use core::task::Waker;
use scsi::{Host, Verdict};

pub use error::Error;
pub(crate) use geometry::{Disk, Geometry};

/// Bytes of a sector, the unit of the device's addresses. Some disks have larger sectors, each a multiple of this.
pub const SECTOR_BYTES: usize = 512;
/// How many requests can be in flight. Each takes three descriptors.
pub(crate) const DEPTH: usize = QUEUE_SIZE / 3;
const QUEUE_SIZE: usize = 64;
/// The memory that a device and its driver share.
pub(crate) type QueueMemory = Shared<DEPTH, QUEUE_SIZE>;

/// The kinds of devices that have disks.
pub(crate) const KINDS: &[DeviceType] =
    if cfg!(feature = "scsi") { &[DeviceType::Block, DeviceType::ScsiHost] } else { &[DeviceType::Block] };

/// Most bytes of one request. QEMU refuses 2 GiB, and a length has 32 bits.
const MOST_BYTES: u32 = 1 << 30;

/// The requests of a virtio block device (section 5.2.6).
const FORMAT: Format = Format::with_status(0, 16);

/// The status of a request that has succeeded (section 5.2.6).
const OK: u8 = 0;

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum Operation {
    Read = 0,
    Write = 1,
    Flush = 4,
    Identify = 8,
}

/// The result of submitting a request.
pub(crate) enum Submission {
    /// The device has it, and the memory.
    InFlight(Loan),
    /// It completed without the device.
    Over(Memory, Result<(), Error>),
    /// The queue is full.
    Full(Memory),
}

/// A request slot.
///
/// It can be reused once its request has succeeded, even if the outcome was never fetched: a caller that waits for one
/// transfer must get a slot for it, however many others are left unfinished. A failed request keeps its slot until its outcome
/// is fetched.
struct Request {
    state: State,
    waker: Option<Waker>,
}

#[derive(Clone, Copy)]
enum State {
    /// No request, or one that has succeeded.
    Idle,
    InFlight {
        operation: Operation,
        size_bytes: u32,
        /// The outcome will not be fetched.
        is_abandoned: bool,
        /// How often it has been handed in again.
        repetitions: u8,
    },
    /// The outcome has not been fetched yet.
    Failed(Error),
}

impl Request {
    /// Whether another request can use this slot: not before the waiter of the previous one has been woken.
    fn is_free(&self) -> bool {
        matches!(self.state, State::Idle) && self.waker.is_none()
    }
}

/// A device with one disk, or with several behind a SCSI host.
pub(crate) struct Device {
    queue: Requests<DEPTH>,
    requests: [Request; DEPTH],
    /// Waiters for a free slot.
    waiting: [Option<Waker>; DEPTH],
    /// How many wakers there are in both. Mostly zero, which saves the search.
    wakers: usize,
    /// The disk that requests go to.
    disk: Disk,
    /// Where the disks are, if the device is a SCSI host.
    host: Option<Host>,
    is_broken: bool,
}

/// What a device says of itself, before it is started.
struct Setup {
    format: Format,
    disk: Disk,
    host: Option<Host>,
}

impl Setup {
    /// Negotiates features with a device and reads its configuration.
    fn read(transport: &mut Transport) -> Result<Self, Refused> {
        #[cfg(feature = "scsi")]
        if transport.kind() == DeviceType::ScsiHost {
            return scsi::read(transport).map_err(|refusal| transport.refused(refusal));
        }
        let setup = Disk::read(transport).map(|disk| Setup { format: FORMAT, disk, host: None });
        setup.map_err(|refusal| transport.refused(refusal))
    }
}

impl Device {
    /// Starts a device, which is reset.
    pub(crate) fn start(
        mut transport: Transport,
        memory: &'static mut MaybeUninit<QueueMemory>,
    ) -> Result<Self, Refused> {
        let Setup { format, disk, host } = Setup::read(&mut transport)?;
        let mut device = Device {
            queue: Requests::start(transport, format, memory)?,
            requests: [const { Request { state: State::Idle, waker: None } }; DEPTH],
            waiting: [const { None }; DEPTH],
            wakers: 0,
            disk,
            host,
            is_broken: false,
        };
        device.find_disks();
        Ok(device)
    }

    /// Stops the device and goes on with another one, which is reset. No request is in flight.
    pub(crate) fn replace(&mut self, mut transport: Transport) -> Result<(), Refused> {
        let Setup { format, disk, host } = Setup::read(&mut transport)?;
        self.queue.replace(transport, format)?;
        (self.disk, self.host, self.is_broken) = (disk, host, false);
        self.find_disks();
        Ok(())
    }

    /// Stops the device for good. No request is in flight.
    #[cfg(feature = "kv-fat")]
    pub(crate) fn stop(mut self) {
        self.queue.stop();
    }

    /// Where the device is.
    pub(crate) fn place(&self) -> Place {
        self.queue.place()
    }

    /// The disk that requests go to.
    pub(crate) fn disk(&self) -> Disk {
        self.disk
    }

    /// Lets the requests from now on go to a disk of this device.
    pub(crate) fn select(&mut self, disk: Disk) {
        self.disk = disk;
    }

    /// Submits a request: `size_bytes` bytes of `memory` from `offset` on, to or from the device's own sectors from
    /// `first_sector` on; no bytes for a flush.
    pub(crate) fn submit(
        &mut self,
        operation: Operation,
        first_sector: u64,
        memory: Memory,
        offset: usize,
        size_bytes: u32,
    ) -> Submission {
        if self.is_broken {
            return Submission::Over(memory, Err(Error::Device));
        }
        if operation == Operation::Flush && !self.disk.has_flush {
            // Such a device has written what it has acknowledged (section 5.2.6.2).
            return Submission::Over(memory, Ok(()));
        }
        let Disk { geometry: Geometry { sector_bytes, .. }, unit, .. } = self.disk;
        let header = match &self.host {
            Some(host) => {
                let sectors = size_bytes >> sector_bytes.trailing_zeros();
                host.transfer(unit, operation, first_sector, sectors)
            }
            None => {
                let mut header = [0; HEADER_BYTES];
                let first_unit = first_sector.wrapping_mul(u64::from(sector_bytes) / SECTOR_BYTES as u64);
                header[..4].copy_from_slice(&(operation as u32).to_le_bytes());
                header[8..16].copy_from_slice(&first_unit.to_le_bytes());
                header
            }
        };
        self.hand_in(operation, header, memory, offset, size_bytes)
    }

    /// Submits a request with this header.
    fn hand_in(
        &mut self,
        operation: Operation,
        header: [u8; HEADER_BYTES],
        memory: Memory,
        offset: usize,
        size_bytes: u32,
    ) -> Submission {
        let Some((slot, request)) = self.requests.iter_mut().enumerate().find(|(_, request)| request.is_free()) else {
            // Failures whose outcome is never fetched must not make others wait for ever.
            let all_failed = self.requests.iter().all(|request| matches!(request.state, State::Failed(_)));
            return if all_failed { Submission::Over(memory, Err(Error::Io)) } else { Submission::Full(memory) };
        };
        let direction = match operation {
            Operation::Read | Operation::Identify => Direction::FromDevice,
            Operation::Write | Operation::Flush => Direction::ToDevice,
        };
        match self.queue.submit(slot, header, memory, offset, size_bytes, direction) {
            Ok(loan) => {
                request.state = State::InFlight { operation, size_bytes, is_abandoned: false, repetitions: 0 };
                self.queue.publish();
                Submission::InFlight(loan)
            }
            // The memory is too short or not writable by a device; no caller does this.
            Err(memory) => Submission::Over(memory, Err(Error::Io)),
        }
    }

    /// Collects completed requests; returns whether there were any.
    pub(crate) fn poll(&mut self) -> bool {
        self.queue.acknowledge();
        let mut is_news = false;
        loop {
            let (requests, host) = (&mut self.requests, &self.host);
            let taken = self.queue.take(&mut |finished, answer| match (host, requests.get_mut(finished.slot)) {
                (Some(host), Some(request)) => request.state.is_to_repeat(finished, answer, host),
                _ => false,
            });
            let finished = match taken {
                Ok(Some(finished)) => finished,
                Ok(None) => return is_news,
                Err(Broken) => break,
            };
            is_news = true;
            let Some(request) = self.requests.get_mut(finished.slot) else { break };
            let state = match &self.host {
                Some(host) => request.state.after_command(&finished, self.queue.answer(), host),
                None => request.state.after(&finished),
            };
            let Some(state) = state else { break };
            request.state = state;
        }
        self.give_up();
        true
    }

    /// Stops a device that violated the protocol; fails every request in flight.
    #[cold]
    fn give_up(&mut self) {
        self.queue.stop();
        self.is_broken = true;
        for request in &mut self.requests {
            if let State::InFlight { is_abandoned, .. } = request.state {
                request.state = if is_abandoned { State::Idle } else { State::Failed(Error::Device) };
            }
        }
    }

    /// Fetches the outcome of a request, and the memory; `Err` with the loan while there is none.
    pub(crate) fn outcome(&mut self, loan: Loan) -> Result<(Memory, Result<(), Error>), Loan> {
        let outcome = match self.place_of(&loan) {
            Some(request) => match request.state {
                State::InFlight { .. } => return Err(loan),
                State::Failed(failure) => {
                    request.state = State::Idle;
                    Err(failure)
                }
                State::Idle => Ok(()),
            },
            None => Ok(()),
        };
        self.queue.finish(loan).map(|memory| (memory, outcome))
    }

    /// Abandons a request, whose memory is dropped when the device has finished with it; returns its waker.
    pub(crate) fn abandon(&mut self, loan: Loan) -> Option<Waker> {
        let waker = self.place_of(&loan).and_then(|request| {
            match &mut request.state {
                State::InFlight { is_abandoned, .. } => *is_abandoned = true,
                state => *state = State::Idle,
            }
            request.waker.take()
        });
        self.wakers -= usize::from(waker.is_some());
        self.queue.abandon(loan);
        waker
    }

    /// The slot of a request; `None` if it has been reused.
    fn place_of(&mut self, loan: &Loan) -> Option<&mut Request> {
        let is_last = self.queue.generation(loan.slot()) == loan.generation();
        self.requests.get_mut(loan.slot()).filter(|_| is_last)
    }

    /// Registers a waker for the outcome of a request, or for a free slot where there is no loan. Returns the waker that it
    /// replaces, to be woken or dropped by the caller: both run application code.
    pub(crate) fn wake_later(&mut self, loan: Option<&Loan>, waker: Waker) -> Option<Waker> {
        let slot = match loan {
            Some(loan) => self.place_of(loan).map(|request| &mut request.waker),
            None => {
                let index = self.waiting.iter().position(Option::is_none).unwrap_or(0);
                self.waiting.get_mut(index)
            }
        };
        let Some(slot) = slot else { return Some(waker) };
        let earlier = slot.replace(waker);
        self.wakers += usize::from(earlier.is_none());
        earlier
    }

    /// Takes a waker that is due.
    #[inline]
    pub(crate) fn next_waker(&mut self) -> Option<Waker> {
        if self.wakers == 0 {
            return None;
        }
        let waker = self.find_waker();
        self.wakers -= usize::from(waker.is_some());
        waker
    }

    fn find_waker(&mut self) -> Option<Waker> {
        let is_over =
            |request: &&mut Request| !matches!(request.state, State::InFlight { .. }) && request.waker.is_some();
        if let Some(request) = self.requests.iter_mut().find(is_over) {
            return request.waker.take();
        }
        if self.requests.iter().any(Request::is_free) { self.waiting.iter_mut().find_map(Option::take) } else { None }
    }
}

impl State {
    /// The state after completion by the device; `None` if the device violated the protocol.
    fn after(self, finished: &Finished) -> Option<State> {
        let State::InFlight { operation, size_bytes, is_abandoned, .. } = self else { return None };
        let &Finished { status, written_bytes, .. } = finished;
        // For a read, the length tells whether all data arrived. Devices disagree on whether it includes the status byte.
        // For a write it is meaningless: some devices report what they have read.
        let is_whole = operation != Operation::Read || written_bytes >= size_bytes;
        if operation == Operation::Read && written_bytes > size_bytes + 1 || status == NOT_WRITTEN {
            return None;
        }
        let has_succeeded = status == OK && is_whole;
        Some(if has_succeeded || is_abandoned { State::Idle } else { State::Failed(Error::Io) })
    }

    /// The same for a SCSI command.
    #[cold]
    fn after_command(self, finished: &Finished, answer: &Answer, host: &Host) -> Option<State> {
        let State::InFlight { operation, is_abandoned, .. } = self else { return None };
        Some(match host.verdict(finished.status, answer, operation)? {
            Verdict::Failed(failure) if !is_abandoned => State::Failed(failure),
            Verdict::Again if !is_abandoned => State::Failed(Error::Io),
            _ => State::Idle,
        })
    }

    /// Whether a SCSI command is to be handed in again, and has not been too often.
    fn is_to_repeat(&mut self, finished: &Finished, answer: &Answer, host: &Host) -> bool {
        const REPETITIONS_MOST: u8 = 5;
        let State::InFlight { operation, repetitions, .. } = self else { return false };
        let is_to_repeat = *repetitions < REPETITIONS_MOST
            && host.verdict(finished.status, answer, *operation) == Some(Verdict::Again);
        *repetitions += u8::from(is_to_repeat);
        is_to_repeat
    }
}

#[cfg(test)]
mod tests;
