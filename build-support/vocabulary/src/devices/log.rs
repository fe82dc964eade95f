//! `log`: where the `log` crate's records go.

use super::{DeviceSpec, OptionSpec, Parameter, When};
use crate::kind::Kind;

pub(super) const LOG: DeviceSpec = DeviceSpec {
    kind: "log",
    parameter: Parameter::Never,
    type_name: None,
    options: &[OptionSpec {
        name: "level",
        kind: Kind::words("off|error|warn|info|debug|trace"),
        when: When::Boot,
        default: Some("info"),
        help: "the least important records that are shown",
    }],
    several: false,
    example: "log(level = \"info\")",
};
