//! The environment: variables, and what the machine is like.

use super::bytes::text;
use super::errno::{EFAULT, EINVAL, ENOENT, ENOMEM, ERANGE, Errno, fail, status};
use super::heap;
use crate::kernel::{Boot, Kernel};
use crate::memory::{self, PAGE_BYTES};
use crate::sync::lock;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use unikernel_vocabulary::Argument;

/// A variable: `NAME=value` with its end, never freed, as C lets callers of `getenv` keep it.
#[derive(Clone, Copy)]
struct Variable(*mut c_char);

// SAFETY: the text is never changed.
unsafe impl Send for Variable {}

lock! {
    /// The variables, and a null pointer: what `environ` points to.
    static VARIABLES: Vec<Variable> = Vec::new();
}

/// What precedes the name of a variable on the boot command line.
const PREFIX: &str = "env.";

/// Whether variables are declared.
pub(super) const fn is_declared(mut arguments: &[Argument<'_>]) -> bool {
    while let [first, rest @ ..] = arguments {
        if let [b'e', b'n', b'v', b'.', ..] = first.name.as_bytes() {
            return true;
        }
        arguments = rest;
    }
    false
}

/// Sets the declared variables, to what the command line says or to their defaults.
pub(super) fn read<K: Kernel>(boot: &Boot<K>) {
    for (index, argument) in K::DECLARATION.arguments.iter().enumerate() {
        if let Some(name) = argument.name.strip_prefix(PREFIX)
            && let Some(value) = boot.text(index)
        {
            // A name of the grammar of declarations is one, and no text of the command line has a zero byte.
            let _ = set(name.as_bytes(), value.as_bytes(), true);
        }
    }
}

/// C's list of the variables.
#[cfg_attr(unikernel, unsafe(no_mangle))]
#[allow(non_upper_case_globals)] // its name in C
static environ: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());

/// The list, for who is handed it at the start.
pub(super) fn list() -> *const *mut c_char {
    VARIABLES.with(show)
}

/// Ends the list, and shows it by its name.
fn show(variables: &mut Vec<Variable>) -> *const *mut c_char {
    if variables.last().is_none_or(|last| !last.0.is_null()) {
        variables.push(Variable(ptr::null_mut()));
    }
    // A variable is a pointer by its representation.
    let list = variables.as_mut_ptr().cast::<*mut c_char>();
    environ.store(list, Ordering::Relaxed);
    list
}

/// The place of a variable in the list, and the address of its value.
fn find(variables: &[Variable], name: &[u8]) -> Option<(usize, *mut c_char)> {
    let values = variables.iter().enumerate().filter(|(_, variable)| !variable.0.is_null());
    values.into_iter().find_map(|(index, variable)| {
        // SAFETY: `set` has made it a C string, which is never freed.
        let value = unsafe { text(variable.0) }.strip_prefix(name)?.strip_prefix(b"=")?;
        Some((index, value.as_ptr().cast_mut().cast()))
    })
}

