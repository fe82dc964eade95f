//! The monitors, and the command of each that starts a machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use unikernel_cli::machine::export::{Deployment, Format};
use unikernel_cli::machine::hardware::Hardware;
use unikernel_cli::machine::{Accelerator, Boot, PROGRAM, Qemu};
use unikernel_cli::manifest::MachineType;

use crate::Failure;

/// A monitor, and what kind of machine it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Monitor {
    Qemu(MachineType),
    Firecracker,
    CloudHypervisor,
}

/// A machine that is to be started.
pub(super) struct Start<'a> {
    pub(super) name: &'a str,
    pub(super) kernel: &'a Path,
    pub(super) command_line: &'a str,
    pub(super) hardware: Hardware,
    pub(super) accelerator: Accelerator,
    /// A folder for its files.
    pub(super) folder: &'a Path,
}

impl Monitor {
    pub(super) const ALL: [Self; 5] = [
        Self::Qemu(MachineType::Pc),
        Self::Qemu(MachineType::Q35),
        Self::Qemu(MachineType::Microvm),
        Self::Firecracker,
        Self::CloudHypervisor,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Qemu(MachineType::Pc) => "QEMU pc",
            Self::Qemu(MachineType::Q35) => "QEMU q35",
            Self::Qemu(MachineType::Microvm) => "QEMU microvm",
            Self::Firecracker => "Firecracker",
            Self::CloudHypervisor => "Cloud Hypervisor",
        }
    }

    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Qemu(_) => PROGRAM,
            Self::Firecracker => "firecracker",
            Self::CloudHypervisor => "cloud-hypervisor",
        }
    }

    /// Whether it is the first of its program.
    pub(super) fn is_first(self) -> bool {
        Self::ALL.into_iter().find(|other| other.program() == self.program()) == Some(self)
    }

    pub(super) fn is_installed(self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program()).is_file())
    }

    /// Where QEMU listens for questions.
    pub(super) fn socket(self, folder: &Path) -> Option<PathBuf> {
        matches!(self, Self::Qemu(_)).then(|| folder.join("qmp"))
    }

    /// Whether the exit status of the program is the kernel's.
    pub(super) const fn has_status(self) -> bool {
        matches!(self, Self::Qemu(_))
    }

    /// The command.
    ///
    /// # Errors
    /// The monitor lacks something that the application declares; or a file cannot be written.
    pub(super) fn command(self, start: Start<'_>) -> Result<Command, Failure> {
        let format = match self {
            Self::Qemu(machine_type) => {
                let mut hardware = start.hardware;
                hardware.machine_type = machine_type;
                let boot = Boot::Kernel { path: start.kernel.into(), command_line: start.command_line.into() };
                let qmp = self.socket(start.folder).unwrap_or_default();
                let qmp = format!("unix:{},server=on,wait=off", qmp.display());
                let extra = vec!["-qmp".into(), qmp.into()];
                let qemu = Qemu { boot, hardware, accelerator: start.accelerator, extra };
                let mut command = Command::new(PROGRAM);
                command.args(qemu.arguments());
                return Ok(command);
            }
            Self::Firecracker => Format::Firecracker,
            Self::CloudHypervisor => Format::CloudHypervisor,
        };
        let deployment = Deployment {
            name: start.name,
            iso: Path::new(""),
            kernel: start.kernel,
            disk: Path::new(""),
            image: "",
            command_line: start.command_line,
            hardware: &start.hardware,
            has_kvm: true,
            takes_linux: false,
        };
        let exported = format.write(&deployment).map_err(|unsuitable| unsuitable.to_string())?;
        let path = start.folder.join(format.name());
        fs::write(&path, exported.text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        let mut command = Command::new(if self == Self::Firecracker { "firecracker" } else { "sh" });
        if self == Self::Firecracker {
            command.args(["--no-api", "--config-file"]);
        }
        command.arg(path);
        Ok(command)
    }
}
