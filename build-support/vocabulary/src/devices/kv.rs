//! `kv`: a store of keys and values, from a folder that is embedded or from a FAT volume.

use super::{DeviceSpec, OptionSpec, Parameter};
use crate::kind::Kind;

/// Most bytes of a key: what a name can have on the file systems that hold them.
pub const KV_KEY_BYTES: u16 = 255;

pub(super) const KV: DeviceSpec = DeviceSpec {
    kind: "kv",
    parameter: Parameter::Required,
    type_name: Some("Kv"),
    options: &[
        OptionSpec::fixed("dir", Kind::text(4096), "the folder whose files are embedded, relative to the package"),
        OptionSpec::fixed(
            "precompress",
            Kind::text(64),
            "the content codings that text files are embedded in besides, at build time: `gzip`, `br`, or both",
        )
        .by_feature("precompress"),
        OptionSpec::fixed("fat", Kind::BOOL, "whether the files are those of a FAT volume").by_feature("kv-fat"),
        OptionSpec::fixed(
            "block",
            Kind::text(KV_KEY_BYTES),
            "the name of the block device that holds the volume; this declares it",
        ),
        OptionSpec::fixed("scsi", Kind::BOOL, "whether a disk behind a virtio SCSI host will do for the volume, too")
            .or("false")
            .by_feature("scsi"),
    ],
    several: true,
    example: "kv(dir = \"site\")",
    ..DeviceSpec::PLAIN
};
