//! Several consoles: output goes to each, input comes from the first that has any.

use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Console, Kernel};

impl<A: Console, B: Console> Console for (A, B) {
    const PORT: u16 = if A::PORT == 0 { B::PORT } else { A::PORT };
    const IS_ON_SCREEN: bool = A::IS_ON_SCREEN || B::IS_ON_SCREEN;
    const MISSING: &'static str = ""; // each console reports itself

    /// Stops the boot if one is missing, with a report on the others.
    fn attach<K: Kernel>(boot: &Boot<K>) -> bool {
        let is_there = [A::attach(boot), B::attach(boot)];
        for (is_there, missing) in is_there.into_iter().zip([A::MISSING, B::MISSING]) {
            if !is_there {
                Report::<K>::begin().text("device `console`: ").text(missing).stop(Status::DEVICE_MISSING);
            }
        }
        true
    }

    fn write(bytes: &[u8]) {
        A::write(bytes);
        B::write(bytes);
    }

    fn drain() {
        A::drain();
        B::drain();
    }

    fn can_receive() -> bool {
        A::can_receive() || B::can_receive()
    }

    fn receive(buffer: &mut [u8]) -> usize {
        match A::receive(buffer) {
            0 => B::receive(buffer),
            count => count,
        }
    }

    fn listen() {
        A::listen();
        B::listen();
    }

    fn take_interrupt() -> bool {
        // Evaluate both: neither may keep a pending event for the next call.
        A::take_interrupt() | B::take_interrupt()
    }
}
