#[unikernel(kv(dir = "tests/embedded", precompress = "gzip, br"))]
fn main(kv: Kv) {}
