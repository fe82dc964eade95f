//! virtio block devices (virtio 1.2, section 5.2): requests in flight, each of one stretch of memory.
//!
//! Nothing is copied: the device reads and writes the caller's memory. Nothing that the device says is believed before it is
//! checked: what it returns must be in flight, and what it has read must be there whole. A device that breaks this is reset,
//! and does nothing any more.

mod error;
mod transfer;

use super::{Frames, Refusal, Transport, take_zeroed};
use core::ptr::NonNull;
use core::task::Waker;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport as _;

pub use error::BlockError;
pub(crate) use transfer::Attached;
pub use transfer::{Storage, Transfer};

/// The unit of the device's addresses, whatever its blocks are.
pub(crate) const UNIT_BYTES: u64 = 512;
/// How many requests can be in flight. Each takes at most three descriptors.
pub(crate) const DEPTH: usize = QUEUE_SIZE / 3;
const QUEUE_SIZE: usize = 64;
const QUEUE: u16 = 0;
/// Most bytes of one request. QEMU refuses 2 GiB, and a length has 32 bits.
const MOST_BYTES: u32 = 1 << 30;

/// Features (section 5.2.3).
const SEGMENT_SIZE: u64 = 1 << 1;
const READ_ONLY: u64 = 1 << 5;
const BLOCK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;

/// Offsets in the configuration (section 5.2.4).
const CAPACITY: usize = 0;
const SEGMENT_SIZE_MOST: usize = 8;
const BLOCK_SIZE_BYTES: usize = 20;

/// Statuses (section 5.2.6).
const OK: u8 = 0;
/// None that a device writes.
const NOT_WRITTEN: u8 = 0xff;

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum Operation {
    Read = 0,
    Write = 1,
    Flush = 4,
}

/// A request that was handed to the device.
///
/// Its place is taken by another one when it has succeeded, whether or not anybody has asked for that: whoever waits for one
/// transfer must get room for it, however many others he has left alone. A failure keeps its place until it is asked for.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Ticket {
    index: usize,
    /// The how manieth request of this place it is.
    generation: u64,
}

/// What became of handing in a request.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Submission {
    /// The device has it.
    InFlight(Ticket),
    /// It is over, without the device.
    Over(Result<(), BlockError>),
    /// As many are in flight as can be.
    Full,
}

/// What device and driver share of a request besides the data.
#[repr(C)]
struct Shared {
    operation: u32,
    reserved: u32,
    first_unit: u64,
    status: u8,
}

/// Bytes of it that the device reads.
const HEADER_BYTES: usize = 16;

/// A place for a request, as the driver sees it.
struct Request {
    generation: u64,
    state: State,
    waker: Option<Waker>,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing, or a request that has succeeded.
    Idle,
    InFlight {
        token: u16,
        operation: Operation,
        data: NonNull<u8>,
        size_bytes: u32,
    },
    /// Nobody has asked for the outcome yet.
    Failed(BlockError),
}

impl Request {
    /// Whether another request can have this place: not before those who waited for the one before are told.
    fn is_free(&self) -> bool {
        matches!(self.state, State::Idle) && self.waker.is_none()
    }
}

/// A block device.
pub(crate) struct Device {
    transport: Transport,
    queue: VirtQueue<Frames, QUEUE_SIZE>,
    /// The pieces shared with the device, one for each request.
    shared: NonNull<Shared>,
    requests: [Request; DEPTH],
    /// Who waits for a request to become free.
    waiting: [Option<Waker>; DEPTH],
    /// What the device has said of itself.
    pub(crate) geometry: Geometry,
    has_flush: bool,
    is_broken: bool,
}

/// The size of a device, and what can be done with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Geometry {
    /// How many blocks there are.
    pub(crate) blocks: u64,
    /// Bytes of a block: a power of two, 512 at least.
    pub(crate) block_bytes: u32,
    /// Most bytes of one request: whole blocks.
    pub(crate) request_bytes_most: u32,
    pub(crate) is_read_only: bool,
}

impl Geometry {
    /// Checks what a device says: its capacity in units, its block size, and most bytes of a segment.
    fn new(units: u64, block_bytes: u32, segment_bytes: u32, is_read_only: bool) -> Option<Self> {
        const BLOCK_BYTES_MOST: u32 = 1 << 20;
        if !block_bytes.is_power_of_two() || !(UNIT_BYTES as u32..=BLOCK_BYTES_MOST).contains(&block_bytes) {
            return None;
        }
        let request_bytes_most = segment_bytes.min(MOST_BYTES) & !(block_bytes - 1);
        let blocks = units / (u64::from(block_bytes) / UNIT_BYTES);
        (request_bytes_most != 0).then_some(Geometry { blocks, block_bytes, request_bytes_most, is_read_only })
    }
}

