//! What a program does with tokio that needs no network, in either of its schedulers.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::sync::{Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

/// Does it all, and prints what came of it.
pub async fn run() {
    tasks().await;
    channels().await;
    locks().await;
    timers().await;
    blocking().await;
    streams().await;
    files().await;
}

async fn tasks() {
    let mut set = JoinSet::new();
    for number in 0..1000_u64 {
        set.spawn(async move {
            for _ in 0..number % 7 {
                tokio::task::yield_now().await;
            }
            number * number
        });
    }
    let mut sum = 0;
    while let Some(square) = set.join_next().await {
        sum += square.expect("no task panics");
    }
    println!("tasks {sum}");
    let task = tokio::spawn(std::future::pending::<()>());
    task.abort();
    println!("aborted {}", task.await.expect_err("was aborted").is_cancelled());
}

async fn channels() {
    let (sender, mut receiver) = mpsc::channel(3);
    for from in 0..4_u32 {
        let sender = sender.clone();
        tokio::spawn(async move {
            for number in 0..100 {
                sender.send(from * 100 + number).await.expect("somebody receives");
            }
        });
    }
    drop(sender);
    let (mut count, mut sum) = (0, 0);
    while let Some(number) = receiver.recv().await {
        (count, sum) = (count + 1, sum + number);
    }
    println!("mpsc {count} {sum}");
    let (ask, asked) = oneshot::channel();
    tokio::spawn(async move { ask.send("answered") });
    println!("oneshot {}", asked.await.expect("an answer"));
    let (sender, _) = broadcast::channel(16);
    let listeners: Vec<_> = (0..3)
        .map(|_| {
            let mut receiver = sender.subscribe();
            tokio::spawn(async move { (receiver.recv().await, receiver.recv().await) })
        })
        .collect();
    sender.send(1).expect("three listen");
    sender.send(2).expect("three listen");
    for listener in listeners {
        println!("broadcast {:?}", listener.await.expect("heard"));
    }
    let (sender, mut receiver) = watch::channel(0);
    tokio::spawn(async move { sender.send(5) });
    println!("watch {:?} {}", receiver.changed().await.is_ok(), *receiver.borrow());
}

async fn locks() {
    let (counter, permits, notify) = (Arc::new(Mutex::new(0)), Arc::new(Semaphore::new(2)), Arc::new(Notify::new()));
    let (shared, barrier) = (Arc::new(RwLock::new(1)), Arc::new(Barrier::new(10)));
    let mut set = JoinSet::new();
    for _ in 0..10 {
        let (counter, permits, shared, barrier) = (counter.clone(), permits.clone(), shared.clone(), barrier.clone());
        set.spawn(async move {
            let _permit = permits.acquire().await.expect("is open");
            let mut counter = counter.lock().await;
            tokio::task::yield_now().await;
            *counter += *shared.read().await;
            drop((counter, _permit));
            barrier.wait().await.is_leader()
        });
    }
    let leaders = set.join_all().await.into_iter().filter(|is_leader| *is_leader).count();
    println!("locks {} leaders {leaders}", *counter.lock().await);
    let notified = notify.clone();
    let task = tokio::spawn(async move { notified.notified().await });
    notify.notify_one();
    println!("notified {}", task.await.is_ok());
}

async fn timers() {
    let started = Instant::now();
    let mut ticks = interval(Duration::from_millis(10));
    for _ in 0..4 {
        ticks.tick().await;
    }
    println!("interval {}", started.elapsed() >= Duration::from_millis(30));
    let late = timeout(Duration::from_millis(20), std::future::pending::<()>()).await;
    println!("timeout {:?}", late.map_err(|late| late.to_string()));
    println!("in time {:?}", timeout(Duration::from_secs(9), async { 5 }).await);
    let mut order = Vec::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for ms in [90, 30, 60] {
        let sender = sender.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(ms)).await;
            sender.send(ms)
        });
    }
    drop(sender);
    while let Some(ms) = receiver.recv().await {
        order.push(ms);
    }
    println!("sleepers {order:?}");
    let first = tokio::select! {
        () = sleep(Duration::from_secs(60)) => "late",
        () = sleep(Duration::from_millis(5)) => "early",
    };
    println!("select {first}");
}

async fn blocking() {
    let mut set = JoinSet::new();
    for number in 0..20_u64 {
        set.spawn_blocking(move || {
            std::thread::sleep(Duration::from_millis(number % 5));
            (1..=number).sum::<u64>()
        });
    }
    let mut sums = set.join_all().await;
    sums.sort_unstable();
    println!("blocking {sums:?}");
}

async fn streams() {
    let (one, other) = UnixStream::pair().expect("a pair");
    let server = tokio::spawn(async move {
        let (reader, mut writer) = other.into_split();
        let mut lines = BufReader::new(reader).lines();
        while let Some(line) = lines.next_line().await.expect("a line") {
            writer.write_all(format!("{}\n", line.to_uppercase()).as_bytes()).await.expect("written");
        }
    });
    let (mut reader, mut writer) = one.into_split();
    writer.write_all(b"first\nsecond\n").await.expect("written");
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).await.expect("read");
    server.await.expect("the server ends");
    println!("pair {text:?}");

    let (mut sender, mut receiver) = pipe::pipe().expect("a pipe");
    let sent: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let wanted = sent.clone();
    let task = tokio::spawn(async move { sender.write_all(&sent).await });
    let mut received = Vec::new();
    receiver.read_to_end(&mut received).await.expect("read");
    println!("pipe {:?} {}", task.await.expect("the sender ends").is_ok(), received == wanted);
}

async fn files() {
    let path = std::env::temp_dir().join("asynchronous.txt");
    tokio::fs::write(&path, "written by tokio\n").await.expect("a file");
    let text = tokio::fs::read_to_string(&path).await.expect("the file");
    tokio::fs::remove_file(&path).await.expect("removed");
    println!("file {text:?}");
}
