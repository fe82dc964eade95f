#[unikernel(shutdown)]
fn main(shutdown: Shutdown) {}
