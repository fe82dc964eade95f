use super::{Registers, seconds_since_1970};

const BINARY_24: u8 = 1 << 2 | 1 << 1;
const BCD_24: u8 = 1 << 1;
const BINARY_12: u8 = 1 << 2;
const BCD_12: u8 = 0;

fn seconds(time: [u8; 7], status_b: u8) -> Option<u64> {
    seconds_since_1970(&Registers { time, status_b })
}

// The expected values are those of `date -u -d '...' +%s`.

#[test]
fn bcd_of_24_hours() {
    assert_eq!(seconds([0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19], BCD_24), Some(4_102_444_799)); // 2099: no 19xx here
    assert_eq!(seconds([0x40, 0x46, 0x01, 0x09, 0x09, 0x01, 0x20], BCD_24), Some(1_000_000_000));
    assert_eq!(seconds([0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x20], BCD_24), Some(946_684_800));
}

#[test]
fn binary_of_24_hours() {
    assert_eq!(seconds([40, 46, 1, 9, 9, 1, 20], BINARY_24), Some(1_000_000_000));
    assert_eq!(seconds([30, 31, 23, 13, 2, 9, 20], BINARY_24), Some(1_234_567_890));
}

#[test]
fn twelve_hours() {
    let midnight = 946_684_800; // 2000-01-01
    for (register, hour) in [(0x12, 0), (0x01, 1), (0x11, 11), (0x92, 12), (0x81, 13), (0x91, 23)] {
        assert_eq!(seconds([0, 0, register, 1, 1, 0, 0x20], BCD_12), Some(midnight + hour * 3600), "{register:#x}");
    }
    for (register, hour) in [(12, 0), (1, 1), (11, 11), (0x8c, 12), (0x81, 13), (0x8b, 23)] {
        assert_eq!(seconds([0, 0, register, 1, 1, 0, 20], BINARY_12), Some(midnight + hour * 3600), "{register:#x}");
    }
    for register in [0x00, 0x13, 0x80, 0x93] {
        assert_eq!(seconds([0, 0, register, 1, 1, 0, 0x20], BCD_12), None, "{register:#x}");
    }
}

#[test]
fn leap_years() {
    assert_eq!(seconds([0, 0, 0, 29, 2, 24, 20], BINARY_24), Some(1_709_164_800));
    assert_eq!(seconds([0, 0, 0, 1, 3, 24, 20], BINARY_24), Some(1_709_251_200));
    assert_eq!(seconds([0, 0, 0, 29, 2, 23, 20], BINARY_24), None);
    assert_eq!(seconds([0, 0, 0, 29, 2, 0, 20], BINARY_24), Some(951_782_400));
    assert_eq!(seconds([0, 0, 0, 29, 2, 0, 21], BINARY_24), None);
    assert_eq!(seconds([0, 0, 0, 1, 3, 0, 21], BINARY_24), Some(4_107_542_400));
}

#[test]
fn a_century_that_is_none() {
    for century in [0, 0x19, 0x30, 0x5a, 0xff] {
        assert_eq!(seconds([0x40, 0x46, 0x01, 0x09, 0x09, 0x01, century], BCD_24), Some(1_000_000_000), "{century:#x}");
    }
}

#[test]
fn every_day_follows_the_one_before() {
    let mut expected = 946_684_800;
    for year in 0..100 {
        for month in 1..=12 {
            for day in 1..=31 {
                if let Some(seconds) = seconds([0, 0, 0, day, month, year, 20], BINARY_24) {
                    assert_eq!(seconds, expected, "{day}.{month}.20{year:02}");
                    expected += 86_400;
                }
            }
        }
    }
    assert_eq!(expected, 4_102_444_800);
}

#[test]
fn what_is_no_time_is_refused() {
    let right = [40, 46, 1, 9, 9, 1, 20];
    assert!(seconds(right, BINARY_24).is_some());
    for (index, wrong) in [(0, 60), (1, 60), (2, 24), (3, 0), (3, 31), (4, 0), (4, 13), (5, 100)] {
        let mut time = right;
        time[index] = wrong;
        assert_eq!(seconds(time, BINARY_24), None, "register {index} = {wrong}");
    }
    assert_eq!(seconds([0x4a, 0x46, 0x01, 0x09, 0x09, 0x01, 0x20], BCD_24), None);
    assert_eq!(seconds([0xff; 7], BCD_24), None);
    assert_eq!(seconds([0; 7], BCD_24), None);
}

#[test]
fn never_panics() {
    for value in 0..=255 {
        for index in 0..7 {
            for status_b in [BINARY_24, BCD_24, BINARY_12, BCD_12, value] {
                let mut time = [1; 7];
                time[index] = value;
                let _ = seconds(time, status_b);
                let _ = seconds([value; 7], status_b);
            }
        }
    }
}
