//! `clock`: time and sleep.

use super::{DeviceSpec, Parameter};

pub(super) const CLOCK: DeviceSpec = DeviceSpec {
    kind: "clock",
    parameter: Parameter::Optional,
    type_name: Some("Clock"),
    options: &[],
    several: false,
    example: "clock",
};
