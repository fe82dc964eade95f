//! Is linked with what it is without, and calls it; and with a shared library, which it does not call.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;

use unikernel_rt::unikernel;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

#[link(name = "answers")]
unsafe extern "C" {}

#[unikernel(std(without = "processes, net, libraries"), console)]
fn main() {
    let error = Command::new("true").status().err();
    println!("{:?} {:?}", error.as_ref().map(|error| error.kind()), error.and_then(|error| error.raw_os_error()));
    println!("{:?}", TcpListener::bind("127.0.0.1:80").err().and_then(|error| error.raw_os_error()));
    println!("{:?}", UdpSocket::bind("127.0.0.1:0").err().and_then(|error| error.raw_os_error()));
    // SAFETY: both are C strings, the second one after a call that has failed.
    let (library, why) = unsafe { (dlopen(c"libm.so.6".as_ptr(), 1), CStr::from_ptr(dlerror())) };
    println!("{} {}", library.is_null(), why.to_string_lossy());
}
