//! Uses a heap, a clock, random numbers, a disk and a card, once each, and prints the results.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "it reads marks where they lie")]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use unikernel_rt::net::{Error, TcpStream};
use unikernel_rt::prelude::*;

const MIB: usize = 1 << 20;

/// `mib` is how much memory to take in one piece; the echo of TCP is at 10.0.0.100.
#[unikernel(console, clock, entropy, heap, block, net(ip = "10.0.0.2/24", gateway = "10.0.0.1"), args(mib = 1))]
async fn main(clock: Clock, mut entropy: Entropy, block: Block, net: Net, mib: u16) -> Result<(), &'static str> {
    let began = clock.now();
    clock.after(Duration::from_millis(20)).await;
    if clock.now() - began < Duration::from_millis(20) {
        return Err("the clock woke too early");
    }
    println!("clock");

    let mut random = [0; 64];
    entropy.fill(&mut random);
    let mut again = [0; 64];
    entropy.fill(&mut again);
    if random == again {
        return Err("random numbers repeat");
    }
    println!("entropy");

    let address = take(usize::from(mib) * MIB)?;
    println!("heap {}", if address >> 32 == 0 { "below 4 GiB" } else { "above 4 GiB" });

    let mut sector = vec![0; 512];
    sector[..64].copy_from_slice(&random);
    let last = block.sectors() - 1;
    let (outcome, sector) = block.write_owned(last, sector).await;
    outcome.map_err(|_| "the disk does not take")?;
    let (outcome, read) = block.read_owned(last, vec![0; 512].into_boxed_slice()).await;
    outcome.map_err(|_| "the disk does not give")?;
    if *read != *sector {
        return Err("the disk has something else");
    }
    println!("block");

    echo(net, &random).await.map_err(|_| "the network fails")?;
    println!("net");
    Ok(())
}

/// Takes memory in one piece, marks both ends, and finds the marks; where it is.
fn take(bytes: usize) -> Result<usize, &'static str> {
    let mut memory: Vec<u64> = Vec::new();
    memory.try_reserve_exact(bytes / 8).map_err(|_| "there is not as much memory in one piece")?;
    let room = memory.spare_capacity_mut();
    let (first, last) = (0, bytes / 8 - 1);
    let marks = [room[first].write(!0x1234) as *mut u64, room[last].write(0x1234) as *mut u64];
    // SAFETY: both were written just now, and the vector is still there.
    let found = marks.map(|mark| unsafe { mark.read_volatile() });
    if found == [!0x1234, 0x1234] { Ok(memory.as_ptr() as usize) } else { Err("memory does not keep what is written") }
}

/// Sends more than a frame, and has it back.
async fn echo(net: Net, random: &[u8; 64]) -> Result<(), Error> {
    let stream = TcpStream::connect(net, ([10, 0, 0, 100], 7)).await?;
    let sent: Vec<u8> = random.iter().copied().cycle().take(3000).collect();
    stream.write_all(&sent).await?;
    let mut received = Vec::new();
    while received.len() < sent.len() {
        let mut buffer = [0; 1000];
        match stream.read(&mut buffer).await? {
            0 => break,
            length => received.extend_from_slice(&buffer[..length]),
        }
    }
    if received == sent { Ok(()) } else { Err(Error::ConnectionReset) }
}
