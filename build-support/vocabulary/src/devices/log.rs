//! `log`: where the `log` crate's records go.

use super::{DeviceSpec, OptionSpec, Parameter};
use crate::kind::Kind;

pub(super) const LOG: DeviceSpec = DeviceSpec {
    kind: "log",
    parameter: Parameter::Never,
    options: &[
        OptionSpec::boot(
            "level",
            Kind::words("off|error|warn|info|debug|trace"),
            "the least important level that is shown",
        )
        .or("info"),
        OptionSpec::fixed("json", Kind::BOOL, "whether each record is a JSON object on a line of its own"),
    ],
    feature: Some("log"),
    requires: Some("console"),
    example: "log(level = \"info\")",
    ..DeviceSpec::PLAIN
};
