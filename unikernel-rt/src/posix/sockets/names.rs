//! The addresses of names: `getaddrinfo`, and what belongs to it.

use super::__unikernel_declare_net_to_use_std_sockets;
use super::addresses::{AF_INET, AF_INET6, AF_UNSPEC, Family, Raw};
use super::calls::{IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM};
#[cfg(feature = "dns")]
use super::nets;
use crate::posix::bytes::text;
use crate::posix::errno::{EAFNOSUPPORT, fail};
use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::ptr;

const AI_PASSIVE: c_int = 1;
const AI_CANONNAME: c_int = 2;
const AI_NUMERICHOST: c_int = 4;

/// Why there are no addresses, by the numbers of C.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Failure(c_int);

const EAI_NONAME: Failure = Failure(-2);
const EAI_AGAIN: Failure = Failure(-3);
const EAI_FAMILY: Failure = Failure(-6);
const EAI_SOCKTYPE: Failure = Failure(-7);
const EAI_SERVICE: Failure = Failure(-8);
/// `errno` says what is wrong.
const EAI_SYSTEM: Failure = Failure(-11);

/// What is wanted, and what is found: C's `struct addrinfo`.
#[derive(Debug)]
#[repr(C)]
struct Entry {
    flags: c_int,
    family: c_int,
    kind: c_int,
    protocol: c_int,
    address_bytes: u32,
    address: *const c_void,
    name: *mut c_char,
    next: *mut Entry,
}

/// An entry with its address.
#[repr(C)]
struct Found {
    entry: Entry,
    address: Raw,
}

fn parse(name: &str) -> Option<IpAddr> {
    name.parse().ok()
}

/// Asks servers for the addresses of a name, of a family or of all.
type Ask = fn(&str, c_int) -> Result<Vec<IpAddr>, Failure>;

/// The addresses of a name, of a family or of all.
fn look_up(ask: Ask, name: &str, family: c_int, is_number: bool) -> Result<Vec<IpAddr>, Failure> {
    let is_wanted = |ip: &IpAddr| match ip {
        IpAddr::V4(_) => family != AF_INET6,
        IpAddr::V6(_) => family != AF_INET && cfg!(feature = "ipv6"),
    };
    let own = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let known = match parse(name) {
        Some(ip) => alloc::vec![ip],
        None if is_number => return Err(EAI_NONAME),
        None if name.eq_ignore_ascii_case("localhost") => own.to_vec(),
        None => return ask(name, family),
    };
    let wanted: Vec<IpAddr> = known.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() { Err(EAI_NONAME) } else { Ok(wanted) }
}

/// Asks the networks, one after the other, until one of them knows.
#[cfg(feature = "dns")]
fn ask(name: &str, family: c_int) -> Result<Vec<IpAddr>, Failure> {
    use crate::net::Error;
    use unikernel_net::DnsFamilies;
    let families = match family {
        AF_INET => DnsFamilies::Ipv4,
        AF_INET6 => DnsFamilies::Ipv6,
        _ => DnsFamilies::Any,
    };
    nets::wait_for_any_address();
    let mut failure = EAI_AGAIN;
    for net in nets::all() {
        failure = match crate::threads::block_on(net.resolve_all(name, families)) {
            Ok(addresses) => return Ok(addresses),
            Err(Error::NoSuchHost | Error::MessageTooLarge) => EAI_NONAME,
            Err(_) => EAI_AGAIN,
        };
    }
    Err(failure)
}

#[cfg(not(feature = "dns"))]
fn ask(_name: &str, _family: c_int) -> Result<Vec<IpAddr>, Failure> {
    super::errors::without("dns", crate::posix::errno::ENOSYS);
    Err(EAI_NONAME)
}

/// Who asks.
struct Asked<'a> {
    name: Option<&'a str>,
    service: Option<&'a str>,
    flags: c_int,
    family: c_int,
    kind: c_int,
}

fn find(asked: &Asked<'_>, ask: Ask) -> Result<*mut Entry, Failure> {
    let Asked { name, service, flags, family, kind } = *asked;
    if ![AF_UNSPEC, AF_INET, AF_INET6].contains(&family) {
        return Err(EAI_FAMILY);
    }
    let kinds: &[(c_int, c_int)] = match kind {
        0 => &[(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP)],
        SOCK_STREAM => &[(SOCK_STREAM, IPPROTO_TCP)],
        SOCK_DGRAM => &[(SOCK_DGRAM, IPPROTO_UDP)],
        _ => return Err(EAI_SOCKTYPE),
    };
    // There is no list of services.
    let port = service.map_or(Ok(0), |service| service.parse().map_err(|_| EAI_SERVICE))?;
    let addresses = match name {
        Some(name) => look_up(ask, name, family, flags & AI_NUMERICHOST != 0)?,
        None if service.is_none() => return Err(EAI_NONAME),
        None if flags & AI_PASSIVE != 0 => {
            look_up(ask, if family == AF_INET6 { "::" } else { "0.0.0.0" }, family, true)?
        }
        None => look_up(ask, "localhost", family, false)?,
    };
    let mut next = ptr::null_mut();
    // From the last one, which the one before it points to.
    for (index, address) in addresses.iter().enumerate().rev() {
        for (kind, protocol) in kinds.iter().rev() {
            let wants_name = flags & AI_CANONNAME != 0 && index == 0;
            let name = name.filter(|_| wants_name).and_then(|name| CString::new(name).ok());
            next = entry(SocketAddr::new(*address, port), (*kind, *protocol), name, next);
        }
    }
    Ok(next)
}

