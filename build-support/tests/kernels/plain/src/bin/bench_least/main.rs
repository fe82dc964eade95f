//! Answers at the rings of a card with a recording: the floor of `make bench`.
//!
//! It is the least that a guest can do, so it shows how much of a figure is the machine's. An answer is what was recorded, with the addresses
//! and numbers of the frame that it is to ([`answer`]): nothing is kept between two frames, timed or sent again. Of the runtime it has boot and
//! console. The runtime's driver is below its network and nobody else's, so the card ([`card`]) and its interrupt ([`machine`]) are driven here.
#![no_std]
#![no_main]

mod answer;
#[expect(unsafe_code, reason = "memory that the card reads and writes")]
mod card;
#[expect(unsafe_code, reason = "registers, and the processor")]
mod machine;

use card::Card;
use unikernel_rt::prelude::*;

#[unikernel(console)]
fn main() -> Result<(), &'static str> {
    let card = Card::start()?;
    println!("up: 10.0.0.2");
    card.run()
}
