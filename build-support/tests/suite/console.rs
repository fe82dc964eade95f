//! Boots the application `console`.

use crate::common::kernels::machine;
use unikernel_test::MachineType;

#[test]
fn four_rounds_without_a_gap() {
    for kind in [MachineType::Pc, MachineType::Q35, MachineType::Microvm] {
        let by_instructions = ["-icount", "shift=0,sleep=off"];
        let outcome = machine("console").machine_type(kind).memory("2MiB").qemu(by_instructions).start().wait();
        outcome.success();
        assert_eq!(outcome.console(), "hello\nworld\n".repeat(4), "{kind:?}");
    }
}
