//! Key-value stores: embedded files, and FAT volumes made by `mkfs.vfat` and `mtools`.

use crate::common::root;
use std::{fs, path::PathBuf};

use crate::common::{
    kernels::{boot, kernel, machine},
    qemu::{self, Qemu},
    tool,
};
use tempfile::TempDir;
use unikernel_test::{Disk, MachineType, Outcome};

/// What a status becomes on the way out of QEMU.
const fn exit_code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

const DEVICE_MISSING: i32 = 104;

/// A volume in a file, which goes with its folder.
struct Volume {
    folder: TempDir,
}

impl Volume {
    /// An empty one.
    fn new(options: &[&str], kib: u32) -> Self {
        let volume = Volume { folder: tempfile::tempdir().unwrap() };
        tool("mkfs.vfat", "dosfstools").args(options).arg("-C").arg(volume.path()).arg(kib.to_string()).run();
        volume
    }

    /// A floppy disk with the files of APPS: `a` and `b`.
    fn floppy() -> Self {
        let volume = Volume::new(&[], 1440);
        volume.put("a", b"foo\n");
        volume.put("b", b"bar\n");
        volume
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("volume")
    }

    fn put(&self, key: &str, content: &[u8]) {
        let file = self.folder.path().join("file");
        fs::write(&file, content).unwrap();
        tool("mcopy", "mtools").args(["-o", "-i"]).arg(self.path()).arg(file).arg(format!("::{key}")).run();
    }

    fn remove(&self, key: &str) {
        tool("mdel", "mtools").arg("-i").arg(self.path()).arg(format!("::{key}")).run();
    }

    fn change(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path()).unwrap();
        change(&mut bytes);
        fs::write(self.path(), bytes).unwrap();
    }
}

/// What QEMU is told to have a disk, with further properties of the device.
fn disk(volume: &Volume, id: &str, properties: &str) -> [String; 4] {
    let drive = format!("if=none,id={id},format=raw,read-only=on,file={}", volume.path().display());
    ["-drive".into(), drive, "-device".into(), format!("virtio-blk-pci,disable-legacy=on,drive={id}{properties}")]
}

/// Runs `kv_volume` on a volume to its end.
fn read(volume: &Volume, key: &str, memory: &str) -> Outcome {
    let machine = machine("kv_volume").machine_type(MachineType::Q35).memory(memory);
    machine.argument("key", key).disk("data", Disk::copy(volume.path())).start().wait()
}

/// Runs `kv_ro` on two volumes until it has said `expected` twice, and nothing else.
#[track_caller]
fn compares(one: &Volume, two: &Volume, expected: &str) {
    let machine = machine("kv_ro").machine_type(MachineType::Q35);
    let disks = [one, two].map(|volume| Disk::copy(volume.path()));
    let mut machine = ["disk1", "disk2"]
        .into_iter()
        .zip(disks)
        .fold(machine, |machine, (name, disk)| machine.disk(name, disk))
        .start();
    machine.expect(&format!("{expected}\n{expected}\n"));
    let console = machine.console();
    assert!(console.lines().all(|line| line == expected), "{console}");
}

#[test]
fn embedded_stores_are_compared_for_ever() {
    for kind in [MachineType::Pc, MachineType::Q35, MachineType::Microvm] {
        let mut machine = machine("kv_ro_crunch").machine_type(kind).memory("8MiB").start();
        machine.expect("YES!\nYES!\n");
        let console = machine.console();
        assert!(console.lines().all(|line| line == "YES!"), "{console}");
    }
}

#[test]
fn embedded_files_are_what_they_were() {
    let outcome = machine("kv_embedded").memory("8MiB").start().wait();
    let expected = "\
        .well-known/a b.txt 3 text/plain; charset=utf-8\n\
        empty 0 application/octet-stream\n\
        img-old 17 application/octet-stream\n\
        img/deep/all.bin 4352 application/octet-stream\n\
        index.html 15 text/html; charset=utf-8\n\
        in img: img/deep/all.bin\n\
        all as it should be\n";
    outcome.success();
    assert_eq!(outcome.console(), expected);
}

#[test]
fn equal_volumes_are_equal_and_others_are_not() {
    let (one, two) = (Volume::floppy(), Volume::new(&["-F", "32", "-s", "1"], 34 << 10));
    two.put("A", b"foo\n");
    compares(&one, &two, "YES!");
    two.put("A", b"fox\n");
    compares(&one, &two, "NO!");
    two.put("A", b"foo");
    compares(&one, &two, "NO!");
}

