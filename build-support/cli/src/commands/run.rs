//! `unikernel run`: boots an application or an image in a virtual machine.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::elf::Kernel;
use crate::iso::{self, Firmware};
use crate::machine::hardware::Place;
use crate::machine::{self, Accelerator, Boot, Ending, Qemu};
use crate::manifest::{Machine, MachineType};
use clap::ValueEnum;
use tempfile::NamedTempFile;
use unikernel_vocabulary::{Kind as ValueKind, value};

use super::command_line::joined;
use super::failure::Failure;
use super::hardware::{self, Networks};
use super::interrupts::Interrupts;
use super::path::shown;
use super::profile::Profiling;
use super::selection::{self, Selection};
use super::{iso as image, output, product, watch};

/// The exit status if no machine was started, as for `docker run`; no kernel uses it.
pub(super) const NO_MACHINE: u8 = 125;

/// Boot an application, or an image, under QEMU.
///
/// Builds the application, makes its ISO as `unikernel iso` does, and boots it with the console on this terminal. Ctrl-C presses
/// the machine's power button, and a second one ends the machine at once. KVM is used if it works.
///
/// The machine has the devices that the application declares: a network card for each `net`, on a QEMU user network that matches
/// its addresses; a disk for each `block`; an entropy source. The manifest configures them: `forward` below `[machine]` or
/// `[machine.net.NAME]`; `path`, `size` and `files` below `[machine.disk.NAME]`. The default disk is `build/APP-NAME.img`, which
/// is created if it is missing.
///
/// The exit status is the application's, see below.
#[derive(clap::Args)]
#[command(
    after_help = "Exit status:\n  0        success\n  1 to 99  the application's own; 2 is wrong usage as well\n  \
                        101      a panic\n  102      a fault, such as an access to unmapped memory\n  103      a boot argument \
                        that is wrong or missing\n  104      a declared device that the machine does not have\n  125      no \
                        machine was started: a failed build, no QEMU\n  128 + N  signal N ended the machine: 130 is \
                        Ctrl-C\n\nExamples:\n  unikernel run -p greet\n  unikernel run --manifest manifests/greet-lan.toml -v\n  \
                        unikernel run -p greet --append 'name=\"J. Doe\"'\n  unikernel run build/greet.iso --machine q35\n  \
                        unikernel run -p stackv4 --forward 8081:8080\n  unikernel run -p stackv4 --net tap\n  \
                        unikernel run -p greet --kernel -- -d int"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// An image to boot unchanged, an ISO or a kernel's ELF
    #[arg(value_name = "IMAGE", conflicts_with_all = ["package", "bin"])]
    image: Option<PathBuf>,

    /// Boot the kernel's ELF with QEMU's -kernel instead of an ISO
    #[arg(long)]
    kernel: bool,

    /// The machine type; microvm has no CD drive, so it boots the ELF [default: the manifest's, else pc]
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineKind>,

    /// The firmware that boots the image; uefi is OVMF, and the image is made for both [default: bios]
    #[arg(long, value_name = "FIRMWARE")]
    firmware: Option<FirmwareKind>,

    /// The memory size, such as 2MiB [default: the manifest's, else what the image needs,
    /// at least 16MiB, with UEFI 128MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,

    /// The number of processors [default: the manifest's, else 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=255))]
    cpus: Option<u32>,

    /// Words to append to the boot command line, such as 'port=8080 name="J. Doe"'; the last of two wins
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    append: String,

    #[command(flatten)]
    networks: Networks,

    /// Count what the kernel executes by function and call stack: writes FILE.folded, FILE.svg (a flame graph) and, of accesses
    /// to devices, FILE.devices.folded and FILE.devices.svg, when it has ended
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    #[command(flatten)]
    watching: watch::Watching,

    /// Print QEMU's command line before starting it
    #[arg(short, long)]
    verbose: bool,

    /// Options passed on to QEMU
    #[arg(last = true, value_name = "QEMU OPTIONS")]
    qemu: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MachineKind {
    Pc,
    Q35,
    Microvm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FirmwareKind {
    Bios,
    Uefi,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let interrupts = match Interrupts::hold() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            output::failure(&Failure::Text(format!("cannot catch signals: {error}")));
            return ExitCode::from(NO_MACHINE);
        }
    };
    let ended = machine(arguments, &interrupts);
    if ended.is_err() {
        interrupts.deliver();
    }
    match ended {
        Ok(ending) => {
            if let Some(remark) = ending.remark() {
                output::warning(remark);
            }
            ExitCode::from(ending.code())
        }
        Err(failure) => {
            output::failure(&failure);
            ExitCode::from(NO_MACHINE)
        }
    }
}

