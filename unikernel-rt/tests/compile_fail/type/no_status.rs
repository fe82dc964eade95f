#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

struct Outcome;

#[unikernel(console)]
fn main(_console: Console) -> Outcome {
    Outcome
}
