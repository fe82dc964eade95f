//! Disk images: QEMU, tar and firmware read them as disks of their size.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{refused, run, text};
use crate::command_line::stderr;
use crate::common::effort::{Effort, is_left_out};
use crate::common::{qemu, tool};
use tempfile::TempDir;
use unikernel_cli::disk::DiskFormat;
use unikernel_cli::iso;
use unikernel_cli::machine::ovmf;
use unikernel_cli::whole_file::WholeFile;

/// What QEMU ends with when the kernel's status is 0.
const SUCCESS: Option<i32> = Some(1);

/// The controllers of clouds and of PCs: the machine, and the devices for the drive `disk`.
const DISKS: [(&str, &str, &[&str]); 7] = [
    ("NVMe", "q35", &["nvme,serial=boot,drive=disk"]),
    ("USB", "pc", &["qemu-xhci", "usb-storage,drive=disk"]),
    ("USB 2", "q35", &["usb-ehci", "usb-storage,drive=disk"]),
    ("virtio-scsi", "pc", &["virtio-scsi-pci", "scsi-hd,drive=disk"]),
    ("AHCI", "q35", &["ide-hd,drive=disk,bus=ide.0"]),
    ("IDE", "pc", &["ide-hd,drive=disk,bus=ide.0"]),
    ("virtio-blk", "pc", &["virtio-blk-pci,drive=disk"]),
];

/// Boots a disk of a format from a controller; returns the status and the console.
fn boot(path: &Path, format: &str, (_, machine, devices): (&str, &str, &[&str]), uefi: bool) -> (Option<i32>, String) {
    let drive = format!("file={},format={format},if=none,id=disk,snapshot=on", text(path));
    let mut arguments: Vec<String> =
        ["-M", machine, "-m", if uefi { "128" } else { "16" }, "-drive", &drive].map(str::to_owned).into();
    if uefi {
        let flash = ovmf().unwrap_or_else(|error| panic!("{error}")).into_iter();
        arguments.extend(flash.map(|option| option.into_string().expect("UTF-8")));
    }
    arguments.extend(devices.iter().flat_map(|device| ["-device".to_owned(), (*device).to_owned()]));
    let outcome = qemu::run(arguments);
    (outcome.code, outcome.console)
}

fn boots(path: &Path, format: &str, from: (&str, &str, &[&str]), uefi: bool) {
    let (code, console) = boot(path, format, from, uefi);
    assert_eq!(code, SUCCESS, "{from:?}, UEFI: {uefi}: {console}");
    assert!(console.ends_with("Hello from hello\n"), "{from:?}, UEFI: {uefi}: {console}");
}

/// A disk of `hello`, of the least size.
fn raw() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    run(&["iso", "-p", "hello", "--firmware", "bios,uefi", "--disk", "8MiB", "-o", text(folder.path())]);
    let path = folder.path().join("hello.raw");
    (folder, path)
}

#[test]
fn a_padded_disk_boots_from_every_controller() {
    let (_folder, path) = raw();
    for from in DISKS {
        boots(&path, "raw", from, false);
    }
    boots(&path, "raw", DISKS[0], true);
    if is_left_out("UEFI from the other controllers, and larger disks", Effort::All) {
        return;
    }
    for from in &DISKS[1..] {
        boots(&path, "raw", *from, true);
    }
    for size in ["504MiB", "8GiB", "137GiB", "2TiB"] {
        run(&["iso", "-p", "hello", "--disk", size, "-o", text(&path)]);
        for from in DISKS {
            // IDE's registers have 48 bits, and a command of SCSI that SeaBIOS does not know has more than 32.
            boots(&path, "raw", from, false);
        }
    }
}

/// Without padding, the firmware boots from none of those: it is what the padding is for.
#[test]
fn an_image_alone_is_too_small_for_some() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("hello.iso");
    run(&["iso", "-p", "hello", "-o", text(&path)]);
    let drive = format!("file={},format=raw,if=none,id=disk,snapshot=on", text(&path));
    let debug = ["-chardev", "stdio,id=log", "-device", "isa-debugcon,iobase=0x402,chardev=log"];
    let machine = ["-M", "q35", "-m", "16", "-drive", &drive, "-device", "nvme,serial=boot,drive=disk"];
    let mut command = tool("qemu-system-x86_64", "qemu-system-x86");
    command =
        command.args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-boot", "reboot-timeout=1"]);
    let said = command.args(debug).args(machine).run();
    assert!(said.contains("could not read the boot disk"), "{said}");
}

