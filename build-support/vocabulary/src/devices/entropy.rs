//! `entropy`: random numbers.

use super::{DeviceSpec, Parameter};

pub(super) const ENTROPY: DeviceSpec = DeviceSpec {
    kind: "entropy",
    parameter: Parameter::Optional,
    type_name: Some("Entropy"),
    options: &[],
    several: false,
    example: "entropy",
};
