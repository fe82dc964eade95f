//! Generates QEMU's command line.

mod console;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use unikernel_vocabulary::contract;

use super::hardware::{Card, Disk, Hardware, Link};
use super::{Accelerator, ports};
use crate::manifest::MachineType;

/// The name of the program.
pub const PROGRAM: &str = "qemu-system-x86_64";

/// The boot image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// An ISO image in the CD drive, booted by the firmware. It contains the boot command line.
    Iso(PathBuf),
    /// An ELF, loaded by QEMU and started at its PVH entry point.
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
    /// The boot image.
    pub boot: Boot,
    /// Its hardware.
    pub hardware: Hardware,
    /// The accelerator.
    pub accelerator: Accelerator,
    /// Options passed on to QEMU, after all others.
    pub extra: Vec<OsString>,
}

impl Qemu {
    /// The arguments after the program's name.
    ///
    /// The console is QEMU's standard input and output. Two devices report the end of the kernel: `isa-debug-exit` its status,
    /// and `pvpanic` a failure. The declared devices follow in order. QEMU adds no default devices, and exits on a reset.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let hardware = &self.hardware;
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |option: &str, value: &OsStr| arguments.extend([option.into(), value.into()]);
        add("-machine", name(hardware.machine_type).as_ref());
        for accelerator in self.accelerator.names() {
            add("-accel", accelerator.as_ref());
        }
        // All features of the accelerator, protection in particular; with KVM, those of the host's processor.
        add("-cpu", "max".as_ref());
        add("-smp", hardware.cpus.to_string().as_ref());
        add("-m", memory(hardware.memory_bytes).as_ref());
        add("-display", "none".as_ref());
        for [option, value] in console::options(hardware) {
            add(option, value.as_ref());
        }
        add("-device", debug_exit().as_ref());
        add("-device", PVPANIC.as_ref());
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
        for text in &hardware.smbios {
            add("-smbios", smbios(text).as_ref());
        }
        for [option, value] in devices(hardware) {
            add(&option, value.as_ref());
        }
        arguments.extend(["-nodefaults", "-no-user-config", "-no-reboot"].map(OsString::from));
        arguments.extend(self.extra.iter().cloned());
        arguments
    }
}

/// The device that ends QEMU with the kernel's status.
pub(super) const DEBUG_EXIT: &str = "isa-debug-exit";

/// The device that reports a failure to the hypervisor; its port is the default one.
const PVPANIC: &str = "pvpanic";

/// The value of `-device` for the device that ends QEMU with the kernel's status.
#[must_use]
pub fn debug_exit() -> String {
    format!("{DEBUG_EXIT},iobase={:#x},iosize={}", contract::ports::DEBUG_EXIT, contract::ports::DEBUG_EXIT_BYTES)
}

/// The value of `-smbios` for a string.
pub(super) fn smbios(text: &str) -> String {
    format!("type=11,value={}", escaped(text))
}

/// Cards, disks and the entropy source, as pairs of option and value.
///
/// On PCI, QEMU assigns slots in the order of these options. On microvm it would assign them in descending order, so they are
/// explicit. Slot 0 is not used: its interrupt is input 0 of the second IOAPIC, which QEMU mistakes for the ISA timer and moves
/// to input 2 (`ioapic_set_irq` in hw/intc/ioapic.c).
fn devices(hardware: &Hardware) -> Vec<[String; 2]> {
    let is_mmio = hardware.machine_type == MachineType::Microvm;
    let mut devices = Vec::new();
    let mut slot = 1;
    let mut virtio = |kind: &str, properties: &str| {
        let device = if is_mmio {
            format!("virtio-{kind}-device,bus=virtio-mmio-bus.{slot}{properties}")
        } else {
            format!("virtio-{kind}-pci{properties}")
        };
        slot += 1;
        ["-device".to_owned(), device]
    };
    for (index, card) in hardware.cards.iter().enumerate() {
        devices.push(["-netdev".into(), netdev(index, card)]);
        // No network boot ROM, which would only slow down the boot.
        let no_rom = if is_mmio { "" } else { ",romfile=" };
        let properties = format!(",netdev=net{index},mac={}{}{no_rom}", card.mac_text(), host_mtu(card));
        devices.push(virtio("net", &properties));
    }
    for (index, disk) in hardware.disks.iter().enumerate() {
        devices.push(["-drive".into(), drive(index, disk)]);
        let serial = disk.serial.as_ref().map_or(String::new(), |serial| format!(",serial={serial}"));
        devices.push(virtio("blk", &format!(",drive=disk{index}{serial}")));
    }
    if hardware.has_entropy {
        devices.push(virtio("rng", ""));
    }
    if let Some((kind, properties, port)) = console::on_virtio(hardware) {
        devices.push(virtio(kind, properties));
        devices.push(port);
    }
    if is_mmio && !devices.is_empty() {
        // Otherwise, the devices use the legacy interface from before virtio 1.0.
        devices.insert(0, ["-global".into(), "virtio-mmio.force-legacy=false".into()]);
    }
    devices
}

