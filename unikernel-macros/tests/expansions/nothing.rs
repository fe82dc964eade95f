#[unikernel]
fn main() {}
