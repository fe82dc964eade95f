//! What programs do with threads: the same lines on the host and on a machine.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use unikernel_rt::unikernel;

#[unikernel(std, console, clock)]
fn main() {
    joins();
    scopes();
    parks();
    locks();
    conditions();
    once();
    barriers();
    channels();
    locals();
    names();
    sleeps();
    time_outs();
    println!("done");
}

fn joins() {
    let threads: Vec<_> = (0..10_u32).map(|number| thread::spawn(move || number * number)).collect();
    let squares: Vec<u32> = threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect();
    println!("joined {squares:?}");
    println!("processors {}", if thread::available_parallelism().is_ok() { "known" } else { "unknown" });
}

fn scopes() {
    let mut values = vec![1, 2, 3];
    let mut sum = 0;
    thread::scope(|scope| {
        scope.spawn(|| values.push(4));
        scope.spawn(|| sum = 5);
    });
    println!("scope {values:?} {sum}");
}

fn parks() {
    let parked = thread::spawn(|| {
        thread::park();
        "unparked"
    });
    thread::yield_now();
    parked.thread().unpark();
    println!("{}", parked.join().expect("it does not panic"));
    thread::current().unpark();
    thread::park();
}

fn locks() {
    let counter = Arc::new(Mutex::new(0_u32));
    let table = Arc::new(RwLock::new(vec![0_u32; 4]));
    let threads: Vec<_> = (0..8)
        .map(|index: usize| {
            let (counter, table) = (Arc::clone(&counter), Arc::clone(&table));
            thread::spawn(move || {
                for _ in 0..100 {
                    let mut guard = counter.lock().expect("not poisoned");
                    let value = *guard;
                    thread::yield_now(); // the others find it locked
                    *guard = value + 1;
                    drop(guard);
                    let sum: u32 = table.read().expect("not poisoned").iter().sum();
                    thread::yield_now();
                    table.write().expect("not poisoned")[index % 4] += 1 + sum - sum;
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    println!("locks {} {:?}", counter.lock().expect("not poisoned"), table.read().expect("not poisoned"));
}

fn conditions() {
    let pair = Arc::new((Mutex::new(0), Condvar::new()));
    let waiter = {
        let pair = Arc::clone(&pair);
        thread::spawn(move || {
            let (number, changed) = &*pair;
            let guard = changed.wait_while(number.lock().expect("not poisoned"), |number| *number < 3);
            *guard.expect("not poisoned")
        })
    };
    for _ in 0..3 {
        thread::yield_now();
        *pair.0.lock().expect("not poisoned") += 1;
        pair.1.notify_all();
    }
    println!("condition {}", waiter.join().expect("it does not panic"));
}

fn once() {
    static ONCE: Once = Once::new();
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static CELL: OnceLock<u32> = OnceLock::new();
    static LAZY: LazyLock<u32> = LazyLock::new(|| 7);
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                ONCE.call_once(|| {
                    thread::yield_now();
                    CALLS.fetch_add(1, Ordering::Relaxed);
                });
                CELL.get_or_init(|| number);
            });
        }
    });
    println!("once {} {} {}", CALLS.load(Ordering::Relaxed), CELL.get().is_some(), *LAZY);
}

fn barriers() {
    let barrier = Barrier::new(4);
    let leaders = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| leaders.fetch_add(u32::from(barrier.wait().is_leader()), Ordering::Relaxed));
        }
    });
    println!("barrier {}", leaders.load(Ordering::Relaxed));
}

fn channels() {
    let (sender, receiver) = mpsc::sync_channel(2);
    let producer = thread::spawn(move || (0..10).for_each(|number| sender.send(number).expect("somebody receives")));
    let sum: u32 = receiver.iter().sum();
    producer.join().expect("it does not panic");
    let (sender, receiver) = mpsc::channel::<String>();
    thread::scope(|scope| {
        for number in 0..3 {
            let sender = sender.clone();
            scope.spawn(move || sender.send(format!("message {number}")));
        }
    });
    drop(sender);
    let mut messages: Vec<String> = receiver.iter().collect();
    messages.sort();
    println!("channels {sum} {messages:?}");
}

struct Local(&'static str);

impl Drop for Local {
    fn drop(&mut self) {
        println!("dropped {} of {}", self.0, thread::current().name().unwrap_or("?"));
    }
}

thread_local! {
    static FIRST: RefCell<Option<Local>> = const { RefCell::new(None) };
    static SECOND: Local = const { Local("the second") };
    static NUMBER: RefCell<u64> = const { RefCell::new(0x1234_5678_9abc_def0) };
}

fn locals() {
    for round in 0..2 {
        let thread = thread::Builder::new().name(format!("owner {round}")).spawn(|| {
            FIRST.with_borrow_mut(|first| *first = Some(Local("the first")));
            SECOND.with(|_| ());
            NUMBER.with_borrow_mut(|number| {
                let before = *number;
                *number += 1;
                before
            })
        });
        let number = thread.expect("there is memory").join().expect("it does not panic");
        println!("local {number:#x}");
    }
}

fn names() {
    let name = |name: &str| {
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.stack_size(64 << 10).spawn(|| thread::current().name().map(str::to_owned));
        thread.expect("there is memory").join().expect("it does not panic")
    };
    println!("names {:?} {:?} {:?}", thread::current().name(), name("worker"), name("a name of more than 15 bytes"));
}

fn sleeps() {
    let began = Instant::now();
    let order = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for ms in [30, 10, 20] {
            let order = &order;
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(ms));
                order.lock().expect("not poisoned").push(ms);
            });
        }
    });
    let enough = began.elapsed() >= Duration::from_millis(30);
    println!("slept {:?} {enough}", order.lock().expect("not poisoned"));
}

fn time_outs() {
    let (sender, receiver) = mpsc::channel::<()>();
    let outcome = receiver.recv_timeout(Duration::from_millis(5));
    println!("time-out {}", outcome == Err(RecvTimeoutError::Timeout));
    let late = thread::spawn(move || {
        thread::sleep(Duration::from_millis(5));
        sender.send(())
    });
    println!("in time {:?}", receiver.recv_timeout(Duration::from_secs(60)));
    late.join().expect("it does not panic").expect("somebody receives");
    let began = Instant::now();
    thread::park_timeout(Duration::from_millis(5));
    println!("parked {}", began.elapsed() >= Duration::from_millis(5));
    let pair = (Mutex::new(()), Condvar::new());
    let guard = pair.0.lock().expect("not poisoned");
    let (_guard, outcome) = pair.1.wait_timeout(guard, Duration::from_millis(5)).expect("not poisoned");
    println!("waited {}", outcome.timed_out());
}
