#[unikernel(console, kv(dir = "tests/embedded", name = "pages"), kv(fat, block = "disk", name = "films"))]
fn main(pages: Kv, films: Kv) {}
