//! `console`: text in and out on the first serial port.

use super::{DeviceSpec, Parameter};

pub(super) const CONSOLE: DeviceSpec = DeviceSpec {
    kind: "console",
    parameter: Parameter::Optional,
    type_name: Some("Console"),
    options: &[],
    several: false,
    example: "console",
};
