//! Unusual machines, each with a kernel that uses a heap, a clock, random numbers, a disk and a network card.

use std::fs;
use std::path::Path;

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::kernel;
use crate::common::qemu;
use unikernel_cli::elf::Kernel;
use unikernel_cli::iso::{self, Firmware};
use unikernel_cli::machine::ovmf;

/// What QEMU ends with when the kernel's status is 0.
const SUCCESS: Option<i32> = Some(1);
/// The echo of TCP is QEMU's own network's, by a program.
const NETWORK: &str = "user,id=net,net=10.0.0.0/24,host=10.0.0.1,guestfwd=tcp:10.0.0.100:7-cmd:cat";
const SECTORS_BYTES: usize = 1 << 20;

/// QEMU's options for a machine of some words, with a disk in `folder` and all devices that the kernel wants.
fn machine(folder: &Path, words: &str) -> Vec<String> {
    let disk = folder.join("disk");
    fs::write(&disk, vec![0; SECTORS_BYTES]).unwrap();
    let on = if words.contains("microvm") && !words.contains("pcie=on") { "device" } else { "pci" };
    let own = format!(
        "-netdev {NETWORK} -device virtio-net-{on},netdev=net -device virtio-blk-{on},drive=disk -device virtio-rng-{on} \
         -global virtio-mmio.force-legacy=false -drive file={},format=raw,if=none,id=disk",
        disk.display()
    );
    own.split(' ').chain(words.split_whitespace()).map(str::to_owned).collect()
}

#[track_caller]
fn works(words: &str, heap: &str, boot: impl IntoIterator<Item = String>) {
    let folder = tempfile::tempdir().unwrap();
    let outcome = qemu::run(machine(folder.path(), words).into_iter().chain(boot));
    let said = format!("clock\nentropy\nheap {heap} 4 GiB\nblock\nnet\n");
    assert!(outcome.console.ends_with(&said), "{words}: {outcome:?}");
    assert_eq!(outcome.code, SUCCESS, "{words}: {outcome:?}");
}

fn directly(more: &[&str]) -> Vec<String> {
    let kernel = kernel("everything").display().to_string();
    ["-kernel", &kernel].iter().chain(more).map(|&word| word.to_owned()).collect()
}

/// Devices that nobody has a driver for, bridges, a second one of what is wanted once.
const STRANGERS: &str = "-device e1000 -device qemu-xhci -device usb-kbd -device virtio-balloon-pci -device VGA -device intel-hda \
    -device nvme,serial=1 -device virtio-rng-pci -device pcie-root-port,id=root,chassis=1 -device virtio-serial-pci,bus=root \
    -device i6300esb";

#[test]
fn devices_that_are_missing_or_too_many() {
    for words in [
        "-machine pc,pit=off,hpet=off -m 64 -smp 4 -cpu qemu64",
        &format!("-machine q35 -m 64 -smp 3 -cpu max {STRANGERS}"),
        "-machine microvm,pic=off,rtc=off -m 64 -smp 2",
        "-machine microvm,acpi=off,rtc=off -m 64 -cpu max",
    ] {
        works(words, "below", directly(&[]));
    }
}

/// No firmware has given devices addresses there.
#[test]
fn microvm_with_pci_express() {
    if is_left_out("disks, sources of random numbers and foreign devices on PCI Express", Effort::All) {
        return;
    }
    works("-machine microvm,pcie=on -m 64 -cpu qemu64", "below", directly(&[]));
    works(&format!("-machine microvm,pcie=on,ioapic2=off -m 64 -cpu qemu64 {STRANGERS}"), "below", directly(&[]));
    // As much memory as goes below the addresses of devices, and more.
    let large = "-m 4G -object memory-backend-ram,id=ram,size=4G,reserve=off";
    let large = format!("-machine microvm,pcie=on,memory-backend=ram {large} -cpu max");
    works(&large, "below", directly(&["-append", "mib=2000"]));
}

/// With an empty command line, and with none: both are what no `-append` is.
#[test]
fn little_memory_and_an_empty_command_line() {
    for machine in ["pc", "q35", "microvm"] {
        works(&format!("-machine {machine} -m 3"), "below", directly(&["-append", ""]));
    }
}

#[test]
fn more_memory_than_the_hole_below_4_gib_leaves() {
    let reserved = |machine: &str, size: &str| {
        format!(
            "-machine {machine},memory-backend=ram -m {size} -object memory-backend-ram,id=ram,size={size},reserve=off"
        )
    };
    works(&reserved("pc", "8G"), "above", directly(&["-append", "mib=4000"]));
    works(&(reserved("q35", "64G") + " -smp 4 -cpu max"), "above", directly(&["-append", "mib=40000"]));
    works(&reserved("microvm", "64G"), "above", directly(&["-append", "mib=40000"]));
}