fn entry(address: SocketAddr, (kind, protocol): (c_int, c_int), name: Option<CString>, next: *mut Entry) -> *mut Entry {
    let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
    let address = Raw::new(address, family);
    let name = name.map_or(ptr::null_mut(), CString::into_raw);
    let (family, address_bytes) = (family.number(), address.length());
    let entry = Entry { flags: 0, family, kind, protocol, address_bytes, address: ptr::null(), name, next };
    let found = Box::leak(Box::new(Found { entry, address }));
    found.entry.address = found.address.start();
    ptr::from_mut(found).cast()
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getaddrinfo(
    name: *const c_char,
    service: *const c_char,
    hints: *const Entry,
    to: *mut *mut Entry,
) -> c_int {
    if !__unikernel_declare_net_to_use_std_sockets() {
        fail(EAFNOSUPPORT);
        return EAI_SYSTEM.0;
    }
    let text = |at: *const c_char| match at.is_null() {
        true => Ok(None),
        false => {
            // SAFETY: the caller's promise: it is a text.
            let text = unsafe { text(at) };
            core::str::from_utf8(text).map(Some).map_err(|_| EAI_NONAME)
        }
    };
    // SAFETY: the caller's promise.
    let (flags, family, kind) =
        unsafe { hints.as_ref() }.map_or((0, AF_UNSPEC, 0), |hints| (hints.flags, hints.family, hints.kind));
    let found = text(name).and_then(|name| {
        let service = text(service)?;
        find(&Asked { name, service, flags, family, kind }, ask)
    });
    match found {
        Ok(first) => {
            // SAFETY: the caller's promise.
            unsafe { to.write(first) };
            0
        }
        Err(Failure(number)) => number,
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn freeaddrinfo(first: *mut Entry) {
    let mut next = first;
    while !next.is_null() {
        // SAFETY: the caller's promise: it is of `getaddrinfo`, which has made each so, and nobody uses it any more.
        let found = unsafe { Box::from_raw(next.cast::<Found>()) };
        next = found.entry.next;
        if !found.entry.name.is_null() {
            // SAFETY: it was made so.
            drop(unsafe { CString::from_raw(found.entry.name) });
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn gai_strerror(number: c_int) -> *const c_char {
    let text = match Failure(number) {
        EAI_NONAME => c"Name or service not known",
        EAI_AGAIN => c"Temporary failure in name resolution",
        EAI_FAMILY => c"ai_family not supported",
        EAI_SOCKTYPE => c"ai_socktype not supported",
        EAI_SERVICE => c"Servname not supported for ai_socktype",
        _ => c"Unknown error",
    };
    text.as_ptr()
}

/// Has the configuration read again, of which there is none: name servers are those of the networks, as they are when a name is asked for.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __res_init() -> c_int {
    0
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    fn found(
        name: Option<&str>,
        service: Option<&str>,
        flags: c_int,
        family: c_int,
    ) -> Result<Vec<(c_int, std::string::String)>, Failure> {
        let first = find(&Asked { name, service, flags, family, kind: SOCK_STREAM }, |_, _| Err(EAI_AGAIN))?;
        let mut all = Vec::new();
        let mut next = first;
        while !next.is_null() {
            // SAFETY: `find` has just made it, and its address.
            let entry = unsafe { &*next };
            let family = if entry.family == AF_INET { Family::V4 } else { Family::V6 };
            // SAFETY: as above.
            let address = unsafe { super::super::addresses::read(entry.address, entry.address_bytes, family) };
            all.push((entry.kind, address.expect("an address").expect("of a family").to_string()));
            next = entry.next;
        }
        // SAFETY: it is of `find`.
        unsafe { freeaddrinfo(first) };
        Ok(all)
    }

    #[test]
    fn numbers_and_this_machine_need_no_server() {
        let one = |address: &str| Ok(alloc::vec![(SOCK_STREAM, address.to_string())]);
        assert_eq!(found(Some("10.0.0.2"), None, 0, AF_UNSPEC), one("10.0.0.2:0"));
        assert_eq!(found(Some("fe80::1"), Some("80"), 0, AF_UNSPEC), one("[fe80::1]:80"));
        assert_eq!(found(Some("LocalHost"), Some("80"), AI_CANONNAME, AF_INET), one("127.0.0.1:80"));
        assert_eq!(found(None, Some("80"), AI_PASSIVE, AF_INET6), one("[::]:80"));
        assert_eq!(found(Some("localhost"), None, 0, AF_UNSPEC).map(|all| all.len()), Ok(2));
        assert_eq!(found(Some("10.0.0.2"), None, 0, AF_INET6), Err(EAI_NONAME));
        assert_eq!(found(Some("example.org"), None, AI_NUMERICHOST, AF_UNSPEC), Err(EAI_NONAME));
        assert_eq!(found(Some("example.org"), None, 0, AF_UNSPEC), Err(EAI_AGAIN), "others are asked");
        assert_eq!(found(Some("10.0.0.2"), Some("http"), 0, AF_UNSPEC), Err(EAI_SERVICE));
        assert_eq!(found(None, None, 0, AF_UNSPEC), Err(EAI_NONAME));
        assert_eq!(found(Some("::1"), None, 0, 1), Err(EAI_FAMILY));
    }
}
