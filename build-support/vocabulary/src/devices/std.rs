//! `std`: the standard library, over the runtime in place of an operating system.

use super::{DeviceSpec, Parameter};

pub(super) const STD: DeviceSpec =
    DeviceSpec { kind: "std", parameter: Parameter::Never, feature: Some("std"), example: "std", ..DeviceSpec::PLAIN };
