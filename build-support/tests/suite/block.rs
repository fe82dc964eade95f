//! Disks: on every transport, in every interrupt mode, inspected from outside afterwards; and machines without the right one.

use crate::common::kernels::{kernel, machine};
use crate::common::qemu::{self, Outcome};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const SECTOR_BYTES: usize = 512;
const SECTORS: usize = 100_000;
/// QEMU's memory-mapped devices are legacy ones unless told otherwise.
const MODERN: [&str; 2] = ["-global", "virtio-mmio.force-legacy=false"];

/// What the application prints on a disk of 100,000 sectors.
const PASSED: &str = "sectors = 100000\nread_write=true\nsector_size=512\n\
    writing 1 sectors at 0\nwriting 1 sectors at 99999\nwriting 2 sectors at 0\nwriting 2 sectors at 99998\n\
    writing 12 sectors at 0\nwriting 12 sectors at 99988\nwriting 1 sectors at 100000\nwriting 12 sectors at 99989\n\
    reading 1 sectors at 100000\nreading 12 sectors at 99989\nTest sequence finished\n\
    Total tests started: 10\nTotal tests passed:  10\nTotal tests failed:  0\n";

/// A disk image of zeros, gone with the test.
struct Disk {
    path: PathBuf,
    _folder: TempDir,
}

impl Disk {
    fn new(sectors: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk.img");
        fs::write(&path, vec![0; sectors * SECTOR_BYTES]).expect("a writable folder");
        Disk { path, _folder: folder }
    }

    /// QEMU's `-drive` for it, under the name `id`.
    fn drive(&self, id: &str, more: &str) -> String {
        format!("file={},format=raw,if=none,id={id}{more}", self.path.display())
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).expect("the disk")
    }
}

fn run<'a>(package: &str, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
    let kernel = kernel(package).display().to_string();
    let all = ["-kernel", &kernel, "-m", "16"].map(str::to_owned).into_iter();
    qemu::run(all.chain(arguments.into_iter().map(str::to_owned)))
}

/// Runs a kernel with one disk, named `disk`, and what the words of `machine` say.
fn run_with(package: &str, disk: &Disk, machine: &str) -> Outcome {
    let drive = disk.drive("disk", "");
    run(package, ["-drive", &drive].into_iter().chain(machine.split_whitespace()))
}

/// What QEMU ends with when a kernel ends with `status`.
fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

#[track_caller]
fn check(outcome: &Outcome, status: i32, console: &str) {
    assert_eq!(outcome.console, console);
    assert_eq!(outcome.code, code(status), "{outcome:?}");
}

/// A sector full of the phrase, which begins with `number`.
fn phrase(number: usize) -> Vec<u8> {
    let phrase = format!("{number}: All work and no play makes Dave a dull boy.\n");
    phrase.bytes().cycle().take(SECTOR_BYTES).collect()
}

/// The application must pass, and the disk must show it: its first and last 12 sectors hold phrases that count down.
#[track_caller]
fn check_application(machine: &str) {
    let disk = Disk::new(SECTORS);
    let outcome = run_with("block", &disk, machine);
    assert_eq!(outcome.console, PASSED, "{machine}");
    assert_eq!(outcome.code, code(0), "{machine}");
    let bytes = disk.bytes();
    assert_eq!(bytes.len(), SECTORS * SECTOR_BYTES, "{machine}");
    for (index, sector) in bytes.chunks_exact(SECTOR_BYTES).enumerate() {
        let expected = match index {
            0..12 => phrase(12 - index),
            99_988.. => phrase(SECTORS - index),
            _ => vec![0; SECTOR_BYTES],
        };
        assert!(sector == expected, "sector {index}, {machine}");
    }
}

#[test]
fn the_application_passes_on_pci_with_messages_and_with_lines() {
    for machine in ["pc", "q35"] {
        for vectors in ["", ",vectors=0"] {
            check_application(&format!("-machine {machine} -device virtio-blk-pci,drive=disk{vectors}"));
        }
    }
}

#[test]
fn the_application_passes_behind_bridges() {
    for vectors in ["", ",vectors=0"] {
        let device = format!("-device virtio-blk-pci,drive=disk,bus=behind{vectors}");
        check_application(&format!("-machine pc -device pci-bridge,id=behind,chassis_nr=1 {device},addr=3"));
        check_application(&format!("-machine q35 -device pcie-root-port,id=behind,chassis=1 {device}"));
    }
    let bridges = "-device pci-bridge,id=first,chassis_nr=1 -device pci-bridge,id=second,chassis_nr=2,bus=first,addr=1";
    check_application(&format!("-machine pc {bridges} -device virtio-blk-pci,drive=disk,bus=second,addr=7"));
}

