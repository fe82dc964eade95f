//! Blobs: bytes that are found by their hash.

use sha2::{Digest, Sha256};

use super::document::Descriptor;

/// Bytes of some type, with their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    media_type: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: String,
}

impl Blob {
    pub(super) fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        let digest = digest(&bytes);
        Self { media_type, bytes, digest }
    }

    /// The reference to it.
    pub(super) fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type,
            digest: self.digest.clone(),
            size: self.bytes.len() as u64,
            artifact_type: None,
            platform: None,
            annotations: [].into(),
        }
    }

    /// Its path in a layout.
    pub(super) fn path(&self) -> String {
        format!("blobs/{}", self.digest.replace(':', "/"))
    }
}

/// The SHA-256 of some bytes, as digests are written.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash}")
}
