//! The runtime of a unikernel: boot, devices, arguments, status.
//!
//! An application declares what it needs on its `main`, and gets exactly that:
//!
//! ```text
//! #![no_std]
//! #![no_main]
//! use unikernel_rt::prelude::*;
//!
//! #[unikernel(console, args(greeting = "hello", name))]
//! fn main(greeting: &'static str, name: &'static str) {
//!     println!("{greeting}, {name}");
//! }
//! ```
//!
//! Features, all off by default, each asked for by the attribute where a declaration needs it: `async` (an `async fn main`,
//! tasks, `embassy-time`, `embedded_io_async` on the console), `heap` and `log`; `alloc`, with a declared `heap`, for transfers of disks that own a `Vec` or a `Box`.
//!
//! The library itself is harmless on a host, where its tests run: what only a kernel may define is emitted by the attribute.
#![no_std]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

mod arch;
mod boot;
pub mod devices;
mod drivers;
mod entropy;
mod firmware;
mod interrupts;
mod kernel;
mod kv;
mod memory;
#[cfg(feature = "net")]
pub mod net;
mod pci;
pub mod prelude;
mod sync;
mod tasks;
#[cfg(test)]
mod test_cases;
mod time;

pub mod block {
    //! Block devices: disks, by sectors.
    pub use crate::devices::block::{Block, Buffer, BufferMut, Error, Flush, Pool, PoolBuffer, SECTOR_BYTES, Transfer};
}

pub use kernel::from_arg::FromArg;
pub use kernel::termination::ExitCode;
pub use tasks::block_on::block_on;
#[cfg(feature = "async")]
pub use tasks::executor::yield_now;
pub use unikernel_vocabulary::Kind;

/// What the attribute's expansion refers to, and nobody else: it may change with any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::boot::entry::entry;
    pub use crate::kernel::Boot;
    pub use crate::kernel::arguments::Values;
    pub use crate::kernel::declare::{Argument, argument, argument_or, boot_option, boot_option_or, device};
    pub use crate::kernel::panic::panic;
    pub use crate::kernel::status::Status;
    pub use crate::kernel::termination::{Termination, status};
    pub use crate::kernel::{Kernel, Storage};
    #[cfg(feature = "async")]
    pub use crate::tasks::executor::critical_section::CriticalSection;
    #[cfg(feature = "async")]
    pub use crate::tasks::executor::exit;
    pub use crate::{
        __clock as clock, __console as console, __embed as embed, __entropy as entropy, __kernel as kernel,
    };
    #[cfg(feature = "async")]
    pub use critical_section;
    #[cfg(feature = "async")]
    pub use embassy_executor;
    pub use unikernel_vocabulary::Declaration;
    pub use unikernel_vocabulary::note::Note;

    pub mod random_functions {
        //! What the random functions of a kernel are made of.
        pub use crate::entropy::random_functions::{call, get, is_known};
    }

    pub mod memory_functions {
        //! What the memory functions of a kernel are made of.
        pub use crate::arch::memory_functions::{compare, copy, copy_downward, is_in_the_way, length, set};
    }

    pub mod block {
        //! The block devices' part of an expansion.
        pub use crate::devices::block::{Storage, attach};
    }

    pub mod clock {
        //! The clock's part of an expansion.
        pub use crate::devices::clock::attach;
    }

    #[cfg(feature = "async")]
    pub mod executor {
        //! The executor's part of an expansion.
        pub use crate::tasks::executor::{pend, run};
    }

    #[cfg(feature = "async")]
    pub mod timers {
        //! What `embassy-time` is made of.
        pub use crate::tasks::timers::{embassy_now, embassy_wake_at};
    }

    #[cfg(feature = "heap")]
    pub mod heap {
        //! The heap's part of an expansion.
        pub use crate::devices::heap::{Arena, Heap, arena_bytes, attach, attach_arena};
    }

    #[cfg(feature = "log")]
    pub mod log {
        //! The log's part of an expansion.
        pub use crate::devices::log::attach;
    }

    pub mod entropy {
        //! The random numbers' part of an expansion.
        pub use crate::devices::entropy::attach;
    }

    #[cfg(feature = "net")]
    pub mod net {
        //! The network's part of an expansion.
        pub use crate::__net_storage as storage;
        pub use crate::devices::net::attach;
        pub use crate::net::{Storage, buffer, frame, ring, sockets, spill};
    }

    pub mod shutdown {
        //! The part of requests to stop in an expansion.
        pub use crate::devices::shutdown::attach;
    }

    pub mod console {
        //! The console's part of an expansion.
        pub use crate::devices::console::{Serial, Undeclared, attach, print};
        pub use crate::kernel::Console as Sink;
    }

    pub mod kv {
        //! The part of key-value stores in an expansion.
        pub use crate::devices::kv::{Embedded, attach, file};
        #[cfg(feature = "kv-fat")]
        pub use crate::devices::kv::{Volume, attach_fat};
    }
}