#[test]
fn a_missing_key_is_said() {
    let (one, two) = (Volume::floppy(), Volume::floppy());
    two.remove("a");
    compares(&one, &two, "NO! NO! no value has this key");
}

#[test]
fn a_corrupt_volume_is_said() {
    let (one, two) = (Volume::floppy(), Volume::floppy());
    // The first cluster of `a`, in the first slot of the root directory.
    two.change(|bytes| bytes[19 * 512..][26..28].copy_from_slice(&[0xf0, 0x0f]));
    compares(&one, &two, "NO! NO! corrupt volume: an entry begins outside the volume");
    two.change(|bytes| bytes.truncate(720 << 10));
    compares(&one, &two, "NO! NO! corrupt volume: the volume is larger than the device");
    two.change(|bytes| bytes.fill(0));
    let refused = "NO! NO! not a FAT volume: BPB bytes_per_sector must be 512, 1024, 2048, or 4096";
    compares(&one, &two, refused);
}

#[test]
fn a_missing_disk_stops_the_boot_by_its_name() {
    let one = Volume::floppy();
    let arguments = boot(&kernel("kv_ro"), "q35", "16", "");
    let none = qemu::run(&arguments);
    assert_eq!(none.code, exit_code(DEVICE_MISSING));
    assert!(none.console.contains("device `disk1`: the machine has no block device"), "{}", none.console);
    let second = qemu::run(arguments.into_iter().chain(disk(&one, "one", "")));
    assert_eq!(second.code, exit_code(DEVICE_MISSING));
    assert!(second.console.contains("device `disk2`: the machine has no further block device"), "{}", second.console);
}

#[test]
fn a_disk_with_large_sectors_is_refused() {
    let (one, two) = (Volume::floppy(), Volume::floppy());
    let arguments = boot(&kernel("kv_ro"), "q35", "16", "");
    let large = ",logical_block_size=4096,physical_block_size=4096";
    let mut machine = Qemu::start(arguments.into_iter().chain(disk(&one, "one", "")).chain(disk(&two, "two", large)));
    machine.wait_for("NO! NO! not a FAT volume: sectors of other than 512 bytes are not supported\n");
}

