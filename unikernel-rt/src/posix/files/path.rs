//! Paths: from what a program writes to names below the root. There are no links, so that `..` is the name before.

use crate::posix::bytes::text;
use crate::posix::errno::{EFAULT, EILSEQ, ENAMETOOLONG, ENOENT, ENOTDIR, ERANGE, Errno, fail, status};
use crate::sync::lock;
use alloc::string::String;
use core::ffi::{c_char, c_int};
use core::ptr;

/// Most bytes of a path, as on Linux, and of a name.
const PATH_BYTES: usize = 4096;
const NAME_BYTES: usize = 255;

lock! {
    /// The current directory, without the `/` that it begins with.
    static CURRENT: String = String::new();
}

/// The path of a file from the root, of one that is written from the root or from the current directory.
///
/// # Safety
/// `path` is a C string, or null.
pub(in crate::posix) unsafe fn resolve(path: *const c_char) -> Result<String, Errno> {
    if path.is_null() {
        return Err(EFAULT);
    }
    // SAFETY: the caller's promise.
    let path = unsafe { text(path) };
    CURRENT.with(|current| join(current, path))
}

/// The path that leads from `base` to `path`.
pub(in crate::posix) fn join(base: &str, path: &[u8]) -> Result<String, Errno> {
    if path.is_empty() {
        return Err(ENOENT);
    }
    if path.len() >= PATH_BYTES {
        return Err(ENAMETOOLONG);
    }
    let path = str::from_utf8(path).map_err(|_| EILSEQ)?;
    let mut joined = String::from(if path.starts_with('/') { "" } else { base });
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => joined.truncate(joined.rfind('/').unwrap_or(0)),
            name if name.len() > NAME_BYTES => return Err(ENAMETOOLONG),
            name => {
                if !joined.is_empty() {
                    joined.push('/');
                }
                joined.push_str(name);
            }
        }
    }
    Ok(joined)
}

/// Writes `/` and a path as a C string of at most `count` bytes.
///
/// # Safety
/// `to` is valid for writes of `count` bytes.
unsafe fn write(path: &str, to: *mut c_char, count: usize) -> Result<(), Errno> {
    if to.is_null() {
        return Err(EFAULT);
    }
    if path.len() + 2 > count {
        return Err(ERANGE);
    }
    // SAFETY: the caller's promise, and the length was just looked at.
    unsafe {
        let to = to.cast::<u8>();
        to.write(b'/');
        to.add(1).copy_from_nonoverlapping(path.as_ptr(), path.len());
        to.add(1 + path.len()).write(0);
    }
    Ok(())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getcwd(to: *mut c_char, count: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    match CURRENT.with(|current| unsafe { write(current, to, count) }) {
        Ok(()) => to,
        Err(error) => {
            fail(error);
            ptr::null_mut()
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn chdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| {
        if !path.is_empty() && super::root()?.status(&path)?.kind != super::Kind::Directory {
            return Err(ENOTDIR);
        }
        CURRENT.with(|current| *current = path);
        Ok(())
    }))
}

/// The path without `.`, `..` and links, of a file that exists; `to` has room for any, or is null for new memory.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn realpath(path: *const c_char, to: *mut c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let found = unsafe { resolve(path) }.and_then(|path| {
        if !path.is_empty() {
            super::root()?.status(&path)?;
        }
        let count = path.len() + 2;
        let to = if to.is_null() { crate::posix::heap::allocate(count, 1)?.as_ptr().cast() } else { to };
        // SAFETY: the caller's promise, or it has just been allocated.
        unsafe { write(&path, to, count) }?;
        Ok(to)
    });
    found.unwrap_or_else(|error| {
        fail(error);
        ptr::null_mut()
    })
}

#[cfg(test)]
mod tests {
    use super::{EILSEQ, ENAMETOOLONG, ENOENT, join};

    #[test]
    fn names_follow_each_other_without_dots() {
        for (base, path, expected) in [
            ("", "/", ""),
            ("", "a", "a"),
            ("a", "b/c", "a/b/c"),
            ("a", "/b", "b"),
            ("a/b", "..", "a"),
            ("a/b", "../../..", ""),
            ("a/b", ".././/c/./d/", "a/c/d"),
            ("", "...", "..."),
        ] {
            assert_eq!(join(base, path.as_bytes()).as_deref(), Ok(expected), "{base} {path}");
        }
        assert_eq!(join("a", b""), Err(ENOENT));
        assert_eq!(join("a", b"\xff"), Err(EILSEQ));
        assert_eq!(join("", &[b'a'; 256]), Err(ENAMETOOLONG));
        assert_eq!(join("", &[b'/'; 4096]), Err(ENAMETOOLONG));
    }
}