/// A device that is started: what it has said, and its queue.
pub(crate) struct Prepared {
    queue: VirtQueue<Frames, QUEUE_SIZE>,
    shared: NonNull<Shared>,
    geometry: Geometry,
    has_flush: bool,
}

impl Prepared {
    /// Starts a device.
    pub(crate) fn new(transport: &mut Transport) -> Result<Self, Refusal> {
        let features = transport.negotiate(SEGMENT_SIZE | READ_ONLY | BLOCK_SIZE | FLUSH)?;
        let word = |offset: usize| transport.read_config_space::<u32>(offset).map_err(|_| Refusal::Configuration);
        let optional = |feature: u64, offset: usize, absent: u32| {
            if features & feature != 0 { word(offset) } else { Ok(absent) }
        };
        let mut units;
        loop {
            let generation = transport.read_config_generation();
            units = u64::from(word(CAPACITY)?) | u64::from(word(CAPACITY + 4)?) << 32;
            if transport.read_config_generation() == generation {
                break;
            }
        }
        let block_bytes = optional(BLOCK_SIZE, BLOCK_SIZE_BYTES, UNIT_BYTES as u32)?;
        let segment_bytes = optional(SEGMENT_SIZE, SEGMENT_SIZE_MOST, MOST_BYTES)?;
        let geometry = Geometry::new(units, block_bytes, segment_bytes, features & READ_ONLY != 0);
        let geometry = geometry.ok_or(Refusal::Configuration)?;
        let queue = transport.queue(QUEUE)?;
        const { assert!(size_of::<Shared>() * DEPTH <= 4096) };
        let shared = take_zeroed(1).ok_or(Refusal::Memory)?.cast();
        transport.start();
        Ok(Prepared { queue, shared, geometry, has_flush: features & FLUSH != 0 })
    }
}

impl Device {
    /// A device that nobody has asked for anything yet.
    pub(crate) fn new(transport: Transport, prepared: Prepared) -> Self {
        Device {
            transport,
            queue: prepared.queue,
            shared: prepared.shared,
            requests: [const { Request { generation: 0, state: State::Idle, waker: None } }; DEPTH],
            waiting: [const { None }; DEPTH],
            geometry: prepared.geometry,
            has_flush: prepared.has_flush,
            is_broken: false,
        }
    }

    /// Hands a request to the device: `size_bytes` of `data` from block `first_block` on, nothing for a flush.
    ///
    /// # Safety
    /// `data` stays valid, for writes of the device where it reads a block, until [`Device::outcome`] gives an outcome.
    pub(crate) unsafe fn submit(
        &mut self,
        operation: Operation,
        first_block: u64,
        data: NonNull<u8>,
        size_bytes: u32,
    ) -> Submission {
        if self.is_broken {
            return Submission::Over(Err(BlockError::Device));
        }
        if operation == Operation::Flush && !self.has_flush {
            // Such a device has written what it has acknowledged (section 5.2.6.2).
            return Submission::Over(Ok(()));
        }
        let Some((index, request)) = self.requests.iter_mut().enumerate().find(|(_, request)| request.is_free()) else {
            // BlockErrors that nobody asks for must not make others wait for ever.
            let all_failed = self.requests.iter().all(|request| matches!(request.state, State::Failed(_)));
            return if all_failed { Submission::Over(Err(BlockError::Io)) } else { Submission::Full };
        };
        let first_unit = first_block.wrapping_mul(u64::from(self.geometry.block_bytes) / UNIT_BYTES);
        // SAFETY: there is a piece for each request, and this request is not in flight: the device leaves it alone.
        unsafe {
            let shared = self.shared.add(index);
            shared.write_volatile(Shared { operation: operation as u32, reserved: 0, first_unit, status: NOT_WRITTEN });
        }
        let mut token = None;
        // SAFETY: header and status stay where they are for ever, and the caller keeps the data.
        unsafe {
            buffers(self.shared.add(index), operation, data, size_bytes, |inputs, outputs| {
                token = self.queue.add(inputs, outputs).ok();
            });
        }
        let Some(token) = token else { return Submission::Full };
        request.generation += 1;
        request.state = State::InFlight { token, operation, data, size_bytes };
        let ticket = Ticket { index, generation: request.generation };
        if self.queue.should_notify() {
            self.transport.notify(QUEUE);
        }
        Submission::InFlight(ticket)
    }

    /// Takes back what the device has finished; whether there was anything.
    pub(crate) fn poll(&mut self) -> bool {
        self.transport.acknowledge();
        let mut is_news = false;
        while let Some(returned) = self.queue.peek_used() {
            is_news = true;
            let in_flight =
                |request: &Request| matches!(request.state, State::InFlight { token, .. } if token == returned);
            let Some(index) = self.requests.iter().position(in_flight) else {
                self.give_up();
                break;
            };
            let Some(outcome) = self.take_back(index) else {
                self.give_up();
                break;
            };
            if let Some(request) = self.requests.get_mut(index) {
                request.state = outcome.map_or_else(State::Failed, |()| State::Idle);
            }
        }
        is_news
    }

