//! QEMU's command line, from a machine as a value.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use super::Accelerator;
use crate::manifest::MachineType;

/// The program.
pub const PROGRAM: &str = "qemu-system-x86_64";

/// What the machine boots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// An ISO image in the CD drive, by the BIOS. The command line is in it.
    Iso(PathBuf),
    /// An ELF, loaded by QEMU itself through its PVH entry.
    Kernel {
        /// The ELF.
        path: PathBuf,
        /// The boot command line.
        command_line: String,
    },
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qemu {
    /// What it boots.
    pub boot: Boot,
    /// What kind of machine it is.
    pub machine_type: MachineType,
    /// Its memory.
    pub memory_bytes: u64,
    /// Its processors; a unikernel uses the first one.
    pub cpus: u32,
    /// What executes its instructions.
    pub accelerator: Accelerator,
    /// Options that are handed to QEMU as they are, after all others.
    pub extra: Vec<OsString>,
}

impl Qemu {
    /// The arguments behind the program's name.
    ///
    /// The console is QEMU's own standard input and output. Two devices carry what became of the kernel: `isa-debug-exit` its
    /// status, and `pvpanic` that it failed. Nothing is on the machine that is not named here, and a reset ends it.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |option: &str, value: &OsStr| arguments.extend([option.into(), value.into()]);
        add("-machine", name(self.machine_type).as_ref());
        add("-accel", self.accelerator.name().as_ref());
        // All that the accelerator can do, protection in particular; with KVM it is the host's own processor.
        add("-cpu", "max".as_ref());
        add("-smp", self.cpus.to_string().as_ref());
        add("-m", memory(self.memory_bytes).as_ref());
        add("-display", "none".as_ref());
        add("-chardev", "stdio,id=console".as_ref());
        add("-serial", "chardev:console".as_ref());
        add("-device", "isa-debug-exit,iobase=0x501,iosize=4".as_ref());
        add("-device", "pvpanic".as_ref());
        match &self.boot {
            Boot::Iso(path) => {
                add("-boot", "d".as_ref());
                add("-cdrom", path.as_os_str());
            }
            Boot::Kernel { path, command_line } => {
                add("-kernel", path.as_os_str());
                if !command_line.is_empty() {
                    add("-append", command_line.as_ref());
                }
            }
        }
        arguments.extend(["-nodefaults", "-no-user-config", "-no-reboot"].map(OsString::from));
        arguments.extend(self.extra.iter().cloned());
        arguments
    }
}

/// The whole command line, to be pasted into a shell.
impl fmt::Display for Qemu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROGRAM)?;
        for argument in self.arguments() {
            write!(f, " {}", quoted(&argument.to_string_lossy()))?;
        }
        Ok(())
    }
}

/// What `-machine` calls it.
const fn name(machine_type: MachineType) -> &'static str {
    match machine_type {
        MachineType::Pc => "pc",
        MachineType::Q35 => "q35",
        MachineType::Microvm => "microvm",
    }
}

/// A size for `-m`, whose plain numbers are MiB.
fn memory(bytes: u64) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 30) => format!("{}G", bytes >> 30),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}M", bytes >> 20),
        bytes => format!("{}K", bytes.div_ceil(1 << 10)),
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(boot: Boot) -> Qemu {
        let extra = Vec::new();
        Qemu {
            boot,
            machine_type: MachineType::Pc,
            memory_bytes: 16 << 20,
            cpus: 1,
            accelerator: Accelerator::Tcg,
            extra,
        }
    }

    #[test]
    fn an_iso_boots_from_the_cd_drive() {
        let line = machine(Boot::Iso("build/hello.iso".into())).to_string();
        assert_eq!(
            line,
            "qemu-system-x86_64 -machine pc -accel tcg -cpu max -smp 1 -m 16M -display none -chardev stdio,id=console \
             -serial chardev:console -device isa-debug-exit,iobase=0x501,iosize=4 -device pvpanic -boot d \
             -cdrom build/hello.iso -nodefaults -no-user-config -no-reboot"
        );
    }

    #[test]
    fn a_kernel_gets_its_command_line_and_the_shell_its_quotes() {
        let boot = Boot::Kernel { path: "my kernel".into(), command_line: r#"name="it's me" port=80"#.into() };
        let line = Qemu { extra: vec!["-d".into(), "int".into()], ..machine(boot) }.to_string();
        assert!(line.contains(r#" -kernel 'my kernel' -append 'name="it'\''s me" port=80' "#), "{line}");
        assert!(line.ends_with(" -d int"), "{line}");
        let boot = Boot::Kernel { path: "k".into(), command_line: String::new() };
        assert!(!machine(boot).to_string().contains("-append"));
    }

    #[test]
    fn memory_is_told_in_the_largest_unit_that_fits() {
        assert_eq!(memory(1152 << 10), "1152K");
        assert_eq!(memory(2 << 20), "2M");
        assert_eq!(memory(8 << 30), "8G");
        assert_eq!(memory((1 << 20) + 1), "1025K");
    }
}
