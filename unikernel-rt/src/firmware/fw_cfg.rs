//! fw_cfg: the files that QEMU's command line gives a machine.
//!
//! QEMU, docs/specs/fw_cfg.rst: a selector and a data register on ports, a directory of files. All numbers in it are big-endian.

use crate::arch::port::{self, Port};

/// The file with the words for a kernel.
const NAME: &[u8] = b"opt/unikernel/values";

/// Writing it selects an item, and its first byte. It makes no device touch memory: DMA has a port of its own.
#[expect(unsafe_code, reason = "the selector of fw_cfg")]
// SAFETY: see above; nothing else uses the device.
const SELECTOR: Port<u16> = unsafe { Port::new(0x510) };
/// Reading it gives the next byte of the item.
const DATA: u16 = 0x511;

const SIGNATURE: u16 = 0x0000;
const DIRECTORY: u16 = 0x0019;

/// More files than any machine has; what a directory says beyond is not looked at.
const MOST_FILES: u32 = 1024;
const NAME_BYTES: usize = 56;

/// Hands over the words for a kernel, at most `most` bytes and up to a zero byte, with a space before them.
pub(crate) fn read(most: usize, mut word_byte: impl FnMut(u8)) {
    let data = || port::read::<u8>(DATA);
    SELECTOR.write(SIGNATURE);
    if [(); 4].map(|()| data()) != *b"QEMU" {
        return;
    }
    SELECTOR.write(DIRECTORY);
    if let Some(file) = find(data) {
        SELECTOR.write(file.selector);
        word_byte(b' ');
        (0..file.bytes.min(most as u32)).map(|_| data()).take_while(|byte| *byte != 0).for_each(word_byte);
    }
}

/// A file of the directory.
#[derive(PartialEq, Eq, Debug)]
struct File {
    bytes: u32,
    selector: u16,
}

/// Looks the file up in the directory, whose bytes `next` gives.
fn find(mut next: impl FnMut() -> u8) -> Option<File> {
    let files = u32::from_be_bytes([(); 4].map(|()| next())).min(MOST_FILES);
    for _ in 0..files {
        let bytes = u32::from_be_bytes([(); 4].map(|()| next()));
        let [high, low, _, _] = [(); 4].map(|()| next());
        let name = [(); NAME_BYTES].map(|()| next());
        if name.strip_prefix(NAME).is_some_and(|end| end.starts_with(&[0])) {
            return Some(File { bytes, selector: u16::from_be_bytes([high, low]) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{File, MOST_FILES, NAME_BYTES, find};
    use crate::test_cases::cases;
    use fastrand::Rng;
    use std::vec::Vec;

    fn directory(files: &[(&str, u32, u16)]) -> Vec<u8> {
        let mut bytes = (files.len() as u32).to_be_bytes().to_vec();
        for (name, size, selector) in files {
            bytes.extend(size.to_be_bytes());
            bytes.extend(selector.to_be_bytes());
            bytes.extend([0; 2]);
            let mut place = [0; NAME_BYTES];
            place[..name.len()].copy_from_slice(name.as_bytes());
            bytes.extend(place);
        }
        bytes
    }

    /// Looks the file up; behind the directory the device gives zeros. Returns as well how many bytes were read.
    fn look_up(bytes: &[u8]) -> (Option<File>, usize) {
        let mut at = 0;
        let file = find(|| {
            at += 1;
            bytes.get(at - 1).copied().unwrap_or_default()
        });
        (file, at)
    }

    #[test]
    fn a_file_is_found_by_its_whole_name() {
        let files = [("etc/acpi", 5, 0x20), ("opt/unikernel/values2", 9, 0x21), ("opt/unikernel/values", 7, 0x122)];
        assert_eq!(look_up(&directory(&files)).0, Some(File { bytes: 7, selector: 0x122 }));
        assert_eq!(look_up(&directory(&files[..2])).0, None);
        assert_eq!(look_up(&directory(&[("opt/unikernel/value", 7, 1)])).0, None);
        assert_eq!(look_up(&[]).0, None);
    }

    #[test]
    fn a_directory_has_an_end() {
        let (file, bytes) = look_up(&[0, 0, 0xff, 0xff]);
        assert_eq!((file, bytes), (None, 4 + MOST_FILES as usize * (8 + NAME_BYTES)));
    }

    #[test]
    fn random_directories() {
        let mut random = Rng::with_seed(13);
        for _ in 0..cases() / 100 {
            let mut bytes = directory(&[("etc/acpi", 5, 0x20), ("opt/unikernel/values", 7, 0x122)]);
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
            let _ = look_up(&bytes);
        }
    }
}
