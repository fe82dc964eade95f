#[unikernel(consol, heap(sise = 3))]
fn main(console: Console) {}
