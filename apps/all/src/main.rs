//! Uses a console, a network, a block device and a clock, by the shortest annotation that declares them.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::fmt::Write;
use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, net(ip = "10.0.0.2"), block, clock)]
fn main(mut console: Console, net: Net, block: Block, clock: Clock) -> Result<(), core::fmt::Error> {
    let began = clock.now();
    clock.sleep(Duration::from_millis(10));
    writeln!(console, "clock: slept 10 ms, and no less: {}", clock.now() - began >= Duration::from_millis(10))?;
    writeln!(console, "block device: {} sectors of {} bytes", block.sectors(), block.sector_size())?;
    let mut sector = [0; 4096];
    let sector = &mut sector[..block.sector_size().min(4096)];
    match block.read(0, sector) {
        Ok(()) => writeln!(console, "first sector: {}...", sector[..16].escape_ascii())?,
        Err(error) => writeln!(console, "first sector: {error}")?,
    }
    writeln!(console, "network: {:?}", net.address())?;
    net.run()
}
