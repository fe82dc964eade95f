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

    /// A name and a text, as they stand.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    /// A name and a value, as they stand.
    #[inline(never)] // it is called for each part of a head
    pub(super) fn bytes(&mut self, name: &str, value: &[u8]) {
        self.put(name.as_bytes());
        if !value.is_empty() {
            self.put(value);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
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

    /// A name and a number, in decimal digits.
    #[inline(never)] // as well
    pub(super) fn number(&mut self, name: &str, number: usize) {
        let mut digits = [0; 20];
        let (mut first, mut rest) = (digits.len(), number);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            first -= 1;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes(name, digits.get(first..).unwrap_or_default());
    }

    /// A name and a part of a reference, as it was sent; what may not stand in one is encoded (RFC 3986, section 2).
    #[inline(never)] // as well
    pub(super) fn reference(&mut self, name: &str, text: &[u8]) {
        self.text(name, "");
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

#[cfg(test)]
mod tests {
    use super::Writer;

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
        for number in [0, 9, 10, 1024, usize::MAX] {
            assert_eq!(written(|writer| writer.number("", number)), number.to_string());
        }
    }

    #[test]
    fn references_have_no_other_characters() {
        let text = "a%20b-._~:@!$&'()*+,;=?/\"<>\\^`{|}\u{e4}";
        let expected = "a%20b-._~:@!$&'()*+,;=?/%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A4";
        assert_eq!(written(|writer| writer.reference("", text.as_bytes())), expected);
    }

    #[test]
    fn any_part_can_be_written() {
        let write = |writer: &mut Writer<'_>| {
            writer.text("ab", "c");
            writer.number("", 4567);
            writer.bytes("", b"");
            writer.text("", "d");
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
