//! Which disk a block device gets: by its serial, and never the one that the kernel was booted from.

use crate::common::disks::{Disks, SECTOR_BYTES};
use crate::common::kernels::{kernel, read};
use crate::common::qemu::{self, Outcome};
use unikernel_cli::iso::{self, Firmware};
use unikernel_cli::machine::ovmf;

fn image(package: &str, command_line: &str) -> Vec<u8> {
    iso::write_for(&read(package), command_line, Firmware::BiosAndUefi).expect("an image")
}

fn run(machine: &[&str], disks: impl IntoIterator<Item = [String; 4]>) -> Outcome {
    qemu::run(machine.iter().map(|&option| option.to_owned()).chain(disks.into_iter().flatten()))
}

#[track_caller]
fn check(outcome: &Outcome, status: i32, console: &str) {
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(status << 1 | 1), console), "{outcome:?}");
}

const BOTH: &str = "data: 10 sectors of 512, read_only=false\nsystem: 20 sectors of 512, read_only=true\n\
                    system: Err(ReadOnly)\nsystem says Ok(\"\\0\\0\\0\\0\\0\\0\")\n";

#[test]
fn the_disk_of_the_image_is_nobodys_in_every_order() {
    for machine in ["pc", "q35"] {
        for boot in [4, 5, 6] {
            let disks = Disks::new();
            let image = image("disks", "");
            disks.write("boot", &image);
            disks.zeros("first", 10);
            disks.zeros("second", 20);
            let others: Vec<u8> = [4, 5, 6].into_iter().filter(|address| *address != boot).collect();
            let outcome = run(
                &["-M", machine, "-m", "16"],
                [
                    disks.attach("boot", boot, ",bootindex=0"),
                    disks.attach("first", others[0], ""),
                    disks.attach("second", others[1], ""),
                ],
            );
            check(&outcome, 0, BOTH);
            assert!(disks.bytes("boot") == image, "the image was written to");
            assert!(disks.bytes("first").starts_with(b"data\0"));
        }
    }
}

#[test]
fn a_disk_with_large_sectors_boots_and_is_recognised() {
    let disks = Disks::new();
    let image = image("block", "");
    disks.write("boot", &image);
    disks.zeros("other", 100_000);
    let cd = disks.path("boot").display().to_string();
    // From CD; the same image is a disk as well, of sectors that a BIOS does not read.
    let outcome = run(
        &["-M", "pc", "-m", "16", "-boot", "d", "-cdrom", &cd],
        [
            disks
                .attach("boot", 4, ",logical_block_size=4096,physical_block_size=4096,share-rw=on")
                .map(|option| option.replace("format=raw", "format=raw,snapshot=on,file.locking=off")),
            disks.attach("other", 5, ""),
        ],
    );
    assert!(outcome.console.starts_with("sectors = 100000\n"), "{outcome:?}");
    assert!(disks.bytes("boot") == image);
}

#[test]
fn without_another_disk_the_boot_stops() {
    let disks = Disks::new();
    disks.write("boot", &image("block", ""));
    let outcome = run(&["-M", "pc", "-m", "16"], [disks.attach("boot", 4, "")]);
    let text = "unikernel: device `block`: the machine has no further disk than the one that it was booted from\n\
                unikernel: exit status 104\n";
    check(&outcome, 104, text);
}

/// A copy of the image counts as the image; an image with other values is another one, and may be data.
#[test]
fn a_copy_is_the_image_and_another_manifest_makes_another() {
    let disks = Disks::new();
    let image = image("disks", "");
    disks.write("boot", &image);
    disks.write("copy", &image);
    let other = iso::write(&read("greet"), "name=you").expect("an image");
    disks.write("other", &other);
    disks.zeros("second", 20);
    let outcome = run(
        &["-M", "pc", "-m", "16"],
        [
            disks.attach("copy", 4, ""),
            disks.attach("boot", 5, ",bootindex=0"),
            disks.attach("other", 6, ""),
            disks.attach("second", 7, ""),
        ],
    );
    let sectors = other.len() / SECTOR_BYTES;
    check(&outcome, 0, &BOTH.replacen("10 sectors", &format!("{sectors} sectors"), 1));
    assert!(disks.bytes("copy") == image && disks.bytes("boot") == image);
}

#[test]
fn the_disk_of_the_image_holds_no_volume() {
    let disks = Disks::new();
    let image = image("kv_volume", "");
    disks.write("boot", &image);
    let outcome = run(&["-M", "pc", "-m", "16"], [disks.attach("boot", 4, "")]);
    let text = "unikernel: device `data`: the machine has no further disk than the one that it was booted from\n";
    assert!(outcome.console.starts_with(text), "{outcome:?}");
}

