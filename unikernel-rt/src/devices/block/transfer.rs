//! Transfers: requests of any length on a device, waited for by blocking or by `await`.
//!
//! The device is borrowed in short sections that call nobody else's code; wakers, which do, are called between them.

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

/// A read or write under way, which owns its buffer.
///
/// It begins when it is made, and ends with [`wait`](Transfer::wait), which halts the processor meanwhile, or with `.await`; several
/// can be under way at once. Either gives the buffer back. One that is dropped before its end gives up its buffer: it is kept until
/// the device has finished with it, then dropped, so that a [`PoolBuffer`](super::PoolBuffer) goes back to its pool. One that had to
/// wait for others does not take place at all.
#[must_use = "a transfer that is neither waited for nor awaited has no outcome"]
pub struct Transfer<B: Buffer> {
    job: Job,
    buffer: PhantomData<B>,
}

impl<B: Buffer> Transfer<B> {
    pub(super) fn new(job: Job) -> Self {
        Transfer { job, buffer: PhantomData }
    }

    /// Waits for the end of the transfer, with the processor halted; gives the buffer back.
    ///
    /// # Errors
    /// The first part is why the transfer has failed; how much of the buffer or of the disk has changed is not known then.
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

// Nothing of it is pinned: the buffer is elsewhere.
impl<B: Buffer> Unpin for Transfer<B> {}

/// The buffer that memory was made of.
fn owned<B: Buffer>(memory: Memory) -> B {
    match B::from_memory(memory) {
        Some(buffer) => buffer,
        None => unreachable!("a transfer's memory was made of its buffer"),
    }
}

/// A flush under way; it ends with [`wait`](Flush::wait) or with `.await`.
#[must_use = "a flush that is neither waited for nor awaited has no outcome"]
pub struct Flush(pub(super) Job);

impl Flush {
    /// Waits for the end of the flush, with the processor halted.
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

/// What a transfer of any buffer consists of.
pub(super) struct Job {
    device: Attached,
    operation: Operation,
    next_sector: u64,
    /// How much of the memory is done.
    offset: usize,
    state: State,
}

enum State {
    /// The next piece is to be handed to the device.
    Ready(Memory),
    /// A piece of so many bytes is in flight.
    InFlight(Loan, u32),
    Over(Memory, Result<(), Error>),
    /// Over, and the outcome was given.
    Taken,
}

impl Job {
    /// Begins to read or write whole sectors from `first_sector` on, or to flush, with no memory.
    pub(super) fn begin(device: Attached, operation: Operation, first_sector: u64, memory: Memory) -> Self {
        let state = State::Ready(memory);
        let mut job = Job { device, operation, next_sector: first_sector, offset: 0, state };
        job.advance();
        job
    }

    /// A transfer that was over before it began.
    pub(super) fn over(device: Attached, memory: Memory, outcome: Result<(), Error>) -> Self {
        let state = State::Over(memory, outcome);
        Job { device, operation: Operation::Flush, next_sector: 0, offset: 0, state }
    }

    /// Goes on as far as the device has come; whether it is over.
    fn advance(&mut self) -> bool {
        loop {
            match mem::replace(&mut self.state, State::Taken) {
                State::Ready(memory) => {
                    let most = self.device.geometry().request_bytes_most;
                    let left = memory.length() - self.offset;
                    let bytes = u32::try_from(left).unwrap_or(u32::MAX).min(most);
                    let (operation, sector, offset) = (self.operation, self.next_sector, self.offset);
                    let submission = self.device.with(|device| device.submit(operation, sector, memory, offset, bytes));
                    self.state = match submission {
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
                        self.device.wake(); // who waits for room
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

    /// Waits for the end; the processor is halted meanwhile.
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
        // Cloned first: nobody's code runs between a look at the device and this registration.
        let waker = context.waker().clone();
        if let Some(outcome) = self.take() {
            return Poll::Ready(outcome);
        }
        let loan = match &self.state {
            State::InFlight(loan, _) => Some(loan),
            _ => None,
        };
        let earlier = self.device.with(|device| device.wake_later(loan, waker));
        // Of those who wait for room, more than there are requests take turns.
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
            self.device.wake(); // who waits for room, where it had failed
        }
    }
}

#[cfg(test)]
mod tests;
