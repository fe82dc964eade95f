//! Boots unikernels in tests: console, exit status, ports, disks.
//!
//! Add it to the `[dev-dependencies]` of an application's package, and write `tests/boot.rs`. Plain `cargo test` builds the image,
//! as `unikernel iso` does, and boots it under QEMU, which must be installed (`apt-get install qemu-system-x86`).
//!
//! ```no_run
//! use unikernel_test::Image;
//!
//! #[test]
//! fn greets() {
//!     let image = Image::build("hello"); // or `env!("CARGO_PKG_NAME")`
//!     let mut machine = image.machine().argument("name", "you").start();
//!     machine.expect("Hello, you");
//!     machine.wait().success();
//! }
//! ```
//!
//! [`Image::machine`] describes the machine: arguments, a manifest, memory, disks. [`Builder::start`] boots it. The [`Machine`] has the
//! devices that the application declares, as with `unikernel run`, but nothing of this host: each network card is in a network of
//! its own, each disk is a temporary file, ports are forwarded from free ports of 127.0.0.1. So tests run in parallel, need no root,
//! and leave nothing behind.
//!
//! A server, and a disk that is inspected afterwards:
//!
//! ```no_run
//! use std::io::{Read, Write};
//! use unikernel_test::{Disk, Image};
//!
//! #[test]
//! fn serves_and_stores() {
//!     let mut machine = Image::build("notes").machine().disk("data", Disk::empty(1 << 20)).start();
//!     machine.expect("listening");
//!     let mut stream = machine.connect(8080);
//!     stream.write_all(b"PUT /first HTTP/1.0\r\n\r\na note").unwrap();
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer).unwrap();
//!     assert!(answer.starts_with("HTTP/1.0 201"), "{answer}");
//!     let outcome = machine.shutdown();
//!     outcome.success();
//!     assert!(outcome.disk("data").starts_with(b"a note"));
//! }
//! ```
//!
//! # Failures
//!
//! What does not happen is a panic at the line of the test, with the last lines of the console and their times, the backtrace of a
//! kernel that crashed, how the machine ended, and QEMU's command line. An `assert!` of the test itself that fails while a machine
//! or an [`Outcome`] exists gets the same, below its own message.
//!
//! Whatever waits, waits for at most [`Builder::timeout`]: 60 seconds, or the environment variable `UNIKERNEL_TEST_TIMEOUT` (in
//! seconds), for a host that is slow.
#![forbid(unsafe_code)]

mod builder;
mod console;
mod disk;
mod driver;
mod ending;
mod image;
mod link;
mod machine;
mod network;
mod outcome;
mod record;
mod timeout;

pub use builder::{Boot, Builder, MachineType};
pub use disk::Disk;
#[doc(hidden)]
pub use driver::use_program;
pub use ending::Ending;
pub use image::Image;
pub use machine::Machine;
pub use network::Card;
pub use outcome::Outcome;