#[test]
fn a_raw_disk_has_its_size_and_takes_no_space() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("hello.raw");
    let shown = run(&["iso", "-p", "hello", "--disk", "10GiB", "-o", text(&path), "--sbom", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(document[0]["disk_bytes"], 10_u64 << 30);
    let file = path.metadata().expect("there");
    assert_eq!(file.len(), 10 << 30);
    assert!(file.blocks() * 512 < 1 << 20, "{}", file.blocks());
    // The commands that take an image take it as a disk as well, and read no more of it than is in it.
    let inspected = run(&["inspect", text(&path), "--json"]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected).expect("JSON");
    assert_eq!(inspected["application"], "hello");
    assert_eq!(inspected["sizes"]["iso_bytes"], document[0]["iso_bytes"]);
    assert_eq!(run(&["run", text(&path)]), "Hello from hello\n");
    let sbom = fs::read_to_string(path.with_extension("cdx.json")).expect("a bill of materials");
    assert!(sbom.contains("KERNEL.ELF") && !sbom.contains("hello.raw"), "{sbom}");
}

#[test]
fn qemu_finds_the_image_in_a_qcow2() {
    let (folder, raw) = raw();
    let path = folder.path().join("hello.qcow2");
    run(&["export", "-p", "hello", "--for", "qcow2", "--firmware", "bios,uefi", "--disk", "8MiB", "-o", text(&path)]);
    let image = || tool("qemu-img", "qemu-utils");
    let said = image().args(["check", "--output=json"]).arg(&path).run();
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        (&report["check-errors"], &report["corruptions"], &report["leaks"]),
        (&0.into(), &serde_json::Value::Null, &serde_json::Value::Null),
        "{said}"
    );
    image().args(["compare", "-f", "qcow2", "-F", "raw"]).arg(&path).arg(&raw).run();
    boots(&path, "qcow2", DISKS[3], false);
    // Refcounts, L1 and L2 tables of large disks.
    let iso = iso::read_file(&raw).expect("the image in the disk");
    for size in ["1GiB", "100GiB", "2TiB"] {
        let size = size.parse().expect("a size");
        for (format, path) in [(DiskFormat::Qcow2, &path), (DiskFormat::Raw, &raw)] {
            let mut file = WholeFile::create(path).expect("begun");
            format.write(&mut file, &iso, size).and_then(|()| file.finish()).expect("written");
        }
        image().arg("check").arg(&path).run();
        image().args(["compare", "-f", "qcow2", "-F", "raw"]).arg(&path).arg(&raw).run();
        assert!(path.metadata().expect("there").len() < 2 << 20);
    }
}

#[test]
fn tar_unpacks_what_google_imports() {
    let (folder, _) = raw();
    let path = folder.path().join("hello.tar.gz");
    run(&["export", "-p", "hello", "--for", "gce", "-o", text(folder.path())]);
    let list = tool("tar", "tar").arg("-tvzf").arg(&path).run();
    assert!(list.starts_with("-rw-r--r-- 0/0 ") && list.contains(" 1073741824 1970-01-01 "), "{list}");
    assert!(list.ends_with(" disk.raw\n") && list.lines().count() == 1, "{list}");
    tool("tar", "tar").arg("-xSzf").arg(&path).arg("-C").arg(folder.path()).run();
    let disk = folder.path().join("disk.raw");
    let found = disk.metadata().expect("there");
    assert_eq!((found.len(), found.blocks() * 512 < 1 << 20), (1 << 30, true));
    boots(&disk, "raw", DISKS[0], false);
    boots(&disk, "raw", DISKS[3], false);
}