/// All of it once more where a firmware has been at work before: cards and disks in use, interrupts routed, holes in the memory.
#[test]
fn after_uefi() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.iso");
    let kernel = Kernel::read(kernel("everything")).unwrap();
    fs::write(&path, iso::write_for(&kernel, "mib=64", Firmware::BiosAndUefi).unwrap()).unwrap();
    let flash = ovmf().unwrap_or_else(|error| panic!("{error}")).into_iter().map(|word| word.into_string().unwrap());
    let cd = ["-cdrom".into(), path.display().to_string()];
    works("-machine q35 -m 128 -smp 2", "below", flash.chain(cd));
}

/// Where a kernel is entered with another memory map: in the first 2 MiB, as the start info has to be, and behind the image.
const SHIM: u64 = 0x1f_0000;
const SHIM_BYTES: u64 = 0x1_0000;

/// A range of a memory map: address, bytes, kind.
type Range = (u64, u64, u32);

const MIB: u64 = 1 << 20;
const USABLE: u32 = 1;

/// Reserved and unusable memory, gaps, an island of one page, an empty range, and ends in the middle of pages. Of the free memory
/// the ranges around 2 MiB, from 9.5 MiB and from 24 MiB are of use.
const HOLES: [Range; 11] = [
    (0, 0x9_f000, USABLE),
    (0x9_f000, MIB - 0x9_f000, 2),
    (MIB, SHIM - MIB, USABLE),
    (SHIM, SHIM_BYTES, 2),
    (SHIM + SHIM_BYTES, 6 * MIB - SHIM - SHIM_BYTES, USABLE),
    (6 * MIB, MIB, 2),
    (7 * MIB, 4096, USABLE),
    (9 * MIB, MIB / 2, 5),
    (9 * MIB + MIB / 2, 10 * MIB + MIB / 2, USABLE),
    (20 * MIB, 0, USABLE),
    (24 * MIB - 3, 6 * MIB + 5, USABLE),
];

/// Makes of a kernel one that is entered with another memory map, by a few instructions in a segment of their own.
fn with_memory_map(kernel: &Kernel, map: &[Range]) -> Vec<u8> {
    const START_INFO: u32 = SHIM as u32 + 16;
    const MAP: u32 = START_INFO + 56;
    let (numbers_32, numbers_64) = (u32::to_le_bytes, u64::to_le_bytes);
    let mut shim = [&[0xbb][..], &numbers_32(START_INFO), &[0xb8], &numbers_32(kernel.entry()), &[0xff, 0xe0]].concat();
    shim.resize(16, 0x90); // mov ebx, start info; mov eax, entry; jmp eax
    shim.extend([0x336e_c578_u32, 1, 0, 0].map(numbers_32).concat());
    shim.extend([0_u64, 0, 0, u64::from(MAP), map.len() as u64].map(numbers_64).concat());
    for &(address, bytes, kind) in map {
        shim.extend([address, bytes, u64::from(kind)].map(numbers_64).concat());
    }

    let note = [&[4_u32, 4, 18].map(numbers_32).concat()[..], b"Xen\0", &numbers_32(SHIM as u32)].concat();
    let segments =
        kernel.segments().iter().map(|segment| (1_u32, segment.address, kernel.contents(segment), segment.memory_size));
    let own = [(4, 0, &note[..], note.len() as u64), (1, SHIM, &shim[..], shim.len() as u64)];
    let parts: Vec<_> = own.into_iter().chain(segments).collect();
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([2_u16, 62].map(u16::to_le_bytes).concat()); // an executable for x86_64
    file.extend(numbers_32(1));
    file.extend([SHIM, 64, 0].map(numbers_64).concat());
    file.extend(numbers_32(0));
    file.extend([64_u16, 56, parts.len() as u16, 64, 0, 0].map(u16::to_le_bytes).concat());
    let mut at = (64 + 56 * parts.len()) as u64;
    for (kind, address, bytes, memory) in &parts {
        let length = bytes.len() as u64;
        file.extend([*kind, 7].map(numbers_32).concat());
        file.extend([at, *address, *address, length, *memory, if *kind == 4 { 4 } else { 1 }].map(numbers_64).concat());
        at += length;
    }
    file.extend(parts.iter().flat_map(|(_, _, bytes, _)| bytes.iter()));
    file
}

#[test]
fn a_memory_map_with_holes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kernel");
    let image = Kernel::read(kernel("heap_all")).unwrap();
    fs::write(&path, with_memory_map(&image, &HOLES)).unwrap();
    // The command line goes with QEMU's own start info: the kernel fills all memory with small blocks, which is the default.
    for machine in ["pc", "q35", "microvm"] {
        let outcome = qemu::run(["-machine", machine, "-m", "64", "-kernel", path.to_str().unwrap()]);
        assert_eq!(outcome.code, SUCCESS, "{machine}: {outcome:?}");
        let allocated =
            outcome.console.strip_prefix("allocated ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        let free_kib = (6 * MIB - SHIM_BYTES - image.image_end() + 10 * MIB + MIB / 2 + 6 * MIB) / 1024;
        let expected = free_kib - 700..free_kib + 4;
        assert!(allocated.is_some_and(|kib: u64| expected.contains(&kib)), "{machine}: {outcome:?}, want {expected:?}");
    }
}
