//! Handles Ctrl-C alone, which the power button is then.

use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, shutdown)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("ready");
    tokio::signal::ctrl_c().await.expect("a handler");
    println!("interrupted");
}
