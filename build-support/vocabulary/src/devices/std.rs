//! `std`: the standard library, over the runtime in place of an operating system.

use super::{DeviceSpec, OptionSpec, Parameter};
use crate::kind::Kind;

pub(super) const STD: DeviceSpec = DeviceSpec {
    kind: "std",
    parameter: Parameter::Never,
    options: &[OptionSpec::fixed(
        "without",
        Kind::text(64),
        "what the program is linked with and never calls, so that a call fails at run time: some of `processes`, `net` and `libraries`",
    )],
    feature: Some("std"),
    example: "std",
    ..DeviceSpec::PLAIN
};
