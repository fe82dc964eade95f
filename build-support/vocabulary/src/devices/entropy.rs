//! `entropy`: random numbers.

use super::{DeviceSpec, Hardware};

pub(super) const ENTROPY: DeviceSpec = DeviceSpec {
    kind: "entropy",
    type_name: Some("Entropy"),
    hardware: &[Hardware::RandomSource],
    example: "entropy",
    ..DeviceSpec::PLAIN
};
