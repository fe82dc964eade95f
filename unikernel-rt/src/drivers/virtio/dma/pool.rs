//! Pools of static buffers, for kernels without a heap.

use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

/// `COUNT` buffers of `BYTES` bytes each, a static.
///
/// ```
/// use unikernel_rt::block::Pool;
///
/// static BUFFERS: Pool<4, 4096> = Pool::new();
///
/// let mut buffer = BUFFERS.take().expect("there are four");
/// buffer[..5].copy_from_slice(b"hello");
/// drop(buffer); // returns it to the pool
/// ```
pub struct Pool<const COUNT: usize, const BYTES: usize> {
    is_taken: [AtomicBool; COUNT],
    buffers: UnsafeCell<[[u8; BYTES]; COUNT]>,
}

// SAFETY: only the taker of a buffer uses it.
unsafe impl<const COUNT: usize, const BYTES: usize> Sync for Pool<COUNT, BYTES> {}

impl<const COUNT: usize, const BYTES: usize> Pool<COUNT, BYTES> {
    /// A pool with all buffers free. They take no space in the image.
    #[must_use]
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Pool { is_taken: [const { AtomicBool::new(false) }; COUNT], buffers: UnsafeCell::new([[0; BYTES]; COUNT]) }
    }

    /// Takes a buffer, with unspecified contents; `None` if all are taken.
    pub fn take(&'static self) -> Option<PoolBuffer> {
        let is_free =
            |is_taken: &AtomicBool| !is_taken.load(Ordering::Relaxed) && !is_taken.swap(true, Ordering::Acquire);
        let index = self.is_taken.iter().position(is_free)?;
        let start = self.buffers.get().cast::<u8>().wrapping_add(index * BYTES);
        Some(PoolBuffer { start: NonNull::new(start)?, length: BYTES, is_taken: self.is_taken.get(index)? })
    }
}

impl<const COUNT: usize, const BYTES: usize> fmt::Debug for Pool<COUNT, BYTES> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pool")
    }
}

/// A buffer of a [`Pool`], which returns there when it is dropped.
pub struct PoolBuffer {
    pub(super) start: NonNull<u8>,
    pub(super) length: usize,
    pub(super) is_taken: &'static AtomicBool,
}

// SAFETY: it owns its bytes exclusively, as a `Box` does.
unsafe impl Send for PoolBuffer {}
// SAFETY: as above.
unsafe impl Sync for PoolBuffer {}

impl PoolBuffer {
    /// Shortens it; it has its full length when it is taken again.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

impl Deref for PoolBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: bytes of a static, which this buffer owns exclusively.
        unsafe { NonNull::slice_from_raw_parts(self.start, self.length).as_ref() }
    }
}

impl DerefMut for PoolBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`.
        unsafe { NonNull::slice_from_raw_parts(self.start, self.length).as_mut() }
    }
}

impl fmt::Debug for PoolBuffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PoolBuffer").field("length", &self.length).finish()
    }
}

impl Drop for PoolBuffer {
    fn drop(&mut self) {
        self.is_taken.store(false, Ordering::Release);
    }
}
