//! Threads: cooperative, on one processor, each with a stack of its own.
//!
//! A thread runs until it blocks, yields or ends. So what is shared needs no more than it needs without threads: a section that calls
//! nothing which blocks has everything to itself. Where no thread is ready, the devices are polled and the processor halts.
//!
//! `queue` has the threads that are ready, `timers` those that wait for a time, `stack` makes and keeps stacks, `block_on` waits for
//! wakers and futures.

#![cfg_attr(test, allow(dead_code, unused_imports))] // tests run no threads of these

mod block_on;
mod queue;
mod schedule;
mod stack;
mod thread;
mod timers;
mod waits;

pub(crate) use block_on::{block_on, wait};
pub(crate) use schedule::{at_exit, begin, block, detach, exit, join, poll_devices, spawn, use_clock, yield_now};
pub(crate) use stack::Unavailable;
pub(crate) use thread::{Body, FIRST_KEYS, NAME_BYTES, Thread, current};
pub(crate) use waits::{wait_at, wake_at};
