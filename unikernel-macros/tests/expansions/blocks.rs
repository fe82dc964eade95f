#[unikernel(console, block(name = "system", read_only), block(name = "data"), entropy, heap)]
fn main(entropy: Entropy, data: Block, system: Block) {}
