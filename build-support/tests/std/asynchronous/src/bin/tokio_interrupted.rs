//! Handles Ctrl-C alone, which the power button is then.

use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, shutdown)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    // The handler is there once it is asked for, and what comes before is nobody's.
    tokio::select! {
        biased;
        _ = &mut interrupted => return,
        () = std::future::ready(()) => println!("ready"),
    }
    interrupted.await.expect("a handler");
    println!("interrupted");
}
