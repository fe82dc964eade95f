//! Sockets, for `std::net`: TCP and UDP over the networks that a kernel declares, and the addresses of names.
//!
//! `calls` has the functions of C, and `socket` the object that a descriptor is open on: it waits, where it has to, for what `tcp` and `udp`
//! say cannot be done now. `nets` chooses the network. Each protocol is there where its feature of the runtime is.
//!
//! Who opens a socket or looks a name up links to what the declaration of `net` defines; without it, its name is the error.

// What one protocol alone needs is not needed without it.
#![cfg_attr(not(all(feature = "tcp", feature = "udp", feature = "dns")), allow(dead_code, unused_imports))]

mod addresses;
mod calls;
mod errors;
mod flags;
mod messages;
mod names;
mod nets;
mod options;
mod settings;
mod socket;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "udp")]
mod udp;
mod wakers;

pub use nets::attach;

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    Read,
    Write,
    Both,
}

/// Which directions are shut down.
#[derive(Clone, Copy, Debug)]
struct Shutdown {
    of_reading: bool,
    of_writing: bool,
}

unsafe extern "Rust" {
    // Defined where `net` is declared, as true, and where `std` is without it, as false. Its name is the link error elsewhere.
    safe fn __unikernel_declare_net_to_use_std_sockets() -> bool;
}

/// Defines what `std` links to for sockets.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_net {
    () => {
        #[unsafe(no_mangle)]
        fn __unikernel_declare_net_to_use_std_sockets() -> bool {
            true
        }
    };
}
