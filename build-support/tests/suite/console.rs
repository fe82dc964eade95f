//! Boots the application `console`.

use crate::common::kernels::{boot, kernel};
use crate::common::qemu;

#[test]
fn four_rounds_without_a_gap() {
    for machine in ["pc", "q35", "microvm"] {
        let arguments = boot(&kernel("console"), machine, "2M", "");
        let by_instructions = ["-icount", "shift=0,sleep=off"].map(str::to_owned);
        let outcome = qemu::run(arguments.into_iter().chain(by_instructions));
        assert_eq!((outcome.code, outcome.console), (Some(1), "hello\nworld\n".repeat(4)), "{machine}");
    }
}