#[test]
fn the_application_passes_on_microvm_however_it_tells_of_its_devices() {
    for machine in ["microvm", "microvm,ioapic2=off", "microvm,acpi=off", "microvm,acpi=off,pit=off,pic=off,rtc=off"] {
        check_application(&format!("-machine {machine} {} -device virtio-blk-device,drive=disk", MODERN.join(" ")));
    }
}

/// A device with 4 GiB of registers does not fit below 4 GiB, and firmware moves everything above that can be.
#[test]
fn the_application_passes_with_registers_above_4_gib() {
    let trace = tempfile::NamedTempFile::new().expect("a temporary file");
    let large = "-object memory-backend-ram,id=large,size=4G,reserve=off -device ivshmem-plain,memdev=large";
    let trace_option = format!("-trace pci_update_mappings_add -D {}", trace.path().display());
    for machine in ["pc", "q35"] {
        check_application(&format!(
            "-machine {machine} -cpu max {large} -device virtio-blk-pci,drive=disk,addr=9 {trace_option}"
        ));
        let trace = fs::read_to_string(trace.path()).expect("QEMU's trace");
        let mapped = |line: &str| {
            let (_, address) = line.split_once("09.0 4,")?;
            u64::from_str_radix(address.trim_start_matches("0x").split('+').next()?, 16).ok()
        };
        let last = trace.lines().filter_map(mapped).next_back();
        assert!(last.is_some_and(|address| address >= 1 << 32), "{machine}: {last:x?}\n{trace}");
    }
}

#[test]
fn a_legacy_device_is_refused_with_what_to_do() {
    let disk = Disk::new(8);
    let outcome = run_with("block", &disk, "-machine microvm,acpi=off -device virtio-blk-device,drive=disk");
    let text = "unikernel: device `block`: the block device at 0xfeb00e00 speaks legacy virtio only; \
                start QEMU with `-global virtio-mmio.force-legacy=false`\nunikernel: exit status 104\n";
    check(&outcome, 104, text);
    let legacy = "-device virtio-blk-pci,drive=disk,addr=5,disable-modern=on,disable-legacy=off";
    let text = "unikernel: device `block`: the block device at 00:05.0 speaks legacy virtio only; \
                give its QEMU device `disable-modern=off`\nunikernel: exit status 104\n";
    check(&run_with("block", &disk, legacy), 104, text);
}

#[test]
fn a_read_only_disk_refuses_every_write() {
    let disk = Disk::new(SECTORS);
    let drive = disk.drive("disk", ",read-only=on");
    let outcome = run("block", ["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"]);
    assert!(outcome.console.starts_with("sectors = 100000\nread_write=false\nsector_size=512\n"), "{outcome:?}");
    assert_eq!(outcome.console.matches("-- write failed: read-only device\n").count(), 6, "{outcome:?}");
    assert!(outcome.console.contains("Total tests passed:  4\nTotal tests failed:  6\n"), "{outcome:?}");
    assert_eq!(outcome.code, code(1));
    assert!(disk.bytes().iter().all(|byte| *byte == 0));
}

#[test]
fn a_disk_of_8_sectors_holds_what_fits() {
    let disk = unikernel_test::Disk::empty(8 * SECTOR_BYTES as u64);
    let outcome = machine("block").disk("block", disk).start().wait();
    let console = outcome.exited(1).console();
    assert!(console.starts_with("sectors = 8\n"), "{console}");
    assert_eq!(console.matches("-- write failed: sector out of range\n").count(), 2, "{console}");
    assert!(console.contains("Total tests passed:  8\nTotal tests failed:  2\n"), "{console}");
    let expected: Vec<u8> = [2, 1, 0, 0, 0, 0, 2, 1]
        .into_iter()
        .flat_map(|number| match number {
            0 => vec![0; SECTOR_BYTES],
            number => phrase(number),
        })
        .collect();
    assert!(outcome.disk("block") == expected);
}

#[test]
fn without_a_disk_the_boot_stops_with_what_is_there() {
    for (machine, found) in [
        ("-machine pc", "no virtio device"),
        ("-machine microvm", "no virtio device"),
        ("-device virtio-rng-pci,addr=4", "entropy source at 00:04.0"),
        (
            "-netdev user,id=net -device virtio-rng-pci,addr=4 -device virtio-net-pci,addr=3,netdev=net",
            "network card at 00:03.0, entropy source at 00:04.0",
        ),
        (
            "-machine microvm,acpi=off -device virtio-rng-device -device virtio-serial-device",
            "entropy source at 0xfeb00e00, console at 0xfeb00c00",
        ),
    ] {
        let outcome = run("block", machine.split_whitespace());
        let text = format!(
            "unikernel: device `block`: the machine has no block device; found: {found}\nunikernel: exit status 104\n"
        );
        check(&outcome, 104, &text);
    }
}

