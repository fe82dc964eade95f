//! The order of boot, from the first Rust instruction to power-off.

use crate::arch::{cpu, exceptions, power, power_button};
use crate::command_line;
use crate::kernel::{Console as _, Kernel};
use crate::report;
use crate::start_info::StartInfo;
use crate::status::Status;
use core::marker::PhantomData;

/// What boot hands to the code that the attribute emits: the proof that the machine is up and the command line read.
#[derive(Debug)]
pub struct Boot<K> {
    only_boot_makes_one: PhantomData<fn() -> K>,
}

/// Where the entry code jumps: paging, SSE and a stack are there, nothing else is.
///
/// # Safety
/// Called once, by the entry code, which has mapped `start_info`.
pub(crate) unsafe extern "C" fn start<K: Kernel>(start_info: *const StartInfo) -> ! {
    // SAFETY: this is boot, and the entry code has mapped it.
    unsafe { StartInfo::set(start_info) };
    exceptions::catch::<K>();
    report::begin_reporting::<K>();
    power_button::obey::<K>();
    cpu::protect();
    if !K::Console::attach() {
        power::off::<K>(Status::DEVICE_MISSING);
    }
    command_line::read::<K>(StartInfo::get().command_line());
    let status = K::run(&Boot { only_boot_makes_one: PhantomData });
    power::off::<K>(status)
}
