use super::{Told, told};
use core::arch::x86_64::CpuidResult;

/// A processor that has these leaves, and zeros in every other.
fn processor(leaves: &[(u32, [u32; 4])]) -> impl Fn(u32) -> CpuidResult {
    move |leaf| {
        let [eax, ebx, ecx, edx] = leaves.iter().find(|known| known.0 == leaf).map_or([0; 4], |known| known.1);
        CpuidResult { eax, ebx, ecx, edx }
    }
}

const UNDER_HYPERVISOR: (u32, [u32; 4]) = (1, [0, 0, 1 << 31, 0]);
const ON_HARDWARE: (u32, [u32; 4]) = (1, [0; 4]);
const WITH_DEADLINE: (u32, [u32; 4]) = (1, [0, 0, 1 << 24, 0]);
const KVM: [u32; 3] = [0x4b4d_564b, 0x564b_4d56, 0x4d];
const SKYLAKE: (u32, [u32; 4]) = (0x15, [2, 250, 24_000_000, 0]);

fn kvm(highest: u32) -> (u32, [u32; 4]) {
    (0x4000_0000, [highest, KVM[0], KVM[1], KVM[2]])
}

#[test]
fn nothing_is_told() {
    assert_eq!(told(processor(&[ON_HARDWARE])), Told::default());
    assert_eq!(told(processor(&[UNDER_HYPERVISOR])), Told::default());
}

#[test]
fn a_crystal_and_its_ratio() {
    let told = told(processor(&[(0, [0x16, 0, 0, 0]), WITH_DEADLINE, SKYLAKE]));
    assert_eq!(
        told,
        Told { pvclock: false, tsc_hz: Some(3_000_000_000), apic_hz: Some(24_000_000), tsc_deadline: true }
    );
}

#[test]
fn a_crystal_is_no_word_on_the_timer_of_a_hypervisor() {
    let told = told(processor(&[(0, [0x16, 0, 0, 0]), UNDER_HYPERVISOR, SKYLAKE]));
    assert_eq!((told.tsc_hz, told.apic_hz), (Some(3_000_000_000), None));
}

#[test]
fn a_crystal_of_unknown_frequency_tells_nothing() {
    let told = told(processor(&[(0, [0x16, 0, 0, 0]), ON_HARDWARE, (0x15, [2, 250, 0, 0])]));
    assert_eq!(told, Told::default());
}

#[test]
fn a_leaf_above_the_highest_is_not_believed() {
    let told = told(processor(&[(0, [0xd, 0, 0, 0]), ON_HARDWARE, SKYLAKE]));
    assert_eq!(told, Told::default());
}

#[test]
fn data_of_another_leaf_are_not_believed() {
    // What TCG answers with `-cpu max`: XSAVE areas, in which a ratio of 0 or a frequency of some kHz would be read.
    for leaf in [[0; 4], [7, 0, 0x340, 0], [0x1f, 0x240, 0x240, 0], [1, 1, 99_999_999, 0], [1, u32::MAX, u32::MAX, 0]] {
        let told = told(processor(&[(0, [0x1f, 0, 0, 0]), ON_HARDWARE, (0x15, leaf)]));
        assert_eq!((told.tsc_hz, told.apic_hz), (None, None), "{leaf:?}");
    }
}

#[test]
fn kvm_with_its_clock_and_its_timing() {
    let leaves =
        [UNDER_HYPERVISOR, kvm(0x4000_0010), (0x4000_0001, [8, 0, 0, 0]), (0x4000_0010, [2_500_000, 1_000_000, 0, 0])];
    let told = told(processor(&leaves));
    assert_eq!(
        told,
        Told { pvclock: true, tsc_hz: Some(2_500_000_000), apic_hz: Some(1_000_000_000), tsc_deadline: false }
    );
}

#[test]
fn an_old_kvm_says_that_it_has_no_leaf() {
    assert!(told(processor(&[UNDER_HYPERVISOR, kvm(0), (0x4000_0001, [8, 0, 0, 0])])).pvclock);
    assert!(!told(processor(&[UNDER_HYPERVISOR, kvm(0), (0x4000_0001, [1, 0, 0, 0])])).pvclock);
}

#[test]
fn the_leaves_of_a_hypervisor_count_only_under_one() {
    let leaves =
        [ON_HARDWARE, kvm(0x4000_0010), (0x4000_0001, [8, 0, 0, 0]), (0x4000_0010, [2_500_000, 1_000_000, 0, 0])];
    assert_eq!(told(processor(&leaves)), Told::default());
}

#[test]
fn another_hypervisor_has_no_clock_of_kvm() {
    let tcg = (0x4000_0000, [0x4000_0001, 0x5447_4354, 0x4354_4743, 0x4743_5447]);
    let leaves = [UNDER_HYPERVISOR, tcg, (0x4000_0001, [8, 0, 0, 0]), (0x4000_0010, [2_500_000, 1_000_000, 0, 0])];
    assert_eq!(told(processor(&leaves)), Told::default());
    let vmware = (0x4000_0000, [0x4000_0010, 0x6177_4d56, 0x4d56_6572, 0x6572_6177]);
    let leaves = [UNDER_HYPERVISOR, vmware, (0x4000_0010, [2_500_000, 66_000, 0, 0])];
    assert_eq!(
        told(processor(&leaves)),
        Told { tsc_hz: Some(2_500_000_000), apic_hz: Some(66_000_000), ..Told::default() }
    );
}

#[test]
fn an_implausible_frequency_is_none() {
    for khz in [0, 1, 99_999, 20_000_001, u32::MAX] {
        let leaves = [UNDER_HYPERVISOR, kvm(0x4000_0010), (0x4000_0010, [khz, 999, 0, 0])];
        assert_eq!(told(processor(&leaves)), Told::default(), "{khz}");
    }
}