#[test]
fn the_script_for_proxmox_creates_the_machine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("a folder");
    fs::create_dir(&place).expect("a folder");
    // Proxmox' own program is not to be had: one that notes what it is told.
    let log = folder.path().join("log");
    let stub = folder.path().join("qm");
    fs::write(
        &stub,
        format!("#!/bin/sh\nfor word; do printf '[%s]' \"$word\"; done >> '{}'\necho >> '{0}'\n", text(&log)),
    )
    .expect("written");
    fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).expect("executable");
    for application in ["stackv4", "block"] {
        let script = place.join(format!("{application}.sh"));
        let shown = run(&["export", "-p", application, "--for", "proxmox", "--json", "-o", text(&script)]);
        let document: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let disk = Path::new(document["image"].as_str().expect("a path"));
        fs::copy(disk, place.join(disk.file_name().expect("a name"))).expect("copied");
        tool("shellcheck", "shellcheck").arg(&script).run();
        let usage = tool(text(&script), "the test").output();
        assert_eq!(usage.status.code(), Some(2), "{}", stderr(&usage));
        assert!(stderr(&usage).starts_with("usage: "), "{}", stderr(&usage));
        let _ = fs::remove_file(&log);
        let mut command = tool(text(&script), "the test").args(["101", "zfs", "vmbr7"]);
        let path = format!("{}:{}", text(folder.path()), std::env::var("PATH").unwrap_or_default());
        command.command.env("PATH", path).current_dir("/");
        command.run();
        let told = fs::read_to_string(&log).expect("the log");
        let import = format!("[--virtio0][zfs:0,import-from={}/{application}.qcow2]", text(&place));
        assert!(told.starts_with("[create][101][--name]") && told.contains(&import), "{told}");
        assert!(told.contains("[--boot][order=virtio0]") && told.ends_with("\n[start][101]\n"), "{told}");
        assert_eq!(told.contains(",bridge=vmbr7]"), application == "stackv4", "{told}");
        let data = format!("[--virtio1][zfs:0,import-from={}/block.img,serial=block]", text(&place));
        assert_eq!(told.contains(&data), application == "block", "{told}");
    }
}

#[test]
fn wrong_disks_are_refused() {
    for (size, message) in [
        ("1MiB", "`1MiB` is less than 8MiB"),
        ("8388609", "is no whole number of sectors of 512 bytes: the next one is `8389120`"),
        ("64MB", "`64MB` has an unknown unit"),
        ("18446744073709551616", ""),
        ("17592186044416MiB", ""),
        ("3TiB", "`3TiB` is more than 2TiB"),
        ("-1", ""),
        ("", ""),
    ] {
        for arguments in [&["iso", "-p", "hello"][..], &["export", "-p", "hello", "--for", "qcow2"]] {
            let said = refused(&[arguments, &[&format!("--disk={size}")]].concat());
            let first = said.lines().next().unwrap_or_default();
            assert!(
                first.starts_with("error: ") && first.contains("--disk") && first.contains(message),
                "{size}: {said}"
            );
        }
    }
    let said = refused(&["export", "-p", "hello", "--for", "gce", "--disk", "1500MiB"]);
    assert!(said.ends_with("disks of whole GiB, and 1500MiB is none\nhelp: write `--disk 2GiB`\n"), "{said}");
    let said = refused(&["export", "-p", "hello", "--for", "qemu", "--disk", "1GiB"]);
    let message = "error: `--disk` has no effect on `--for qemu`\nhelp: leave it out; it is for `proxmox` and `gce` and `qcow2`\n";
    assert_eq!(said, message);
    let said = refused(&["export", "-p", "hello", "--for", "gce", "--forward", "80:80"]);
    assert!(said.contains("knows nothing of networks\nhelp: "), "{said}");
    let said = refused(&["iso", "-p", "hello", "--disk", "8MiB", "-o", "/dev/null"]);
    assert!(said.contains("error: `/dev/null` is no file") && said.contains("\nhelp: "), "{said}");
    let said = refused(&["export", "-p", "hello", "--for", "qcow2", "-o", "/proc/hello.qcow2"]);
    assert!(said.contains("error: cannot write `/proc/hello.qcow2`: "), "{said}");
}
