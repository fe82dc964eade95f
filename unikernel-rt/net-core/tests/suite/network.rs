//! A deterministic network between two nodes: the same seed is the same run, to the microsecond.

use crate::observer::Observer;
use core::time::Duration;
use std::collections::BTreeMap;
use unikernel_net::Instant;

/// What a network does to frames, each way.
#[derive(Clone, Debug)]
pub struct Conditions {
    pub delay: Duration,
    /// Bits a second, and bytes that wait for their turn at most.
    pub rate: Option<(u64, usize)>,
    /// In thousandths of frames.
    pub loss: u32,
    pub duplication: u32,
    pub reordering: u32,
    pub corruption: u32,
    /// Larger packets are dropped, silently.
    pub mtu: usize,
}

impl Default for Conditions {
    fn default() -> Self {
        Conditions {
            delay: Duration::from_micros(100),
            rate: None,
            loss: 0,
            duplication: 0,
            reordering: 0,
            corruption: 0,
            mtu: 65_535,
        }
    }
}

impl Conditions {
    /// Any that a stream survives.
    pub fn random(random: &mut fastrand::Rng) -> Conditions {
        let mut thousandths = |most: u32| if random.bool() { 0 } else { random.u32(0..most) };
        let (loss, duplication, reordering, corruption) =
            (thousandths(150), thousandths(100), thousandths(300), thousandths(50));
        Conditions {
            delay: Duration::from_micros(random.u64(10..80_000)),
            rate: random.bool().then(|| (random.u64(200_000..100_000_000), random.usize(3_000..100_000))),
            loss,
            duplication,
            reordering,
            corruption,
            mtu: 65_535,
        }
    }
}

/// Who is at one end of a network: a host, or what stands for one.
pub trait Node {
    fn receive(&mut self, frame: &[u8], now: Instant);
    /// What it sends now.
    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>>;
    fn deadline(&self) -> Instant;
}

/// Two nodes and what is between them.
pub struct Network<N> {
    pub hosts: [N; 2],
    pub conditions: Conditions,
    pub observer: Observer,
    pub lost: u64,
    random: fastrand::Rng,
    now: Instant,
    /// Frames under way, by their arrival and their number.
    under_way: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    number: u64,
    /// When each direction's line is free again.
    free_at: [Instant; 2],
}

impl<N: Node> Network<N> {
    pub fn new(hosts: [N; 2], conditions: Conditions, seed: u64) -> Self {
        let now = Instant::from_micros(1_000_000);
        Network {
            hosts,
            conditions,
            observer: Observer::default(),
            lost: 0,
            random: fastrand::Rng::with_seed(seed),
            now,
            under_way: BTreeMap::new(),
            number: 0,
            free_at: [now; 2],
        }
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    fn chance(&mut self, thousandths: u32) -> bool {
        self.random.u32(0..1000) < thousandths
    }

    fn take_in(&mut self, from: usize) {
        for mut frame in self.hosts[from].transmit(self.now) {
            self.observer.see(&frame);
            if frame.len() - 14 > self.conditions.mtu || self.chance(self.conditions.loss) {
                self.lost += 1;
                continue;
            }
            let mut arrival = self.now;
            if let Some((rate, most)) = self.conditions.rate {
                let waits = self.free_at[from].since(self.now);
                if waits.as_micros() as u64 * rate / 8_000_000 > most as u64 {
                    self.lost += 1;
                    continue;
                }
                self.free_at[from] =
                    self.free_at[from].max(self.now) + Duration::from_micros(frame.len() as u64 * 8_000_000 / rate);
                arrival = self.free_at[from];
            }
            arrival = arrival + self.conditions.delay;
            if self.chance(self.conditions.reordering) {
                let most = (self.conditions.delay.as_micros() as u64).max(100);
                arrival = arrival + Duration::from_micros(self.random.u64(0..most));
            }
            if self.chance(self.conditions.corruption) {
                let at = self.random.usize(14..frame.len());
                frame[at] ^= 1 << self.random.u8(0..8);
            }
            let copies = if self.chance(self.conditions.duplication) { 2 } else { 1 };
            for _ in 0..copies {
                self.number += 1;
                self.under_way.insert((arrival, self.number), (1 - from, frame.clone()));
            }
        }
    }

    /// Goes on to the next thing that happens, no later than `end`; whether anything did.
    pub fn step(&mut self, end: Instant) -> bool {
        for host in 0..2 {
            self.take_in(host);
        }
        let arrival = self.under_way.keys().next().map_or(Instant::NEVER, |key| key.0);
        let next = self.hosts.iter().map(|host| host.deadline()).fold(arrival, Instant::min);
        if next > end {
            self.now = self.now.max(end);
            return false;
        }
        self.now = self.now.max(next);
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (to, frame) = entry.remove();
            self.hosts[to].receive(&frame, self.now);
        }
        true
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut rounds = 0_u64;
        while self.step(end) {
            rounds += 1;
            assert!(rounds < 20_000_000, "it never rests");
        }
    }
}