#[test]
fn by_uefi_the_disk_of_the_image_is_nobodys_either() {
    let disks = Disks::new();
    let image = image("disks", "");
    disks.write("boot", &image);
    disks.zeros("first", 10);
    disks.zeros("second", 20);
    let flash = ovmf().unwrap_or_else(|error| panic!("{error}"));
    let flash: Vec<String> = flash.into_iter().map(|option| option.into_string().expect("UTF-8")).collect();
    let machine: Vec<&str> = ["-M", "q35", "-m", "128"].into_iter().chain(flash.iter().map(String::as_str)).collect();
    let outcome = run(
        &machine,
        [disks.attach("boot", 4, ",bootindex=0"), disks.attach("first", 5, ""), disks.attach("second", 6, "")],
    );
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.console.ends_with(BOTH), "{outcome:?}");
    assert!(disks.bytes("boot") == image);
}

/// Booted by `-kernel`, a guest may own any disk.
#[test]
fn a_kernel_that_a_hypervisor_loads_may_have_its_own_image() {
    let disks = Disks::new();
    disks.write("image", &image("disks", ""));
    disks.zeros("second", 20);
    let path = kernel("disks").display().to_string();
    let outcome =
        run(&["-M", "pc", "-m", "16", "-kernel", &path], [disks.attach("image", 4, ""), disks.attach("second", 5, "")]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(disks.bytes("image").starts_with(b"data\0"));
}

/// Runs `disk_serials` with disks of 10, 20 and 30 sectors at ascending addresses, which have these serials.
fn serials(line: &str, serials: [&str; 3]) -> (Outcome, [String; 3]) {
    let disks = Disks::new();
    let path = kernel("disk_serials").display().to_string();
    let names = ["a", "b", "c"];
    let attached = names.into_iter().zip(serials).enumerate().map(|(index, (name, serial))| {
        disks.zeros(name, 10 * (index + 1));
        let serial = if serial.is_empty() { String::new() } else { format!(",serial={serial}") };
        disks.attach(name, 4 + index as u8, &serial)
    });
    let attached: Vec<_> = attached.collect();
    let outcome = run(&["-M", "q35", "-m", "16", "-kernel", &path, "-append", line], attached);
    let written = names.map(|name| {
        let bytes = disks.bytes(name);
        String::from_utf8_lossy(&bytes[..4]).trim_end_matches('\0').to_owned()
    });
    (outcome, written)
}

#[test]
fn disks_are_chosen_by_their_serials_in_every_order() {
    const DATA: &str = "WD-12_3.4+5";
    for (order, expected) in [
        (["", DATA, "logs"], ["rest", "data", "logs"]),
        ([DATA, "logs", ""], ["data", "logs", "rest"]),
        (["logs", "other", DATA], ["logs", "rest", "data"]),
        (["logs", DATA, "01234567890123456789"], ["logs", "data", "rest"]),
    ] {
        let (outcome, written) = serials("logs.serial=logs", order);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert_eq!(written, expected, "{order:?}: {outcome:?}");
    }
    // At boot the serial of the annotation can be another one, of the greatest length too.
    let (outcome, written) =
        serials("logs.serial=logs data.serial=01234567890123456789", ["01234567890123456789", "", "logs"]);
    assert_eq!((outcome.code, written), (Some(1), ["data", "rest", "logs"].map(String::from)), "{outcome:?}");
}

#[test]
fn a_serial_that_no_disk_has_is_named_with_those_that_are_there() {
    let (outcome, written) = serials("logs.serial=logs", ["logs", "other", ""]);
    let text = "unikernel: device `data`: no disk has the serial `WD-12_3.4+5`; \
                found: `logs` at 00:04.0, no serial at 00:06.0\nunikernel: exit status 104\n";
    check(&outcome, 104, text);
    assert_eq!(written, [""; 3], "a disk was written to");
    let (outcome, _) = serials("logs.serial=logs", ["logs", "WD-12_3.4+5", "logs"]);
    let text =
        "unikernel: device `rest`: the machine has no further disk than those whose serials other devices declare\n";
    assert!(outcome.console.starts_with(text), "{outcome:?}");
}

#[test]
fn serials_are_checked_at_boot() {
    let rule = "a serial is 1 to 20 letters, digits, `_`, `-`, `.` and `+`";
    for (line, report) in [
        ("", "boot argument `logs.serial` is missing; give `logs.serial=...`, a string of at most 20 bytes".to_owned()),
        ("logs.serial=a/b", format!("boot argument `logs.serial`: `a/b` cannot be the serial of a disk: {rule}")),
        ("logs.serial=\"\"", format!("boot argument `logs.serial`: `` cannot be the serial of a disk: {rule}")),
        (
            "logs.serial=012345678901234567890",
            format!("boot argument `logs.serial`: `012345678901234567890` cannot be the serial of a disk: {rule}"),
        ),
        (
            "logs.serial=WD-12_3.4+5",
            "boot argument `logs.serial`: `WD-12_3.4+5` is the value of `data.serial` already".to_owned(),
        ),
    ] {
        let (outcome, written) = serials(line, ["x", "WD-12_3.4+5", "y"]);
        check(&outcome, 103, &format!("unikernel: {report}\nunikernel: exit status 103\n"));
        assert_eq!(written[0], "", "a disk was written to");
    }
}
