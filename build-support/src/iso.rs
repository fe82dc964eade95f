//! Writes a kernel as a bootable ISO 9660 image, and reads such an image back.
//!
//! The image boots from CD (El Torito, no emulation) and, the same bytes, from disk or USB stick (MBR). Any reader of
//! ISO 9660 finds one file in it, `KERNEL.ELF`. It is 22 sectors of 2,048 bytes and the kernel:
//!
//! | sector | what | by |
//! |---|---|---|
//! | 0 | boot sector: BIOS stub, partition table | `system_area` |
//! | 1, 2 | header of the stub: start info, load table; command line | `system_area` |
//! | 3 | boot catalogue | `system_area` |
//! | 4 to 15 | zeros | |
//! | 16, 17, 18 | primary, boot record and terminating volume descriptor | `volume` |
//! | 19, 20 | path tables, little- and big-endian | `volume` |
//! | 21 | root directory | `volume` |
//! | 22 .. | `KERNEL.ELF` | [`Kernel::stripped`] |
//!
//! Sectors 0 to 15 are the system area, which ISO 9660 leaves to whoever makes the volume. Nothing depends on the time
//! or place of writing: equal input gives equal bytes.

mod error;
mod read;
mod system_area;
#[cfg(test)]
mod tests;
mod volume;

pub use self::{
    error::Error,
    read::{Iso, read},
};
use crate::elf::Kernel;
use unikernel_vocabulary::command_line;

/// The size of a sector, and of a logical block.
pub const SECTOR: usize = 2048;

/// Where the system area ends and the volume descriptors begin.
const PRIMARY_DESCRIPTOR: usize = 16;
const BOOT_RECORD: usize = 17;
const TERMINATOR: usize = 18;
const PATH_TABLE_LITTLE: usize = 19;
const PATH_TABLE_BIG: usize = 20;
const ROOT_DIRECTORY: usize = 21;
const KERNEL: usize = 22;

/// The file that holds the kernel, as a directory has it: name, extension, version.
const KERNEL_NAME: &str = "KERNEL.ELF;1";

/// Byte offsets in the image are 32-bit for the stub, and so is the size of a file in ISO 9660.
const IMAGE_MAX: u64 = u32::MAX as u64;

/// Makes the image that boots `kernel` with a command line.
///
/// The name of the volume is that of the application in capitals, cut to 32 characters, with `_` for whatever is neither
/// a letter nor a digit.
///
/// # Errors
/// When the kernel has no BIOS stub that this writer knows, or something does not fit into an image.
pub fn write(kernel: &Kernel, command_line: &str) -> Result<Vec<u8>, Error> {
    if command_line.len() > command_line::MAX_BYTES {
        return Err(Error::CommandLineTooLong { bytes: command_line.len() });
    }
    if let Some(at) = command_line.find('\0') {
        return Err(Error::CommandLineNul { at });
    }
    let application = kernel.declaration().application();
    let stub = kernel.bios_stub()?;
    let file = Kernel::parse(kernel.stripped())?;
    let sectors = image_sectors(file.bytes().len() as u64)?;

    let mut image = vec![0; sectors as usize * SECTOR];
    system_area::write(&mut image, stub, &file, command_line)?;
    volume::write(&mut image, &volume::id(application), file.bytes().len() as u32);
    image[KERNEL * SECTOR..][..file.bytes().len()].copy_from_slice(file.bytes());
    Ok(image)
}

/// How many sectors an image with a kernel of `kernel_bytes` has.
fn image_sectors(kernel_bytes: u64) -> Result<u32, Error> {
    let sectors = KERNEL as u64 + kernel_bytes.div_ceil(SECTOR as u64);
    let bytes = sectors.saturating_mul(SECTOR as u64);
    if bytes > IMAGE_MAX {
        return Err(Error::TooLarge { bytes });
    }
    Ok(sectors as u32)
}
