//! Transfers: requests of any length on a device, waited for by blocking or by `await`.
//!
//! The device is borrowed in short sections that call no foreign code; wakers are called between them.

use super::storage::Attached;
use crate::drivers::virtio::block::{Error, Operation, Submission};
use crate::drivers::virtio::dma::{Buffer, Memory};
use crate::drivers::virtio::queue::requests::Loan;
use crate::tasks::poll;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A read or write in progress, which owns its buffer.
///
/// It starts when it is created and is completed by [`wait`](Transfer::wait), which halts the processor meanwhile, or by
/// `.await`. Either returns the buffer. Several can be in progress at once. If a transfer is dropped early, its buffer is kept
/// until the device has finished with it, then dropped, so that a [`PoolBuffer`](super::PoolBuffer) returns to its pool. A
/// transfer that is dropped while it waits for others is never started.
#[must_use = "a transfer that is neither waited for nor awaited has no outcome"]
pub struct Transfer<B: Buffer> {
    job: Job,
    buffer: PhantomData<B>,
}

impl<B: Buffer> Transfer<B> {
    pub(super) fn new(job: Job) -> Self {
        Transfer { job, buffer: PhantomData }
    }

    /// Waits for the transfer with the processor halted; returns the buffer.
    ///
    /// # Errors
    /// The first part is the error of a failed transfer; it is unknown how much of the buffer or of the disk has changed.
    pub fn wait(mut self) -> (Result<(), Error>, B) {
        let (memory, outcome) = self.job.wait();
        (outcome, owned(memory))
    }
}

impl<B: Buffer> Future for Transfer<B> {
    type Output = (Result<(), Error>, B);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.job.poll(context).map(|(memory, outcome)| (outcome, owned(memory)))
    }
}

impl<B: Buffer> fmt::Debug for Transfer<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transfer")
    }
}

// Nothing in it is pinned: the buffer is elsewhere.
impl<B: Buffer> Unpin for Transfer<B> {}

/// The buffer that memory was made of.
fn owned<B: Buffer>(memory: Memory) -> B {
    match B::from_memory(memory) {
        Some(buffer) => buffer,
        None => unreachable!("a transfer's memory was made of its buffer"),
    }
}

/// A flush in progress, completed by [`wait`](Flush::wait) or `.await`.
#[must_use = "a flush that is neither waited for nor awaited has no outcome"]
pub struct Flush(pub(super) Job);

impl Flush {
    /// Waits for the flush with the processor halted.
    ///
    /// # Errors
    /// Returns [`Error::Io`] or [`Error::Device`].
    pub fn wait(mut self) -> Result<(), Error> {
        self.0.wait().1
    }
}

impl Future for Flush {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context).map(|(_, outcome)| outcome)
    }
}

impl fmt::Debug for Flush {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Flush")
    }
}

/// The part of a transfer that does not depend on the buffer's type.
pub(super) struct Job {
    device: Attached,
    operation: Operation,
    next_sector: u64,
    /// How much of the memory is done.
    offset: usize,
    state: State,
}

enum State {
    /// The next piece has to be submitted.
    Ready(Memory),
    /// A piece of this many bytes is in flight.
    InFlight(Loan, u32),
    Over(Memory, Result<(), Error>),
    /// Completed, and the outcome was returned.
    Taken,
}

impl Job {
    /// Starts to read or write whole sectors from `first_sector` on, or to flush, with no memory.
    pub(super) fn begin(device: Attached, operation: Operation, first_sector: u64, memory: Memory) -> Self {
        let state = State::Ready(memory);
        let mut job = Job { device, operation, next_sector: first_sector, offset: 0, state };
        job.advance();
        job
    }

    /// A transfer that completes without the device.
    pub(super) fn over(device: Attached, memory: Memory, outcome: Result<(), Error>) -> Self {
        let state = State::Over(memory, outcome);
        Job { device, operation: Operation::Flush, next_sector: 0, offset: 0, state }
    }

    /// Makes what progress it can; returns whether it is complete.
    fn advance(&mut self) -> bool {
        loop {
            match mem::replace(&mut self.state, State::Taken) {
                State::Ready(memory) => {
                    let most = self.device.geometry().request_bytes_most;
                    let left = memory.length() - self.offset;
                    let bytes = u32::try_from(left).unwrap_or(u32::MAX).min(most);
                    let (operation, sector, offset) = (self.operation, self.next_sector, self.offset);
                    self.state = match self.device.submit(operation, sector, memory, offset, bytes) {
                        Submission::InFlight(loan) => State::InFlight(loan, bytes),
                        Submission::Full(memory) => State::Ready(memory),
                        Submission::Over(memory, outcome) => State::Over(memory, outcome),
                    };
                    return matches!(self.state, State::Over(..));
                }
                State::InFlight(loan, bytes) => match self.device.with(|device| device.outcome(loan)) {
                    Err(loan) => {
                        self.state = State::InFlight(loan, bytes);
                        return false;
                    }
                    Ok((memory, outcome)) => {
                        self.device.wake(); // waiters for a slot
                        self.offset += bytes as usize;
                        self.next_sector += u64::from(bytes / self.device.geometry().sector_bytes);
                        let is_over = outcome.is_err() || self.offset == memory.length();
                        self.state = if is_over { State::Over(memory, outcome) } else { State::Ready(memory) };
                    }
                },
                over => {
                    self.state = over;
                    return true;
                }
            }
        }
    }

    /// The outcome, once.
    fn take(&mut self) -> Option<(Memory, Result<(), Error>)> {
        if !self.advance() {
            return None;
        }
        match mem::replace(&mut self.state, State::Taken) {
            State::Over(memory, outcome) => Some((memory, outcome)),
            _ => panic!("transfer polled after completion"),
        }
    }

    /// Waits for completion with the processor halted.
    pub(super) fn wait(&mut self) -> (Memory, Result<(), Error>) {
        loop {
            if let Some(outcome) = self.take() {
                return outcome;
            }
            let deadline = poll::all();
            if let Some(outcome) = self.take() {
                return outcome;
            }
            poll::halt_until(deadline);
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<(Memory, Result<(), Error>)> {
        // Cloned first: no foreign code runs between the check of the device and this registration.
        let waker = context.waker().clone();
        if let Some(outcome) = self.take() {
            return Poll::Ready(outcome);
        }
        let loan = match &self.state {
            State::InFlight(loan, _) => Some(loan),
            _ => None,
        };
        let earlier = self.device.with(|device| device.wake_later(loan, waker));
        // With more waiters than slots, waiters take turns.
        if loan.is_none()
            && let Some(earlier) = earlier
        {
            earlier.wake();
        }
        Poll::Pending
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let State::InFlight(loan, _) = mem::replace(&mut self.state, State::Taken) {
            drop(self.device.with(|device| device.abandon(loan)));
            self.device.wake(); // waiters for a slot, where it had failed
        }
    }
}

#[cfg(test)]
mod tests;
