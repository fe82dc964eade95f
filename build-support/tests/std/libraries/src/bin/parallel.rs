//! crossbeam, parking_lot and rayon: threads that share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{bounded, select, tick, unbounded};
use crossbeam::deque::{Steal, Worker};
use crossbeam::epoch;
use crossbeam::queue::ArrayQueue;
use crossbeam::sync::{Parker, WaitGroup};
use parking_lot::{Condvar, Mutex, Once, RwLock};
use rayon::prelude::*;
use unikernel_rt::unikernel;

#[unikernel(std, console, clock, entropy)]
fn main() {
    channels();
    structures();
    locks();
    parallel();
    println!("done");
}

fn channels() {
    let (sender, receiver) = bounded(4);
    crossbeam::scope(|scope| {
        for from in 0..4_u64 {
            let sender = sender.clone();
            scope.spawn(move |_| (0..250).for_each(|number| sender.send(from * 250 + number).expect("is received")));
        }
        drop(sender);
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let receiver = receiver.clone();
                scope.spawn(move |_| receiver.iter().sum::<u64>())
            })
            .collect();
        let sum: u64 = receivers.into_iter().map(|receiver| receiver.join().expect("a sum")).sum();
        println!("channels {sum}");
    })
    .expect("no thread panics");
    let (sender, numbers) = unbounded();
    let ticks = tick(Duration::from_millis(5));
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(22));
        sender.send(7)
    });
    let mut seen = 0;
    let number = loop {
        select! {
            recv(ticks) -> _ => seen += 1,
            recv(numbers) -> number => break number,
        }
    };
    println!("select {number:?} {}", seen >= 2);
    println!("{:?}", thread.join().expect("the sender").is_ok());
    println!("timeout {:?}", numbers.recv_timeout(Duration::from_millis(5)).is_err());
}

fn structures() {
    let worker = Worker::new_lifo();
    (0..1000).for_each(|number| worker.push(number));
    let stealer = worker.stealer();
    let stolen = thread::spawn(move || {
        let (mut count, mut sum) = (0, 0);
        loop {
            match stealer.steal() {
                Steal::Success(number) => (count, sum) = (count + 1, sum + number),
                Steal::Empty => break (count, sum),
                Steal::Retry => {}
            }
        }
    });
    println!("stolen {:?} {:?}", stolen.join().expect("the thief"), worker.pop());
    let queue = Arc::new(ArrayQueue::new(3));
    println!("queue {:?} {:?}", (0..5).map(|number| queue.push(number)).collect::<Vec<_>>(), queue.pop());
    let dropped = Arc::new(AtomicUsize::new(0));
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counted = dropped.clone();
    thread::spawn(move || {
        for _ in 0..500 {
            let guard = epoch::pin();
            let counted = Counted(counted.clone());
            guard.defer(move || drop(counted));
        }
        for _ in 0..200 {
            epoch::pin().flush();
        }
    })
    .join()
    .expect("the thread");
    for _ in 0..200 {
        epoch::pin().flush();
    }
    println!("epoch {}", dropped.load(Ordering::Relaxed));
    let (group, parker) = (WaitGroup::new(), Parker::new());
    let (member, unparker) = (group.clone(), parker.unparker().clone());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(5));
        drop(member);
        unparker.unpark();
    });
    group.wait();
    parker.park();
    println!("waited");
}

fn locks() {
    static ONCE: Once = Once::new();
    let shared = Arc::new((Mutex::new(0_u32), Condvar::new(), RwLock::new(Vec::new())));
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let shared = shared.clone();
            thread::spawn(move || {
                ONCE.call_once(|| println!("once"));
                let (counter, changed, list) = &*shared;
                for _ in 0..100 {
                    *counter.lock() += 1;
                    thread::yield_now();
                }
                list.write().push(number);
                changed.notify_all();
                let mut counter = counter.lock();
                changed.wait_while(&mut counter, |counter| *counter < 800);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    let mut list = shared.2.read().clone();
    list.sort_unstable();
    println!("locks {} {list:?}", *shared.0.lock());
    let guard = shared.0.lock();
    println!("{:?} {}", shared.0.try_lock().is_none(), shared.0.try_lock_for(Duration::from_millis(5)).is_none());
    drop(guard);
}

fn parallel() {
    let sum: u64 = (0..100_000_u64).into_par_iter().map(|number| number * number % 1000).sum();
    println!("rayon {sum}");
    let mut numbers: Vec<u32> = (0..10_000_u32).map(|number| number.wrapping_mul(2_654_435_761)).collect();
    numbers.par_sort_unstable();
    println!("sorted {}", numbers.is_sorted());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
    fn fibonacci(number: u32) -> u64 {
        if number < 2 {
            return number.into();
        }
        let (one, other) = rayon::join(|| fibonacci(number - 1), || fibonacci(number - 2));
        one + other
    }
    println!("fibonacci {}", pool.install(|| fibonacci(16)));
}
