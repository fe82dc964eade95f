//! Transfers: requests of any length on a device, waited for by blocking or by `await`.
//!
//! The device is borrowed in short sections that call nobody else's code; wakers, which do, are called between them.

use super::{BlockError, Device, Geometry, Operation, Submission, Ticket};
use crate::sync::Static;
use crate::tasks::poll::{self, Poller};
use crate::time::NEVER;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// Where a kernel keeps a block device.
pub struct Storage {
    device: Static<MaybeUninit<Device>>,
    next: Static<Option<&'static Storage>>,
}

/// The device that was put into its storage last.
static LAST: Static<Option<&'static Storage>> = Static::new(None);

/// Looks at all devices.
static POLLER: Poller = Poller::new(|| {
    let mut next = LAST.read();
    while let Some(storage) = next {
        Attached(storage).poll();
        next = storage.next.read();
    }
    NEVER
});

impl Storage {
    /// Storage without a device.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Storage { device: Static::new(MaybeUninit::uninit()), next: Static::new(None) }
    }

    /// Keeps a device, the first and only one, and has it looked at from now on.
    pub(crate) fn keep(&'static self, device: Device) -> Attached {
        // SAFETY: boot comes here once with this storage, and only what it gets back reaches the device.
        unsafe { (*self.device.get()).write(device) };
        self.next.set(LAST.read());
        LAST.set(Some(self));
        POLLER.join();
        Attached(self)
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Storage")
    }
}

/// A device that is kept in its storage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached(&'static Storage);

impl Attached {
    /// What the device is.
    pub(crate) fn geometry(self) -> Geometry {
        self.with(|device| device.geometry)
    }

    /// Runs a section that has the device alone. It calls nobody's code but the device's.
    fn with<T>(self, section: impl FnOnce(&mut Device) -> T) -> T {
        // SAFETY: `keep` has made both the device and this handle. No section begins another: they are in this file, and
        // call methods of the device alone, which know nothing of it.
        section(unsafe { (*self.0.device.get()).assume_init_mut() })
    }

    /// Takes back what the device has finished, and wakes those who wait for it.
    fn poll(self) {
        self.with(Device::poll);
        self.wake();
    }

    fn wake(self) {
        while let Some(waker) = self.with(Device::next_waker) {
            waker.wake();
        }
    }
}

/// A read, write or flush, begun when it is made, or refused.
///
/// It ends with [`wait`](Transfer::wait), which halts the processor meanwhile, or with `.await`. Several can be under way at once.
/// One that is dropped before its end is waited for if the device has its memory, and does not take place at all if it had to wait
/// for others; it must not be forgotten (`mem::forget`) as long as its memory is to be used for anything else.
#[must_use = "a transfer that is neither waited for nor awaited has no outcome"]
#[derive(Debug)]
pub struct Transfer<'a> {
    device: Attached,
    operation: Operation,
    next_block: u64,
    next_byte: NonNull<u8>,
    bytes_left: usize,
    state: State,
    memory: PhantomData<&'a mut [u8]>,
}

#[derive(Debug)]
enum State {
    /// The next piece is to be handed to the device.
    Ready,
    /// A piece of so many bytes is in flight.
    InFlight(Ticket, u32),
    /// Over, unless it was asked for already.
    Over(Option<Result<(), BlockError>>),
}

impl<'a> Transfer<'a> {
    /// Reads blocks from `first_block` on into `memory`.
    pub(crate) fn read(device: Attached, first_block: u64, memory: &'a mut [u8]) -> Self {
        Self::begin(device, Operation::Read, first_block, NonNull::from_mut(memory))
    }

    /// Writes `data` to the blocks from `first_block` on.
    pub(crate) fn write(device: Attached, first_block: u64, data: &'a [u8]) -> Self {
        Self::begin(device, Operation::Write, first_block, NonNull::from_ref(data))
    }

    /// Has the device keep for good what it has acknowledged.
    pub(crate) fn flush(device: Attached) -> Self {
        Self::begin(device, Operation::Flush, 0, NonNull::from_ref(&[]))
    }

    /// A transfer that was over before it began.
    pub(crate) fn over(device: Attached, outcome: Result<(), BlockError>) -> Self {
        let mut transfer = Self::new(device, Operation::Flush, 0, NonNull::from_ref(&[]));
        transfer.state = State::Over(Some(outcome));
        transfer
    }

