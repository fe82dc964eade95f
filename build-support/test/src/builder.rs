//! Describes a machine.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::{Contents, Disk};
use crate::driver::Driver;
use crate::image::Image;
use crate::machine::Machine;
use crate::timeout;

/// How an image is booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boot {
    /// From the ISO, by the BIOS.
    #[default]
    Bios,
    /// From the ISO, by OVMF, which must be installed (`apt-get install ovmf`).
    Uefi,
    /// The kernel itself, by QEMU's `-kernel`.
    Kernel,
}

/// The chipset of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineType {
    /// The classic PC: PIIX, ISA, PCI.
    #[default]
    Pc,
    /// The newer PC: ICH9, PCI Express.
    Q35,
    /// Virtio devices and no PCI; it always boots the kernel itself.
    Microvm,
}

/// A machine to be started, by [`Image::machine`].
#[derive(Clone, Debug)]
#[must_use = "`start` boots it"]
pub struct Builder {
    image: Image,
    settings: Vec<(String, OsString)>,
    disks: Vec<(String, Disk)>,
    timeout: Option<Duration>,
}

impl Image {
    /// Describes a machine with this image, to be [started](Builder::start).
    pub fn machine(&self) -> Builder {
        Builder { image: self.clone(), settings: Vec::new(), disks: Vec::new(), timeout: None }
    }
}

impl Builder {
    fn set(mut self, words: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.settings.push((words.into(), value.into()));
        self
    }

    /// Gives a boot argument, or an option of a device such as `net.ip`, a value. It counts more than the manifest's.
    ///
    /// # Panics
    /// Panics if this cannot be a name: it has spaces, `=` or quotes in it, or nothing.
    #[track_caller]
    pub fn argument(self, name: &str, value: impl Display) -> Self {
        let is_name = !name.is_empty() && name.chars().all(|one| !one.is_whitespace() && one != '=' && one != '"');
        assert!(is_name, "`{name}` is no name of an argument\nhelp: write `.argument(\"name\", value)`");
        self.set(format!("argument {name}"), value.to_string())
    }

    /// Appends words to the boot command line as they are, such as `port=80 name="J. Doe"`.
    pub fn append(self, words: &str) -> Self {
        self.set("append", words)
    }

    /// Uses the values of a manifest, relative to the package or the workspace, instead of those of `manifests/APP.toml`.
    ///
    /// Its ports and taps are of no effect, and its disks are copied.
    ///
    /// # Panics
    /// Panics if there is no such file.
    #[track_caller]
    pub fn manifest(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let in_root = self.image.root().map(|root| root.join(path));
        let found = [Some(path.to_owned()), in_root].into_iter().flatten().find(|path| path.exists());
        match found {
            Some(path) => self.set("manifest", path),
            None => panic!("there is no manifest `{}`", path.display()),
        }
    }

    /// How it is booted; by the BIOS otherwise.
    pub fn boot(self, boot: Boot) -> Self {
        let word = match boot {
            Boot::Bios => "bios",
            Boot::Uefi => "uefi",
            Boot::Kernel => "kernel",
        };
        self.set(format!("boot {word}"), "")
    }

    /// The size of the memory, such as `32MiB`.
    pub fn memory(self, size: &str) -> Self {
        self.set("memory", size)
    }

    /// The chipset; the manifest's or [`MachineType::Pc`] otherwise.
    pub fn machine_type(self, machine_type: MachineType) -> Self {
        let word = match machine_type {
            MachineType::Pc => "pc",
            MachineType::Q35 => "q35",
            MachineType::Microvm => "microvm",
        };
        self.set(format!("machine {word}"), "")
    }

    /// The number of processors; a kernel uses the first.
    pub fn cpus(self, count: u8) -> Self {
        self.set(format!("cpus {count}"), "")
    }

    /// What is on the disk of a declared device. Otherwise it is the manifest's, or 64 MiB of zeros.
    pub fn disk(mut self, name: &str, disk: impl Into<Disk>) -> Self {
        self.disks.push((name.to_owned(), disk.into()));
        self
    }

    /// Adds options of QEMU's own, after all others.
    pub fn qemu<S: AsRef<OsStr>>(mut self, options: impl IntoIterator<Item = S>) -> Self {
        for option in options {
            self = self.set("option", option.as_ref());
        }
        self
    }

    /// Has QEMU translate the kernel's instructions (TCG) even where KVM works: plugins and `-icount` need it.
    pub fn tcg(self) -> Self {
        self.set("tcg", "")
    }

    /// How long the machine may take to do what a test waits for, each time that it waits; 60 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Boots it.
    ///
    /// # Panics
    /// Panics if QEMU is not installed or cannot make this machine, or if a setting is wrong.
    #[track_caller]
    pub fn start(self) -> Machine {
        match self.try_start() {
            Ok(machine) => machine,
            Err(text) => panic!("{text}"),
        }
    }

    fn try_start(self) -> Result<Machine, String> {
        let timeout = timeout::of(self.timeout)?;
        let (mut driver, messages) = Driver::start()?;
        driver.send("machine", "");
        driver.send("image", absolute(self.image.path()));
        if let Some(root) = self.image.root() {
            driver.send("root", root);
        }
        for (words, value) in &self.settings {
            driver.send(words, value);
        }
        for (name, disk) in &self.disks {
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(format!("`{name}` is no name of a disk"));
            }
            match &disk.0 {
                Contents::Empty(size) => driver.send(&format!("disk {name} empty"), size.to_string()),
                Contents::Bytes(bytes) => driver.send_bytes(&format!("disk {name} bytes"), bytes),
                Contents::Copy(path) => driver.send(&format!("disk {name} copy"), absolute(path)),
                Contents::Folder(path) => driver.send(&format!("disk {name} folder"), absolute(path)),
            }
        }
        driver.send("start", "");
        Machine::start(self.image.name().to_owned(), driver, messages, timeout)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
