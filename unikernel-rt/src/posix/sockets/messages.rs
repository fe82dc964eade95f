//! Receiving and sending: the functions of C, with their flags.

use super::addresses::{self, Raw};
use super::calls::with_socket;
use super::flags::{How, MSG_TRUNC};
use super::socket::Socket;
use crate::posix::errno::{EFAULT, EINVAL, Errno, result};
use crate::posix::parts::{Parts, PartsMut, Vector};
use crate::posix::vectors::vectors;
use core::ffi::{c_int, c_void};
use core::ptr;

/// C's `struct msghdr`.
#[derive(Debug)]
#[repr(C)]
struct Message {
    name: *mut c_void,
    name_bytes: u32,
    parts: *mut Vector,
    parts_count: usize,
    control: *mut c_void,
    control_bytes: usize,
    flags: c_int,
}

/// Receives into a message, as into one buffer or several.
///
/// # Safety
/// All that it points to is there for it alone.
unsafe fn receive_message(socket: &Socket, message: &mut Message, flags: c_int) -> Result<usize, Errno> {
    let how = How::to_receive(flags)?;
    // SAFETY: the caller's promise.
    let received = unsafe {
        let mut parts = PartsMut::new(vectors(message.parts, message.parts_count)?);
        socket.receive(&mut parts, how)?
    };
    message.control_bytes = 0;
    message.flags = if received.length > received.copied { MSG_TRUNC } else { 0 };
    match received.from {
        // SAFETY: the caller's promise.
        Some(from) => unsafe {
            addresses::write(&Raw::new(from, socket.family), message.name, &raw mut message.name_bytes)?;
        },
        None => message.name_bytes = 0,
    }
    Ok(received.told(how))
}

/// Sends a message.
///
/// # Safety
/// All that it points to is there.
unsafe fn send_message(socket: &Socket, message: &Message, flags: c_int) -> Result<usize, Errno> {
    if message.control_bytes > 0 {
        return Err(EINVAL);
    }
    let how = How::to_send(flags)?;
    let to = match message.name.is_null() || message.name_bytes == 0 {
        true => None,
        // SAFETY: the caller's promise.
        false => unsafe { addresses::read(message.name, message.name_bytes, socket.family) }?,
    };
    // SAFETY: the caller's promise.
    let parts = unsafe { Parts::new(vectors(message.parts, message.parts_count)?) };
    socket.send(&parts, to, how)
}

impl Message {
    fn new(part: &mut Vector, name: *mut c_void, name_bytes: u32) -> Self {
        Message { name, name_bytes, parts: part, parts_count: 1, control: ptr::null_mut(), control_bytes: 0, flags: 0 }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn recvfrom(
    file: c_int,
    to: *mut c_void,
    count: usize,
    flags: c_int,
    address: *mut c_void,
    length: *mut u32,
) -> isize {
    result(with_socket(file, |socket| {
        if !address.is_null() && length.is_null() {
            return Err(EFAULT);
        }
        // SAFETY: the caller's promise.
        let room = if length.is_null() { 0 } else { unsafe { length.read() } };
        let mut part = Vector { start: to, count };
        let mut message = Message::new(&mut part, address, room);
        // SAFETY: the caller's promise.
        unsafe {
            let count = receive_message(socket, &mut message, flags)?;
            if !length.is_null() {
                length.write(message.name_bytes);
            }
            Ok(count)
        }
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn recvmsg(file: c_int, message: *mut Message, flags: c_int) -> isize {
    result(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        unsafe { receive_message(socket, message.as_mut().ok_or(EFAULT)?, flags) }
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sendto(
    file: c_int,
    from: *const c_void,
    count: usize,
    flags: c_int,
    address: *const c_void,
    length: u32,
) -> isize {
    result(with_socket(file, |socket| {
        let mut part = Vector { start: from.cast_mut(), count };
        // SAFETY: the caller's promise.
        unsafe { send_message(socket, &Message::new(&mut part, address.cast_mut(), length), flags) }
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sendmsg(file: c_int, message: *const Message, flags: c_int) -> isize {
    result(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        unsafe { send_message(socket, message.as_ref().ok_or(EFAULT)?, flags) }
    }))
}
