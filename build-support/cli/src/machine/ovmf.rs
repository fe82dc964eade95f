//! OVMF, QEMU's UEFI firmware, in flash memory whose variables are discarded with the machine.

use std::ffi::OsString;
use std::path::Path;

use super::Error;

/// The paths of code and variables: Debian and its derivatives, Fedora, Arch, QEMU's own.
const PLACES: [(&str, &str); 5] = [
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ("/usr/share/qemu/edk2-x86_64-code.fd", "/usr/share/qemu/edk2-i386-vars.fd"),
];

/// The QEMU options that replace the BIOS of a `pc` or a `q35` by OVMF. OVMF's files are not written to.
///
/// # Errors
/// [`Error::NoOvmf`] if it is not installed.
pub fn ovmf() -> Result<Vec<OsString>, Error> {
    let (code, variables) = *PLACES
        .iter()
        .find(|(code, variables)| Path::new(code).exists() && Path::new(variables).exists())
        .ok_or(Error::NoOvmf)?;
    let flash = |options: &str, file: &str| {
        [OsString::from("-drive"), format!("if=pflash,format=raw,{options},file={file}").into()]
    };
    Ok([flash("unit=0,readonly=on", code), flash("unit=1,snapshot=on", variables)].concat())
}
