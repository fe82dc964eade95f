//! `values(volume)`: values on a FAT or ISO 9660 volume with a certain label, on a virtio disk or behind a SCSI host.

use std::fs;

use crate::common::disks::Disks;
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome};
use crate::common::tool;

/// The sectors of the disk that is for the `block`.
const SECTORS: usize = 10;

/// A disk `data`, and a disk `seed` with a volume of this label, with these values.
fn disks(label: &str, values: &str) -> Disks {
    let disks = Disks::new();
    disks.zeros("data", SECTORS);
    let (seed, file) = (disks.path("seed"), disks.path("unikernel.txt"));
    fs::write(&file, values).expect("written");
    tool("mkfs.vfat", "dosfstools").args(["-n", label, "-C"]).arg(&seed).arg("1440").run();
    tool("mcopy", "mtools").arg("-i").arg(&seed).arg(&file).arg("::").run();
    disks
}

/// The same, with the volume of a CD.
fn disks_with_cd(label: &str, files: &[(&str, &str)]) -> Disks {
    let disks = Disks::new();
    disks.zeros("data", SECTORS);
    let root = disks.path("root");
    for (name, content) in files {
        let file = root.join(name);
        fs::create_dir_all(file.parent().expect("is in the root")).expect("a folder");
        fs::write(file, content).expect("written");
    }
    let options = ["-quiet", "-joliet", "-rock", "-volid", label, "-output"];
    tool("genisoimage", "genisoimage").args(options).arg(disks.path("seed")).arg(&root).run();
    disks
}

/// Boots the kernel with the drives `seed` and `data`, on these devices.
fn run_with(disks: &Disks, devices: &str) -> Outcome {
    let drives = ["seed", "data"].map(|disk| disks.drive(disk)).join(" ");
    let kernel = kernel("values_volume");
    let machine = ["-m", "16", "-kernel", kernel.to_str().expect("UTF-8")];
    qemu::run(machine.into_iter().chain(drives.split(' ')).chain(devices.split_whitespace()))
}

/// Boots the kernel with disks in this order, and further arguments of QEMU's.
fn run(disks: &Disks, order: &[&str], more: &[&str]) -> Outcome {
    let kernel = kernel("values_volume");
    let machine = ["-m", "16", "-kernel", kernel.to_str().expect("UTF-8")];
    let attached = order.iter().zip(4..).flat_map(|(disk, address)| disks.attach(disk, address, ""));
    qemu::run(machine.iter().chain(more).map(|argument| (*argument).to_owned()).chain(attached))
}

#[track_caller]
fn check(outcome: &Outcome, status: i32, console: &str) {
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(status << 1 | 1), console), "{outcome:?}");
}

#[test]
fn values_arrive_and_the_other_disk_is_for_the_block() {
    let disks = disks("CIDATA", "# one of many\r\nname=\"J. Doe\"\r\nport=81\r\n");
    for order in [["seed", "data"], ["data", "seed"]] {
        check(&run(&disks, &order, &[]), 0, "J. Doe: port 81, 10 sectors\n");
    }
    let smbios = ["-smbios", "type=11,value=unikernel:port=82"];
    let fw_cfg = ["-fw_cfg", "name=opt/unikernel/values,string=port=83"];
    let order = ["data", "seed"];
    check(&run(&disks, &order, &smbios), 0, "J. Doe: port 82, 10 sectors\n");
    check(&run(&disks, &order, &[smbios, fw_cfg].concat()), 0, "J. Doe: port 83, 10 sectors\n");
    check(&run(&disks, &order, &[&fw_cfg[..], &["-append", "port=84"]].concat()), 0, "J. Doe: port 84, 10 sectors\n");
    let found = "unikernel: device `block`: the machine has no further block device; found: block device at 00:04.0\n\
                 unikernel: exit status 104\n";
    check(&run(&disks, &["seed"], &[]), 104, found);
}

#[test]
fn a_disk_without_the_label_is_one_of_data() {
    let disks = disks("SOMETHING", "port=81");
    check(&run(&disks, &["seed", "data"], &[]), 0, "nobody: port 80, 2880 sectors\n");
    check(&run(&disks, &["data"], &[]), 0, "nobody: port 80, 10 sectors\n");
    let none = "unikernel: device `block`: the machine has no block device; found: no virtio device\n\
                unikernel: exit status 104\n";
    check(&run(&disks, &[], &[]), 104, none);
}

#[test]
fn a_disk_that_cannot_be_used_is_passed_over_unless_a_block_is_to_have_it() {
    let disks = disks("CIDATA", "name=A");
    disks.zeros("legacy", SECTORS);
    let legacy = |address| disks.attach("legacy", address, ",disable-modern=on,disable-legacy=off");
    let seed = disks.attach("seed", 9, "");
    let run = |more: &[[String; 4]]| {
        run(&disks, &["data"], &more.as_flattened().iter().map(String::as_str).collect::<Vec<_>>())
    };
    check(&run(&[legacy(8)]), 0, "nobody: port 80, 10 sectors\n");
    check(&run(&[legacy(8), seed.clone()]), 0, "A: port 80, 10 sectors\n");
    let first = "unikernel: device `block`: the block device at 00:03.0 speaks legacy virtio only; \
                 give its QEMU device `disable-modern=off`\nunikernel: exit status 104\n";
    check(&run(&[legacy(3), seed]), 104, first);
}

