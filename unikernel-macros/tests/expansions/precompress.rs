#[unikernel(kv(dir = "tests/compressible", precompress = "gzip, br"))]
fn main(kv: Kv) {}
