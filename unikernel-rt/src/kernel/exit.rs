//! Exit: the last report, then the status.

use super::report::Report;
use super::status::Status;
use super::{Console as _, Kernel};
use crate::firmware::power;
use crate::sync::Hook;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU8, Ordering};
use x86_64::instructions::hlt;

/// Powers the machine off with `status`; a failure is first reported on the console.
pub(crate) fn exit<K: Kernel>(status: Status) -> ! {
    if status != Status::SUCCESS {
        Report::<K>::begin().text("exit status ").decimal(u32::from(status.code())).end();
    }
    K::Console::drain();
    power::off(status.code())
}

impl<K: Kernel> Report<K> {
    /// Begins the report of a crash at an address. A second crash during the report gets one short line and ends the machine,
    /// because the full report has just crashed. A third ends it silently.
    pub(crate) fn crash(status: Status, address: u64) -> Self {
        static CRASHES: AtomicU8 = AtomicU8::new(0);
        match CRASHES.fetch_add(1, Ordering::Relaxed) {
            0 => Self::begin(),
            1 => Report::<K>(PhantomData)
                .text("\nunikernel: another crash while reporting, at ")
                .hexadecimal(address, 1)
                .stop(status),
            _ => power::triple_fault(),
        }
    }

    /// Ends the line, then the machine.
    pub(crate) fn stop(self, status: Status) -> ! {
        self.end();
        exit::<K>(status)
    }
}

/// Reports a missing device, for drivers, which are not generic over the kernel. Costs nothing if unused.
static DEVICE_MISSING: Hook<fn(&str) -> !> = Hook::new();

/// Makes [`device_missing`] report to the console of `K`.
pub(crate) fn begin_reporting<K: Kernel>() {
    DEVICE_MISSING.set(|why| Report::<K>::begin().text(why).stop(Status::DEVICE_MISSING));
}

/// Ends the machine because a device is missing; `why` begins with its name.
#[cold]
pub(crate) fn device_missing(why: &str) -> ! {
    if let Some(stop) = DEVICE_MISSING.get() {
        stop(why);
    }
    loop {
        hlt(); // unreachable: boot calls `begin_reporting` first
    }
}