fn machine(arguments: &Arguments, interrupts: &Interrupts) -> Result<Ending, Failure> {
    let prepared = match &arguments.image {
        Some(path) => open(path, arguments)?,
        None => build(arguments)?,
    };
    let machine = arguments.settings(&prepared.machine);
    let Prepared { boot, kernel, line, place, elf, .. } = &prepared;
    let profiling = arguments.profile.as_ref().map(|file| Profiling::new(file, elf.as_deref())).transpose()?;
    let mut hardware = arguments.networks.plan(kernel, line, &machine, place, arguments.boots_uefi())?;
    hardware::make_ready(&mut hardware)?;
    let mut extra = if arguments.boots_uefi() { machine::ovmf()? } else { Vec::new() };
    extra.extend(arguments.qemu.iter().cloned());
    let mut qemu = Qemu { boot: boot.clone(), hardware, accelerator: Accelerator::detect(), extra };
    if let Some(profiling) = &profiling {
        // The profiling plugin needs TCG.
        qemu.accelerator = Accelerator::Tcg;
        qemu.extra.extend(profiling.options());
    }
    if arguments.verbose {
        output::progress("Running", &qemu);
    }
    let (watch, watched) = arguments.watching.watch(prepared.kernel)?;
    interrupts.check()?;
    let ending = machine::run(&qemu, watch);
    interrupts.forget(); // the machine's own have been answered
    let has_ended = matches!(&ending, Ok(ending) if !matches!(ending, Ending::Interrupted(_)));
    let kept = watched.end(has_ended);
    let ending = ending?;
    kept?;
    profiling.map_or(Ok(()), Profiling::finish)?;
    Ok(ending)
}

/// The boot image, and a temporary file that must exist until the machine has ended.
struct Prepared {
    boot: Boot,
    kernel: Kernel,
    /// The complete boot command line, from whatever source.
    line: String,
    place: Place,
    machine: Machine,
    /// The kernel, with its debug information if there is any.
    elf: Option<PathBuf>,
    _temporary: Option<NamedTempFile>,
}

impl Arguments {
    /// The manifest's settings, overridden by the options.
    fn settings(&self, machine: &Machine) -> Machine {
        Machine {
            machine_type: Some(self.machine_type(machine)),
            memory_bytes: self.memory.or(machine.memory_bytes),
            cpus: self.cpus.or(machine.cpus),
            ..machine.clone()
        }
    }

    /// The machine type: the option's, else the manifest's.
    fn machine_type(&self, machine: &Machine) -> MachineType {
        let told = self.machine.map(|kind| match kind {
            MachineKind::Pc => MachineType::Pc,
            MachineKind::Q35 => MachineType::Q35,
            MachineKind::Microvm => MachineType::Microvm,
        });
        told.or(machine.machine_type).unwrap_or(MachineType::Pc)
    }

    fn boots_uefi(&self) -> bool {
        self.firmware == Some(FirmwareKind::Uefi)
    }

    /// Rejects `--firmware uefi` for an ELF, which QEMU loads without firmware.
    fn check_firmware(&self, machine: &Machine) -> Result<(), Failure> {
        if !self.boots_uefi() || !self.boots_kernel(machine) {
            return Ok(());
        }
        let why = if self.kernel { "with `--kernel` QEMU loads the ELF itself" } else { "microvm has no CD drive" };
        Err(Failure::Text(format!("`--firmware uefi` boots an ISO: {why}\nhelp: leave one of the two out")))
    }

    /// Whether QEMU loads the ELF directly.
    fn boots_kernel(&self, machine: &Machine) -> bool {
        self.kernel || self.machine_type(machine) == MachineType::Microvm
    }
}

/// Builds an application and makes its boot image.
fn build(arguments: &Arguments) -> Result<Prepared, Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    let product = product::make(&workspace, &deployment, &arguments.append)?;
    let machine = product.settings.machine.clone();
    arguments.check_firmware(&machine)?;
    let line = joined(&product.settings.command_line, &arguments.append);
    let place = hardware::place(&deployment.name, workspace.root().join("build"));
    let elf = Some(product.path.clone());
    let prepared =
        |boot, kernel, file| Prepared { boot, kernel, line: line.clone(), place, machine, elf, _temporary: file };
    if arguments.boots_kernel(&product.settings.machine) {
        let boot = Boot::Kernel { path: product.path, command_line: line.clone() };
        return Ok(prepared(boot, product.kernel, None));
    }
    let firmware = arguments.boots_uefi().then_some(Firmware::BiosAndUefi);
    let bytes = image::make(&product, &arguments.append, firmware)?;
    let is_the_manifests = firmware.is_none() || firmware == product.settings.image.firmware;
    if arguments.append.is_empty() && is_the_manifests {
        let path = image::destination(None, workspace.root(), &deployment, "iso");
        image::write(&path, &bytes)?;
        return Ok(prepared(Boot::Iso(shown(&path)), product.kernel, None));
    }
    // A temporary file: it differs from the manifest's image, and must not be mistaken for it.
    let file = temporary(".iso", &bytes)?;
    Ok(prepared(Boot::Iso(file.path().into()), product.kernel, Some(file)))
}

