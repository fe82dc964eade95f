//! The 8254 interval timer: its channel 0, which firmware leaves ticking, and which is a reference for calibration.
//!
//! Intel 8254 data sheet: mode 0, read-back command. Channel 0 and not 2, whose gate is at a port that small machines lack. Its
//! interrupt goes nowhere: the 8259s are masked.

use crate::arch::port::Port;

/// Its frequency.
pub(crate) const HZ: u64 = 1_193_182;
/// It counts 16 bits.
pub(crate) const MASK: u32 = 0xffff;

// SAFETY: the timer is not used otherwise, and its interrupt is masked; on a machine without it the port is unused.
#[expect(unsafe_code, reason = "ports of the timer")]
const CHANNEL_0: Port<u8> = unsafe { Port::new(0x40) };
// SAFETY: as above.
#[expect(unsafe_code, reason = "ports of the timer")]
const COMMAND: Port<u8> = unsafe { Port::new(0x43) };

/// Both bytes of the count, mode 0 (interrupt on terminal count), binary.
const ONE_SHOT: u8 = 0b0011_0000;
/// Latches count and status of channel 0.
const READ_BACK: u8 = 0b1100_0010;

/// Counts 65,536 ticks, 55 ms, and then no more: a timer that firmware left periodic costs the host of a halted processor some
/// 50 wake-ups a second.
pub(crate) fn count_once() {
    COMMAND.write(ONE_SHOT);
    CHANNEL_0.write(0);
    CHANNEL_0.write(0);
}

/// Starts 65,536 ticks, 55 ms; whether there is such a timer.
pub(crate) fn start() -> bool {
    count_once();
    let (status, _) = read_back();
    const MODE: u8 = 0x3f;
    status & MODE == ONE_SHOT
}

/// How many ticks have passed since the start; none when it is over.
pub(crate) fn read() -> Option<u32> {
    elapsed(read_back())
}

/// What a status and a count say.
fn elapsed((status, count): (u8, u16)) -> Option<u32> {
    const OUTPUT: u8 = 1 << 7;
    const NOT_LOADED: u8 = 1 << 6;
    (status & (OUTPUT | NOT_LOADED) == 0).then(|| u32::from(count.wrapping_neg()))
}

fn read_back() -> (u8, u16) {
    COMMAND.write(READ_BACK);
    // Three reads follow the command that latches three bytes.
    (CHANNEL_0.read(), u16::from_le_bytes([CHANNEL_0.read(), CHANNEL_0.read()]))
}

#[cfg(test)]
mod tests {
    use super::elapsed;

    #[test]
    fn counts_down_from_65536() {
        assert_eq!(elapsed((0x30, 0)), Some(0));
        assert_eq!(elapsed((0x30, 0xffff)), Some(1));
        assert_eq!(elapsed((0x30, 1)), Some(65_535));
    }

    #[test]
    fn is_over_or_not_begun() {
        assert_eq!(elapsed((0xb0, 0xfff0)), None);
        assert_eq!(elapsed((0x70, 0)), None);
        assert_eq!(elapsed((0xff, 0xffff)), None);
    }
}
