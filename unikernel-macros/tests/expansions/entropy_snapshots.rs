#[unikernel(console, entropy(jitter, snapshots))]
fn main(entropy: Entropy) {}
