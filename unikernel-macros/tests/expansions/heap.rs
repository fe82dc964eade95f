#[unikernel(heap)]
fn main() {}
