#[unikernel(console, clock, entropy, shutdown, args(a, b, c, d))]
fn main(console: Console, clock: Clock, entropy: Entropy, shutdown: Shutdown, a: u8, b: u8, c: u8, d: u8) {}
