use super::TimeInfo;

const YEAR_S: u64 = 31_557_600;

/// What KVM writes for a TSC of `hz`, as in Linux' `kvm_get_time_scale`: the multiplier has its highest bit set.
fn page(hz: u64, tsc_timestamp: u64, system_time_ns: u64) -> TimeInfo {
    let mut ratio = (1_000_000_000_u128 << 32) / u128::from(hz);
    let mut tsc_shift = 0;
    while ratio >= 1 << 32 {
        ratio >>= 1;
        tsc_shift += 1;
    }
    while ratio < 1 << 31 {
        tsc_shift -= 1;
        ratio = (1_000_000_000_u128 << (32 - i32::from(tsc_shift))) / u128::from(hz);
    }
    TimeInfo {
        version: 2,
        reserved: 0,
        tsc_timestamp,
        system_time_ns,
        tsc_to_system_mul: ratio as u32,
        tsc_shift,
        flags: 0,
        reserved_too: [0; 2],
    }
}

#[test]
fn follows_the_tsc_from_the_timestamp_on() {
    for hz in [300_000_000, 999_999_999, 1_000_000_000, 2_100_000_000, 2_893_202_000, 5_700_000_000] {
        let page = page(hz, 1_000, 5_000);
        assert_eq!(page.ns_at(1_000), 5_000);
        for seconds in [1, 60, 86_400, YEAR_S, 30 * YEAR_S] {
            let (ns, right) = (page.ns_at(1_000 + seconds * hz) - 5_000, seconds * 1_000_000_000);
            assert!(ns.abs_diff(right) <= right / 500_000_000 + 1, "{hz} Hz, {seconds} s: {ns}");
        }
    }
}

#[test]
fn a_tsc_behind_the_timestamp_is_at_it() {
    assert_eq!(page(2_000_000_000, 1_000, 5_000).ns_at(900), 5_000);
}

#[test]
fn tells_the_frequency() {
    for hz in [300_000_000, 1_000_000_000, 2_100_000_000, 5_700_000_000_u64] {
        let told = page(hz, 0, 0).tsc_hz();
        assert!(told.abs_diff(hz) <= hz / 400_000_000 + 8, "{hz}: {told}");
    }
}

#[test]
fn a_deadline_is_met_not_missed_by_far() {
    let page = page(2_893_202_000, 77_000, 12_345);
    for ns in [12_345, 1_000_000, 1_000_000_000, 3_600_000_000_000] {
        let reached = page.ns_at(page.tsc_at(ns));
        assert!(reached.abs_diff(ns) <= ns / 500_000_000 + 2, "{ns}: {reached}");
    }
    assert_eq!(page.tsc_at(0), 77_000);
}

#[test]
fn an_empty_page_does_not_divide_by_zero() {
    let page = TimeInfo { tsc_to_system_mul: 0, ..page(1_000_000_000, 0, 0) };
    assert!(page.tsc_hz() > 0);
}