#[test]
fn a_damaged_word_for_a_device_stops_the_boot() {
    let outcome = run("block", ["-machine", "microvm", "-append", "virtio_mmio.device=4K@0xd0000000"]);
    let text = "unikernel: boot argument `virtio_mmio.device`: `4K@0xd0000000` is no device; \
                write `SIZE@ADDRESS:INTERRUPT`\nunikernel: exit status 103\n";
    check(&outcome, 103, text);
}

/// Runs `disks` with two disks, the first in PCI order of 10 sectors, the second of 20; both are returned.
fn two(order: &[&str]) -> (Outcome, Disk, Disk) {
    let (first, second) = (Disk::new(10), Disk::new(20));
    fs::write(&second.path, [&b"system"[..], &[0; 20 * SECTOR_BYTES - 6]].concat()).expect("a writable folder");
    let drives = [first.drive("first", ""), second.drive("second", "")];
    let drives = drives.iter().flat_map(|drive| ["-drive", drive]);
    let outcome = run("disks", drives.chain(order.iter().flat_map(|device| ["-device", device])));
    (outcome, first, second)
}

#[test]
fn two_disks_are_attached_in_the_order_of_their_addresses() {
    let expected = "data: 10 sectors of 512, read_only=false\nsystem: 20 sectors of 512, read_only=true\n\
                    system: Err(ReadOnly)\nsystem says Ok(\"system\")\n";
    for order in [
        ["virtio-blk-pci,drive=first,addr=4", "virtio-blk-pci,drive=second,addr=5"],
        ["virtio-blk-pci,drive=second,addr=5,vectors=0", "virtio-blk-pci,drive=first,addr=4,vectors=0"],
        ["virtio-blk-pci,drive=second,addr=9", "virtio-blk-pci,drive=first,addr=5"], // lines that may be shared
    ] {
        let (outcome, first, second) = two(&order);
        check(&outcome, 0, expected);
        assert!(first.bytes().starts_with(b"data\0") && second.bytes().starts_with(b"system\0"));
    }
}

#[test]
fn a_second_disk_that_is_missing_is_named() {
    let disk = Disk::new(10);
    let outcome = run_with("disks", &disk, "-device virtio-blk-pci,drive=disk,addr=6 -device virtio-rng-pci,addr=3");
    let text = "unikernel: device `system`: the machine has no further block device; \
                found: entropy source at 00:03.0, block device at 00:06.0\nunikernel: exit status 104\n";
    check(&outcome, 104, text);
}

const REQUESTS: &str = "every tenth sector and the last: 0 wrong\n40 at once: 0 wrong\n1048576 bytes in one: 0 wrong\n\
    beyond the end: Err(OutOfRange)\nover the end: Err(OutOfRange)\nfar beyond: Err(OutOfRange)\n\
    half a sector: Err(Misaligned)\na sector and a half: Err(Misaligned)\nnothing: Ok(())\ndone\n";

/// What `disk_requests` has written to a sector, by its number.
fn pattern(number: usize) -> Vec<u8> {
    (0..SECTOR_BYTES).map(|index| (number * 7 + index) as u8).collect()
}

#[test]
fn requests_of_every_size_reach_the_disk() {
    for machine in [
        "-device virtio-blk-pci,drive=disk".to_owned(),
        "-machine q35 -device virtio-blk-pci,drive=disk,vectors=0".to_owned(),
        format!("-machine microvm {} -device virtio-blk-device,drive=disk", MODERN.join(" ")),
    ] {
        let disk = Disk::new(5001);
        check(&run_with("disk_requests", &disk, &machine), 0, REQUESTS);
        for (number, sector) in disk.bytes().chunks_exact(SECTOR_BYTES).enumerate() {
            let is_written = number % 10 == 0 || (1000..1040).contains(&number) || (2000..4048).contains(&number);
            let expected = if is_written { pattern(number) } else { vec![0; SECTOR_BYTES] };
            assert!(sector == expected, "sector {number}");
        }
    }
}

