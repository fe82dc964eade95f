//! No console: the exit status is the only report.

use crate::kernel::{Boot, Console, Kernel};

/// No console.
#[derive(Debug)]
pub enum Undeclared {}

impl Console for Undeclared {
    const IS_DECLARED: bool = false;
    const MISSING: &'static str = "";

    fn attach<K: Kernel>(_boot: &Boot<K>) -> bool {
        true
    }

    fn write(_bytes: &[u8]) {}

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
