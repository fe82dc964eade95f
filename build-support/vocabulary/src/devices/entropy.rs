//! `entropy`: random numbers.

use super::{DeviceSpec, Hardware, OptionSpec};
use crate::kind::Kind;

pub(super) const ENTROPY: DeviceSpec = DeviceSpec {
    kind: "entropy",
    type_name: Some("Entropy"),
    options: &[
        OptionSpec::fixed(
            "jitter",
            Kind::BOOL,
            "whether the jitter of the processor's clock is enough where there is no other source",
        )
        .or("false"),
        OptionSpec::fixed(
            "snapshots",
            Kind::BOOL,
            "whether machines that go on from one snapshot draw different numbers",
        )
        .or("false"),
    ],
    hardware: &[Hardware::RandomSource],
    example: "entropy",
    ..DeviceSpec::PLAIN
};
