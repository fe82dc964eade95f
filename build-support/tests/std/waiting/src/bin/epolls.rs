//! `epoll`: level, edge and oneshot; what is closed; one in another; several threads.

use std::os::fd::AsRawFd as _;
use std::thread;
use std::time::{Duration, Instant};

use libc::{EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLRDHUP};
use std_waiting::{Epoll, add, counter, pair, pipe, poll, read, take, write};
use unikernel_rt::unikernel;

#[unikernel(std, console, clock, tmp)]
fn main() {
    levels();
    edges();
    once();
    what_is_wrong();
    what_is_closed();
    nested();
    threads();
    many();
    println!("done");
}

fn levels() {
    let (epoll, [reader, writer]) = (Epoll::new(), pipe(0));
    println!("level {} {} {:?}", epoll.add(&reader, EPOLLIN, 1), epoll.add(&writer, EPOLLOUT, 2), epoll.wait(8, 0));
    write(&writer, b"ab");
    println!("{:?} {:?}", epoll.wait(8, 0), epoll.wait(8, -1));
    println!("{} {:?}", read(&reader, 1), epoll.wait(8, 0));
    println!("{} {:?}", read(&reader, 1), epoll.wait(8, 0));
    // With room for one, each has its turn.
    write(&writer, b"c");
    let mut turns = [epoll.wait(1, 0), epoll.wait(1, 0)].concat();
    turns.sort();
    println!("{turns:?}");
}

fn edges() {
    let (epoll, [one, other]) = (Epoll::new(), pair(libc::SOCK_NONBLOCK));
    println!("edge {} {:?}", epoll.add(&one, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1), epoll.wait(8, 0));
    println!("{:?}", epoll.wait(8, 0));
    write(&other, b"a");
    println!("{:?} {:?}", epoll.wait(8, 0), epoll.wait(8, 0));
    write(&other, b"b");
    write(&other, b"c");
    println!("{:?} {:?} {}", epoll.wait(8, 0), epoll.wait(8, 0), read(&one, 8));
    drop(other);
    println!("{:?} {:?}", epoll.wait(8, 0), epoll.wait(8, 0));

    // What is never read tells of every write: so wakers of mio do.
    let (epoll, counting) = (Epoll::new(), counter(0, libc::EFD_NONBLOCK));
    epoll.add(&counting, EPOLLIN | EPOLLET, 7);
    for _ in 0..3 {
        add(&counting, 1);
        println!("{:?} {:?}", epoll.wait(8, 0), epoll.wait(8, 0));
    }
}

fn once() {
    let (epoll, counting) = (Epoll::new(), counter(1, libc::EFD_NONBLOCK));
    println!("once {} {:?}", epoll.add(&counting, EPOLLIN | EPOLLONESHOT, 1), epoll.wait(8, 0));
    add(&counting, 1);
    println!("{:?}", epoll.wait(8, 0));
    let again = |data| epoll.control(libc::EPOLL_CTL_MOD, counting.as_raw_fd(), EPOLLIN | EPOLLONESHOT, data);
    println!("{} {:?} {:?}", again(2), epoll.wait(8, 0), epoll.wait(8, 0));
    take(&counting).expect("a number");
    println!("{} {:?} {} {:?}", again(3), epoll.wait(8, 0), add(&counting, 1), epoll.wait(8, 0));
    println!("{}", epoll.control(libc::EPOLL_CTL_DEL, counting.as_raw_fd(), 0, 0));
    println!("{:?}", epoll.wait(8, 0));
}

fn what_is_wrong() {
    let (epoll, counting) = (Epoll::new(), counter(0, 0));
    let file = counting.as_raw_fd();
    println!("wrong {} {}", epoll.add(&counting, EPOLLIN, 1), epoll.add(&counting, EPOLLIN, 1));
    println!("{}", epoll.control(libc::EPOLL_CTL_DEL, file, 0, 0));
    println!("{}", epoll.control(libc::EPOLL_CTL_DEL, file, 0, 0));
    println!("{} {}", epoll.control(libc::EPOLL_CTL_MOD, file, 0, 0), epoll.control(99, file, 0, 0));
    println!("{} {}", epoll.control(libc::EPOLL_CTL_ADD, 999, 0, 0), epoll.control(libc::EPOLL_CTL_ADD, -1, 0, 0));
    println!("{}", Epoll(counter(0, 0)).add(&counting, EPOLLIN, 1));
    let path = std::env::temp_dir().join("epolls");
    let of_disk = std::fs::File::create(&path).expect("a file");
    println!("{}", epoll.add(&of_disk.into(), EPOLLIN, 1));
    std::fs::remove_file(path).expect("removed");
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    // SAFETY: there is room for one, which is not asked for.
    println!("{}", unsafe { libc::epoll_wait(epoll.0.as_raw_fd(), &raw mut event, 0, 0) });
}

