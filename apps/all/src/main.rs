//! Uses a console, a network, a block device and a clock, by the shortest annotation that declares them.
#![no_std]
#![no_main]

use core::fmt::Write;
use unikernel_rt::prelude::*;

#[unikernel(console, net(ip = "10.0.0.2"), block, clock)]
fn main(mut console: Console, net: Net, block: Block, clock: Clock) -> Result<(), core::fmt::Error> {
    let began = clock.now();
    writeln!(console, "network: {:?}", net.address())?;
    writeln!(console, "block device: {} sectors of {} bytes", block.sectors(), block.sector_size())?;
    writeln!(console, "clock: {} us", (clock.now() - began).as_micros())?;
    net.run()
}
