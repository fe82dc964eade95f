//! Links the application as a kernel, and names the version of its site.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    unikernel_build::link();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    digest(Path::new("site"), &mut hash)?;
    println!("cargo:rustc-env=SITE_VERSION={hash:016x}");
    Ok(())
}

/// Takes all names and bytes of a folder into a hash (FNV-1a), in the order of the names: it is the same wherever it is built.
fn digest(folder: &Path, hash: &mut u64) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let mut take = |bytes: &[u8]| {
            let length = (bytes.len() as u64).to_le_bytes();
            for byte in length.iter().chain(bytes) {
                *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
            }
        };
        take(entry.file_name().as_encoded_bytes());
        if entry.file_type()?.is_dir() {
            digest(&entry.path(), hash)?;
        } else {
            take(&fs::read(entry.path())?);
        }
    }
    Ok(())
}