/// Boots an existing image.
fn open(path: &Path, arguments: &Arguments) -> Result<Prepared, Failure> {
    let bytes = iso::read_file(path).map_err(|error| Failure::image(path, error))?;
    let place = hardware::beside(path);
    if bytes.starts_with(product::ELF_MAGIC) {
        if arguments.boots_uefi() {
            return Err(Failure::Text(format!(
                "`{}` is a kernel, and `--firmware uefi` boots an ISO\nhelp: make it with `unikernel iso --firmware bios,uefi`",
                path.display()
            )));
        }
        let kernel = product::read_kernel(path)?;
        let (mut command_line, mut machine) = (String::new(), Machine::default());
        if let Some(manifest) = &arguments.selection.manifest {
            let settings = product::settings(
                &kernel,
                Some(&selection::read_manifest(manifest, Some(kernel.declaration().application()))?),
                &arguments.append,
            )?;
            (command_line, machine) = (settings.command_line, settings.machine);
        }
        let line = joined(&command_line, &arguments.append);
        let boot = Boot::Kernel { path: path.into(), command_line: line.clone() };
        return Ok(Prepared { boot, kernel, line, place, machine, elf: Some(path.into()), _temporary: None });
    }
    let iso = iso::read(&bytes).map_err(|error| Failure::Text(format!("`{}`: {error}", path.display())))?;
    arguments.check_firmware(&Machine::default())?;
    if arguments.boots_uefi() && !iso.firmware.has_uefi() {
        return Err(Failure::Text(format!(
            "`{}` does not boot from UEFI\nhelp: make it with `unikernel iso --firmware bios,uefi`",
            path.display()
        )));
    }
    if arguments.selection.manifest.is_some() {
        return Err(Failure::Text(format!(
            "`{}` has its values already, a manifest cannot change them\nhelp: run the application with the manifest: \
             `unikernel run --manifest FILE`",
            path.display()
        )));
    }
    let machine = Machine::default();
    let boots_kernel = arguments.boots_kernel(&machine);
    let file = if boots_kernel { Some(temporary(".elf", &iso.kernel)?) } else { None };
    let kernel =
        Kernel::parse(iso.kernel).map_err(|error| Failure::Text(format!("`{}`: {error}", shown(path).display())))?;
    if let Some(file) = file {
        let line = joined(&iso.command_line, &arguments.append);
        let boot = Boot::Kernel { path: file.path().into(), command_line: line.clone() };
        return Ok(Prepared { boot, kernel, line, place, machine, elf: None, _temporary: Some(file) });
    }
    if !arguments.append.is_empty() {
        return Err(Failure::Text(format!(
            "the command line of `{}` is part of the image, `--append` cannot change it\nhelp: add `--kernel`, and QEMU loads \
             the kernel in it with both",
            path.display()
        )));
    }
    let line = iso.command_line;
    Ok(Prepared { boot: Boot::Iso(path.into()), kernel, line, place, machine, elf: None, _temporary: None })
}

fn temporary(suffix: &str, bytes: &[u8]) -> Result<NamedTempFile, Failure> {
    let write = || {
        let mut file = tempfile::Builder::new().prefix("unikernel-").suffix(suffix).tempfile()?;
        file.write_all(bytes)?;
        Ok::<_, std::io::Error>(file)
    };
    write().map_err(|error| Failure::Text(format!("cannot write the temporary image: {error}")))
}

fn size(text: &str) -> Result<u64, String> {
    let bytes = ValueKind::SIZE.check(text).map(|()| value::size(text)).map_err(|mismatch| mismatch.to_string())?;
    match bytes {
        Ok(bytes) if bytes >= 1 << 20 => Ok(bytes),
        _ => Err(format!("`{text}` is less than 1MiB, where a kernel begins")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_the_words_of_a_manifest() {
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("1152KiB"), Ok(1152 << 10));
        assert_eq!(size("16"), Err("`16` is less than 1MiB, where a kernel begins".into()));
        assert_eq!(size("16M"), Err("`16M` has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`".into()));
    }
}
