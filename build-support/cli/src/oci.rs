//! Images of containers, with a virtual machine in them: for those who run machines as Kubernetes runs containers.
//!
//! One image serves three readers. KubeVirt takes the disk, `/disk/NAME.iso`, or the kernel. urunc (<https://urunc.io>) takes the
//! kernel, and what to do with it from `/urunc.json` or from the same keys of the manifest. Neither runs anything that is in it.
//!
//! The format is that of the Open Container Initiative, <https://github.com/opencontainers/image-spec>, version 1.1. The crate
//! that has all of it takes longer to build than the rest of this program; `document` is the part that an image of one layer
//! needs. Equal sources give equal bytes: files are sorted, owners are numbers, and the only date is `SOURCE_DATE_EPOCH`.

mod archive;
mod blob;
mod document;
mod layer;
mod layout;
mod reference;
#[cfg(test)]
mod tests;
mod urunc;

use std::collections::BTreeMap;

use self::blob::Blob;
use self::document::{Config, Descriptor, History, Manifest, RootFs, Settings};
pub use self::{
    layout::{Layout, SBOM},
    reference::{Reference, WrongReference},
    urunc::Monitor,
};
use crate::date::rfc3339;
use crate::{date, json};

/// Where the kernel is in the image.
pub const KERNEL_PATH: &str = "/boot/kernel";

/// What an image is made of.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The name of the machine.
    pub name: &'a str,
    /// The kernel's ELF, for urunc and KubeVirt's `kernelBoot`.
    pub kernel: &'a [u8],
    /// The ISO, for KubeVirt's `containerDisk`.
    pub iso: &'a [u8],
    /// The boot command line, which the ISO has as well.
    pub words: &'a [String],
    /// The monitor that urunc starts.
    pub monitor: Monitor,
    /// The bill of materials, in JSON.
    pub sbom: &'a [u8],
    /// What is known about the application.
    pub about: &'a About,
}

/// What registries and tools show about an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The application's name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Its licences, an SPDX expression.
    pub licenses: Option<String>,
    /// The address of its sources.
    pub source: Option<String>,
}

impl About {
    /// The annotations that the specification has names for.
    fn annotations(&self, created: &str) -> BTreeMap<String, String> {
        let optional = [("licenses", self.licenses.as_deref()), ("source", self.source.as_deref())];
        let known = [("title", self.title.as_str()), ("version", &self.version), ("created", created)];
        let known = known.into_iter().map(|(key, value)| (key, Some(value)));
        known
            .chain(optional)
            .filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?.to_owned())))
            .collect()
    }
}

impl Contents<'_> {
    /// Makes the image, under a name, and its bill of materials, which refers to it.
    ///
    /// # Errors
    /// `SOURCE_DATE_EPOCH` is no date.
    pub fn layout(&self, reference: &Reference) -> Result<Layout, date::Error> {
        let seconds = date::source_date()?.unwrap_or(0);
        let created = rfc3339(seconds);
        let archive = layer::archive(self, seconds);
        let layer = Blob::new(document::LAYER, layer::compressed(&archive));
        let about = self.about.annotations(&created);
        let config = Config {
            created: created.clone(),
            architecture: document::ARCHITECTURE,
            os: document::OS,
            config: Settings { entrypoint: self.entrypoint(), labels: about.clone() },
            rootfs: RootFs { r#type: "layers", diff_ids: vec![blob::digest(&archive)] },
            history: vec![History { created: created.clone(), created_by: "unikernel export --for oci" }],
        };
        let config = Blob::new(document::CONFIG, json::bytes(&config));
        let mut annotations = about;
        annotations.extend(urunc::annotations(self.monitor));
        let manifest = Manifest::of(config.descriptor(), layer.descriptor(), annotations);
        let manifest = Blob::new(document::MANIFEST, json::bytes(&manifest));

        let empty = Blob::new(document::EMPTY, b"{}".to_vec());
        let sbom = Blob::new(document::CYCLONEDX, self.sbom.to_vec());
        let title = [("org.opencontainers.image.title".to_owned(), format!("{}.cdx.json", self.name))];
        let sbom_descriptor = Descriptor { annotations: title.into(), ..sbom.descriptor() };
        let created = [("org.opencontainers.image.created".to_owned(), created)].into();
        let referrer = Manifest::of(empty.descriptor(), sbom_descriptor, created)
            .referring_to(manifest.descriptor(), document::CYCLONEDX);
        let referrer = Blob::new(document::MANIFEST, json::bytes(&referrer));
        Ok(Layout { reference: reference.clone(), manifest, config, layer, referrer, empty, sbom })
    }

    /// What urunc tells the guest: the first word is the program in Linux' terms, the others are its arguments. Arguments of a
    /// container come behind them, and the last of two wins.
    fn entrypoint(&self) -> Vec<String> {
        std::iter::once(KERNEL_PATH.to_owned()).chain(self.words.iter().cloned()).collect()
    }
}
