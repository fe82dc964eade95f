//! What a test says about its machine, and the machine that follows from it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use unikernel_vocabulary::command_line::write_word;
use unikernel_vocabulary::{Hardware as Needs, Kind, nearest, value};

use super::message::Message;
use crate::elf::Kernel;
use crate::iso::{self, Firmware};
use crate::machine::hardware::{Card, Link, Place};
use crate::machine::{self, Accelerator, Boot, Error, Hardware, PROGRAM, Qemu, Values, disks, memory};
use crate::manifest::{Disk, Machine, MachineType, Manifest, Settings};

/// The settings of a machine.
#[derive(Default)]
pub(super) struct Setup {
    image: PathBuf,
    manifest: Option<PathBuf>,
    /// The folder whose `manifests/APP.toml` is used if there is one.
    root: Option<PathBuf>,
    firmware: String,
    line: String,
    machine: Machine,
    disks: Vec<(String, Disk)>,
    extra: Vec<OsString>,
    is_translated: bool,
    /// A QEMU command that replaces all of the above.
    command: Vec<OsString>,
}

/// A machine to be started.
pub(super) struct Planned {
    pub(super) command: Command,
    /// The same, quoted for a shell.
    pub(super) shown: String,
    pub(super) kernel: Option<Kernel>,
    pub(super) cards: Vec<Card>,
    pub(super) disks: Vec<(String, PathBuf)>,
}

impl Setup {
    /// Reads the settings, up to `start`. The contents of disks are written to `folder`.
    pub(super) fn read(input: &mut impl BufRead, folder: &Path) -> Result<Self, String> {
        let mut setup = Self::default();
        while let Some(message) = Message::read(input) {
            let words: Vec<&str> = message.words.iter().map(String::as_str).collect();
            match words[..] {
                ["image"] => setup.image = message.payload_path(),
                ["manifest"] => setup.manifest = Some(message.payload_path()),
                ["root"] => setup.root = Some(message.payload_path()),
                ["boot", firmware] => setup.firmware = firmware.into(),
                ["argument", key] => {
                    let mut word = String::new();
                    let _ = write_word(&mut word, key, &message.payload_text()); // a string takes all
                    setup.append(&word);
                }
                ["append"] => setup.append(&message.payload_text()),
                ["memory"] => setup.machine.memory_bytes = Some(memory_size(&message.payload_text())?),
                ["cpus", count] => setup.machine.cpus = count.parse().ok(),
                ["machine", kind] => {
                    setup.machine.machine_type = Some(match kind {
                        "q35" => MachineType::Q35,
                        "microvm" => MachineType::Microvm,
                        _ => MachineType::Pc,
                    });
                }
                ["disk", name, kind] => setup.disks.push((name.into(), disk(name, kind, &message, folder)?)),
                ["option"] => setup.extra.push(message.payload_os()),
                ["tcg"] => setup.is_translated = true,
                ["command"] => setup.command.push(message.payload_os()),
                ["start"] => return Ok(setup),
                _ => return Err(format!("unknown setting `{}`", message.words.join(" "))),
            }
        }
        Err("the settings end without `start`".into())
    }

    fn append(&mut self, words: &str) {
        if !self.line.is_empty() && !words.is_empty() {
            self.line.push(' ');
        }
        self.line.push_str(words);
    }

    /// Plans the machine, and makes its disks and its image in `folder`.
    pub(super) fn plan(self, folder: &Path) -> Result<Planned, String> {
        if let [program, arguments @ ..] = self.command.as_slice() {
            let mut command = Command::new(program);
            command.args(arguments);
            let words: Vec<_> = self.command.iter().map(|word| machine::quoted(&word.to_string_lossy())).collect();
            let kernel = (!self.image.as_os_str().is_empty()).then(|| Kernel::read(&self.image).ok()).flatten();
            return Ok(Planned { command, shown: words.join(" "), kernel, cards: Vec::new(), disks: Vec::new() });
        }
        let bytes =
            iso::read_file(&self.image).map_err(|error| format!("cannot read `{}`: {error}", self.image.display()))?;
        let fault = |error: &dyn std::fmt::Display| format!("`{}`: {error}", self.image.display());
        if bytes.starts_with(b"\x7fELF") {
            let kernel = Kernel::parse(bytes).map_err(|error| fault(&error))?;
            return self.plan_kernel(kernel, "", None, folder);
        }
        let iso = iso::read(&bytes).map_err(|error| fault(&error))?;
        let kernel = Kernel::parse(iso.kernel).map_err(|error| fault(&error))?;
        let has_uefi = iso.firmware.has_uefi();
        if self.firmware == "uefi" && !has_uefi {
            return Err(fault(&"it does not boot from UEFI\nhelp: make it with `unikernel iso --firmware bios,uefi`"));
        }
        self.plan_kernel(kernel, &iso.command_line, Some(bytes), folder)
    }