    /// Takes one request from the used ring, where it is the next; `None` if the device has not kept to the rules.
    fn take_back(&mut self, index: usize) -> Option<Result<(), BlockError>> {
        let State::InFlight { token, operation, data, size_bytes } = self.requests.get(index)?.state else {
            return None;
        };
        let mut used_bytes = None;
        // SAFETY: these are the buffers that were added with this token, and they are valid until the outcome is fetched. The
        // status is read after the used ring has shown that the device has finished with it.
        let status = unsafe {
            let shared = self.shared.add(index);
            buffers(shared, operation, data, size_bytes, |inputs, outputs| {
                used_bytes = self.queue.pop_used(token, inputs, outputs).ok();
            });
            (&raw const (*shared.as_ptr()).status).read_volatile()
        };
        let used_bytes = used_bytes?;
        // For a read, the length says whether all of it has come; whether the status counts in it, devices do not agree.
        // For a write it says nothing that matters: some devices give what they have read.
        let is_whole = operation != Operation::Read || used_bytes >= size_bytes;
        if operation == Operation::Read && used_bytes > size_bytes + 1 || status == NOT_WRITTEN {
            return None;
        }
        Some(if status == OK && is_whole { Ok(()) } else { Err(BlockError::Io) })
    }

    /// Stops a device that has not kept to the rules; every request in flight has failed.
    fn give_up(&mut self) {
        self.transport.reset();
        self.is_broken = true;
        for request in &mut self.requests {
            if let State::InFlight { .. } = request.state {
                request.state = State::Failed(BlockError::Device);
            }
        }
    }

    /// Fetches the outcome of a request; `Err` with the ticket while there is none.
    pub(crate) fn outcome(&mut self, ticket: Ticket) -> Result<Result<(), BlockError>, Ticket> {
        match self.place_of(&ticket) {
            Some(request) => match request.state {
                State::InFlight { .. } => Err(ticket),
                State::Failed(failure) => {
                    request.state = State::Idle;
                    Ok(Err(failure))
                }
                State::Idle => Ok(Ok(())),
            },
            None => Ok(Ok(())),
        }
    }

    /// The place of a request; `None` if another one has it now.
    fn place_of(&mut self, ticket: &Ticket) -> Option<&mut Request> {
        self.requests.get_mut(ticket.index).filter(|request| request.generation == ticket.generation)
    }

    /// Remembers whom to wake when there is an outcome of a request, or when there is room for one where there is no ticket; gives
    /// back who was remembered there before, to be woken or dropped by the caller: both are code of the application's.
    pub(crate) fn wake_later(&mut self, ticket: Option<&Ticket>, waker: Waker) -> Option<Waker> {
        let slot = match ticket {
            Some(ticket) => self.place_of(ticket).map(|request| &mut request.waker),
            None => {
                let index = self.waiting.iter().position(Option::is_none).unwrap_or(0);
                self.waiting.get_mut(index)
            }
        };
        match slot {
            Some(slot) => slot.replace(waker),
            None => Some(waker),
        }
    }

    /// Takes one of those who are to be woken now.
    pub(crate) fn next_waker(&mut self) -> Option<Waker> {
        let is_over =
            |request: &&mut Request| !matches!(request.state, State::InFlight { .. }) && request.waker.is_some();
        if let Some(request) = self.requests.iter_mut().find(is_over) {
            return request.waker.take();
        }
        if self.requests.iter().any(Request::is_free) { self.waiting.iter_mut().find_map(Option::take) } else { None }
    }
}

/// Shows the buffers of a request to `act`: what the device reads, and what it writes.
///
/// # Safety
/// `shared` is valid, and `data` where there is any; neither is used by anybody else while `act` runs.
unsafe fn buffers(
    shared: NonNull<Shared>,
    operation: Operation,
    data: NonNull<u8>,
    size_bytes: u32,
    act: impl for<'a> FnOnce(&'a [&'a [u8]], &'a mut [&'a mut [u8]]),
) {
    // SAFETY: as the caller promises. Of these slices nobody reads or writes an element: they say where memory is.
    unsafe {
        let header = core::slice::from_raw_parts(shared.as_ptr().cast::<u8>(), HEADER_BYTES);
        let status = core::slice::from_mut(&mut (*shared.as_ptr()).status);
        let size = size_bytes as usize;
        match operation {
            Operation::Read => act(&[header], &mut [core::slice::from_raw_parts_mut(data.as_ptr(), size), status]),
            Operation::Write => act(&[header, core::slice::from_raw_parts(data.as_ptr(), size)], &mut [status]),
            Operation::Flush => act(&[header], &mut [status]),
        }
    }
}

#[cfg(test)]
mod tests;
