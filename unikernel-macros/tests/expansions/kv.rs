#[unikernel(kv(dir = "tests/embedded"))]
fn main(kv: Kv) {}
