//! `heap`: the global allocator.

use super::{DeviceSpec, OptionSpec, Parameter, When};
use crate::kind::Kind;

pub(super) const HEAP: DeviceSpec = DeviceSpec {
    kind: "heap",
    parameter: Parameter::Never,
    type_name: None,
    options: &[OptionSpec {
        name: "size",
        kind: Kind::SIZE.optional(),
        when: When::Fixed,
        default: None,
        help: "how much memory it has; without it, all that is free",
    }],
    several: false,
    example: "heap(size = \"1MiB\")",
};
