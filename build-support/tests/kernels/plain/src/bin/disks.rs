//! Tells two disks apart by name: each is written its own name, the second one refuses.
#![no_std]
#![no_main]

use unikernel_rt::block;
use unikernel_rt::prelude::*;

#[unikernel(console, block(name = "data"), block(name = "system", read_only))]
fn main(system: Block, data: Block) -> Result<(), block::Error> {
    for (name, disk) in [("data", data), ("system", system)] {
        println!("{name}: {} sectors of {}, read_only={}", disk.sectors(), disk.sector_size(), disk.is_read_only());
    }
    let mut sector = [0; 4096];
    sector[..4].copy_from_slice(b"data");
    data.write(0, &sector[..data.sector_size()])?;
    data.flush()?;
    println!("system: {:?}", system.write(0, &sector[..system.sector_size()]));
    let sector = &mut sector[..system.sector_size()];
    system.read(0, sector)?;
    println!("system says {:?}", core::str::from_utf8(&sector[..6]));
    Ok(())
}
