//! Disks behind virtio SCSI hosts: several on a host, several hosts, chosen by serial, booted from, protected, damaged.

use crate::common::disks::{Disks, SECTOR_BYTES};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::{kernel, read};
use crate::common::qemu::{self, Outcome};
use crate::common::tool;
use unikernel_cli::iso::{self, Firmware};

const MODERN: &str = "-global virtio-mmio.force-legacy=false";

/// Boots a kernel on a machine of some words.
fn run(package: &str, command_line: &str, words: &[&str]) -> Outcome {
    let kernel = kernel(package).display().to_string();
    let first = ["-m", "16", "-kernel", &kernel, "-append", command_line];
    qemu::run(first.into_iter().chain(words.iter().flat_map(|words| words.split(' '))))
}

#[track_caller]
fn check(outcome: &Outcome, status: i32, console: &str) {
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(status << 1 | 1), console), "{outcome:?}");
}

/// What `disk_requests` writes to a sector, by its number.
fn pattern(number: usize) -> Vec<u8> {
    (0..SECTOR_BYTES).map(|index| (number * 7 + index) as u8).collect()
}

#[test]
fn requests_of_every_size_reach_the_disk() {
    let machines = [
        "-machine pc -device virtio-scsi-pci -device scsi-hd,drive=disk",
        // Transfers in pieces, a line for the interrupt, a bridge, and a unit of a high number.
        "-machine q35 -device pcie-root-port,id=behind,chassis=1 -device virtio-scsi-pci,vectors=0,bus=behind,max_sectors=100 \
         -device scsi-hd,drive=disk,scsi-id=255,lun=300",
        &format!("-machine microvm {MODERN} -device virtio-scsi-device -device scsi-hd,drive=disk,scsi-id=7"),
        "-machine microvm,pcie=on -device virtio-scsi-pci -device scsi-hd,drive=disk",
        // Without a timer that interrupts, too.
        "-machine microvm,pcie=on,pit=off -device virtio-scsi-pci,vectors=0,addr=3 -device scsi-hd,drive=disk",
    ];
    let number = if is_left_out("hosts on PCI Express", Effort::All) { 3 } else { machines.len() };
    for machine in &machines[..number] {
        let disks = Disks::new();
        disks.zeros("disk", 5001);
        let outcome = run("disk_requests", "", &[&disks.drive("disk"), machine]);
        assert!(outcome.console.ends_with("\ndone\n") && outcome.code == Some(1), "{machine}: {outcome:?}");
        assert_eq!(outcome.console.matches(": 0 wrong\n").count(), 3, "{machine}: {outcome:?}");
        for (number, sector) in disks.bytes("disk").chunks_exact(SECTOR_BYTES).enumerate() {
            let is_written = number % 10 == 0 || (1000..1040).contains(&number) || (2000..4048).contains(&number);
            let expected = if is_written { pattern(number) } else { vec![0; SECTOR_BYTES] };
            assert!(sector == expected, "sector {number}, {machine}");
        }
    }
}

/// What `disk_serials` writes to its disks.
#[track_caller]
fn check_serials(disks: &Disks, expected: [(&str, &str); 3]) {
    for (disk, name) in expected {
        assert!(disks.bytes(disk).starts_with(format!("{name}\0").as_bytes()), "{disk} is `{name}`");
    }
}

#[test]
fn disks_are_chosen_by_serial_wherever_they_are() {
    let first = "-device virtio-scsi-pci,id=one,addr=4";
    let second = "-device virtio-scsi-pci,id=two,addr=5";
    let named = "-device scsi-hd,drive=a,serial=L-1";
    // A disk without a serial is known by what designates it.
    let designated = "-device scsi-hd,drive=b,device_id=WD-12_3.4+5";
    let other = "-device scsi-hd,drive=c";
    let drive = "-device scsi-cd,drive=cd";
    for machine in [
        [first, named, designated, other].join(" "),
        // CD-ROM drives are no disks, and units are more than targets.
        [first, drive, &format!("{other},lun=3,scsi-id=9"), &format!("{designated},lun=2,scsi-id=9"), named].join(" "),
        [
            first,
            second,
            &format!("{named},bus=two.0"),
            &format!("{designated},bus=one.0"),
            &format!("{other},bus=two.0"),
        ]
        .join(" "),
        // Some are virtio block devices.
        [first, named, designated, "-device virtio-blk-pci,drive=c,serial=Q"].join(" "),
        [first, other, designated, "-device virtio-blk-pci,drive=a,serial=L-1"].join(" "),
        ["-machine q35", first, "-device virtio-blk-pci,drive=b,serial=WD-12_3.4+5", named, other].join(" "),
    ] {
        let disks = Disks::new();
        for (name, sectors) in [("a", 10), ("b", 20), ("c", 30), ("cd", 40)] {
            disks.zeros(name, sectors);
        }
        let drives = ["a", "b", "c", "cd"].map(|name| disks.drive(name)).join(" ");
        let outcome = run("disk_serials", "logs.serial=L-1", &[&drives, &machine]);
        check(&outcome, 0, "rest: 30 sectors\ndata: 20 sectors\nlogs: 10 sectors\n");
        check_serials(&disks, [("a", "logs"), ("b", "data"), ("c", "rest")]);
        assert!(disks.bytes("cd").iter().all(|byte| *byte == 0));
    }
}

