//! Writes a kernel as a bootable ISO 9660 image, and reads such an image back.
//!
//! The image boots from CD (El Torito, no emulation) and, the same bytes, from disk or USB stick (MBR). Any reader of
//! ISO 9660 finds one file in it, `KERNEL.ELF`. It is 22 sectors of 2,048 bytes and the kernel:
//!
//! | sector | contents | written by |
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
//! Sectors 0 to 15 are the system area, whose contents ISO 9660 does not define. The output is reproducible: equal input gives
//! equal bytes.
//!
//! An image that is to boot from UEFI as well has an EFI system partition from sector 22 on (`partition`). The last file in it
//! (`uefi`) ends with the kernel, so that `KERNEL.ELF` is the same bytes, some sectors further behind.

mod bytes;
mod error;
mod file;
mod firmware;
mod partition;
mod read;
mod system_area;
#[cfg(test)]
mod tests;
mod uefi;
mod volume;

use self::partition::Partition;
pub use self::{
    error::Error,
    file::read_file,
    firmware::Firmware,
    read::{Iso, read},
};
use crate::elf::Kernel;
use unikernel_vocabulary::command_line;
use unikernel_vocabulary::contract::stub;

/// The size of a sector, and of a logical block.
pub const SECTOR: usize = 2048;

/// Where the system area ends and the volume descriptors begin.
const PRIMARY_DESCRIPTOR: usize = 16;
const BOOT_RECORD: usize = 17;
const TERMINATOR: usize = 18;
const PATH_TABLE_LITTLE: usize = 19;
const PATH_TABLE_BIG: usize = 20;
const ROOT_DIRECTORY: usize = 21;
/// The first sector of the kernel, or of the partition around it.
const CONTENTS: usize = 22;

/// The file that holds the kernel, as a directory has it: name, extension, version.
const KERNEL_NAME: &str = "KERNEL.ELF;1";

/// Byte offsets in the image are 32-bit for the stub, and so is the size of a file in ISO 9660.
const IMAGE_MAX: u64 = u32::MAX as u64;

/// Where the parts of an image lie that depend on its kernel and its firmware; in sectors.
struct Plan {
    kernel: usize,
    partition: Option<Partition>,
    sectors: u32,
}

impl Plan {
    fn new(kernel_bytes: u64, firmware: Firmware) -> Result<Self, Error> {
        let too_large = |bytes| Error::TooLarge { bytes };
        let (kernel, partition, sectors) = match firmware {
            Firmware::Bios => (CONTENTS, None, CONTENTS as u64 + kernel_bytes.div_ceil(SECTOR as u64)),
            Firmware::BiosAndUefi => {
                let partition = uefi::partition(kernel_bytes as usize).ok_or(too_large(kernel_bytes))?;
                let kernel = CONTENTS + uefi::kernel(&partition) / SECTOR;
                (kernel, Some(partition), (CONTENTS + partition.bytes() / SECTOR) as u64)
            }
        };
        let bytes = sectors.saturating_mul(SECTOR as u64);
        if bytes > IMAGE_MAX {
            return Err(too_large(bytes));
        }
        Ok(Self { kernel, partition, sectors: sectors as u32 })
    }

    /// The partition's sectors, where there is one: up to the end of the image.
    fn partition_sectors(&self) -> Option<std::ops::Range<u32>> {
        self.partition.map(|_| CONTENTS as u32..self.sectors)
    }
}

/// Makes the smallest image that boots `kernel` with a command line: from a BIOS.
///
/// # Errors
/// As [`write_for`].
pub fn write(kernel: &Kernel, command_line: &str) -> Result<Vec<u8>, Error> {
    write_for(kernel, command_line, Firmware::Bios)
}

/// Makes the image that boots `kernel` with a command line, from the given firmware.
///
/// The name of the volume is that of the application in capitals, cut to 32 characters, with `_` for whatever is neither
/// a letter nor a digit.
///
/// # Errors
/// When the kernel has no stub that this writer knows, or something does not fit into an image.
pub fn write_for(kernel: &Kernel, command_line: &str, firmware: Firmware) -> Result<Vec<u8>, Error> {
    if command_line.len() > command_line::MAX_BYTES {
        return Err(Error::CommandLineTooLong { bytes: command_line.len() });
    }
    if let Some(at) = command_line.find('\0') {
        return Err(Error::CommandLineNul { at });
    }
    let application = kernel.declaration().application();
    let bios_stub = kernel.bios_stub()?;
    let file = Kernel::parse(kernel.stripped())?;
    let plan = Plan::new(file.bytes().len() as u64, firmware)?;

    let identity =
        stub::identity(&[file.bytes(), command_line.as_bytes(), &[u8::from(firmware.has_uefi())]]).to_le_bytes();

    let mut image = vec![0; plan.sectors as usize * SECTOR];
    system_area::write(&mut image, bios_stub, &file, command_line, &plan)?;
    image[system_area::IDENTITY..][..identity.len()].copy_from_slice(&identity);
    volume::write(&mut image, &volume::id(application), plan.kernel, file.bytes().len() as u32);
    if let Some(partition) = &plan.partition {
        let before = (CONTENTS * SECTOR / 512) as u32;
        let volume = &mut image[CONTENTS * SECTOR..];
        uefi::write(volume, before, partition, kernel.uefi_stub()?, &file, command_line)?;
        volume[uefi::identity(partition)..][..identity.len()].copy_from_slice(&identity);
    }
    image[plan.kernel * SECTOR..][..file.bytes().len()].copy_from_slice(file.bytes());
    Ok(image)
}
