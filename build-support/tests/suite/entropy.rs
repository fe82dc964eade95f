//! Random numbers: from each source there is, never the same twice, and none on a machine without a source.

use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome};
use std::collections::HashSet;
use std::fs;

fn run(machine: &str) -> Outcome {
    let kernel = kernel("random").display().to_string();
    qemu::run(["-kernel", &kernel, "-m", "16"].into_iter().chain(machine.split_whitespace()))
}

#[test]
fn every_source_will_do_and_nothing_comes_twice() {
    let mut seen = HashSet::new();
    let machines = [
        "-cpu max",
        "-cpu qemu64 -device virtio-rng-pci",
        "-cpu qemu64 -machine q35 -device virtio-rng-pci,vectors=0",
        "-cpu qemu64 -machine microvm -global virtio-mmio.force-legacy=false -device virtio-rng-device",
        "-cpu max -device virtio-rng-pci",
    ];
    for machine in machines.into_iter().chain(machines) {
        let outcome = run(machine);
        assert_eq!(outcome.code, Some(1), "{machine}: {outcome:?}");
        let lines: Vec<&str> = outcome.console.lines().collect();
        assert_eq!(lines.len(), 6, "{machine}: {outcome:?}");
        for line in lines {
            assert!(line.len() == 32 && seen.insert(line.to_owned()), "{machine}: {outcome:?}");
        }
    }
}

#[test]
fn a_machine_without_a_source_is_told_so() {
    let outcome = run("-cpu qemu64");
    let text = "unikernel: device `entropy`: the machine has no source of random numbers: no RDSEED, no RDRAND, no entropy device; \
                give QEMU `-device virtio-rng-pci` or `-cpu max`\nunikernel: exit status 104\n";
    assert_eq!((outcome.console.as_str(), outcome.code), (text, Some(104 << 1 | 1)));
}

/// Where there are both, the processor does not make up for a device that is not asked.
#[test]
fn a_device_is_asked_even_where_the_processor_has_random_numbers() {
    let trace = tempfile::NamedTempFile::new().expect("a temporary file");
    let outcome =
        run(&format!("-cpu max -device virtio-rng-pci -trace virtio_rng_pushed -D {}", trace.path().display()));
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let trace = fs::read_to_string(trace.path()).expect("QEMU's trace");
    // SeaBIOS has no driver for it: what is pushed, is pushed to the kernel.
    let pushed = trace.lines().filter_map(|line| line.split(": ").nth(1)?.split(' ').next()?.parse::<u32>().ok());
    assert_eq!(pushed.sum::<u32>(), 32, "{trace}");
}