#[test]
fn what_is_missing_is_told_with_what_there_is() {
    let disks = Disks::new();
    disks.zeros("a", 10);
    disks.zeros("b", 20);
    let drives = ["a", "b"].map(|name| disks.drive(name)).join(" ");
    let host = "-device virtio-scsi-pci,addr=5";
    for (kernel, machine, expected) in [
        (
            "disk_serials",
            "-device scsi-hd,drive=a,serial=X -device scsi-hd,drive=b,scsi-id=3,lun=2",
            "device `data`: no disk has the serial `WD-12_3.4+5`; found: `b` at 00:05.0 target 3 LUN 2\n",
        ),
        ("disk_serials", "", "device `rest`: the machine has no block device; found: SCSI host at 00:05.0\n"),
        (
            "disk_serials",
            "-device scsi-cd,drive=a",
            "device `rest`: the machine has no block device; found: SCSI host at 00:05.0\n",
        ),
        (
            "disk_serials",
            "-device scsi-hd,drive=a,serial=WD-12_3.4+5 -device scsi-hd,drive=b,serial=L-1",
            "device `rest`: the machine has no further disk than those whose serials other devices declare\n",
        ),
        (
            "block",
            "-device scsi-hd,drive=a",
            "device `block`: the machine has no block device; found: SCSI host at 00:05.0; \
             for a disk behind a SCSI host, declare `block(scsi)`\n",
        ),
    ] {
        let words = [&drives, host, machine].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>();
        let command_line = if kernel == "block" { "" } else { "logs.serial=L-1" };
        let outcome = run(kernel, command_line, &words);
        check(&outcome, 104, &format!("unikernel: {expected}unikernel: exit status 104\n"));
    }
}

#[test]
fn a_protected_disk_is_read_only_and_sectors_are_as_large_as_it_says() {
    let disks = Disks::new();
    disks.zeros("disk", 5001);
    let drive = format!("{},read-only=on", disks.drive("disk"));
    let outcome = run("disk_requests", "", &[&drive, "-device virtio-scsi-pci -device scsi-hd,drive=disk"]);
    assert!(outcome.console.contains("ReadOnly") && outcome.code == Some(1 << 1 | 1), "{outcome:?}");
    // 4,096 bytes: every transfer of 512 is misaligned.
    let device = "-device virtio-scsi-pci -device scsi-hd,drive=disk,logical_block_size=4096,physical_block_size=4096";
    let outcome = run("disk_requests", "", &[&disks.drive("disk"), device]);
    assert!(outcome.console.contains("Misaligned") && outcome.code == Some(1 << 1 | 1), "{outcome:?}");
}

#[test]
fn a_failure_of_the_host_is_an_error_of_the_one_request() {
    let disks = Disks::new();
    disks.zeros("disk", 100);
    disks.write("rules", b"[inject-error]\nevent = \"read_aio\"\nsector = \"50\"\nonce = \"off\"\nerrno = \"5\"\n");
    let [rules, disk] = ["rules", "disk"].map(|name| disks.path(name).display().to_string());
    let drive = format!("-drive file=blkdebug:{rules}:{disk},format=raw,if=none,id=disk,rerror=report");
    let device = "-device virtio-scsi-pci -device scsi-hd,drive=disk";
    let outcome = run("disk_requests", "failing_sector=50", &[&drive, device]);
    check(&outcome, 0, "it: Err(Io)\nwith another: Err(Io)\nanother: Ok(())\n");
}

#[test]
fn the_disk_of_the_image_is_nobodys() {
    let image = iso::write_for(&read("disk_serials"), "logs.serial=L-1", Firmware::Bios).expect("an image");
    let disks = Disks::new();
    // SeaBIOS boots from no SCSI disk of less than 8 MiB.
    disks.write("boot", &[&image[..], &vec![0; (16 << 20) - image.len()]].concat());
    disks.zeros("a", 10);
    disks.zeros("b", 20);
    disks.zeros("c", 30);
    let devices = "-device virtio-scsi-pci -device scsi-hd,drive=boot,bootindex=0 -device scsi-hd,drive=a,serial=L-1 \
                   -device scsi-hd,drive=b,serial=WD-12_3.4+5 -device scsi-hd,drive=c";
    let drives = ["boot", "a", "b", "c"].map(|name| disks.drive(name)).join(" ");
    let words = ["-m", "16"].into_iter().chain(drives.split(' ')).chain(devices.split_whitespace());
    check(&qemu::run(words), 0, "rest: 30 sectors\ndata: 20 sectors\nlogs: 10 sectors\n");
    assert!(disks.bytes("boot").starts_with(&image));
}

#[test]
fn a_volume_may_be_on_such_a_disk() {
    let disks = Disks::new();
    let volume = disks.path("volume");
    tool("mkfs.vfat", "dosfstools").arg("-C").arg(&volume).arg("1440").run();
    disks.write("a", b"foo\n");
    tool("mcopy", "mtools").arg("-i").arg(&volume).arg(disks.path("a")).arg("::a").run();
    let drive = format!("{},read-only=on", disks.drive("volume"));
    let outcome = run("kv_volume", "key=a", &[&drive, "-device virtio-scsi-pci -device scsi-hd,drive=volume"]);
    assert!(outcome.console.starts_with("a 4\n") && outcome.code == Some(1), "{outcome:?}");
}
