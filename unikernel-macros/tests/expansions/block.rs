#[unikernel(block, entropy)]
fn main(block: Block) {}
