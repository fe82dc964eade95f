//! tokio in the scheduler of one thread.

use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, tmp)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    std_asynchronous::run().await;
    println!("done");
}
