//! Boots images under OVMF, from CD and from disk, and from a BIOS as before; and what others find in such an image.

use std::fs;
use std::path::PathBuf;

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome};
use crate::common::{loader, program, tool};
use tempfile::TempDir;
use unikernel_cli::elf::Kernel;
use unikernel_cli::iso::{self, Firmware};
use unikernel_cli::machine::ovmf;

/// What QEMU ends with when the kernel's status is 0.
const SUCCESS: Option<i32> = Some(1);

/// An image for both kinds of firmware, and the folder that goes with it.
struct Image {
    folder: TempDir,
    path: PathBuf,
}

impl Image {
    fn new(kernel: &Kernel, command_line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.iso");
        fs::write(&path, iso::write_for(kernel, command_line, Firmware::BiosAndUefi).unwrap()).unwrap();
        Self { folder, path }
    }

    fn of(package: &str, command_line: &str) -> Self {
        Self::new(&Kernel::read(kernel(package)).unwrap(), command_line)
    }

    fn cd(&self) -> [String; 2] {
        ["-cdrom".into(), self.path.display().to_string()]
    }

    /// IDE on `pc`, AHCI on `q35`.
    fn disk(&self) -> [String; 2] {
        ["-drive".into(), format!("file={},format=raw,if=ide,snapshot=on", self.path.display())]
    }
}

fn under_ovmf(machine: &[&str], drive: [String; 2]) -> Vec<String> {
    let flash = ovmf().unwrap_or_else(|error| panic!("{error}"));
    let flash = flash.into_iter().map(|option| option.into_string().unwrap());
    machine.iter().map(|&option| option.to_owned()).chain(flash).chain(drive).collect()
}

/// What the kernel said: all behind the firmware's last words.
#[track_caller]
fn said(outcome: &Outcome) -> &str {
    assert_eq!(outcome.code, SUCCESS, "{outcome:?}");
    let (_, last) =
        outcome.console.rsplit_once("BdsDxe: starting ").unwrap_or_else(|| panic!("OVMF said nothing: {outcome:?}"));
    last.split_once('\n').map_or("", |(_, said)| said)
}