    /// Plans the machine of a kernel that boots with `line` and what the test adds; `iso` is the finished image, if there is one.
    fn plan_kernel(&self, kernel: Kernel, line: &str, iso: Option<Vec<u8>>, folder: &Path) -> Result<Planned, String> {
        let boots_kernel = self.firmware == "kernel";
        let is_finished = iso.is_some();
        if is_finished && self.manifest.is_some() {
            return Err(format!(
                "`{}` has its values already, a manifest cannot change them\nhelp: use `Image::build`",
                self.image.display()
            ));
        }
        let settings = self.settings(&kernel, is_finished)?;
        let line = joined(joined(line.into(), &settings.command_line), &self.line);
        let is_microvm = self.machine_type(&settings) == MachineType::Microvm;
        if is_microvm && self.firmware == "uefi" {
            return Err("`microvm` has no CD drive to boot from by UEFI\nhelp: leave out `Boot::Uefi`".into());
        }
        if is_finished && !boots_kernel && !is_microvm && !self.line.is_empty() {
            return Err(format!(
                "the command line of `{}` is part of the image\nhelp: add `.boot(Boot::Kernel)`, and QEMU loads the kernel in it \
                 with the image's arguments and these",
                self.image.display()
            ));
        }
        let mut hardware = self.hardware(&kernel, &settings, &line, folder)?;
        for disk in &mut hardware.disks {
            // The paths of a manifest are the user's own disks: a test changes a copy.
            if disk.path.exists() && !disk.path.starts_with(folder) {
                let copy = folder.join(format!("copy-{}.img", disk.name));
                fs::copy(&disk.path, &copy)
                    .map_err(|error| format!("cannot copy `{}`: {error}", disk.path.display()))?;
                disk.path = copy;
            }
            disks::prepare(disk).map_err(|error| error.to_string())?;
        }
        let mut extra = Vec::new();
        let boot = if boots_kernel || is_microvm {
            let path = if is_finished { write(folder, "kernel.elf", kernel.bytes())? } else { self.image.clone() };
            Boot::Kernel { path, command_line: line }
        } else {
            let firmware = if self.firmware == "uefi" {
                extra = machine::ovmf().map_err(|error| error.to_string())?;
                Firmware::BiosAndUefi
            } else {
                Firmware::Bios
            };
            let bytes = match iso {
                Some(bytes) => bytes,
                None => iso::write_for(&kernel, &line, firmware).map_err(|error| error.to_string())?,
            };
            Boot::Iso(write(folder, "image.iso", &bytes)?)
        };
        extra.extend(self.extra.iter().cloned());
        let cards = hardware.cards.clone();
        let disks = hardware.disks.iter().map(|disk| (disk.name.clone(), disk.path.clone())).collect();
        let accelerator = if self.is_translated { Accelerator::Tcg } else { Accelerator::detect() };
        let qemu = Qemu { boot, hardware, accelerator, extra };
        let mut command = Command::new(PROGRAM);
        command.args(qemu.arguments());
        Ok(Planned { command, shown: qemu.to_string(), kernel: Some(kernel), cards, disks })
    }

    /// The values of the manifest: the one of the test, else the application's own. A finished image has its values already.
    fn settings(&self, kernel: &Kernel, is_finished: bool) -> Result<Settings, String> {
        let declaration = kernel.declaration();
        let application = declaration.application();
        let own = self.root.as_ref().map(|root| root.join("manifests").join(format!("{application}.toml")));
        let path = self.manifest.clone().or(own.filter(|path| path.exists()));
        let manifest = match path {
            _ if is_finished => return Ok(Settings::default()),
            None => Manifest::none(application),
            Some(path) => {
                let text =
                    fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
                Manifest::parse(&text, &path, Some(application)).map_err(|report| report.render(false))?
            }
        };
        match manifest.clone().before(&self.line).check(&declaration) {
            Ok(settings) => Ok(settings),
            // What is missing is for the kernel to say: that may be what is tested.
            Err(_) if self.manifest.is_none() && manifest.is_empty() => Ok(Settings::default()),
            Err(report) => Err(report.render(false)),
        }
    }

