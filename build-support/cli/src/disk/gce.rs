//! The archive that Google Compute Engine imports as an image.
//!
//! <https://cloud.google.com/compute/docs/import/import-existing-image>: a tar in the old GNU format, compressed with gzip, of one
//! file, `disk.raw`, of whole GiB. As `tar --sparse` does, the entry has the bytes of the image alone.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, GnuSparseHeader, Header};

/// The one name that is imported.
const NAME: &str = "disk.raw";

pub(super) fn write(file: &mut impl Write, image: &[u8], size_bytes: u64) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_path(NAME)?;
    header.set_entry_type(EntryType::GNUSparse);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(image.len() as u64);
    if let Some(sparse) = header.as_gnu_mut() {
        sparse.set_real_size(size_bytes);
        let mut put = |index: usize, offset: u64, length: u64| {
            let entry: &mut GnuSparseHeader = &mut sparse.sparse[index];
            entry.set_offset(offset);
            entry.set_length(length);
        };
        put(0, 0, image.len() as u64);
        put(1, size_bytes, 0); // the hole reaches up to here
    }
    header.set_cksum();
    // Neither a name nor a time: equal images give equal archives.
    let mut compressed = GzBuilder::new().write(file, Compression::best());
    let mut archive = Builder::new(&mut compressed);
    archive.append(&header, image)?;
    archive.finish()?;
    drop(archive);
    compressed.finish().map(drop)
}
