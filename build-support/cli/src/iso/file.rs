//! Files with images: an ISO, or a disk that is much larger than what is in it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::read::volume_sectors;
use super::{BOOT_RECORD, SECTOR};

/// Reads a file as far as its volume reaches: the rest of a disk is a hole. A file that has no volume is read whole.
///
/// # Errors
/// Those of the file.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take((BOOT_RECORD * SECTOR) as u64).read_to_end(&mut bytes)?;
    match volume_sectors(&bytes) {
        Some(sectors) => {
            file.rewind()?;
            bytes.clear();
            file.take(u64::from(sectors) * SECTOR as u64).read_to_end(&mut bytes)?;
        }
        None => {
            file.read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_disk_is_read_as_far_as_its_volume() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("image");
        let mut image = vec![0; 20 * SECTOR];
        image[16 * SECTOR..][..6].copy_from_slice(b"\x01CD001");
        image[16 * SECTOR + 80..][..8].copy_from_slice(&[19, 0, 0, 0, 0, 0, 0, 19]);
        fs::write(&path, &image).expect("written");
        assert_eq!(read_file(&path).expect("read"), image[..19 * SECTOR]);
        // Cut off, or none: whatever there is, for the reader to judge.
        image.truncate(18 * SECTOR);
        fs::write(&path, &image).expect("written");
        assert_eq!(read_file(&path).expect("read"), image);
        fs::write(&path, "text").expect("written");
        assert_eq!(read_file(&path).expect("read"), b"text");
    }
}
