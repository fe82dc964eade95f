//! `kv`: a store of keys and values, from a folder that is embedded or from a FAT volume.

use super::{DeviceSpec, OptionSpec, Parameter, When};
use crate::kind::Kind;

/// Most bytes of a key: what a name can have on the file systems that hold them.
pub const KV_KEY_BYTES: u16 = 255;

const fn fixed(name: &'static str, kind: Kind<'static>, help: &'static str) -> OptionSpec {
    OptionSpec { name, kind: kind.optional(), when: When::Fixed, default: None, help }
}

pub(super) const KV: DeviceSpec = DeviceSpec {
    kind: "kv",
    parameter: Parameter::Required,
    type_name: Some("Kv"),
    options: &[
        fixed("dir", Kind::text(4096), "the folder whose files are embedded, relative to the package"),
        fixed("fat", Kind::BOOL, "the files are those of a FAT volume"),
        fixed(
            "block",
            Kind::text(KV_KEY_BYTES),
            "the name of the block device that holds the volume; this declares it",
        ),
    ],
    several: true,
    example: "kv(dir = \"site\")",
};
