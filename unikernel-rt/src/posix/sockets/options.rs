//! `getsockopt` and `setsockopt`: the options that there are. Any other is an error, rather than kept without effect.

use super::calls::{IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, with_socket};
use super::settings::Settings;
use super::socket::Socket;
use crate::posix::descriptors::bytes;
use crate::posix::errno::{EDOM, EFAULT, EINVAL, ENOPROTOOPT, Errno, status};
use core::ffi::{c_int, c_void};

const SOL_SOCKET: c_int = 1;
const IPPROTO_IP: c_int = 0;
const IPPROTO_IPV6: c_int = 41;

/// An option, of those that there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Name {
    ReuseAddress,
    Kind,
    Error,
    Broadcast,
    SendBuffer,
    ReceiveBuffer,
    KeepAlive,
    Linger,
    ReceiveTimeout,
    SendTimeout,
    IsListening,
    Protocol,
    Domain,
    NoDelay,
    KeepIdle,
    UserTimeout,
    HopLimit,
    OnlyIpv6,
}

/// By level and number, as Linux has them.
const NAMES: [(c_int, c_int, Name); 19] = [
    (SOL_SOCKET, 2, Name::ReuseAddress),
    (SOL_SOCKET, 3, Name::Kind),
    (SOL_SOCKET, 4, Name::Error),
    (SOL_SOCKET, 6, Name::Broadcast),
    (SOL_SOCKET, 7, Name::SendBuffer),
    (SOL_SOCKET, 8, Name::ReceiveBuffer),
    (SOL_SOCKET, 9, Name::KeepAlive),
    (SOL_SOCKET, 13, Name::Linger),
    (SOL_SOCKET, 20, Name::ReceiveTimeout),
    (SOL_SOCKET, 21, Name::SendTimeout),
    (SOL_SOCKET, 30, Name::IsListening),
    (SOL_SOCKET, 38, Name::Protocol),
    (SOL_SOCKET, 39, Name::Domain),
    (IPPROTO_TCP, 1, Name::NoDelay),
    (IPPROTO_TCP, 4, Name::KeepIdle),
    (IPPROTO_TCP, 18, Name::UserTimeout),
    (IPPROTO_IP, 2, Name::HopLimit),
    (IPPROTO_IPV6, 16, Name::HopLimit),
    (IPPROTO_IPV6, 26, Name::OnlyIpv6),
];

fn name(level: c_int, number: c_int) -> Result<Name, Errno> {
    let found = NAMES.iter().find(|(its_level, its_number, _)| (*its_level, *its_number) == (level, number));
    found.map(|(_, _, name)| *name).ok_or(ENOPROTOOPT)
}

/// RFC 1700: what every packet is sent with.
const HOP_LIMIT: i64 = 64;
const US_PER_SECOND: i64 = 1_000_000;
const NS_PER_US: i64 = 1000;

/// A value: one number, or two of the kinds that C has structures for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Value {
    /// `int`.
    Number(i64),
    /// `struct linger`.
    Pair(i32, i32),
    /// `struct timeval`: nanoseconds.
    Time(u64),
}

fn tell(socket: &Socket, name: Name) -> Value {
    let settings = socket.settings();
    let number = |number: c_int| Value::Number(number.into());
    let flag = |flag: bool| Value::Number(flag.into());
    let (is_tcp, is_listening) = socket.kind();
    match name {
        Name::ReuseAddress => flag(settings.reuses_address),
        Name::Kind => number(if is_tcp { SOCK_STREAM } else { SOCK_DGRAM }),
        Name::Error => number(socket.take_error().map_or(0, |error| error.0)),
        Name::Broadcast => flag(settings.may_broadcast),
        Name::SendBuffer => Value::Number(socket.buffers().1.into()),
        Name::ReceiveBuffer => Value::Number(socket.buffers().0.into()),
        Name::KeepAlive => flag(settings.keeps_alive),
        Name::Linger => Value::Pair(settings.linger_seconds.is_some().into(), settings.linger_seconds.unwrap_or(0)),
        Name::ReceiveTimeout => Value::Time(settings.receive_timeout_ns),
        Name::SendTimeout => Value::Time(settings.send_timeout_ns),
        Name::IsListening => flag(is_listening),
        Name::Protocol => number(if is_tcp { IPPROTO_TCP } else { IPPROTO_UDP }),
        Name::Domain => number(socket.family.number()),
        Name::NoDelay => flag(settings.no_delay),
        Name::KeepIdle => Value::Number(settings.keep_alive_seconds.into()),
        Name::UserTimeout => Value::Number(settings.user_timeout_ms.into()),
        Name::HopLimit => Value::Number(HOP_LIMIT),
        Name::OnlyIpv6 => flag(false),
    }
}

