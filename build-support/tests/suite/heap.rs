//! Boots kernels with a heap: over all free memory of machines of many sizes, and over an arena of a declared size.

use crate::common::kernels::{boot, kernel};
use crate::common::qemu::{self, Outcome};
use unikernel_cli::elf::Kernel;

const MACHINES: [&str; 3] = ["pc", "q35", "microvm"];
const SUCCESS: i32 = 1;
const PANIC: i32 = 101 << 1 | 1;

fn heap_all(machine: &str, memory: &str, command_line: &str) -> Outcome {
    qemu::run(boot(&kernel("heap_all"), machine, memory, command_line))
}

/// The number in the line `prefix NUMBER ...`.
fn number(outcome: &Outcome, prefix: &str) -> u64 {
    let line = outcome.console.lines().find_map(|line| line.strip_prefix(prefix));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no line `{prefix}`: {outcome:?}"))
}

/// All but the first MiB, the image and the kernel's own tables is the heap's, and each block keeps what is written to it.
fn fills(machine: &str, mib: u64, block: u64, lost_kib: u64) {
    let outcome = heap_all(machine, &format!("{mib}M"), &format!("size={block}"));
    assert_eq!(outcome.code, Some(SUCCESS), "{machine}, {mib} MiB: {outcome:?}");
    let allocated = number(&outcome, "allocated ");
    let least = (mib - 1) * 1024 - lost_kib;
    assert!((least..mib * 1024).contains(&allocated), "{machine}, {mib} MiB: {allocated} KiB, want {least}");
}

#[test]
fn all_memory_of_small_machines() {
    for machine in MACHINES {
        fills(machine, 2, 1024, 400);
        fills(machine, 3, 4096, 400);
        fills(machine, 16, 4096, 800);
    }
}

/// The addresses of the window on other memory lie at the end of the first GiB.
#[test]
fn all_memory_around_the_window() {
    for machine in MACHINES {
        fills(machine, 1022, 1 << 20, 10 << 10);
        fills(machine, 1025, 1 << 20, 10 << 10);
    }
    fills("q35", 1536, 1 << 20, 10 << 10);
}

/// 64 GiB, of which most lie above 4 GiB: the largest block is nearly all of that, and none of it is touched at boot.
#[test]
fn memory_above_4_gib() {
    for machine in MACHINES {
        let kernel = kernel("heap_all");
        let mut arguments = boot(&kernel, &format!("{machine},memory-backend=memory"), "64G", "how=largest");
        arguments.extend(["-object", "memory-backend-ram,id=memory,size=64G,reserve=off"].map(str::to_owned));
        let outcome = qemu::run(arguments);
        assert_eq!(outcome.code, Some(SUCCESS), "{machine}: {outcome:?}");
        let largest = number(&outcome, "largest ");
        assert!((59 << 10..64 << 10).contains(&largest), "{machine}: {outcome:?}");
    }
}

#[test]
fn pieces_come_and_go() {
    for machine in MACHINES {
        let outcome = heap_all(machine, "2M", "how=churn");
        assert_eq!((outcome.code, outcome.console.as_str()), (Some(SUCCESS), "churned 128\n"), "{machine}");
    }
}

#[test]
fn an_exhausted_heap_is_a_panic_that_says_so() {
    let outcome = heap_all("q35", "4M", "how=exhaust size=4096");
    assert_eq!(outcome.code, Some(PANIC), "{outcome:?}");
    assert!(outcome.console.starts_with("unikernel: panicked at "), "{outcome:?}");
    assert!(outcome.console.contains(": memory allocation of 4096 bytes failed\n"), "{outcome:?}");
    assert!(outcome.console.ends_with("unikernel: exit status 101\n"), "{outcome:?}");
}

#[test]
fn a_declared_size_is_the_size_whatever_the_memory() {
    for (machine, memory) in [("q35", "3M"), ("pc", "128M"), ("microvm", "5G")] {
        let outcome = qemu::run(boot(&kernel("heap_sized"), machine, memory, ""));
        assert_eq!(outcome.code, Some(PANIC), "{machine}: {outcome:?}");
        let lines: Vec<&str> = outcome.console.lines().collect();
        // 4,096 bytes and the header of a block, 254 times, and the list of them.
        assert_eq!(lines[..3], ["250 blocks of 4096 bytes"; 3], "{machine}");
        assert_eq!(lines[3], "one block of 1011712 bytes", "{machine}");
        assert!(lines[4].ends_with(": memory allocation of 1048576 bytes failed"), "{machine}: {outcome:?}");
    }
}

/// A heap of a size that the machine does not have is an image that does not fit.
#[test]
fn a_declared_size_has_to_be_there() {
    let outcome = qemu::run(boot(&kernel("heap_sized"), "pc", "2M", ""));
    assert_eq!(outcome.code, Some(102 << 1 | 1), "{outcome:?}");
    assert!(outcome.console.starts_with("unikernel: the image does not lie in usable memory; "), "{outcome:?}");
}

#[test]
fn no_free_memory_is_a_missing_device() {
    let kernel = kernel("heap_all");
    let spare_kib = Kernel::read(&kernel).expect("ours").image_end() / 1024 + 40;
    let outcome = qemu::run(boot(&kernel, "microvm", &format!("{spare_kib}K"), ""));
    assert_eq!(outcome.code, Some(104 << 1 | 1), "{outcome:?}");
    assert_eq!(
        outcome.console, "unikernel: device `heap`: there is no free memory\nunikernel: exit status 104\n",
        "{outcome:?}"
    );
}