#[test]
fn wrong_values_are_one_line() {
    for (values, report) in [
        ("port=many", "boot argument `port`: `many` is not an integer from 0 to 65535"),
        ("prot=81", "boot argument `prot` is not declared; did you mean `port`?"),
        ("# what\nname=\"you", "values of the machine: a value whose closing `\"` is missing at byte 12"),
        (&"x".repeat(4096), "values of the machine: they have more than 4095 bytes"),
    ] {
        let report = format!("unikernel: {report}\nunikernel: exit status 103\n");
        check(&run(&disks("config-2", values), &["data", "seed"], &[]), 103, &report);
    }
}

#[test]
fn a_damaged_volume_is_one_line() {
    let disks = disks("UNIKERNEL", &"# long\n".repeat(300));
    let mut bytes = disks.bytes("seed");
    bytes[512 + 3..512 * 19].fill(0); // the tables
    disks.write("seed", &bytes);
    let outcome = run(&disks, &["data", "seed"], &[]);
    let report = "unikernel: values of the machine: on the disk at 00:05.0: corrupt volume: ";
    assert!(outcome.console.starts_with(report) && outcome.console.lines().count() == 2, "{outcome:?}");
    assert_eq!(outcome.code, Some(103 << 1 | 1));
}

#[test]
fn the_volume_may_be_that_of_a_cd_and_behind_a_scsi_host() {
    let disks = disks_with_cd("cidata", &[("unikernel.txt", "# one of many\nname=\"J. Doe\" port=81\n")]);
    for devices in [
        "-device virtio-blk-pci,drive=seed -device virtio-blk-pci,drive=data",
        "-device virtio-scsi-pci -device scsi-cd,drive=seed -device virtio-blk-pci,drive=data",
        // Both on one host: the first is nobody's.
        "-device virtio-scsi-pci -device scsi-hd,drive=seed -device scsi-hd,drive=data",
    ] {
        check(&run_with(&disks, devices), 0, "J. Doe: port 81, 10 sectors\n");
    }
}

#[test]
fn it_is_found_wherever_it_is() {
    if is_left_out("a volume with values on seven more machines", Effort::All) {
        return;
    }
    let disks = disks_with_cd("config-2", &[("unikernel.txt", "name=\"J. Doe\" port=81")]);
    for devices in [
        // An empty drive, and others behind one host; the disk before the volume.
        "-device virtio-scsi-pci -device scsi-cd -device scsi-hd,drive=data -device scsi-cd,drive=seed",
        "-device virtio-scsi-pci -device scsi-hd,drive=data,scsi-id=3 -device scsi-hd,drive=seed,scsi-id=3,lun=2",
        "-device virtio-scsi-pci,id=a -device virtio-scsi-pci,id=b -device scsi-cd,drive=seed,bus=b.0 \
         -device scsi-hd,drive=data,bus=a.0",
        "-machine q35 -device virtio-blk-pci,drive=seed,logical_block_size=2048,physical_block_size=2048 \
         -device virtio-blk-pci,drive=data",
        "-machine microvm -global virtio-mmio.force-legacy=false -device virtio-scsi-device -device scsi-cd,drive=seed \
         -device virtio-blk-device,drive=data",
    ] {
        check(&run_with(&disks, devices), 0, "J. Doe: port 81, 10 sectors\n");
    }
    let without = "-device virtio-scsi-pci,addr=6 -device scsi-hd,drive=seed";
    let missing = "unikernel: device `block`: the machine has no block device; found: SCSI host at 00:06.0\n\
                   unikernel: exit status 104\n";
    check(&run_with(&disks, without), 104, missing);
    // The drive of a machine's CDs is not virtio.
    check(
        &run_with(&disks, "-device ide-cd,drive=seed -device virtio-blk-pci,drive=data"),
        0,
        "nobody: port 80, 10 sectors\n",
    );
}

#[test]
fn user_data_counts_where_it_begins_with_our_name() {
    if is_left_out("user data of `cloud-localds`", Effort::All) {
        return;
    }
    for (user_data, expected) in [
        ("#unikernel\nname=\"J. Doe\" port=81\n", "J. Doe: port 81, 10 sectors\n"),
        ("#cloud-config\nport: 81\n", "nobody: port 80, 10 sectors\n"),
    ] {
        for filesystem in ["iso9660", "vfat"] {
            let disks = Disks::new();
            disks.zeros("data", SECTORS);
            disks.write("user-data", user_data.as_bytes());
            let localds = tool("cloud-localds", "cloud-image-utils").args(["--filesystem", filesystem]);
            localds.arg(disks.path("seed")).arg(disks.path("user-data")).run();
            let devices = "-device virtio-scsi-pci -device scsi-hd,drive=seed -device virtio-blk-pci,drive=data";
            check(&run_with(&disks, devices), 0, expected);
        }
    }
    let disks = disks_with_cd("config-2", &[("openstack/latest/user_data", "#unikernel\nport=81")]);
    let devices = "-device virtio-blk-pci,drive=seed -device virtio-blk-pci,drive=data";
    check(&run_with(&disks, devices), 0, "nobody: port 81, 10 sectors\n");
}

#[test]
fn a_damaged_volume_of_a_cd_is_one_line() {
    let disks = disks_with_cd("CIDATA", &[("unikernel.txt", "port=81")]);
    let mut bytes = disks.bytes("seed");
    // Where the root folder begins, by the descriptor that counts: Joliet's.
    bytes[17 * 2048 + 156 + 5] = 0x7f;
    disks.write("seed", &bytes);
    let outcome = run_with(&disks, "-device virtio-blk-pci,drive=seed,addr=7 -device virtio-blk-pci,drive=data");
    let report = "unikernel: values of the machine: on the disk at 00:07.0: corrupt volume: the volume is larger than the device\n\
                  unikernel: exit status 103\n";
    check(&outcome, 103, report);
}
