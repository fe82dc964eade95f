//! Waiting at an address, as futexes do: threads are listed by the address that they wait at.

use super::schedule::{block, ready};
use super::thread::{Thread, current};
use crate::sync::lock;

/// Lists of threads; the address says which one.
const LISTS: usize = 256;

/// The first and the last thread of a list.
#[derive(Clone, Copy)]
struct List {
    first: Option<&'static Thread>,
    last: Option<&'static Thread>,
}

lock! {
    static WAITING: [List; LISTS] = [List { first: None, last: None }; LISTS];
}

/// Which list an address is in: Fibonacci hashing, because neighbours tend to be multiples of a power of two.
const fn list_of(address: usize) -> usize {
    address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - LISTS.trailing_zeros())
}

/// Waits at an address, which is not 0, until it is woken there or until a time; whether it was woken.
pub(crate) fn wait_at(address: usize, deadline: u64) -> bool {
    let thread = current();
    thread.waits_at.set(address);
    WAITING.with(|lists| {
        let list = &mut lists[list_of(address)];
        thread.wait_next.set(None);
        thread.wait_previous.set(list.last);
        match list.last.replace(thread) {
            Some(last) => last.wait_next.set(Some(thread)),
            None => list.first = Some(thread),
        }
    });
    let mut has_come = false;
    while thread.waits_at.get() != 0 && !has_come {
        has_come = block(deadline);
    }
    let is_woken = thread.waits_at.get() == 0;
    if !is_woken {
        WAITING.with(|lists| remove(lists, thread));
    }
    is_woken
}

/// Wakes threads that wait at an address, those that came first at first; how many.
pub(crate) fn wake_at(address: usize, most: usize) -> usize {
    let mut count = 0;
    while count < most {
        let found = WAITING.with(|lists| {
            let mut next = lists[list_of(address)].first;
            while let Some(thread) = next {
                if thread.waits_at.get() == address {
                    remove(lists, thread);
                    return Some(thread);
                }
                next = thread.wait_next.get();
            }
            None
        });
        let Some(thread) = found else { break };
        ready(thread);
        count += 1;
    }
    count
}

/// Takes a thread out of its list.
fn remove(lists: &mut [List; LISTS], thread: &'static Thread) {
    let list = &mut lists[list_of(thread.waits_at.replace(0))];
    let (previous, next) = (thread.wait_previous.take(), thread.wait_next.take());
    match previous {
        Some(previous) => previous.wait_next.set(next),
        None => list.first = next,
    }
    match next {
        Some(next) => next.wait_previous.set(previous),
        None => list.last = previous,
    }
}
