#[unikernel(console, heap(size = "1MiB"), log(level = "debug"), args(verbose = true))]
fn main(verbose: bool) {}