/// Sets a variable.
pub(super) fn set(name: &[u8], value: &[u8], replaces: bool) -> Result<(), Errno> {
    if name.is_empty() || name.contains(&b'=') {
        return Err(EINVAL);
    }
    let length = name.len() + 1 + value.len();
    let place = heap::allocate(length + 1, 1).map_err(|_| ENOMEM)?.as_ptr();
    // SAFETY: it has just been allocated, with that length.
    unsafe {
        place.copy_from_nonoverlapping(name.as_ptr(), name.len());
        place.add(name.len()).write(b'=');
        place.add(name.len() + 1).copy_from_nonoverlapping(value.as_ptr(), value.len());
        place.add(length).write(0);
    }
    VARIABLES.with(|variables| {
        match find(variables, name) {
            Some(_) if !replaces => {}
            Some((index, _)) => variables[index] = Variable(place.cast()),
            None => {
                let end = variables.len().saturating_sub(1);
                if variables.is_empty() {
                    variables.push(Variable(place.cast()));
                } else {
                    variables.insert(end, Variable(place.cast()));
                }
            }
        }
        show(variables);
    });
    Ok(())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let name = unsafe { text(name) };
    VARIABLES.with(|variables| find(variables, name)).map_or(ptr::null_mut(), |(_, value)| value)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn setenv(name: *const c_char, value: *const c_char, replaces: c_int) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { set(text(name), text(value), replaces != 0) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn unsetenv(name: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { text(name) };
    if name.is_empty() || name.contains(&b'=') {
        return fail(EINVAL);
    }
    VARIABLES.with(|variables| {
        if let Some((index, _)) = find(variables, name) {
            variables.remove(index);
            show(variables);
        }
    });
    0
}

/// The auxiliary vector of a process, of which a kernel has no more than the size of a page.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getauxval(kind: u64) -> u64 {
    const AT_PAGESZ: u64 = 6;
    match kind {
        AT_PAGESZ => PAGE_BYTES,
        _ => {
            fail(ENOENT);
            0
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getpagesize() -> c_int {
    PAGE_BYTES as c_int
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn sysconf(name: c_int) -> i64 {
    const _SC_CLK_TCK: c_int = 2;
    const _SC_OPEN_MAX: c_int = 4;
    const _SC_PAGESIZE: c_int = 30;
    const _SC_IOV_MAX: c_int = 60;
    const _SC_GETPW_R_SIZE_MAX: c_int = 70;
    const _SC_NPROCESSORS_CONF: c_int = 83;
    const _SC_NPROCESSORS_ONLN: c_int = 84;
    const _SC_AVPHYS_PAGES: c_int = 86;
    match name {
        _SC_CLK_TCK => 100,
        _SC_OPEN_MAX => 1 << 16,
        _SC_PAGESIZE => PAGE_BYTES as i64,
        _SC_IOV_MAX => 1024,
        _SC_GETPW_R_SIZE_MAX => 64,
        _SC_NPROCESSORS_CONF | _SC_NPROCESSORS_ONLN => 1,
        _SC_AVPHYS_PAGES => memory::free_ranges().map(|range| ((range.end - range.start) / PAGE_BYTES) as i64).sum(),
        _ => i64::from(fail(EINVAL)),
    }
}

/// There are no users: a home folder is asked for by `HOME`.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getpwuid_r(
    _user: c_int,
    _entry: *mut c_void,
    _buffer: *mut c_char,
    _count: usize,
    found: *mut *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { found.write(ptr::null_mut()) };
    0
}

/// The release of the system: the runtime's own.
const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The machine's name.
const NODE: &CStr = c"unikernel";

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn gethostname(to: *mut c_char, count: usize) -> c_int {
    let name = NODE.to_bytes_with_nul();
    if count < name.len() {
        return fail(ERANGE);
    }
    // SAFETY: the caller's promise.
    unsafe { to.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), name.len()) };
    0
}

/// The bytes of each text of `struct utsname`, its end included.
const NAME_BYTES: usize = 65;

/// `struct utsname`: the names of system, machine, release, version, processor and domain.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn uname(to: *mut [[u8; NAME_BYTES]; 6]) -> c_int {
    let texts = [NODE, NODE, VERSION, VERSION, c"x86_64", c"(none)"];
    if to.is_null() {
        return fail(EFAULT);
    }
    let names = texts.map(|text| {
        let mut name = [0; NAME_BYTES];
        name.iter_mut().zip(text.to_bytes()).for_each(|(to, from)| *to = *from);
        name
    });
    // SAFETY: the caller's promise; it has no alignment.
    unsafe { to.write(names) };
    0
}

/// What programs of this target were compiled against.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn gnu_get_libc_version() -> *const c_char {
    c"2.36".as_ptr()
}

#[cfg(test)]
mod tests {
    use super::{NAME_BYTES, uname};

    #[test]
    fn a_machine_has_names_with_ends() {
        let mut names = [[0xff; NAME_BYTES]; 6];
        // SAFETY: it is the array.
        assert_eq!(unsafe { uname(&raw mut names) }, 0);
        let texts = names.map(|name| core::ffi::CStr::from_bytes_until_nul(&name).map(|text| text.to_bytes().len()));
        assert_eq!(
            texts,
            [Ok(9), Ok(9), Ok(env!("CARGO_PKG_VERSION").len()), Ok(env!("CARGO_PKG_VERSION").len()), Ok(6), Ok(6)]
        );
        assert!(names[0].starts_with(b"unikernel\0") && names[4].starts_with(b"x86_64\0"));
    }
}
