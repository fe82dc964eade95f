//! Runs tasks that wait, compute, talk to each other and never end; prints the results, and returns while some still run.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "it reads a port of the machine")]

use core::cell::RefCell;
use core::hint::black_box;
use core::time::Duration;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Timer, with_timeout};
use futures_util::stream::{FuturesUnordered, StreamExt};
use unikernel_rt::prelude::*;
use unikernel_rt::{Either, join, select, timeout, timeout_at};

static RESULTS: Channel<CriticalSectionRawMutex, (u32, f64), 2> = Channel::new();
static TURNS: Mutex<CriticalSectionRawMutex, RefCell<[char; 12]>> = Mutex::new(RefCell::new(['-'; 12]));

#[unikernel(console, clock, heap(size = "64KiB"), args(reference_port))]
async fn main(spawner: Spawner, clock: Clock, reference_port: Option<u16>) -> ExitCode {
    order(spawner).await;
    floating_point(spawner).await;
    turns(spawner).await;
    deadlines(clock).await;
    combined(clock).await;
    if let Some(port) = reference_port {
        against_a_reference(clock, port).await;
    }
    pools(spawner);
    // From here on some task is always ready, and some have all day.
    spawner.spawn(restless().unwrap());
    spawner.spawn(patient().unwrap());
    let began = embassy_time::Instant::now();
    Timer::after_millis(50).await;
    println!("restless: {} ms", began.elapsed().as_millis());
    ExitCode::new(5)
}

/// Timers expire in the order of their deadlines, not in that of their tasks.
async fn order(spawner: Spawner) {
    for milliseconds in [30, 10, 40, 20] {
        spawner.spawn(sleeper(milliseconds).unwrap());
    }
    Timer::after_millis(50).await;
}

#[task(pool_size = 4)]
async fn sleeper(milliseconds: u64) {
    Timer::after_millis(milliseconds).await;
    println!("sleeper {milliseconds}");
}

/// Four tasks compute with waits of different lengths between the steps, and get what they get without.
async fn floating_point(spawner: Spawner) {
    for seed in 1..5 {
        spawner.spawn(oscillator(seed).unwrap());
    }
    let mut right = 0;
    for _ in 0..4 {
        let (seed, sum) = RESULTS.receive().await;
        let mut state = begin(seed);
        (0..200).for_each(|_| step(&mut state));
        if state.iter().sum::<f64>().to_bits() == sum.to_bits() {
            right += 1;
        }
    }
    println!("floating point: {right} of 4");
}

#[task(pool_size = 4)]
async fn oscillator(seed: u32) {
    let mut state = begin(seed);
    for _ in 0..200 {
        Timer::after_micros(u64::from(seed * 7 % 5) * 10).await;
        step(&mut state);
    }
    RESULTS.send((seed, state.iter().sum())).await;
}

fn begin(seed: u32) -> [f64; 8] {
    core::array::from_fn(|index| f64::from(seed) / (index as f64 + 3.0))
}

fn step(state: &mut [f64; 8]) {
    let previous = black_box(*state);
    for (index, value) in state.iter_mut().enumerate() {
        *value += (previous[(index + 1) % 8] - previous[index] * 1.25) * 0.01;
    }
}

/// Tasks that yield take turns, whatever is in between.
async fn turns(spawner: Spawner) {
    for name in ['a', 'b', 'c'] {
        spawner.spawn(turn(name).unwrap());
    }
    Timer::after_millis(1).await;
    let turns = TURNS.lock(|turns| *turns.borrow());
    let fair = turns.chunks(3).all(|round| ['a', 'b', 'c'].iter().all(|name| round.contains(name)));
    println!("turns: {fair}");
}

#[task(pool_size = 3)]
async fn turn(name: char) {
    for _ in 0..4 {
        TURNS.lock(|turns| {
            let mut turns = turns.borrow_mut();
            if let Some(free) = turns.iter_mut().find(|turn| **turn == '-') {
                *free = name;
            }
        });
        yield_now().await;
    }
}

/// A deadline that has passed is no wait; one that comes first wins; a blocking sleep makes a timer late, and loses none.
async fn deadlines(clock: Clock) {
    let now = clock.now();
    clock.at(now - Duration::from_secs(1)).await;
    Timer::at(embassy_time::Instant::from_ticks(0)).await;
    println!("past: {}", clock.now() - now < Duration::from_millis(1));
    let outcome = with_timeout(embassy_time::Duration::from_millis(5), core::future::pending::<()>()).await;
    println!("timeout: {}", outcome.is_err());
    let limit = Duration::from_millis(5);
    let late = timeout(limit, core::future::pending::<()>()).await.is_err();
    let late_at = timeout_at(clock.now() + limit, clock.after(2 * limit)).await.is_err();
    let in_time = timeout(2 * limit, clock.after(limit)).await.is_ok();
    let at_once = timeout(Duration::ZERO, async {}).await.is_ok();
    let first = matches!(select(clock.after(2 * limit), clock.after(limit)).await, Either::Second(()));
    println!("combinators: {late} {late_at} {in_time} {at_once} {first} {:?}", clock.now() - now > 5 * limit);
    let began = clock.now();
    join(clock.after(Duration::from_millis(10)), async { clock.sleep(Duration::from_millis(30)) }).await;
    let blocked = clock.now() - began;
    println!("blocked: {}", (30..32).contains(&blocked.as_millis()));
    let began = clock.now();
    join(clock.after(Duration::from_millis(20)), async { clock.sleep(Duration::from_millis(5)) }).await;
    let woken = clock.now() - began;
    println!("woken: {}", (20..22).contains(&woken.as_millis()));
}

/// Timers whose wakers are not the executor's, more of them than have a place.
async fn combined(clock: Clock) {
    let began = clock.now();
    let mut timers: FuturesUnordered<_> = (1..=20)
        .map(|number| async move {
            clock.after(Duration::from_millis(21 - number)).await;
            number
        })
        .collect();
    let mut last = 21;
    while let Some(number) = timers.next().await {
        if number + 1 != last {
            println!("combined: {number} after {last}");
        }
        last = number;
    }
    println!("combined: {}", (20..22).contains(&(clock.now() - began).as_millis()));
}

/// Waits of a second, by the machine's own ACPI timer.
async fn against_a_reference(clock: Clock, port: u16) {
    const HZ: u32 = 3_579_545;
    const MASK: u32 = (1 << 24) - 1;
    for _ in 0..5 {
        let began = read(port);
        clock.after(Duration::from_secs(1)).await;
        let ticks = read(port).wrapping_sub(began) & MASK;
        println!("a second: {}", (HZ - HZ / 1000..HZ + HZ / 100).contains(&ticks));
    }
}

fn read(port: u16) -> u32 {
    let value;
    // SAFETY: the test says that this is the ACPI timer's port.
    unsafe { core::arch::asm!("in eax, dx", in("dx") port, out("eax") value, options(nomem, nostack)) };
    value
}

/// A task runs as many times at once as its pool has room.
fn pools(spawner: Spawner) {
    for number in 1..4 {
        match patient_pair() {
            Ok(token) => spawner.spawn(token),
            Err(error) => println!("pair {number}: {error:?}"),
        }
    }
}

#[task(pool_size = 2)]
async fn patient_pair() {
    Timer::after_secs(86_400).await;
}

#[task]
async fn patient() {
    core::future::pending().await
}

#[task]
async fn restless() -> ! {
    loop {
        yield_now().await;
    }
}
