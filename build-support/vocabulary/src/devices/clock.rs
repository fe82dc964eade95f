//! `clock`: time and sleep.

use super::DeviceSpec;

pub(super) const CLOCK: DeviceSpec =
    DeviceSpec { kind: "clock", type_name: Some("Clock"), example: "clock", ..DeviceSpec::PLAIN };
