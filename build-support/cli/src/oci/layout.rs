//! An image as files: a folder for registries, and an archive for `docker load` and `podman load`.

use std::io;
use std::path::Path;

use super::archive::{Archive, Owner};
use super::blob::Blob;
use super::document::{self, Descriptor, Index, Loaded, Platform};
use super::reference::Reference;
use crate::json;
use crate::whole_folder::WholeFolder;

/// The file by which a folder is known to be a layout.
const MARK: &str = "oci-layout";
const MARK_CONTENTS: &[u8] = b"{\"imageLayoutVersion\":\"1.0.0\"}";
const INDEX: &str = "index.json";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// What is behind the tag of an image to name its bill of materials, for tools that copy nothing without a name.
pub const SBOM: &str = ".sbom";

/// An image, and its bill of materials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) reference: Reference,
    pub(super) manifest: Blob,
    pub(super) config: Blob,
    pub(super) layer: Blob,
    /// The artifact that refers to the image, and what it has.
    pub(super) referrer: Blob,
    pub(super) empty: Blob,
    pub(super) sbom: Blob,
}

impl Layout {
    /// The digest of the image's manifest.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// The digest of the manifest of its bill of materials.
    #[must_use]
    pub fn sbom_digest(&self) -> &str {
        &self.referrer.digest
    }

    /// Begins a folder for a layout; one that exists is replaced.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if there is something else of that name; or what the file system says.
    pub fn begin(path: &Path) -> io::Result<WholeFolder> {
        WholeFolder::create(path, |path| path.join(MARK).is_file())
    }

    /// Writes the layout, `image-layout.md` of the specification, with the bill of materials.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: WholeFolder) -> io::Result<()> {
        for blob in [&self.manifest, &self.config, &self.layer, &self.referrer, &self.empty, &self.sbom] {
            folder.write(&blob.path(), &blob.bytes)?;
        }
        let tag = format!("{}{SBOM}", self.reference.tag());
        let referrer = Descriptor {
            artifact_type: Some(document::CYCLONEDX),
            annotations: [(REF_NAME.to_owned(), tag)].into(),
            ..self.referrer.descriptor()
        };
        folder.write(INDEX, &index(vec![self.named(), referrer]))?;
        folder.write(MARK, MARK_CONTENTS)?;
        folder.finish()
    }

    /// The archive: a layout of the image alone, with the index that older versions of Docker read.
    #[must_use]
    pub fn archive(&self) -> Vec<u8> {
        const FOLDER: Owner = Owner { id: 0, mode: 0o755 };
        const FILE: Owner = Owner { id: 0, mode: 0o644 };
        let mut archive = Archive::new(0);
        archive.folder("blobs", FOLDER);
        archive.folder("blobs/sha256", FOLDER);
        let mut blobs = [&self.manifest, &self.config, &self.layer];
        blobs.sort_by_key(|blob| &blob.digest);
        for blob in blobs {
            archive.file(&blob.path(), FILE, &blob.bytes);
        }
        archive.file(INDEX, FILE, &index(vec![self.named()]));
        let loaded =
            Loaded { config: self.config.path(), repo_tags: [self.reference.to_string()], layers: [self.layer.path()] };
        archive.file("manifest.json", FILE, &json::bytes(&[loaded]));
        archive.file(MARK, FILE, MARK_CONTENTS);
        archive.finish()
    }

    /// The image by its tag, and by its whole name for containerd.
    fn named(&self) -> Descriptor {
        let annotations = [
            ("io.containerd.image.name".to_owned(), self.reference.to_string()),
            (REF_NAME.to_owned(), self.reference.tag().to_owned()),
        ];
        let platform = Platform { architecture: document::ARCHITECTURE, os: document::OS };
        Descriptor { annotations: annotations.into(), platform: Some(platform), ..self.manifest.descriptor() }
    }
}

fn index(manifests: Vec<Descriptor>) -> Vec<u8> {
    json::bytes(&Index { schema_version: 2, media_type: document::INDEX, manifests })
}
