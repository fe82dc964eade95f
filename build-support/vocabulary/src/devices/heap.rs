//! `heap`: the global allocator.

use super::{DeviceSpec, OptionSpec, Parameter, STATIC_BYTES};
use crate::kind::Kind;

pub(super) const HEAP: DeviceSpec = DeviceSpec {
    kind: "heap",
    parameter: Parameter::Never,
    options: &[OptionSpec::fixed("size", Kind::size(4096, STATIC_BYTES), "its size; without it, all free memory")],
    feature: Some("heap"),
    example: "heap(size = \"1MiB\")",
    ..DeviceSpec::PLAIN
};
