//! A network hop that drops, duplicates and reorders frames, between a kernel's card and a tap.
//!
//! The kernel that routes for Linux can do the same (netem), but few have it. Frames go through the test instead: QEMU's `dgram`
//! networks lead from the card here, and from here to a machine of QEMU's that is nothing but a hub with the tap.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::namespace::Namespace;
use super::qemu::Qemu;
use super::wire::Wire;

/// What becomes of frames, in percent of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) lost: u8,
    pub(crate) doubled: u8,
    pub(crate) swapped: u8,
}

/// One direction of a hop.
struct Direction {
    faults: Faults,
    random: fastrand::Rng,
    /// What goes behind the next.
    held: Option<Vec<u8>>,
    passed: Passed,
}

/// How many frames came, and what became of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    pub(crate) frames: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) swapped: u64,
}

impl Direction {
    fn new(faults: Faults, seed: u64) -> Self {
        Direction { faults, random: fastrand::Rng::with_seed(seed), held: None, passed: Passed::default() }
    }

    /// Hands one frame on, if one has come and it is not lost; whether one has come.
    fn pass(&mut self, from: &Wire, to: &Wire, timeout: Duration) -> bool {
        let Some(frame) = from.receive(timeout) else { return false };
        let mut chance = |percent: u8| self.random.u8(..100) < percent;
        let (lost, doubled, swapped) =
            (chance(self.faults.lost), chance(self.faults.doubled), chance(self.faults.swapped));
        self.passed.frames += 1;
        if lost {
            self.passed.lost += 1;
            return true;
        }
        if swapped && self.held.is_none() {
            self.passed.swapped += 1;
            self.held = Some(frame);
            return true;
        }
        to.send(&frame);
        if doubled {
            self.passed.doubled += 1;
            to.send(&frame);
        }
        if let Some(held) = self.held.take() {
            to.send(&held);
        }
        true
    }
}

/// A hop at work.
pub(crate) struct Hop {
    is_over: Arc<AtomicBool>,
    worker: Option<thread::JoinHandle<[Passed; 2]>>,
    _hub: Qemu,
}

impl Hop {
    /// Connects the card of a kernel, which is on `wire`, with the tap of a namespace.
    pub(crate) fn new(namespace: &Namespace, wire: Wire, faults: Faults, seed: u64) -> Self {
        let far = Wire::new();
        let words = ["-machine", "none", "-netdev", "tap,id=tap,ifname=tap0,script=no,downscript=no", "-netdev"];
        let hub = [far.network("hop"), "-netdev".into(), "hubport,id=a,hubid=0,netdev=tap".into()];
        let ends = ["-netdev", "hubport,id=b,hubid=0,netdev=hop"];
        let arguments = words.map(str::to_owned).into_iter().chain(hub).chain(ends.map(str::to_owned));
        let qemu = namespace.command("qemu-system-x86_64", "qemu-system-x86");
        let hub = Qemu::start_by(qemu, arguments);
        let is_over = Arc::new(AtomicBool::new(false));
        let is_seen = Arc::clone(&is_over);
        let worker = thread::spawn(move || {
            let (mut out, mut back) = (Direction::new(faults, seed), Direction::new(faults, !seed));
            while !is_seen.load(Ordering::Relaxed) {
                // Whoever is silent is waited for where the other is, too.
                let has_come = out.pass(&wire, &far, Duration::ZERO) | back.pass(&far, &wire, Duration::ZERO);
                if !has_come {
                    out.pass(&wire, &far, Duration::from_millis(1));
                }
            }
            [out.passed, back.passed]
        });
        Hop { is_over, worker: Some(worker), _hub: hub }
    }

    /// Ends it; tells what has passed from the kernel and to it.
    pub(crate) fn end(mut self) -> [Passed; 2] {
        self.is_over.store(true, Ordering::Relaxed);
        let worker = self.worker.take().expect("nobody else takes it");
        worker.join().expect("does not panic")
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
