#[unikernel(console, args(port = 80, ..words))]
fn main(port: u16, words: Rest) {}
