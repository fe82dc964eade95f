//! `console(screen)`: the text screen that a BIOS has set up.

use crate::drivers::screen;
use crate::kernel::{Boot, Console, Kernel};

/// The VGA's text screen. It has no input.
#[derive(Debug)]
pub enum Screen {}

impl Console for Screen {
    const IS_ON_SCREEN: bool = true;
    const MISSING: &'static str = "the machine has no screen in text mode; this needs a VGA and a BIOS boot";

    fn attach<K: Kernel>(_boot: &Boot<K>) -> bool {
        screen::attach()
    }

    fn write(bytes: &[u8]) {
        screen::write(bytes);
    }

    fn drain() {}

    fn can_receive() -> bool {
        false
    }

    fn receive(_buffer: &mut [u8]) -> usize {
        0
    }

    fn listen() {}

    fn take_interrupt() -> bool {
        false
    }
}
