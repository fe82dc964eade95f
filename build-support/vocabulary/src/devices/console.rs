//! `console`: text in and out on the first serial port.

use super::{DeviceSpec, Hardware};

pub(super) const CONSOLE: DeviceSpec = DeviceSpec {
    kind: "console",
    type_name: Some("Console"),
    hardware: &[Hardware::SerialPort],
    example: "console",
    ..DeviceSpec::PLAIN
};