/// By the command line: the image of a manifest, made for UEFI because the command asks for it.
#[test]
fn from_cd_with_the_values_of_a_manifest() {
    if is_left_out("UEFI with the values of a manifest", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("greet-test.toml");
    fs::write(&manifest, "app = \"greet\"\n\n[args]\nname = 'a \"quoted\" \\ Grüße, 世界'\ntimes = 1\n").unwrap();
    let output = tool(program(), "unikernel-cli")
        .args(["run", "--firmware", "uefi", "--machine", "pc", "--manifest"])
        .arg(&manifest)
        .output();
    let console = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{console}{}", String::from_utf8_lossy(&output.stderr));
    assert!(console.contains("UEFI QEMU DVD-ROM"), "{console}");
    assert!(console.ends_with("\nHello, a \"quoted\" \\ Grüße, 世界\npatience: 1000 ms\n"), "{console}");
}

/// The clock is measured by a timer that the ACPI tables name, and sleeps end by an interrupt.
#[test]
fn from_disk_with_a_clock() {
    let image = Image::of("clock_sleep", "times=2 length=20ms");
    let outcome = qemu::run(under_ovmf(&["-machine", "pc", "-m", "128"], image.disk()));
    assert_eq!(said(&outcome).matches("slept: ").count(), 2, "{outcome:?}");
}

/// All that was the firmware's for booting is the heap's, and nothing of it changes under the kernel.
#[test]
fn from_cd_with_a_heap_of_all_memory() {
    if is_left_out("UEFI with a heap of all memory", Effort::All) {
        return;
    }
    let image = Image::of("heap_all", "size=4096");
    let outcome = qemu::run(under_ovmf(&["-machine", "q35", "-m", "128", "-smp", "2"], image.cd()));
    let allocated = said(&outcome).strip_prefix("allocated ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    // OVMF keeps some MiB for its runtime services, ACPI tables and variables.
    assert!(allocated.is_some_and(|kib: u64| (112 << 10..128 << 10).contains(&kib)), "{outcome:?}");
}

#[test]
fn from_a_disk_of_ahci() {
    let image = Image::of("hello", "");
    let outcome = qemu::run(under_ovmf(&["-machine", "q35", "-m", "4G", "-cpu", "max"], image.disk()));
    assert_eq!(said(&outcome), "Hello from hello\n");
}

/// OVMF keeps memory at 8 MiB, where the test kernel wants to lie.
#[test]
fn memory_that_is_the_firmwares() {
    if is_left_out("UEFI that keeps the kernel's memory", Effort::All) {
        return;
    }
    let image = Image::new(loader::kernel(), "");
    let text = "unikernel: the memory that the kernel is linked for is the firmware's: see `unikernel inspect`";
    let outcome = qemu::run(under_ovmf(&["-machine", "pc", "-m", "128"], image.cd()));
    assert_eq!(outcome.code, Some(102 << 1 | 1), "{outcome:?}");
    assert!(outcome.console.contains(text), "{outcome:?}");
    // Without the device that carries the status, the firmware switches the machine off.
    let outcome = qemu::run_bare(under_ovmf(&["-machine", "q35", "-m", "128"], image.cd()));
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.console.contains(text), "{outcome:?}");
}

/// The values in an image are older than the machine, whose values override them.
#[test]
fn from_cd_with_the_values_of_the_machine() {
    let image = Image::of("values", "name=nobody port=81");
    for entry_point in ["32", "64"] {
        let machine = format!("pc,smbios-entry-point-type={entry_point}");
        let machine = ["-machine", &machine, "-m", "128", "-smbios", "type=11,value=unikernel:port=82"];
        let outcome = qemu::run(under_ovmf(&machine, image.cd()));
        assert_eq!(said(&outcome), "nobody: port 82\n");
        let outcome = qemu::run(machine.map(str::to_owned).into_iter().chain(image.cd()));
        assert_eq!((outcome.code, outcome.console.as_str()), (SUCCESS, "nobody: port 82\n"), "from a BIOS");
    }
    let machine = ["-machine", "q35", "-m", "128", "-fw_cfg", "name=opt/unikernel/values,string=name=you"];
    assert_eq!(said(&qemu::run(under_ovmf(&machine, image.cd()))), "you: port 81\n");
}

#[test]
fn from_a_bios_as_before() {
    let image = Image::of("hello", "");
    for (machine, drive) in [("pc", image.cd()), ("q35", image.cd()), ("pc", image.disk()), ("q35", image.disk())] {
        let arguments = ["-machine", machine, "-m", "2"].map(str::to_owned);
        let outcome = qemu::run(arguments.iter().chain(&drive));
        assert_eq!((outcome.code, outcome.console.as_str()), (SUCCESS, "Hello from hello\n"), "{machine}, {drive:?}");
    }
}

#[test]
fn readers_find_both_boot_images_and_the_kernel() {
    let image = Image::new(loader::kernel(), "port=80");
    let report = ["-report_el_torito", "plain", "-report_system_area", "plain"];
    let text = tool("xorriso", "xorriso").arg("-indev").arg(&image.path).args(report).run();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sectors = (fs::metadata(&image.path).unwrap().len() / 512) as usize - 88;
    for part in [
        "El Torito boot img : 1 BIOS y none 0x0000 0x00 4 0".to_owned(),
        format!("El Torito boot img : 2 UEFI y none 0x0000 0x00 {sectors} 22"),
        "MBR partition : 1 0x80 0x17 0 88".to_owned(),
        format!("MBR partition : 2 0x00 0xef 88 {sectors}"),
    ] {
        assert!(text.contains(&part), "no `{part}` in:\n{text}");
    }
    let out = format!("-o{}", image.folder.path().display());
    tool("7z", "p7zip-full").args(["x", "-y", &out]).arg(&image.path).arg("KERNEL.ELF").run();
    let kernel = loader::kernel().stripped();
    assert!(fs::read(image.folder.path().join("KERNEL.ELF")).unwrap() == kernel, "the kernel was changed on its way");

    let volume = image.folder.path().join("partition");
    fs::write(&volume, &fs::read(&image.path).unwrap()[22 * 2048..]).unwrap();
    tool("fsck.vfat", "dosfstools").arg("-n").arg(&volume).run();
    let file = image.folder.path().join("bootx64.efi");
    tool("mcopy", "mtools").arg("-i").arg(&volume).arg("::/EFI/BOOT/BOOTX64.EFI").arg(&file).run();
    let file = fs::read(file).unwrap();
    assert!(file.starts_with(b"MZ") && file[8192..][..kernel.len()] == kernel, "a PE file around the kernel");
}