    fn machine_type(&self, settings: &Settings) -> MachineType {
        self.machine.machine_type.or(settings.machine.machine_type).unwrap_or(MachineType::Pc)
    }

    fn hardware(&self, kernel: &Kernel, settings: &Settings, line: &str, folder: &Path) -> Result<Hardware, String> {
        let declaration = kernel.declaration();
        let declared: Vec<_> = declaration.devices_on(Needs::Disk).map(|device| device.name).collect();
        let needs = memory::Needs { image_end: kernel.image_end(), is_uefi: self.firmware == "uefi" };
        let given = self.machine.memory_bytes.or(settings.machine.memory_bytes);
        let mut machine = Machine {
            machine_type: Some(self.machine_type(settings)),
            // Too little is for the kernel to refuse: that may be what is tested.
            memory_bytes: Some(given.unwrap_or_else(|| needs.usual())),
            cpus: self.machine.cpus.or(settings.machine.cpus),
            // Ports are forwarded on request, and every card is in a network of its own: tests run side by side, and need no root.
            forward: Vec::new(),
            nets: Vec::new(),
            ..settings.machine.clone()
        };
        for (name, disk) in &self.disks {
            if !declared.contains(&name.as_str()) {
                return Err(no_disk(declaration.application(), name, &declared));
            }
            machine.disks.retain(|(of, _)| of != name);
            machine.disks.push((name.clone(), disk.clone()));
        }
        let place = Place { name: declaration.application().into(), folder: folder.into() };
        let planned = Hardware::plan(&declaration, &Values::in_force(&declaration, line), &machine, &place);
        let mut hardware = planned.map_err(|error| match error {
            Error::NothingOnDisk { disk, .. } => format!(
                "the disk `{disk}` is read-only, and nothing is on it\nhelp: say what is: \
                 `.disk(\"{disk}\", Disk::folder(\"...\"))`, or `Disk::bytes(...)`"
            ),
            other => other.to_string(),
        })?;
        for card in &mut hardware.cards {
            if let Link::User { forward, .. } = &mut card.link {
                forward.clear();
            }
        }
        Ok(hardware)
    }
}

fn joined(mut line: String, more: &str) -> String {
    if !line.is_empty() && !more.is_empty() {
        line.push(' ');
    }
    line + more
}

fn memory_size(text: &str) -> Result<u64, String> {
    let size = Kind::SIZE.check(text).map_err(|mismatch| mismatch.to_string());
    size.and_then(|()| value::size(text).map_err(|_| String::from("not a size")))
        .map_err(|why| format!("`memory`: {why}\nhelp: write `.memory(\"32MiB\")`"))
}

/// What a test puts on a disk.
fn disk(name: &str, kind: &str, message: &Message, folder: &Path) -> Result<Disk, String> {
    let file = format!("{name}.img");
    match kind {
        "empty" => Ok(Disk { size_bytes: message.payload_text().parse().ok(), ..Disk::default() }),
        "bytes" => Ok(Disk { path: Some(write(folder, &file, &message.payload)?), ..Disk::default() }),
        "copy" => {
            let (from, to) = (message.payload_path(), folder.join(file));
            let copied = fs::copy(&from, &to);
            copied.map_err(|error| format!("cannot copy `{}` for the disk `{name}`: {error}", from.display()))?;
            Ok(Disk { path: Some(to), ..Disk::default() })
        }
        _ => Ok(Disk { files: Some(message.payload_path()), ..Disk::default() }),
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
    let path = folder.join(name);
    let written = fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    Ok(path)
}

fn no_disk(application: &str, name: &str, declared: &[&str]) -> String {
    let help = match (nearest(name, declared.iter().copied()), declared) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "declare `block` in the annotation".into(),
        (None, _) => {
            format!("there are {}", declared.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))
        }
    };
    format!("`{application}` declares no disk `{name}`\nhelp: {help}")
}