/// The QEMU options of a card at a PCI address, such as `bus=pcie.0,addr=0x10`.
pub(super) fn card_at(place: &str, index: usize, card: &Card) -> [String; 4] {
    let (mac, mtu) = (card.mac_text(), host_mtu(card));
    let device = format!("virtio-net-pci,{place},netdev=net{index},mac={mac}{mtu},romfile=");
    ["-netdev".into(), netdev(index, card), "-device".into(), device]
}

/// The value of `-netdev`: the backend of a card.
fn netdev(index: usize, card: &Card) -> String {
    let (v4, v6, forwards) = match &card.link {
        Link::Tap(tap) => return format!("tap,id=net{index},ifname={},script=no,downscript=no", escaped(tap)),
        Link::User { v4, v6, forward } => (v4, v6, forward),
    };
    let mut text = format!("user,id=net{index},net={}/{},host={}", v4.network, v4.prefix, v4.host);
    if let Some(name_server) = v4.name_server {
        text.push_str(&format!(",dns={name_server}"));
    }
    text.push_str(&format!(",dhcpstart={}", v4.guest));
    match v6 {
        Some(v6) => {
            let (network, prefix, host, name_server) = (v6.network, v6.prefix, v6.host, v6.name_server);
            text.push_str(&format!(",ipv6-net={network}/{prefix},ipv6-host={host},ipv6-dns={name_server}"));
        }
        // No router advertisements for an interface without IPv6.
        None => text.push_str(",ipv6=off"),
    }
    for forward in forwards {
        let (protocol, host, guest) = (forward.protocol.name(), forward.host, forward.guest);
        text.push_str(&format!(",hostfwd={protocol}:{}:{host}-{}:{guest}", ports::HOST, v4.guest));
    }
    text
}

/// The property for the MTU that a card offers, if it is not the default.
fn host_mtu(card: &Card) -> String {
    match &card.link {
        // QEMU's user network has the standard MTU.
        Link::User { .. } if card.mtu > 1500 => ",host_mtu=1500".into(),
        Link::Tap(_) if card.mtu > 1500 => format!(",host_mtu={}", card.mtu),
        _ => String::new(),
    }
}

/// The value of `-drive`: the backend of a disk.
fn drive(index: usize, disk: &Disk) -> String {
    let read_only = if disk.read_only { ",readonly=on" } else { "" };
    format!("if=none,id=disk{index},format=raw{read_only},file={}", escaped(&disk.path.to_string_lossy()))
}

/// Escapes a value in a QEMU option, where a comma is the separator.
fn escaped(text: &str) -> String {
    text.replace(',', ",,")
}

/// The complete command line, quoted for a shell.
impl fmt::Display for Qemu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROGRAM)?;
        for argument in self.arguments() {
            write!(f, " {}", quoted(&argument.to_string_lossy()))?;
        }
        Ok(())
    }
}

/// The machine type as a value of `-machine`.
const fn name(machine_type: MachineType) -> &'static str {
    match machine_type {
        MachineType::Pc => "pc",
        MachineType::Q35 => "q35",
        MachineType::Microvm => "microvm",
    }
}

/// A size for `-m`, where numbers without unit are MiB.
fn memory(bytes: u64) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 30) => format!("{}G", bytes >> 30),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}M", bytes >> 20),
        bytes => format!("{}K", bytes.div_ceil(1 << 10)),
    }
}

/// Quotes a word for a POSIX shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Machine;

    fn machine(boot: Boot) -> Qemu {
        let hardware = Hardware::bare(&Machine::default());
        Qemu { boot, hardware, accelerator: Accelerator::Tcg, extra: Vec::new() }
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
