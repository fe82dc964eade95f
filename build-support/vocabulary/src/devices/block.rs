//! `block`: disks.

use super::{DeviceSpec, Hardware, OptionSpec, Parameter};
use crate::kind::Kind;
use crate::value::SERIAL_BYTES;

pub(super) const BLOCK: DeviceSpec = DeviceSpec {
    kind: "block",
    parameter: Parameter::Required,
    type_name: Some("Block"),
    options: &[
        OptionSpec::boot("serial", Kind::text(SERIAL_BYTES), "serial of the disk to take, where there are several")
            .on_demand(),
        OptionSpec::fixed("read_only", Kind::BOOL, "whether writes are refused without asking the device").or("false"),
        OptionSpec::fixed("scsi", Kind::BOOL, "whether a disk behind a virtio SCSI host will do, too")
            .or("false")
            .by_feature("scsi"),
    ],
    several: true,
    hardware: &[Hardware::Disk],
    example: "block(read_only)",
    ..DeviceSpec::PLAIN
};
