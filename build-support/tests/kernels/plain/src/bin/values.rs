//! Prints its arguments, whose values come from wherever there are any.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, args(name = "nobody", port = 80), values(linux, smbios, fw_cfg))]
fn main(name: &'static str, port: u16) {
    println!("{name}: port {port}");
}
