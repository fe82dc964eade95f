//! Defaults that are constants, and what is declared under a `#[cfg(...)]`.
#![no_std]
#![no_main]

use core::net::Ipv4Addr;
use core::time::Duration;
use unikernel_rt::prelude::*;

const PORT: u16 = 8080;
const GREETING: &str = "hello, \"you\"";
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

mod timing {
    pub(crate) const WAIT: core::time::Duration = core::time::Duration::from_millis(250);
}

#[unikernel(
    console,
    #[cfg(not(any()))]
    clock,
    #[cfg(any())]
    block,
    args(
        port = PORT,
        offset = i8::MIN,
        greeting = GREETING,
        peer = PEER,
        wait = timing::WAIT,
        package = env!("CARGO_PKG_NAME"),
        #[cfg(any())]
        absent,
        #[cfg(target_arch = "x86_64")]
        is_loud = false
    )
)]
fn main(
    port: u16,
    offset: i8,
    greeting: &str,
    peer: Ipv4Addr,
    wait: Duration,
    package: &str,
    #[cfg(not(any()))] _clock: Clock,
    #[cfg(any())] block: Block,
    #[cfg(any())] absent: u8,
    #[cfg(target_arch = "x86_64")] is_loud: bool,
) {
    println!("{port} {offset} {greeting} {peer} {wait:?} {package} {is_loud}");
}
