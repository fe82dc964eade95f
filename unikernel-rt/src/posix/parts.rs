//! A buffer in several parts, as C hands it in: `struct iovec`.

// Who sends and receives in parts are sockets.
#![cfg_attr(not(all(feature = "tcp", feature = "udp")), allow(dead_code))]

use super::errno::Errno;
use core::ffi::c_void;
use core::marker::PhantomData;

/// A part of what is read or written at once.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Vector {
    pub(super) start: *mut c_void,
    pub(super) count: usize,
}

/// Parts to be written, in this order.
pub(super) struct Parts<'a>(&'a [Vector]);

/// Parts to be read into, in this order.
pub(super) struct PartsMut<'a>(&'a [Vector], PhantomData<&'a mut [u8]>);

impl<'a> Parts<'a> {
    /// # Safety
    /// Each part has its bytes, which nobody changes meanwhile.
    pub(super) const unsafe fn new(vectors: &'a [Vector]) -> Self {
        Parts(vectors)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(|vector| vector.count > 0).map(|Vector { start, count }| {
            // SAFETY: what `new` was promised.
            unsafe { core::slice::from_raw_parts(start.cast(), *count) }
        })
    }

    /// The bytes of all.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|vector| vector.count).sum()
    }
}

impl PartsMut<'_> {
    /// # Safety
    /// Each part has its bytes, which nobody else uses meanwhile, and which are no other part's.
    pub(super) const unsafe fn new(vectors: &[Vector]) -> PartsMut<'_> {
        PartsMut(vectors, PhantomData)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.0.iter().filter(|vector| vector.count > 0).map(|Vector { start, count }| {
            // SAFETY: what `new` was promised.
            unsafe { core::slice::from_raw_parts_mut(start.cast(), *count) }
        })
    }

    /// The bytes of all.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|vector| vector.count).sum()
    }
}

impl PartsMut<'_> {
    /// The only part that has bytes, or none of them; `None` where there are several.
    pub(super) fn only(&mut self) -> Option<&mut [u8]> {
        let mut full = self.0.iter().filter(|vector| vector.count > 0);
        match (full.next(), full.next()) {
            (None, _) => Some(&mut []),
            (Some(Vector { start, count }), None) => {
                // SAFETY: what `new` was promised.
                Some(unsafe { core::slice::from_raw_parts_mut(start.cast(), *count) })
            }
            _ => None,
        }
    }
}

/// A buffer of one part.
pub(super) fn one<R>(bytes: &[u8], with: impl FnOnce(&Parts<'_>) -> R) -> R {
    let vectors = [Vector { start: bytes.as_ptr().cast_mut().cast(), count: bytes.len() }];
    // SAFETY: it is the slice, which is not written to by way of `Parts`.
    with(&unsafe { Parts::new(&vectors) })
}

/// As [`one`], to be read into.
pub(super) fn one_mut<R>(bytes: &mut [u8], with: impl FnOnce(&mut PartsMut<'_>) -> R) -> R {
    let vectors = [Vector { start: bytes.as_mut_ptr().cast(), count: bytes.len() }];
    // SAFETY: it is the slice.
    with(&mut unsafe { PartsMut::new(&vectors) })
}

/// Transfers parts one after the other, until one is not transferred whole; the error is told where nothing was.
pub(super) fn each<P>(
    parts: impl Iterator<Item = (P, usize)>,
    mut transfer: impl FnMut(P, usize) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut done = 0;
    for (part, bytes) in parts {
        match transfer(part, done) {
            Ok(count) => {
                done += count;
                if count < bytes {
                    break;
                }
            }
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Parts, PartsMut, Vector, each, one, one_mut};
    use crate::posix::errno::EBADF;
    use std::vec::Vec;

    fn vector(bytes: &mut [u8]) -> Vector {
        Vector { start: bytes.as_mut_ptr().cast(), count: bytes.len() }
    }

    #[test]
    fn parts_without_bytes_are_none() {
        let (mut first, mut second) = ([1, 2], [3]);
        let vectors = [vector(&mut []), vector(&mut first), vector(&mut []), vector(&mut second)];
        // SAFETY: they are the arrays, which nobody else uses meanwhile.
        let (parts, mut into, mut alone) =
            unsafe { (Parts::new(&vectors), PartsMut::new(&vectors), PartsMut::new(&vectors[..3])) };
        assert_eq!(parts.iter().collect::<Vec<_>>(), [&[1, 2][..], &[3]]);
        assert_eq!((parts.bytes(), into.bytes()), (3, 3));
        assert_eq!(alone.only(), Some(&mut [1, 2][..]));
        assert!(into.only().is_none());
        into.iter_mut().for_each(|part| part.fill(7));
        assert_eq!((first, second), ([7, 7], [7]));
        assert_eq!(one(b"ab", |parts| parts.bytes()), 2);
        assert!(one_mut(&mut [], |parts| parts.only().is_some_and(|part| part.is_empty())));
    }

    #[test]
    fn what_was_transferred_is_told_before_an_error() {
        let parts = || [4, 4, 4].into_iter().map(|bytes| ((), bytes));
        assert_eq!(each(parts(), |(), done| if done < 8 { Ok(4) } else { Err(EBADF) }), Ok(8));
        assert_eq!(each(parts(), |(), _| Ok(3)), Ok(3));
        assert_eq!(each(parts(), |(), _| Err(EBADF)), Err(EBADF));
    }
}
