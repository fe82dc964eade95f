//! Requests of every size, many at once, and those that must fail, each with its own error.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "a buffer that boot does not zero")]

use unikernel_rt::block::Error;
use unikernel_rt::prelude::*;

/// More than can be in flight.
const AT_ONCE: usize = 40;
const LARGE_BYTES: usize = 1 << 20;

#[unsafe(link_section = ".uninitialised")]
static mut LARGE: [u8; LARGE_BYTES] = [0; LARGE_BYTES];

#[unikernel(console, block(scsi), args(failing_sector = 0))]
fn main(block: Block, failing_sector: u64) -> Result<(), Error> {
    if failing_sector != 0 {
        return fail(block, failing_sector);
    }
    every_tenth_sector(block)?;
    many_at_once(block)?;
    one_large(block)?;
    refused(block);
    block.flush()?;
    println!("done");
    Ok(())
}

/// A sector whose bytes tell which one it is.
const fn pattern(number: u64) -> [u8; 512] {
    let mut sector = [0; 512];
    let mut index = 0;
    while index < sector.len() {
        sector[index] = (number as usize * 7 + index) as u8;
        index += 1;
    }
    sector
}

fn every_tenth_sector(block: Block) -> Result<(), Error> {
    let last = block.sectors() - 1;
    let all = || (0..block.sectors()).step_by(10).chain([last]);
    for number in all() {
        block.write(number, &pattern(number))?;
    }
    let wrong = all().filter(|number| {
        let mut sector = [0; 512];
        block.read(*number, &mut sector).is_err() || sector != pattern(*number)
    });
    println!("every tenth sector and the last: {} wrong", wrong.count());
    Ok(())
}

fn many_at_once(block: Block) -> Result<(), Error> {
    const FIRST: u64 = 1000;
    /// Written from where nothing can be written to.
    static SECTORS: [[u8; 512]; AT_ONCE] = {
        let mut sectors = [[0; 512]; AT_ONCE];
        let mut index = 0;
        while index < AT_ONCE {
            sectors[index] = pattern(FIRST + index as u64);
            index += 1;
        }
        sectors
    };
    let writes: [_; AT_ONCE] = core::array::from_fn(|index| block.write_owned(FIRST + index as u64, &SECTORS[index]));
    // Waited for in another order than that of their beginning; of those that the device has, some are dropped.
    for (index, write) in writes.into_iter().enumerate().rev() {
        if index >= 16 || index % 4 != 0 {
            write.wait().0?;
        }
    }
    let mut wrong = 0;
    for (number, written) in (FIRST..).zip(&SECTORS) {
        // The device goes on with what was dropped, and nobody is told when that is over.
        const TIMES: usize = 1000;
        let is_there = || {
            let mut read = [0; 512];
            block.read(number, &mut read).map(|()| read == *written)
        };
        let mut tries = 0;
        while !is_there()? && tries < TIMES {
            tries += 1;
        }
        wrong += usize::from(tries == TIMES);
    }
    println!("{AT_ONCE} at once: {wrong} wrong");
    Ok(())
}

fn one_large(block: Block) -> Result<(), Error> {
    const FIRST: u64 = 2000;
    let large = &raw mut LARGE;
    // SAFETY: `main` runs once, and nobody else knows this buffer, which is written before it is read.
    let large = unsafe { &mut *large };
    for (sector, number) in large.chunks_exact_mut(512).zip(FIRST..) {
        sector.copy_from_slice(&pattern(number));
    }
    block.write(FIRST, large)?;
    large.fill(0);
    block.read(FIRST, large)?;
    let wrong = large.chunks_exact(512).zip(FIRST..).filter(|(sector, number)| *sector != pattern(*number));
    println!("{LARGE_BYTES} bytes in one: {} wrong", wrong.count());
    Ok(())
}

fn refused(block: Block) {
    let sectors = block.sectors();
    let mut memory = [0; 1024];
    println!("beyond the end: {:?}", block.read(sectors, &mut memory));
    println!("over the end: {:?}", block.read(sectors - 1, &mut memory));
    println!("far beyond: {:?}", block.write(u64::MAX, &memory));
    println!("half a sector: {:?}", block.write(0, &memory[..256]));
    println!("a sector and a half: {:?}", block.read(0, &mut memory[..768]));
    println!("nothing: {:?}", block.read(0, &mut []));
}

/// The host cannot read one sector; everything else works on.
fn fail(block: Block, number: u64) -> Result<(), Error> {
    let mut sectors = [0; 1024];
    println!("it: {:?}", block.read(number, &mut sectors[..512]));
    println!("with another: {:?}", block.read(number - 1, &mut sectors));
    println!("another: {:?}", block.read(number - 1, &mut sectors[..512]));
    Ok(())
}
