//! The software bill of materials of a kernel: what exactly was linked into it.
//!
//! The line tables and symbols of the linked kernel name the source files of its code and data ([`audit::origins`]). A package is
//! in the bill if at least one of them is in its folder, or is named like its library. So are the libraries of the compiler, and
//! the files whose contents are embedded. What was only needed to build the kernel (macros, build scripts) is not, and neither
//! is a package of which nothing is left.
//!
//! Equal kernels of equal sources have equal bills.

mod document;
mod files;
mod linked;

use std::path::Path;

use sha2::{Digest, Sha256};

pub use self::document::Document;
pub use self::files::File;
use self::linked::Linked;
use crate::audit;
use crate::cargo::{Application, Inventory};
use crate::date;
use crate::elf::Kernel;

/// An error of making a bill of materials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was linked cannot be read from the kernel.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// Source files that no package has.
    #[error("the kernel has code of files that belong to no package: {0}")]
    Unknown(String),
    /// A file that the kernel was built with cannot be read.
    #[error("cannot read `{path}`: {source}", path = .path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The date that is set is none.
    #[error(transparent)]
    Date(#[from] date::Error),
}

/// Makes the bill of materials of an application's linked kernel, at `path`. `images` are files that were made of it.
///
/// # Errors
/// The kernel cannot be audited, has code from elsewhere, or an embedded file has gone.
pub fn make(
    kernel: &Kernel,
    path: &Path,
    application: &Application,
    inventory: &Inventory,
    images: &[File],
) -> Result<Document, Error> {
    let linked = Linked::find(&audit::origins(kernel)?, application, inventory)?;
    let embedded = files::embedded(kernel, path, application, linked.application, inventory)?;
    let seconds = date::source_date()?;
    let mut made = vec![File::new("KERNEL.ELF", &kernel.stripped())];
    made.extend_from_slice(images);
    Ok(Document::new(kernel, &linked, &inventory.rust, &embedded, &made, seconds))
}

/// A SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
