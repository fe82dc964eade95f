//! Names in a kernel's ELF. The linker script (`build-support/link/src/kernel.ld`) has them, too; a test there compares.
//!
//! The declaration's note has its own module: [`crate::note`].

/// The section of the BIOS stub, as a literal for the template of an assembly block.
#[macro_export]
macro_rules! bios_stub_section {
    () => {
        ".unikernel.bios"
    };
}

/// The section of the UEFI stub, as a literal for the template of an assembly block.
#[macro_export]
macro_rules! uefi_stub_section {
    () => {
        ".unikernel.uefi"
    };
}

/// The section of the PVH note, as a literal for the template of an assembly block.
#[macro_export]
macro_rules! pvh_note_section {
    () => {
        ".note.unikernel.pvh"
    };
}

/// The section of the stub that boots an image from a BIOS.
pub const BIOS_STUB_SECTION: &str = bios_stub_section!();

/// The section of the stub that boots an image from UEFI.
pub const UEFI_STUB_SECTION: &str = uefi_stub_section!();

/// The section of the PVH note.
pub const PVH_NOTE_SECTION: &str = pvh_note_section!();

/// The symbol behind all that the kernel needs at boot.
pub const IMAGE_END: &str = "__image_end";
