#[unikernel(console)]
fn main(console: Console) {
    println!("hello");
}
