#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console)]
struct Main;
