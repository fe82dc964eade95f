//! Wakers that wake many: the network core keeps one of each kind, and any number of threads and lists of events waits behind it.

use crate::net::Net;
use crate::posix::readiness::Watchers;
use crate::tasks::timers;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::task::Waker;
use spin::Once;

/// Those who wait for the same.
pub(super) struct Wakers(Watchers);

impl Wakers {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Wakers(Watchers::new()))
    }

    pub(super) fn add(&self, waker: &Waker) {
        self.0.add(waker);
    }

    pub(super) fn wake_all(&self) {
        self.0.wake();
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

/// Adds to a list of all sockets, and gives its waker.
fn join(list: &Once<Arc<Wakers>>, waker: &Waker) -> Waker {
    let list = list.call_once(Wakers::new);
    list.add(waker);
    Waker::from(list.clone())
}

/// Has a waker called when the addresses of one of the networks have changed, or at this time.
pub(super) fn wait_for_address(nets: &[Net], until: u64, waker: &Waker) {
    static LIST: Once<Arc<Wakers>> = Once::new();
    let waker = join(&LIST, waker);
    nets.iter().for_each(|net| net.wait_for_address(&waker));
    timers::wake_at(until, &waker);
}

/// Has a waker called when a card may have room again.
#[cfg(feature = "udp")]
pub(super) fn wait_for_room(net: Net, waker: &Waker) {
    static LIST: Once<Arc<Wakers>> = Once::new();
    net.wait_for_room(&join(&LIST, waker));
}