fn set(socket: &Socket, name: Name, value: Value) -> Result<(), Errno> {
    let flag = || value.number().map(|number| number != 0);
    let number = || value.number().and_then(|number| u32::try_from(number).map_err(|_| EINVAL));
    let change = |change: &dyn Fn(&mut Settings)| {
        socket.change_settings(|settings| change(settings));
        Ok(())
    };
    match name {
        Name::ReuseAddress => flag().and_then(|flag| change(&|settings| settings.reuses_address = flag)),
        Name::Broadcast => flag().and_then(|flag| change(&|settings| settings.may_broadcast = flag)),
        Name::KeepAlive => flag().and_then(|flag| change(&|settings| settings.keeps_alive = flag)),
        Name::NoDelay => flag().and_then(|flag| change(&|settings| settings.no_delay = flag)),
        Name::KeepIdle => match number()? {
            0 => Err(EINVAL),
            seconds => change(&|settings| settings.keep_alive_seconds = seconds),
        },
        Name::UserTimeout => number().and_then(|ms| change(&|settings| settings.user_timeout_ms = ms)),
        Name::Linger => match value {
            Value::Pair(0, _) => change(&|settings| settings.linger_seconds = None),
            Value::Pair(_, seconds) => change(&|settings| settings.linger_seconds = Some(seconds)),
            Value::Number(_) | Value::Time(_) => Err(EINVAL),
        },
        Name::ReceiveTimeout => value.time().and_then(|ns| change(&|settings| settings.receive_timeout_ns = ns)),
        Name::SendTimeout => value.time().and_then(|ns| change(&|settings| settings.send_timeout_ns = ns)),
        // A wish: buffers grow as far as the declaration of the network says.
        Name::SendBuffer | Name::ReceiveBuffer => value.number().map(drop),
        Name::HopLimit if value == Value::Number(HOP_LIMIT) => Ok(()),
        Name::OnlyIpv6 if !flag()? => Ok(()),
        _ => Err(ENOPROTOOPT),
    }
}

impl Value {
    fn number(self) -> Result<i64, Errno> {
        if let Value::Number(number) = self { Ok(number) } else { Err(EINVAL) }
    }

    fn time(self) -> Result<u64, Errno> {
        if let Value::Time(ns) = self { Ok(ns) } else { Err(EINVAL) }
    }

    /// What C has given for an option: one `int`, `struct linger` or `struct timeval`.
    fn read(name: Name, bytes: &[u8]) -> Result<Self, Errno> {
        let int = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
        let long = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(i64::from_ne_bytes);
        match name {
            Name::Linger => match (int(0), int(4)) {
                (Some(is_on), Some(seconds)) => Ok(Value::Pair(is_on, seconds)),
                _ => Err(EINVAL),
            },
            Name::ReceiveTimeout | Name::SendTimeout => match (long(0), long(8)) {
                (Some(seconds @ 0..), Some(us @ 0..US_PER_SECOND)) => {
                    let ns =
                        seconds.checked_mul(US_PER_SECOND * NS_PER_US).and_then(|ns| ns.checked_add(us * NS_PER_US));
                    Ok(Value::Time(ns.unwrap_or(i64::MAX).cast_unsigned()))
                }
                (Some(_), Some(_)) => Err(EDOM),
                _ => Err(EINVAL),
            },
            _ => int(0).map(|number| Value::Number(number.into())).ok_or(EINVAL),
        }
    }

    /// The same for C; how many bytes it has.
    fn write(self, bytes: &mut [u8; 16]) -> usize {
        let (low, high) = bytes.split_at_mut(8);
        match self {
            Value::Number(number) => {
                low[..4].copy_from_slice(&(number as i32).to_ne_bytes());
                4
            }
            Value::Pair(one, other) => {
                low[..4].copy_from_slice(&one.to_ne_bytes());
                low[4..].copy_from_slice(&other.to_ne_bytes());
                8
            }
            Value::Time(ns) => {
                let us = ns.cast_signed() / NS_PER_US;
                low.copy_from_slice(&(us / US_PER_SECOND).to_ne_bytes());
                high.copy_from_slice(&(us % US_PER_SECOND).to_ne_bytes());
                16
            }
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getsockopt(file: c_int, level: c_int, option: c_int, to: *mut c_void, count: *mut u32) -> c_int {
    status(with_socket(file, |socket| {
        let value = tell(socket, name(level, option)?);
        if to.is_null() || count.is_null() {
            return Err(EFAULT);
        }
        let mut bytes = [0; 16];
        let length = value.write(&mut bytes);
        // SAFETY: the caller's promise: there is room for as many bytes.
        unsafe {
            let length = length.min(count.read() as usize);
            to.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), length);
            count.write(length as u32);
        }
        Ok(())
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn setsockopt(file: c_int, level: c_int, option: c_int, from: *const c_void, count: u32) -> c_int {
    status(with_socket(file, |socket| {
        let name = name(level, option)?;
        // SAFETY: the caller's promise.
        let value = Value::read(name, unsafe { bytes(from, count as usize) }?)?;
        set(socket, name, value)
    }))
}

#[cfg(test)]
mod tests {
    use super::{EDOM, EINVAL, Name, Value};

    #[test]
    fn values_go_to_c_and_back() {
        for (name, value, length) in [
            (Name::NoDelay, Value::Number(1), 4),
            (Name::Error, Value::Number(111), 4),
            (Name::Linger, Value::Pair(1, 30), 8),
            (Name::ReceiveTimeout, Value::Time(2_000_003_000), 16),
        ] {
            let mut bytes = [0; 16];
            assert_eq!(value.write(&mut bytes), length);
            assert_eq!(Value::read(name, &bytes[..length]), Ok(value));
            assert_eq!(Value::read(name, &bytes[..length - 1]), Err(EINVAL));
        }
    }

    #[test]
    fn times_are_checked_and_very_long_ones_are_for_ever() {
        let read = |seconds: i64, us: i64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&seconds.to_ne_bytes());
            bytes[8..].copy_from_slice(&us.to_ne_bytes());
            Value::read(Name::SendTimeout, &bytes)
        };
        assert_eq!(read(0, 1), Ok(Value::Time(1000)));
        assert_eq!(read(-1, 0), Err(EDOM));
        assert_eq!(read(0, 1_000_000), Err(EDOM));
        assert_eq!(read(i64::MAX, 0), Ok(Value::Time(i64::MAX as u64)));
    }
}
