//! Boots images from CD, disk and USB stick, on two BIOSes, with a kernel that reports what the stub did.

use std::{fs, io::Write, os::unix::net::UnixStream, path::PathBuf};

use crate::common::{
    bochs, loader,
    qemu::{self, Qemu},
};
use tempfile::TempDir;
use unikernel_cli::iso;

const LINE: &str = r#"port=8080 greeting="say \"grüß Gott\" \\ now""#;

/// An image file, and the folder that goes with it.
struct Image {
    _folder: TempDir,
    path: PathBuf,
}

impl Image {
    fn new(command_line: &str) -> Self {
        Self::of(&iso::write(loader::kernel(), command_line).unwrap())
    }

    fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.iso");
        fs::write(&path, bytes).unwrap();
        Self { _folder: folder, path }
    }

    /// As a stick of 8 MB: SeaBIOS has no geometry for a USB disk that is smaller than one cylinder.
    fn stick(command_line: &str) -> Self {
        let mut bytes = iso::write(loader::kernel(), command_line).unwrap();
        bytes.resize(8 << 20, 0);
        Self::of(&bytes)
    }

    fn drive(&self, options: &str) -> String {
        format!("file={},format=raw,{options}", self.path.display())
    }
}

/// Checks the report of the test kernel, whatever the machine.
fn check(console: &str, command_line: &str) {
    let line = |name: &str| -> Vec<&str> {
        let line = console.lines().find_map(|line| line.trim_end().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no line `{name}` in:\n{console}")).split_whitespace().collect()
    };
    let state = line("cr0, cr4, flags, ss, magic, version:");
    let cr0 = u32::from_str_radix(state[0], 16).unwrap();
    assert_eq!(cr0 & 0x8000_0001, 1, "protected mode without paging");
    assert_eq!(state[1], "00000000", "cr4");
    assert_eq!(state[2], "00000000", "interrupts are off");
    assert_eq!(state[3..], ["00000010", "336ec578", "00000001"]);
    assert_eq!(line("start info, command line, memory map:"), ["00008400", "00008c00", "00009c00"]);
    assert_eq!(line("a20:"), ["00000000"]);
    assert_eq!(line("wrong words:"), ["00000000"]);
    assert_eq!(line("initialised:"), ["yes"]);
    let maps: Vec<Vec<u64>> = console
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("memory:"))
        .map(|line| line.split_whitespace().map(|number| u64::from_str_radix(number, 16).unwrap()).collect())
        .collect();
    assert!(maps.iter().all(|entry| entry[5] == 0), "reserved is zero: {maps:x?}");
    assert!(maps.iter().any(|entry| entry[..2] == [0, 0] && entry[4] == 1), "conventional memory: {maps:x?}");
    assert!(maps.iter().any(|entry| entry[..2] == [0, 1 << 20] && entry[4] == 1), "extended memory: {maps:x?}");
    assert!(console.contains(&format!("command line: <{command_line}>")), "the command line in:\n{console}");
}

fn boots(arguments: &[&str], command_line: &str) {
    let outcome = qemu::run(arguments);
    check(&outcome.console, command_line);
    assert_eq!(outcome.code, Some(1), "the kernel's status is 0:\n{}", outcome.console);
}

/// The stub says why it does not boot the kernel, and ends the machine with the status of a fault.
#[track_caller]
fn refused(arguments: &[&str], message: &str) {
    let outcome = qemu::run(arguments);
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(102 << 1 | 1), message), "{arguments:?}");
}

#[test]
fn from_cd() {
    let image = Image::new(LINE);
    let path = image.path.to_str().unwrap();
    boots(&["-M", "pc", "-m", "16", "-cdrom", path], LINE);
    boots(&["-M", "q35", "-m", "16", "-cdrom", path], LINE);
}

#[test]
fn from_disk() {
    let image = Image::new(LINE);
    boots(&["-M", "pc", "-m", "16", "-drive", &image.drive("if=ide")], LINE);
    boots(&["-M", "q35", "-m", "16", "-drive", &image.drive("if=ide")], LINE);
    boots(&["-M", "q35", "-m", "16", "-drive", &image.drive("if=virtio")], LINE);
}

#[test]
fn from_usb_stick() {
    let image = Image::stick(LINE);
    let drive = image.drive("if=none,id=stick");
    for (machine, controller) in [("pc", "qemu-xhci"), ("q35", "usb-ehci")] {
        let usb = ["-device", controller, "-device", "usb-storage,drive=stick"];
        boots(&[&["-M", machine, "-m", "16", "-drive", &drive][..], &usb].concat(), LINE);
    }
}