    fn new(device: Attached, operation: Operation, first_block: u64, memory: NonNull<[u8]>) -> Self {
        Transfer {
            device,
            operation,
            next_block: first_block,
            next_byte: memory.cast(),
            bytes_left: memory.len(),
            state: State::Ready,
            memory: PhantomData,
        }
    }

    fn begin(device: Attached, operation: Operation, first_block: u64, memory: NonNull<[u8]>) -> Self {
        let mut transfer = Self::new(device, operation, first_block, memory);
        transfer.submit();
        transfer
    }

    /// Hands the next piece to the device if there is room; whether there was.
    fn submit(&mut self) -> bool {
        let geometry = self.device.geometry();
        let bytes = u32::try_from(self.bytes_left).unwrap_or(u32::MAX).min(geometry.request_bytes_most);
        let (operation, first_block, data) = (self.operation, self.next_block, self.next_byte);
        // SAFETY: the memory is borrowed for as long as this transfer lives, mutably where the device writes to it; whoever
        // drops the transfer waits for the device.
        match self.device.with(|device| unsafe { device.submit(operation, first_block, data, bytes) }) {
            Submission::InFlight(ticket) => self.state = State::InFlight(ticket, bytes),
            Submission::Over(outcome) => self.state = State::Over(Some(outcome)),
            Submission::Full => {
                self.state = State::Ready;
                return false;
            }
        }
        true
    }

    /// Goes on as far as the device has come; gives the outcome, once.
    fn advance(&mut self) -> Option<Result<(), BlockError>> {
        loop {
            match core::mem::replace(&mut self.state, State::Over(None)) {
                State::Ready => {
                    if !self.submit() {
                        return None;
                    }
                }
                State::InFlight(ticket, bytes) => match self.device.with(|device| device.outcome(ticket)) {
                    Err(ticket) => {
                        self.state = State::InFlight(ticket, bytes);
                        return None;
                    }
                    Ok(outcome) => {
                        self.device.wake(); // who waits for room
                        self.state = match outcome {
                            Err(failure) => State::Over(Some(Err(failure))),
                            Ok(()) if self.bytes_left == bytes as usize => State::Over(Some(Ok(()))),
                            Ok(()) => {
                                self.next_block += u64::from(bytes / self.device.geometry().block_bytes);
                                // SAFETY: the piece lies inside of the memory.
                                self.next_byte = unsafe { self.next_byte.add(bytes as usize) };
                                self.bytes_left -= bytes as usize;
                                State::Ready
                            }
                        };
                    }
                },
                State::Over(outcome) => return outcome,
            }
        }
    }

    /// Waits for the end of the transfer; the processor is halted meanwhile.
    ///
    /// # Errors
    /// Returns why the transfer has failed; how much of the memory or of the disk has changed is not known then.
    pub fn wait(mut self) -> Result<(), BlockError> {
        loop {
            if let Some(outcome) = self.advance() {
                return outcome;
            }
            let deadline = poll::all();
            if let Some(outcome) = self.advance() {
                return outcome;
            }
            poll::halt_until(deadline);
        }
    }
}

impl Future for Transfer<'_> {
    type Output = Result<(), BlockError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Cloned first: nobody's code runs between a look at the device and this registration.
        let waker = context.waker().clone();
        if let Some(outcome) = self.advance() {
            return Poll::Ready(outcome);
        }
        let ticket = match &self.state {
            State::InFlight(ticket, _) => Some(ticket),
            _ => None,
        };
        let earlier = self.device.with(|device| device.wake_later(ticket, waker));
        // Of those who wait for room, more than there are requests take turns.
        if ticket.is_none()
            && let Some(earlier) = earlier
        {
            earlier.wake();
        }
        Poll::Pending
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        let State::InFlight(ticket, _) = core::mem::replace(&mut self.state, State::Over(None)) else { return };
        let mut ticket = ticket;
        loop {
            match self.device.with(|device| device.outcome(ticket)) {
                Ok(_) => return self.device.wake(),
                Err(same) => ticket = same,
            }
            let deadline = poll::all();
            match self.device.with(|device| device.outcome(ticket)) {
                Ok(_) => return self.device.wake(),
                Err(same) => ticket = same,
            }
            poll::halt_until(deadline);
        }
    }
}
