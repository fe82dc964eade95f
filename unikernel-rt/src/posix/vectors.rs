//! Buffers in several parts, and the calls that read and write such.

use super::descriptors::{buffer, bytes, object, offset};
use super::errno::{EINVAL, Errno, result};
use super::parts::{Parts, PartsMut, Vector};
use core::ffi::c_int;

/// Most parts of one call, as on Linux.
const VECTORS_MAX: c_int = 1024;

/// The parts that a caller hands in.
///
/// # Safety
/// `vectors` points to `count` parts, and each part to its bytes; nobody else uses them meanwhile.
pub(super) unsafe fn vectors<'a>(vectors: *const Vector, count: usize) -> Result<&'a [Vector], Errno> {
    if count > VECTORS_MAX as usize {
        return Err(EINVAL);
    }
    // SAFETY: the caller's promise.
    let vectors: &[Vector] = unsafe {
        match count {
            0 => &[],
            _ => core::slice::from_raw_parts(vectors, count),
        }
    };
    let mut total = 0_usize;
    for vector in vectors {
        // SAFETY: the caller's promise. It says whether the address can be one.
        unsafe { bytes(vector.start, vector.count) }?;
        total = total.checked_add(vector.count).filter(|total| isize::try_from(*total).is_ok()).ok_or(EINVAL)?;
    }
    Ok(vectors)
}

fn count(count: c_int) -> Result<usize, Errno> {
    usize::try_from(count).map_err(|_| EINVAL)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn readv(file: c_int, from: *const Vector, parts: c_int) -> isize {
    result(object(file).and_then(|object| {
        // SAFETY: the caller's promise.
        let mut parts = unsafe { PartsMut::new(vectors(from, count(parts)?)?) };
        object.read_parts(&mut parts)
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn writev(file: c_int, from: *const Vector, parts: c_int) -> isize {
    result(object(file).and_then(|object| {
        // SAFETY: the caller's promise.
        let parts = unsafe { Parts::new(vectors(from, count(parts)?)?) };
        object.write_parts(&parts)
    }))
}

/// Transfers the parts one after the other, each at its place, until one is not transferred whole.
fn each(
    vectors: &[Vector],
    at: i64,
    mut transfer: impl FnMut(&Vector, u64) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let at = offset(at)?;
    super::parts::each(vectors.iter().map(|vector| (vector, vector.count)), |vector, done| {
        transfer(vector, at + done as u64)
    })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn preadv(file: c_int, from: *const Vector, parts: c_int, at: i64) -> isize {
    result(object(file).and_then(|object| {
        // SAFETY: the caller's promise.
        let parts = unsafe { vectors(from, count(parts)?)? };
        each(parts, at, |part, at| {
            // SAFETY: the caller's promise.
            let part = unsafe { buffer(part.start, part.count) }?;
            object.read_at(at, part)
        })
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pwritev(file: c_int, from: *const Vector, parts: c_int, at: i64) -> isize {
    result(object(file).and_then(|object| {
        // SAFETY: the caller's promise.
        let parts = unsafe { vectors(from, count(parts)?)? };
        each(parts, at, |part, at| {
            // SAFETY: the caller's promise.
            let part = unsafe { bytes(part.start, part.count) }?;
            object.write_at(at, part)
        })
    }))
}
