use super::{Input, USUAL_ADDRESS, input_of};

fn input(line: u32, entries: &[u8]) -> Input {
    input_of(line, |offset| entries.get(usize::try_from(offset).unwrap()).copied())
}

const LOCAL_APIC: [u8; 8] = [0, 8, 0, 0, 1, 0, 0, 0];
const IO_APIC: [u8; 12] = [1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0];
const SECOND_IO_APIC: [u8; 12] = [1, 12, 1, 0, 0, 0, 0xc1, 0xfe, 24, 0, 0, 0];
const TIMER_TO_2: [u8; 10] = [2, 10, 0, 0, 2, 0, 0, 0, 0, 0];
const LINE_4_TO_30_LOW: [u8; 10] = [2, 10, 0, 4, 30, 0, 0, 0, 0b1111, 0];
const LINE_4_HIGH: [u8; 10] = [2, 10, 0, 4, 4, 0, 0, 0, 0b1101, 0];

#[test]
fn without_a_table_it_is_the_usual_place() {
    assert_eq!(input(4, &[]), Input { address: USUAL_ADDRESS, index: 4, active_low: false });
}

#[test]
fn a_line_that_nobody_moved() {
    let table = [&LOCAL_APIC[..], &IO_APIC, &TIMER_TO_2].concat();
    assert_eq!(input(4, &table), Input { address: 0xfec0_0000, index: 4, active_low: false });
    assert_eq!(input(0, &table), Input { address: 0xfec0_0000, index: 2, active_low: false });
}

#[test]
fn a_line_of_another_io_apic() {
    for table in [
        [&LOCAL_APIC[..], &IO_APIC, &SECOND_IO_APIC, &LINE_4_TO_30_LOW].concat(),
        [&LINE_4_TO_30_LOW[..], &SECOND_IO_APIC, &IO_APIC].concat(),
    ] {
        assert_eq!(input(4, &table), Input { address: 0xfec1_0000, index: 6, active_low: true });
        assert_eq!(input(3, &table), Input { address: 0xfec0_0000, index: 3, active_low: false });
    }
}

#[test]
fn polarity_is_low_only_where_it_says_so() {
    assert!(!input(4, &[&IO_APIC[..], &LINE_4_HIGH].concat()).active_low);
}

#[test]
fn damaged_tables_end_and_never_panic() {
    let whole = [&LOCAL_APIC[..], &IO_APIC, &SECOND_IO_APIC, &LINE_4_TO_30_LOW].concat();
    for length in 0..whole.len() {
        for value in [0, 1, 2, 0x7f, 0xff] {
            let mut table = whole[..length].to_vec();
            for index in 0..length {
                let before = core::mem::replace(&mut table[index], value);
                let _ = input(4, &table);
                table[index] = before;
            }
        }
    }
    assert_eq!(input(4, &[0; 64]), Input { address: USUAL_ADDRESS, index: 4, active_low: false });
    assert_eq!(input(4, &[0, 1, 0, 0]), Input { address: USUAL_ADDRESS, index: 4, active_low: false });
}
