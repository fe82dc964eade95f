//! Three disks: one by its serial, one whose serial is to be given at boot, and one that takes what is left. Each is written its name.
#![no_std]
#![no_main]

use unikernel_rt::block;
use unikernel_rt::prelude::*;

#[unikernel(
    console,
    block(name = "rest", scsi),
    block(name = "data", scsi, serial = "WD-12_3.4+5"),
    block(name = "logs", scsi, serial)
)]
fn main(rest: Block, data: Block, logs: Block) -> Result<(), block::Error> {
    for (name, disk) in [("rest", rest), ("data", data), ("logs", logs)] {
        println!("{name}: {} sectors", disk.sectors());
        let mut sector = [0; 512];
        sector[..name.len()].copy_from_slice(name.as_bytes());
        disk.write(0, &sector)?;
        disk.flush()?;
    }
    Ok(())
}
