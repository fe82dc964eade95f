#[unikernel(console)]
fn main(_console: Console) -> ! {
    panic!()
}
