//! `stack`: a larger stack than every kernel has.

use super::{DeviceSpec, OptionSpec, Parameter, STATIC_BYTES};
use crate::kind::Kind;

/// The size of the stack where none is declared; the linker script has the same.
pub const STACK_BYTES: u64 = 32 << 10;

pub(super) const STACK: DeviceSpec = DeviceSpec {
    kind: "stack",
    parameter: Parameter::Never,
    options: &[OptionSpec::fixed("size", Kind::size(STACK_BYTES, STATIC_BYTES), "its size, rounded up to whole pages")],
    example: "stack(size = \"256KiB\")",
    ..DeviceSpec::PLAIN
};
