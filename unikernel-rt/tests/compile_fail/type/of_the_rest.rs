#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

type Words = core::slice::Iter<'static, &'static str>;

#[unikernel(args(..rest))]
fn main(rest: Words) {
    let _ = rest;
}
