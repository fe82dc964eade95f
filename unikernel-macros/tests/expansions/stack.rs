#[unikernel(stack(size = "256KiB"))]
fn main() {}
