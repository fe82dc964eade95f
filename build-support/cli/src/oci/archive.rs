//! Archives with fixed owners and dates.

use tar::{Builder, EntryType, Header};

/// An archive in memory.
pub(super) struct Archive {
    builder: Builder<Vec<u8>>,
    seconds: u32,
}

/// Who has a file, and who may do what with it.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) id: u32,
    pub(super) mode: u32,
}

impl Archive {
    /// An empty one; all files get this date.
    pub(super) fn new(seconds: u32) -> Self {
        Self { builder: Builder::new(Vec::new()), seconds }
    }

    pub(super) fn folder(&mut self, path: &str, owner: Owner) {
        self.append(&format!("{path}/"), EntryType::Directory, owner, &[]);
    }

    pub(super) fn file(&mut self, path: &str, owner: Owner, bytes: &[u8]) {
        self.append(path, EntryType::Regular, owner, bytes);
    }

    fn append(&mut self, path: &str, kind: EntryType, owner: Owner, bytes: &[u8]) {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(owner.mode);
        header.set_uid(owner.id.into());
        header.set_gid(owner.id.into());
        header.set_mtime(self.seconds.into());
        header.set_size(bytes.len() as u64);
        self.builder.append_data(&mut header, path, bytes).expect("a vector takes all bytes, and paths are short");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.builder.into_inner().expect("a vector takes all bytes")
    }
}
