//! `block`: disks.

use super::{DeviceSpec, OptionSpec, Parameter, When};
use crate::kind::Kind;

pub(super) const BLOCK: DeviceSpec = DeviceSpec {
    kind: "block",
    parameter: Parameter::Required,
    type_name: Some("Block"),
    options: &[OptionSpec {
        name: "read_only",
        kind: Kind::BOOL,
        when: When::Fixed,
        default: Some("false"),
        help: "whether writes are refused without asking the device",
    }],
    several: true,
    example: "block(read_only)",
};
