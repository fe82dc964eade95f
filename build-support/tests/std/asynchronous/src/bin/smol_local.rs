//! smol: its executor, timers, threads for what blocks, and descriptors that are waited for.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use smol::future::FutureExt as _;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::stream::StreamExt as _;
use smol::{Async, Timer, channel, unblock};
use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, tmp)]
fn main() {
    smol::block_on(async {
        let tasks: Vec<_> = (0..100_u32).map(|number| smol::spawn(async move { number * number })).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        println!("tasks {sum}");

        let started = Instant::now();
        Timer::after(Duration::from_millis(20)).await;
        println!("timer {}", started.elapsed() >= Duration::from_millis(20));
        let ticks = Timer::interval(Duration::from_millis(5)).take(3).count().await;
        println!("interval {ticks}");
        let late = async {
            Timer::after(Duration::from_millis(10)).await;
            "timed out"
        };
        println!("race {}", smol::future::pending().or(late).await);

        let (sender, receiver) = channel::bounded(2);
        smol::spawn(async move {
            for number in 0..10 {
                sender.send(number).await.expect("somebody receives");
            }
        })
        .detach();
        println!("channel {:?}", receiver.collect::<Vec<u32>>().await);

        println!("unblock {}", unblock(|| (1..=30).product::<u128>()).await);
        let path = std::env::temp_dir().join("smol.txt");
        smol::fs::write(&path, "written by smol").await.expect("a file");
        println!("file {:?}", smol::fs::read_to_string(&path).await.expect("the file"));
        smol::fs::remove_file(&path).await.expect("removed");

        let (one, other) = UnixStream::pair().expect("a pair");
        let mut one = Async::new(one).expect("watched");
        let thread = std::thread::spawn(move || {
            let (mut other, mut text) = (other, String::new());
            std::thread::sleep(Duration::from_millis(10));
            other.write_all(b"from a thread").expect("written");
            other.read_to_string(&mut text).expect("read");
            text
        });
        let mut buffer = [0; 64];
        let count = one.read(&mut buffer).await.expect("read");
        println!("async {:?}", std::str::from_utf8(&buffer[..count]));
        one.write_all(b"from a task").await.expect("written");
        drop(one);
        println!("thread {:?}", thread.join().expect("the thread"));
    });
    println!("done");
}
