#![no_std]
#![no_main]

use unikernel_rt::prelude::*;
use unikernel_rt::Kind;

enum Color {
    Red,
    Green,
}

impl FromArg for Color {
    const KIND: Kind<'static> = Kind::words("red|green");

    fn parse(text: &'static str) -> Option<Self> {
        match text {
            "red" => Some(Color::Red),
            "green" => Some(Color::Green),
            _ => None,
        }
    }
}

#[unikernel(args(color = "purple"))]
fn main(color: Color) {
    let _ = color;
}
