//! Writes a head into whatever room there is, from any of its bytes on: one that did not fit is made again for the rest of it.
//!
//! `core::fmt` would be several kilobytes for a number.

use crate::set::REFERENCE;

/// A head that is being written.
pub(super) struct Writer<'a> {
    room: &'a mut [u8],
    /// The bytes that are left out.
    skip: usize,
    /// Where the next byte belongs in the room; before its beginning, and so wrapped around, for those that are left out.
    at: usize,
}

impl<'a> Writer<'a> {
    /// Leaves out the first bytes, as many as `skip`.
    pub(super) fn new(room: &'a mut [u8], skip: usize) -> Self {
        Writer { room, skip, at: 0_usize.wrapping_sub(skip) }
    }

    /// The length of what was written so far, with what did not fit.
    pub(super) fn length(&self) -> usize {
        self.at.wrapping_add(self.skip)
    }

    /// A text whose length the compiler knows: it is copied where it is called.
    #[inline(always)]
    pub(super) fn fixed<const LENGTH: usize>(&mut self, text: &[u8; LENGTH]) {
        match self.room.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut) {
            Some(room) => *room = *text,
            None => self.fitting(text),
        }
        self.at = self.at.wrapping_add(LENGTH);
    }

    /// Bytes as they stand.
    #[inline(never)] // it is called for many parts of a head
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let end = self.at.wrapping_add(bytes.len());
        match self.room.get_mut(self.at..end) {
            Some(room) => room.copy_from_slice(bytes),
            None => self.fitting(bytes),
        }
        self.at = end;
    }

    /// Those bytes that are neither left out nor too many.
    #[cold]
    #[inline(never)]
    fn fitting(&mut self, bytes: &[u8]) {
        for (offset, byte) in bytes.iter().enumerate() {
            if let Some(room) = self.room.get_mut(self.at.wrapping_add(offset)) {
                *room = *byte;
            }
        }
    }

    /// A number, in decimal digits.
    #[inline(never)] // as well
    pub(super) fn number(&mut self, number: usize) {
        let (mut count, mut rest) = (1, number / 10);
        while rest > 0 {
            count += 1;
            rest /= 10;
        }
        let end = self.at.wrapping_add(count);
        match self.room.get_mut(self.at..end) {
            Some(room) => digits(room, number),
            None => {
                let mut room = [0; DIGITS];
                let room = room.get_mut(..count).unwrap_or_default();
                digits(room, number);
                self.fitting(room);
            }
        }
        self.at = end;
    }

    /// A part of a reference, as it was sent; what may not stand in one is encoded (RFC 3986, section 2).
    #[inline(never)] // as well
    pub(super) fn reference(&mut self, text: &[u8]) {
        for byte in text {
            if REFERENCE.has(*byte) {
                self.put(&[*byte]);
            } else {
                let digit = |number: u8| if number < 10 { b'0' + number } else { b'A' - 10 + number };
                self.put(&[b'%', digit(byte >> 4), digit(byte & 0xf)]);
            }
        }
    }
}

/// The most digits of a number.
const DIGITS: usize = 20;

/// The last digits of a number, as many as there is room for.
#[inline]
fn digits(room: &mut [u8], number: usize) {
    let mut rest = number;
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, Writer};

    fn written(write: impl Fn(&mut Writer<'_>)) -> String {
        let mut room = [b'x'; 100];
        let mut writer = Writer::new(&mut room, 0);
        write(&mut writer);
        let length = writer.length();
        assert!(room[length..].iter().all(|byte| *byte == b'x'));
        String::from_utf8(room[..length].to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_decimal() {
        let mut numbers = vec![0, usize::MAX, usize::MAX / 2];
        numbers.extend((0..DIGITS as u32).flat_map(|power| [10_usize.pow(power) - 1, 10_usize.pow(power), 1024]));
        for number in numbers {
            assert_eq!(written(|writer| writer.number(number)), number.to_string());
        }
    }

    #[test]
    fn references_have_no_other_characters() {
        let text = "a%20b-._~:@!$&'()*+,;=?/\"<>\\^`{|}\u{e4}";
        let expected = "a%20b-._~:@!$&'()*+,;=?/%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A4";
        assert_eq!(written(|writer| writer.reference(text.as_bytes())), expected);
    }

    #[test]
    fn any_part_can_be_written() {
        let write = |writer: &mut Writer<'_>| {
            writer.fixed(b"abc");
            writer.number(4567);
            writer.put(b"");
            writer.put(b"d");
        };
        let whole = written(write);
        for skip in 0..=whole.len() + 2 {
            for room in 0..12 {
                let mut bytes = vec![b'x'; room];
                let mut writer = Writer::new(&mut bytes, skip);
                write(&mut writer);
                assert_eq!(writer.length(), whole.len());
                let mut expected: Vec<u8> = whole.bytes().skip(skip).take(room).collect();
                expected.resize(room, b'x');
                assert_eq!(bytes, expected, "{room} from {skip}");
            }
        }
    }
}