#[test]
fn a_file_larger_than_the_memory_is_read_from_every_kind_of_volume() {
    let content: Vec<u8> = (0..9_000_001_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let kinds: [(&[&str], u32); 3] =
        [(&["-F", "12", "-s", "64"], 40 << 10), (&["-F", "16"], 20 << 10), (&["-F", "32", "-s", "1"], 40 << 10)];
    for (options, kib) in kinds {
        let volume = Volume::new(options, kib);
        volume.put("A film, with a long name.mp4", &content);
        volume.put("b", b"bar\n");
        let outcome = read(&volume, "a film, with a long name.mp4", "4MiB");
        let expected = format!(
            "A film, with a long name.mp4 9000001\nb 4\n\
             a film, with a long name.mp4 has 9000001 bytes with the hash {hash:016x}\n"
        );
        outcome.success();
        assert_eq!(outcome.console(), expected, "{options:?}");
    }
}

#[test]
fn a_volume_in_a_partition_is_read() {
    let volume = Volume::floppy();
    volume.change(|bytes| {
        let mut table = vec![0; 63 * 512];
        table[446 + 4] = 0x01;
        table[446 + 8] = 63;
        table[510..512].copy_from_slice(&[0x55, 0xaa]);
        bytes.splice(..0, table);
    });
    let console = read(&volume, "b", "8MiB").success().console();
    assert!(console.starts_with("a 4\nb 4\nb has 4 bytes"), "{console}");
}

#[test]
fn an_error_ends_with_its_reason() {
    let console = read(&Volume::floppy(), "../a", "8MiB").exited(1).console();
    assert!(console.contains("\nunikernel: error: BadKey\n"), "{console}");
}

#[test]
fn tasks_read_at_the_same_time() {
    let volume = Volume::floppy();
    let content: Vec<u8> = (0..300_001_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    volume.put("large", &content);
    let machine = machine("kv_awaits").machine_type(MachineType::Q35).memory("8MiB");
    let mut machine = machine.disk("data", Disk::copy(volume.path())).start();
    let line = format!("the sum is {}\n", content.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    machine.expect("large 300001\n");
    let has_both = |console: &str| (console.matches(&line).count() == 2).then(|| console.to_owned());
    let console = machine.wait_until("two sums", has_both);
    let expected = ["a is the same: true", "absent: Err(NotFound)", "embedded: 4", "a 4", "b 4", "large 300001"];
    let others: Vec<&str> = console.lines().filter(|line| !line.starts_with("the sum")).collect();
    assert_eq!(others, expected);
}

/// An application outside of the workspace that embeds a folder, and how often its files are in what is built of it.
struct Embedding {
    package: TempDir,
}

impl Embedding {
    fn write(&self, path: &str, text: &str) {
        let path = self.package.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    fn has(&self, present: &[&str], absent: &[&str]) {
        // With what was built there for `static_web_large`.
        let target = root().join("target/kernels");
        let words = ["build", "--release", "--offline", "--target-dir"];
        let mut cargo = tool(env!("CARGO"), "rustup's toolchain").args(words).arg(&target);
        cargo.command.current_dir(self.package.path());
        cargo.run();
        let elf = fs::read(target.join("release/visitor")).unwrap();
        let contains = |text: &&str| elf.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(present.iter().all(contains) && !absent.iter().any(contains), "{present:?} and not {absent:?}");
    }
}

#[test]
fn an_image_follows_its_folder() {
    let app = Embedding { package: tempfile::tempdir().unwrap() };
    let root = root();
    let workspace: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let root = root.display();
    app.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"visitor\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\nunikernel-rt.path = \"{root}/unikernel-rt\"\n\
             [build-dependencies]\nunikernel-build.path = \"{root}/build-support/link\"\n\
             [profile.release]\n{}",
            workspace["profile"]["release"].as_table().unwrap()
        ),
    );
    fs::copy(format!("{root}/Cargo.lock"), app.package.path().join("Cargo.lock")).unwrap();
    app.write("build.rs", "fn main() { unikernel_build::link(); }");
    let kernel = |annotation: &str| {
        format!(
            "#![no_std]\n#![no_main]\nuse unikernel_rt::prelude::*;\n\n{annotation}\n\
             fn main(kv: Kv) {{\n    core::hint::black_box(kv);\n}}\n"
        )
    };
    let main = |dir: &str| kernel(&format!("#[unikernel(kv(dir = \"{dir}\"))]"));
    app.write("src/main.rs", &main("site"));
    app.write("site/inner/first.txt", "the first file");
    app.write("elsewhere/fourth.txt", "the fourth file");
    app.has(&["inner/first.txt", "the first file"], &["inner/second.txt"]);
    app.write("site/inner/second.txt", "the second file");
    app.has(&["inner/first.txt", "inner/second.txt", "the second file"], &[]);
    app.write("site/new/inner/third.txt", "the third file");
    app.write("site/inner/first.txt", "the first file, changed");
    app.has(&["new/inner/third.txt", "the first file, changed"], &[]);
    fs::remove_file(app.package.path().join("site/inner/second.txt")).unwrap();
    app.has(&["inner/first.txt", "new/inner/third.txt"], &["inner/second.txt", "the second file"]);
    app.write("src/main.rs", &main("elsewhere"));
    app.has(&["fourth.txt"], &["inner/first.txt"]);
    app.write("elsewhere/fifth.txt", "the fifth file");
    app.has(&["fourth.txt", "fifth.txt"], &[]);
    // However the annotation is written.
    for (name, annotation) in [
        ("path", "#[unikernel_rt::prelude::unikernel(kv(dir = \"path\"))]"),
        ("renamed", "use unikernel_rt::prelude::unikernel as kernel;\n#[kernel(kv(dir = \"renamed\"))]"),
        ("conditional", "#[cfg_attr(all(), unikernel(kv(dir = \"conditional\")))]"),
    ] {
        app.write(&format!("{name}/first.txt"), &format!("the first file of {name}"));
        app.write("src/main.rs", &kernel(annotation));
        app.has(&[&format!("the first file of {name}")], &["second.txt"]);
        app.write(&format!("{name}/second.txt"), &format!("the second file of {name}"));
        app.has(&["second.txt", &format!("the second file of {name}")], &[]);
    }
}
