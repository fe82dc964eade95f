//! Prints its arguments, whose values may be on a volume, and the size of the disk that is left.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, block(read_only, scsi), args(name = "nobody", port = 80), values(volume, smbios, fw_cfg))]
fn main(block: Block, name: &'static str, port: u16) {
    println!("{name}: port {port}, {} sectors", block.sectors());
}
