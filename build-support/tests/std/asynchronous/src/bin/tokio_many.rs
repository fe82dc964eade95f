//! tokio in the scheduler of several threads.

use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, tmp)]
#[tokio::main]
async fn main() {
    std_asynchronous::run().await;
    // A thread of the scheduler that blocks hands its tasks to another.
    let sum = tokio::task::block_in_place(|| (0..1000_u64).sum::<u64>());
    println!("in place {sum}");
    let four = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime");
    let handle = four.spawn(async { std_asynchronous::run().await });
    handle.await.expect("in four threads");
    four.shutdown_background();
    println!("done");
}
