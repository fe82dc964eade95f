#[unikernel(console, entropy(jitter))]
fn main(entropy: Entropy) {}
