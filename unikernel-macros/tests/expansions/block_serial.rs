#[unikernel(console, block(name = "data", serial = "WD-1"), block(name = "log", serial), block)]
fn main(data: Block, log: Block, block: Block) {}