/// QEMU tells of each request that it gets.
#[test]
fn a_long_transfer_is_one_request() {
    let (disk, trace) = (Disk::new(5001), tempfile::NamedTempFile::new().expect("a temporary file"));
    let trace_option = format!("-trace virtio_blk_handle_* -D {}", trace.path().display());
    let outcome = run_with("disk_requests", &disk, &format!("-device virtio-blk-pci,drive=disk {trace_option}"));
    check(&outcome, 0, REQUESTS);
    let trace = fs::read_to_string(trace.path()).expect("QEMU's trace");
    let requests = |kind: &str| {
        trace.lines().filter(|line| line.contains(kind) && line.ends_with("sector 2000 nsectors 2048")).count()
    };
    assert_eq!((requests("handle_write"), requests("handle_read")), (1, 1), "{trace}");
}

#[test]
fn requests_are_awaited_many_at_once() {
    for machine in [
        "-device virtio-blk-pci,drive=disk".to_owned(),
        "-device virtio-blk-pci,drive=disk,vectors=0".to_owned(),
        format!("-machine microvm,acpi=off {} -device virtio-blk-device,drive=disk", MODERN.join(" ")),
    ] {
        let disk = Disk::new(5000);
        let outcome = run_with("disk_tasks", &disk, &machine);
        check(&outcome, 0, "24 awaited at once: 0 wrong\ndropped: true\nthe other task: true\n");
        let expected: Vec<u8> = (1..=24).flat_map(|number| [number; SECTOR_BYTES]).collect();
        assert!(disk.bytes().starts_with(&expected));
    }
}

#[test]
fn a_failure_of_the_host_is_an_error_of_the_one_request() {
    let (disk, rules) = (Disk::new(100), tempfile::NamedTempFile::new().expect("a temporary file"));
    let rule = "[inject-error]\nevent = \"read_aio\"\nsector = \"50\"\nonce = \"off\"\nerrno = \"5\"\n";
    fs::write(rules.path(), rule).expect("a writable file");
    let drive = format!(
        "file=blkdebug:{}:{},format=raw,if=none,id=disk,rerror=report",
        rules.path().display(),
        disk.path.display()
    );
    let device = "virtio-blk-pci,drive=disk";
    let outcome = run("disk_requests", ["-drive", &drive, "-device", device, "-append", "failing_sector=50"]);
    check(&outcome, 0, "it: Err(Io)\nwith another: Err(Io)\nanother: Ok(())\n");
}

#[test]
fn sectors_are_as_large_as_the_disk_says() {
    let (disk, other) = (Disk::new(80), Disk::new(16));
    let drives = [disk.drive("disk", ""), other.drive("other", "")];
    let device = "virtio-blk-pci,drive=disk,addr=4,logical_block_size=4096,physical_block_size=4096";
    let outcome = run(
        "disks",
        ["-drive", &drives[0], "-drive", &drives[1], "-device", device, "-device", "virtio-blk-pci,drive=other,addr=5"],
    );
    let expected = "data: 10 sectors of 4096, read_only=false\nsystem: 16 sectors of 512, read_only=true\n\
                    system: Err(ReadOnly)\nsystem says Ok(\"\\0\\0\\0\\0\\0\\0\")\n";
    check(&outcome, 0, expected);
    assert!(disk.bytes().starts_with(b"data\0"));
}

/// The disk that the machine was started from is nobody's business.
#[test]
fn disks_that_nobody_declared_are_left_alone() {
    let (disk, other) = (Disk::new(SECTORS), Disk::new(100));
    let drives = [disk.drive("disk", ""), other.drive("other", "")];
    let devices = ["virtio-blk-pci,drive=disk,addr=4", "virtio-blk-pci,drive=other,addr=5"];
    let trace = tempfile::NamedTempFile::new().expect("a temporary file");
    let trace_path = trace.path().display().to_string();
    let outcome = run(
        "block",
        [
            "-drive",
            &drives[0],
            "-drive",
            &drives[1],
            "-device",
            devices[0],
            "-device",
            devices[1],
            "-trace",
            "virtio_set_status",
            "-D",
            &trace_path,
        ],
    );
    check(&outcome, 0, PASSED);
    assert!(other.bytes().iter().all(|byte| *byte == 0));
    // SeaBIOS leaves both as it has driven them. It begins with "driver" (3), the kernel with "acknowledged" (1).
    let trace = fs::read_to_string(trace.path()).expect("QEMU's trace");
    let lines = || trace.lines().filter_map(|line| line.split("vdev ").nth(1)?.split_once(" val "));
    let driven: Vec<&str> = lines().filter(|(_, status)| *status == "1").map(|(device, _)| device).collect();
    assert_eq!(driven.len(), 1, "{trace}");
    let mut left = lines().filter(|(device, _)| *device != driven[0]).map(|(_, status)| status);
    assert_eq!(left.next_back(), Some("15"), "{trace}");
}
