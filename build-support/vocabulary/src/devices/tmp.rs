//! `tmp`: files in memory, for programs of `std`.

use super::{DeviceSpec, OptionSpec, Parameter, STATIC_BYTES};
use crate::kind::Kind;

pub(super) const TMP: DeviceSpec = DeviceSpec {
    kind: "tmp",
    parameter: Parameter::Never,
    options: &[
        OptionSpec::fixed("size", Kind::size(4096, STATIC_BYTES), "most bytes of all files together").or("16MiB")
    ],
    feature: Some("std"),
    requires: Some("std"),
    example: "tmp(size = \"16MiB\")",
    ..DeviceSpec::PLAIN
};