#[test]
fn on_bochs() {
    let image = Image::new(LINE);
    check(&bochs::run(&image.path, "cdrom"), LINE);
    // Its disks are as large as their geometry says: 8 cylinders of 16 heads with 63 sectors.
    let mut disk = fs::read(&image.path).unwrap();
    disk.resize(8 * 16 * 63 * 512, 0);
    check(&bochs::run(&Image::of(&disk).path, "disk"), LINE);
}

#[test]
fn with_the_longest_and_the_empty_command_line() {
    let longest = format!("text=\"{}\"", "ü".repeat(2044));
    assert_eq!(longest.len(), 4095);
    for line in ["", &longest] {
        let image = Image::new(line);
        boots(&["-M", "pc", "-m", "16", "-cdrom", image.path.to_str().unwrap()], line);
    }
}

#[test]
fn with_memory_above_4_gib() {
    let image = Image::new("");
    let reserved = ["-object", "memory-backend-ram,id=ram,size=8G,reserve=off"];
    let machine = ["-M", "q35,memory-backend=ram", "-m", "8G", "-cdrom", image.path.to_str().unwrap()];
    boots(&[&reserved[..], &machine].concat(), "");
}

#[test]
fn the_kernel_file_boots_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("KERNEL.ELF");
    fs::write(&path, loader::kernel().stripped()).unwrap();
    let arguments = ["-M", "pc", "-m", "16", "-append", "a=b", "-kernel", path.to_str().unwrap()];
    let outcome = qemu::run(arguments);
    assert_eq!(outcome.code, Some(1), "{}", outcome.console);
    assert!(outcome.console.contains("wrong words: 00000000"), "{}", outcome.console);
    assert!(outcome.console.contains("command line: <a=b>"), "{}", outcome.console);
}

/// The kernel wants memory from 8 to 12 MiB.
#[test]
fn memory_that_is_too_small() {
    let image = Image::new("");
    let cd = image.path.to_str().unwrap();
    let message = "unikernel: the kernel does not fit into this machine's usable memory; give the machine more\n";
    for memory in ["1", "7", "10", "12"] {
        refused(&["-M", "pc", "-m", memory, "-cdrom", cd], message);
    }
    boots(&["-M", "pc", "-m", "13", "-cdrom", cd], "");
}

#[test]
fn a_disk_that_cannot_be_read() {
    let bytes = iso::write(loader::kernel(), "").unwrap();
    // Without its end, and with another header than the stub wants.
    let cut = Image::of(&bytes[..bytes.len() - 64 * 1024]);
    let mut other = bytes.clone();
    other[2048] = 0;
    for image in [cut, Image::of(&other)] {
        refused(&["-M", "pc", "-m", "16", "-drive", &image.drive("if=ide")], "unikernel: disk read error\n");
    }
}

#[test]
fn a_disk_that_fails_now_and_then() {
    let image = Image::new("");
    let faulty = |times: &str| {
        format!(
            "if=ide,rerror=report,file.driver=blkdebug,file.image.driver=file,file.image.filename={},format=raw,\
             file.inject-error.0.event=read_aio,file.inject-error.0.sector=300,file.inject-error.0.{times}",
            image.path.display()
        )
    };
    boots(&["-M", "pc", "-m", "16", "-drive", &faulty("once=on")], "");
    refused(&["-M", "pc", "-m", "16", "-drive", &faulty("once=off")], "unikernel: disk read error\n");
}

#[test]
fn a_bios_without_extensions_for_the_drive() {
    let image = Image::new("");
    let floppy = image.drive("if=floppy");
    refused(&["-M", "pc", "-m", "16", "-drive", &floppy], "unikernel: BIOS lacks LBA\n");
}

/// What the stub has to say is on the screen as well, for a machine without a serial port.
#[test]
fn faults_are_on_the_screen() {
    let image = Image::new("");
    let at = |name: &str| image.path.with_file_name(name).display().to_string();
    let monitor = format!("unix:{},server,nowait", at("monitor"));
    let cd = image.path.to_str().unwrap();
    let arguments = ["-M", "pc", "-m", "7", "-vga", "std", "-no-shutdown", "-monitor", &monitor, "-cdrom", cd];
    let mut machine = Qemu::start_bare(arguments);
    machine.wait_for("give the machine more\n");
    // Text mode: letters and their attributes in turn, 80 to a line.
    let command = format!("pmemsave 0xb8000 4000 \"{}\"\nquit\n", at("screen"));
    let mut monitor = UnixStream::connect(at("monitor")).unwrap(); // what it has not read when this closes it ignores
    monitor.write_all(command.as_bytes()).unwrap();
    machine.finish();
    let screen: Vec<u8> = fs::read(at("screen")).unwrap().into_iter().step_by(2).collect();
    let screen = String::from_utf8_lossy(&screen);
    assert!(screen.contains("unikernel: the kernel does not fit into this machine's usable memory"), "{screen}");
}
