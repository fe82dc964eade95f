//! `heap`: the global allocator.

use super::{DeviceSpec, OptionSpec, Parameter};
use crate::kind::Kind;

pub(super) const HEAP: DeviceSpec = DeviceSpec {
    kind: "heap",
    parameter: Parameter::Never,
    options: &[OptionSpec::fixed("size", Kind::SIZE, "its size; without it, all free memory")],
    feature: Some("heap"),
    example: "heap(size = \"1MiB\")",
    ..DeviceSpec::PLAIN
};
