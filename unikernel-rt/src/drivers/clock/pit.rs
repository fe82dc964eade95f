//! The 8254 interval timer: its channel 0, as a measure for others.
//!
//! Intel 8254 data sheet: mode 0, read-back command. Channel 0 and not 2, whose gate is at a port that small machines lack. Its
//! interrupt goes nowhere: the 8259s are masked.

use x86_64::instructions::port::Port;

/// Its frequency.
pub(crate) const HZ: u64 = 1_193_182;
/// It counts 16 bits.
pub(crate) const MASK: u32 = 0xffff;

const CHANNEL_0: Port<u8> = Port::new(0x40);
const COMMAND: Port<u8> = Port::new(0x43);

/// Both bytes of the count, mode 0 (interrupt on terminal count), binary.
const ONE_SHOT: u8 = 0b0011_0000;
/// Latches count and status of channel 0.
const READ_BACK: u8 = 0b1100_0010;

/// Starts 65,536 ticks, 55 ms; whether there is such a timer.
pub(crate) fn start() -> bool {
    command(ONE_SHOT);
    let mut channel = CHANNEL_0;
    // SAFETY: the timer is nobody else's.
    unsafe {
        channel.write(0);
        channel.write(0);
    }
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
    command(READ_BACK);
    let mut channel = CHANNEL_0;
    // SAFETY: as in `start`; three reads follow the command that latches three bytes.
    unsafe { (channel.read(), u16::from_le_bytes([channel.read(), channel.read()])) }
}

fn command(command: u8) {
    let mut port = COMMAND;
    // SAFETY: the timer is nobody else's; on a machine without it the port is nobody's.
    unsafe { port.write(command) };
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
