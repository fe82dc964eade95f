//! Random numbers: from each source there is, never the same twice, and none on a machine without a source.

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::common::wait_for;
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
        // One that cannot be used does not hide the next.
        "-cpu qemu64 -machine q35 -device virtio-rng-pci,disable-modern=on,disable-legacy=off -device virtio-rng-pci,vectors=0",
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

/// QEMU's default processor has no instruction for it, as that of many a hosted machine; there is no entropy device.
const WITHOUT_SOURCE: &str = "-cpu qemu64,-rdrand,-rdseed";

#[test]
fn jitter_of_the_clock_will_do_where_it_is_declared() {
    let kernel = kernel("jitter").display().to_string();
    let mut seen = HashSet::new();
    for machine in ["pc", "pc", "q35", "microvm"] {
        let options = WITHOUT_SOURCE.split(' ').chain(["-m", "16", "-machine", machine, "-kernel", &kernel]);
        let outcome = qemu::run(options);
        assert_eq!(outcome.code, Some(1), "{machine}: {outcome:?}");
        let lines: Vec<&str> = outcome.console.lines().collect();
        assert_eq!(lines.len(), 4, "{machine}: {outcome:?}");
        for line in lines {
            assert!(line.len() == 32 && seen.insert(line.to_owned()), "{machine}: {outcome:?}");
        }
    }
}

/// With `-icount` the clock counts instructions: what it says can be computed.
#[test]
fn a_clock_without_jitter_is_refused() {
    let kernel = kernel("jitter").display().to_string();
    let text = "unikernel: device `entropy`: the machine has no source of random numbers: no RDSEED, no RDRAND, no entropy device, \
                and no jitter of the clock, as with QEMU's `-icount`; give QEMU `-device virtio-rng-pci` or `-cpu max`\n\
                unikernel: exit status 104\n";
    for count in ["shift=0", "shift=0,sleep=off", "shift=3", "shift=7,sleep=off", "shift=auto"] {
        let options = WITHOUT_SOURCE.split(' ').chain(["-m", "16", "-kernel", &kernel, "-icount", count]);
        let outcome = qemu::run(options);
        assert_eq!((outcome.console.as_str(), outcome.code), (text, Some(104 << 1 | 1)), "{count}");
    }
}

#[test]
fn a_network_boots_with_jitter_alone() {
    for (machine, card) in [("pc", "virtio-net-pci"), ("microvm", "virtio-net-device")] {
        let kernel = kernel("static_web").display().to_string();
        let network = ["-netdev", "user,id=net,net=10.0.0.0/24", "-device", &format!("{card},netdev=net")];
        let machine =
            ["-machine", machine, "-global", "virtio-mmio.force-legacy=false", "-m", "16", "-kernel", &kernel];
        let mut qemu = Qemu::start(WITHOUT_SOURCE.split(' ').chain(machine).chain(network));
        qemu.wait_for("serving http://");
    }
}

/// A network that is content with jitter does not speak for `entropy`.
#[test]
fn declared_random_numbers_are_never_from_jitter_unless_it_is_declared() {
    let kernel = kernel("everything").display().to_string();
    let devices = "-netdev user,id=net -device virtio-net-pci,netdev=net -device virtio-blk-pci,drive=disk \
                   -drive driver=null-co,size=1M,if=none,id=disk";
    let options = ["-m", "32", "-kernel", &kernel].into_iter().chain(devices.split_whitespace());
    let outcome = qemu::run(WITHOUT_SOURCE.split(' ').chain(options));
    assert!(outcome.console.contains("unikernel: device `entropy`: the machine has no source"), "{outcome:?}");
    assert_eq!(outcome.code, Some(104 << 1 | 1), "{outcome:?}");
}

/// What each of two machines draws that go on from one snapshot, on a machine with this before and after it.
fn draws_of_restored(machine: &str, before: &str, after: [&str; 2]) -> [String; 2] {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = folder.path().join("state").display().to_string();
    let kernel = kernel("snapshots").display().to_string();
    let start = |device: &str, more: &[&str]| {
        let options = ["-m", "16", "-kernel", &kernel].into_iter().chain(machine.split_whitespace());
        Qemu::start(options.chain(device.split_whitespace()).chain(more.iter().copied()))
    };
    let completed = |machine: &Qemu| machine.monitor("info migrate").contains("completed").then_some(());
    let mut first = start(before, &[]);
    first.wait_for(".\ndrawn: ");
    first.monitor("stop");
    first.monitor(&format!("migrate \"exec:cat > {state}\""));
    wait_for(|| completed(&first)).expect("a snapshot");
    drop(first);
    after.map(|device| {
        let machine = start(device, &["-incoming", &format!("exec:cat {state}")]);
        wait_for(|| completed(&machine)).expect("a machine");
        machine.monitor("cont");
        // The first line may have been drawn before.
        let second = || machine.console().lines().filter(|line| line.ends_with('.')).nth(1).map(str::to_owned);
        wait_for(second).expect("a second line")
    })
}

#[test]
fn machines_of_one_snapshot_draw_different_numbers_where_that_is_declared() {
    if is_left_out("random numbers of restored machines", Effort::All) {
        return;
    }
    let ids = ["1", "2", "3"].map(|digit| format!("-device vmgenid,guid=0000000{digit}-0000-0000-0000-000000000000"));
    let [one, two, three] = ids.each_ref().map(String::as_str);
    let bare = "-cpu qemu64,-rdrand,-rdseed -device virtio-rng-pci";
    for machine in [bare, &format!("{bare} -machine q35"), "-cpu max"] {
        let [first, second] = draws_of_restored(machine, one, [two, three]);
        assert_ne!(first, second, "{machine}");
    }
    // Without an ID, the processor's random numbers will do; and an ID that has not changed says that nothing was restored.
    let [first, second] = draws_of_restored("-cpu max", "", ["", ""]);
    assert_ne!(first, second, "without an ID");
    let [first, second] = draws_of_restored(bare, one, [one, one]);
    assert_eq!(first, second, "by an ID that is the same, although it was restored");
}
