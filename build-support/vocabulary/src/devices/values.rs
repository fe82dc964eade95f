//! `values`: where the values of boot arguments come from, besides the boot command line.

use super::{DeviceSpec, OptionSpec, Parameter};
use crate::{declaration, kind::Kind};

pub(super) const VALUES: DeviceSpec = DeviceSpec {
    kind: declaration::VALUES,
    parameter: Parameter::Never,
    options: &[
        source("linux", "a boot command line as it is written for Linux, with `ip=` and an environment: urunc's"),
        source("volume", "`unikernel.txt` on a FAT or ISO 9660 volume labelled `CIDATA`, `config-2` or `UNIKERNEL`")
            .by_feature("kv-fat"),
        source("smbios", "the strings of SMBIOS (type 11) that begin with `unikernel:`"),
        source("fw_cfg", "QEMU's file `opt/unikernel/values`"),
    ],
    example: "values(linux)",
    ..DeviceSpec::PLAIN
};

const fn source(name: &'static str, help: &'static str) -> OptionSpec {
    OptionSpec::fixed(name, Kind::BOOL, help).or("false")
}
