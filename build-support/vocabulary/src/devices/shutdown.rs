//! `shutdown`: requests to stop.

use super::{DeviceSpec, Parameter};

pub(super) const SHUTDOWN: DeviceSpec = DeviceSpec {
    kind: "shutdown",
    parameter: Parameter::Required,
    type_name: Some("Shutdown"),
    example: "shutdown",
    ..DeviceSpec::PLAIN
};
