#![no_std]
#![no_main]

use unikernel_rt::block::Pool;
use unikernel_rt::prelude::*;

static BUFFERS: Pool<1, 512> = Pool::new();

#[unikernel(block)]
fn main(block: Block) {
    let Some(mut buffer) = BUFFERS.take() else { return };
    let transfer = block.read_owned(0, buffer);
    buffer[0] = 1;
    let _ = transfer.wait();
}
