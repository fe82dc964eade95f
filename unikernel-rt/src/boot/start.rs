//! The order of boot, from the first Rust instruction to power-off.

use crate::arch::{cpu, exceptions};
#[cfg(feature = "kv-fat")]
use crate::devices::values;
use crate::firmware::start_info::StartInfo;
use crate::interrupts::power_button;
use crate::kernel::exit::{self, exit};
use crate::kernel::fault::Fault;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Console as _, Kernel, command_line};

/// The target of the entry code's jump: paging, SSE and a stack are set up, nothing else.
///
/// # Safety
/// Called once, by the entry code, which has mapped `start_info`.
pub(crate) unsafe extern "C" fn start<K: Kernel>(start_info: *const StartInfo) -> ! {
    // SAFETY: this is boot, which happens once, and the entry code has mapped it.
    unsafe {
        StartInfo::set(start_info);
        exceptions::catch::<Fault<K>>();
    }
    exit::begin_reporting::<K>();
    power_button::on_press(|| exit::<K>(Status::SUCCESS));
    cpu::protect();
    let boot = Boot::new();
    if !K::Console::attach::<K>(&boot) {
        exit::<K>(Status::DEVICE_MISSING);
    }
    #[cfg(feature = "kv-fat")]
    let volume = values::read::<K>;
    #[cfg(not(feature = "kv-fat"))]
    let volume = |_: &mut dyn FnMut(u8)| ();
    command_line::read::<K>(StartInfo::get().command_line(), volume);
    let status = K::run(&boot);
    exit::<K>(status)
}
