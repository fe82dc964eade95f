#[unikernel(console(virtio, screen, serial), log)]
fn main() {}
