#[unikernel(console(screen, serial), log)]
fn main() {}
