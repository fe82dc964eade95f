//! `block`: disks.

use super::{DeviceSpec, Hardware, OptionSpec, Parameter};
use crate::kind::Kind;

pub(super) const BLOCK: DeviceSpec = DeviceSpec {
    kind: "block",
    parameter: Parameter::Required,
    type_name: Some("Block"),
    options: &[
        OptionSpec::fixed("read_only", Kind::BOOL, "whether writes are refused without asking the device").or("false")
    ],
    several: true,
    hardware: &[Hardware::Disk],
    example: "block(read_only)",
    ..DeviceSpec::PLAIN
};
