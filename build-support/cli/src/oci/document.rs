//! The documents of an image, as `config.md`, `manifest.md` and `image-index.md` of the specification have them.

use std::collections::BTreeMap;

use serde::Serialize;

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(super) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(super) const CYCLONEDX: &str = "application/vnd.cyclonedx+json";

pub(super) const ARCHITECTURE: &str = "amd64";
/// What a node of the cluster runs: it selects the image by it.
pub(super) const OS: &str = "linux";

/// A reference to a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: &'static str,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) artifact_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<Platform>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Platform {
    pub(super) architecture: &'static str,
    pub(super) os: &'static str,
}

/// The manifests of a layout.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    pub(super) schema_version: u32,
    pub(super) media_type: &'static str,
    pub(super) manifests: Vec<Descriptor>,
}

/// An image, or an artifact that refers to one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'static str>,
    config: Descriptor,
    layers: [Descriptor; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn of(config: Descriptor, layer: Descriptor, annotations: BTreeMap<String, String>) -> Self {
        let (artifact_type, subject) = (None, None);
        Self { schema_version: 2, media_type: MANIFEST, artifact_type, config, layers: [layer], subject, annotations }
    }

    /// An artifact of some type, about another manifest.
    pub(super) fn referring_to(self, subject: Descriptor, artifact_type: &'static str) -> Self {
        Self { artifact_type: Some(artifact_type), subject: Some(subject), ..self }
    }
}

/// The configuration of an image.
#[derive(Debug, Serialize)]
pub(super) struct Config {
    pub(super) created: String,
    pub(super) architecture: &'static str,
    pub(super) os: &'static str,
    pub(super) config: Settings,
    pub(super) rootfs: RootFs,
    pub(super) history: Vec<History>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    pub(super) entrypoint: Vec<String>,
    pub(super) labels: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct RootFs {
    pub(super) r#type: &'static str,
    pub(super) diff_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct History {
    pub(super) created: String,
    pub(super) created_by: &'static str,
}

/// An item of `manifest.json`, by which `docker load` of before version 25 finds an image in an archive.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Loaded {
    pub(super) config: String,
    pub(super) repo_tags: [String; 1],
    pub(super) layers: [String; 1],
}
