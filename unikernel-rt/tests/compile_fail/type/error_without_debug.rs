#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

struct Error;

#[unikernel(console)]
fn main(_console: Console) -> Result<(), Error> {
    Err(Error)
}
