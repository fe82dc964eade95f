//! `console(virtio)`: port 0 of a virtio console, where a line costs one notification.

use crate::drivers::virtio::console;
use crate::kernel::{Boot, Console, Kernel};

/// A virtio console. `CRLF`: whether a line feed is sent after a carriage return.
#[derive(Debug)]
pub enum Virtio<const CRLF: bool = true> {}

impl<const CRLF: bool> Console for Virtio<CRLF> {
    const MISSING: &'static str = ""; // the driver reports what is missing and what was found

    fn attach<K: Kernel>(boot: &Boot<K>) -> bool {
        console::attach(boot, "console");
        true
    }

    fn write(bytes: &[u8]) {
        if CRLF { console::send_text(bytes) } else { console::send(bytes) }
    }

    fn drain() {
        console::drain();
    }

    fn can_receive() -> bool {
        console::can_receive()
    }

    fn receive(buffer: &mut [u8]) -> usize {
        console::receive(buffer)
    }

    fn listen() {} // always enabled: its interrupts cost nothing without input

    fn take_interrupt() -> bool {
        console::can_receive()
    }
}
