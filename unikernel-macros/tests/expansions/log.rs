#[unikernel(log, console)]
fn main() {}