fn what_is_closed() {
    let (epoll, first) = (Epoll::new(), counter(1, 0));
    println!("closed {} {:?}", epoll.add(&first, EPOLLIN, 1), epoll.wait(8, 0));
    let (file, duplicate) = (first.as_raw_fd(), first.try_clone().expect("another descriptor"));
    drop(duplicate);
    println!("{:?}", epoll.wait(8, 0));
    drop(first);
    println!("{:?}", epoll.wait(8, 0));
    let second = counter(1, 0);
    println!("{} {} {:?}", second.as_raw_fd() == file, epoll.add(&second, EPOLLIN, 2), epoll.wait(8, 0));
    // The pipe is still there, by its other end, but not the end that was watched.
    let [reader, writer] = pipe(0);
    println!("{} {:?}", epoll.add(&reader, EPOLLIN, 3), epoll.wait(8, 0));
    drop(reader);
    println!("{} {:?}", write(&writer, b"x"), epoll.wait(8, 0));
}

fn nested() {
    let (inner, outer, counting) = (Epoll::new(), Epoll::new(), counter(0, 0));
    println!("nested {} {}", inner.add(&counting, EPOLLIN, 1), outer.add(&inner.0, EPOLLIN, 2));
    println!("{:?} {:?}", outer.wait(8, 0), poll(&[&inner.0], 0));
    add(&counting, 1);
    println!("{:?} {:?}", outer.wait(8, 0), poll(&[&inner.0], 0));
    println!("{:?}", inner.wait(8, 0));
    take(&counting).expect("a number");
    println!("{:?} {:?} {:?}", outer.wait(8, 0), poll(&[&inner.0], 0), inner.wait(8, 0));
}

fn threads() {
    let (epoll, counting) = (Epoll::new(), counter(0, libc::EFD_NONBLOCK));
    epoll.add(&counting, EPOLLIN | EPOLLET, 1);
    let started = Instant::now();
    println!("threads {:?} {}", epoll.wait(8, 30), started.elapsed() >= Duration::from_millis(30));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| epoll.wait(8, 10_000));
        thread::sleep(Duration::from_millis(10));
        add(&counting, 1);
        println!("{:?}", waiting.join().expect("the one who waits"));
    });
    // Added while another thread waits.
    let late = counter(1, 0);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| epoll.wait(8, 10_000));
        thread::sleep(Duration::from_millis(10));
        epoll.add(&late, EPOLLIN, 2);
        println!("{:?}", waiting.join().expect("the one who waits"));
    });
    // Each of so many messages wakes the other thread.
    let [there, back] = [(); 2].map(|()| counter(0, 0));
    let (of_there, of_back) = (Epoll::new(), Epoll::new());
    of_there.add(&there, EPOLLIN, 1);
    of_back.add(&back, EPOLLIN, 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..10_000 {
                of_there.wait(1, -1);
                take(&there).expect("a number");
                add(&back, 1);
            }
        });
        for _ in 0..10_000 {
            add(&there, 1);
            of_back.wait(1, -1);
            take(&back).expect("a number");
        }
    });
    println!("10000 there and back");
}

fn many() {
    let epoll = Epoll::new();
    let counting: Vec<_> = (0..500).map(|_| counter(0, 0)).collect();
    for (number, counting) in (0..).zip(&counting) {
        epoll.add(counting, EPOLLIN, number);
    }
    println!("many {:?}", epoll.wait(500, 0));
    for number in [3, 499, 77] {
        add(&counting[number], 1);
    }
    println!("{:?}", epoll.wait(500, 0));
    for counting in &counting {
        add(counting, 1);
    }
    let first = epoll.wait(100, 0).len();
    println!("{first} {}", epoll.wait(500, 0).len());
}
