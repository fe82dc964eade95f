//! The driver against a console that behaves, and against consoles that do not.

extern crate std;

use super::super::fake::{Fake, Queue};
use super::super::{DRIVER_OK, Refusal};
use super::{BUFFER_BYTES, BUFFERS, Port, RECEIVE, TRANSMIT};
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

fn console() -> (Port, Fake) {
    let fake = Fake::new(0, 64, &[]);
    let port = start(&fake).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    (port, fake)
}

fn start(fake: &Fake) -> Result<Port, Refusal> {
    let memory = (Box::leak(Box::new_uninit()), Box::leak(Box::new_uninit()));
    Port::start(fake.transport(), memory).map_err(|refused| refused.refusal)
}

fn received<R>(fake: &Fake, act: impl FnOnce(&mut Queue) -> R) -> R {
    fake.queue(RECEIVE.into(), act)
}

fn sent<R>(fake: &Fake, act: impl FnOnce(&mut Queue) -> R) -> R {
    fake.queue(TRANSMIT.into(), act)
}

/// Takes what the driver has sent, buffer by buffer, and returns it.
fn take_sent(fake: &Fake) -> Vec<Vec<u8>> {
    sent(fake, |queue| {
        let mut lines = vec![];
        while let Some(buffer) = queue.take() {
            lines.push(queue.bytes(buffer).to_vec());
            queue.give(buffer.into(), 0);
        }
        lines
    })
}

/// Input arrives.
fn type_in(fake: &Fake, bytes: &[u8]) {
    received(fake, |queue| {
        let buffer = queue.take().expect("the driver has lent no buffer");
        queue.bytes(buffer)[..bytes.len()].copy_from_slice(bytes);
        queue.give(buffer.into(), bytes.len() as u32);
    });
}

fn receive(port: &mut Port, most: usize) -> Vec<u8> {
    let mut buffer = vec![0; most];
    let count = port.receive(&mut buffer);
    buffer.truncate(count);
    buffer
}

#[test]
fn a_console_is_started_with_all_receive_buffers_lent() {
    let (_, fake) = console();
    assert!(fake.state().status & DRIVER_OK != 0);
    assert_eq!(fake.state().notified[..2], [1, 0]);
    received(&fake, |queue| {
        let lent: Vec<u16> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!(lent, (0..BUFFERS as u16).collect::<Vec<_>>());
        assert!(lent.iter().all(|buffer| queue.bytes(*buffer).len() == BUFFER_BYTES));
        assert!(queue.wants_interrupts());
    });
    assert!(!sent(&fake, |queue| queue.wants_interrupts()), "who sends looks himself");
}

#[test]
fn a_device_with_small_queues_is_refused_and_stopped() {
    let fake = Fake::new(0, 2, &[]);
    assert_eq!(start(&fake).err(), Some(Refusal::Queue));
    assert!(fake.state().is_stopped && !fake.state().is_started);
}

#[test]
fn a_line_is_one_buffer_and_one_notification_however_it_was_written() {
    let (mut port, fake) = console();
    for piece in ["it ", "is ", "", "ready"] {
        port.send(piece.as_bytes());
        assert_eq!(fake.state().notified[1], 0);
    }
    port.send(b"\n");
    assert_eq!(fake.state().notified[1], 1);
    assert_eq!(take_sent(&fake), [b"it is ready\n"]);
    port.send(b"one\ntwo\nthr");
    assert_eq!(take_sent(&fake), [b"one\n", b"two\n"]);
    port.flush();
    assert_eq!(take_sent(&fake), [b"thr"]);
    port.flush();
    assert!(take_sent(&fake).is_empty());
    assert_eq!(fake.state().notified[1], 4);
}

#[test]
fn a_long_line_is_several_buffers() {
    let (mut port, fake) = console();
    let line = [&[b'x'; 2 * BUFFER_BYTES + 3][..], b"\n"].concat();
    port.send(&line);
    assert_eq!(take_sent(&fake).concat(), line);
    assert_eq!(fake.state().notified[1], 3);
    let full = [&[b'x'; BUFFER_BYTES - 1][..], b"\n"].concat();
    port.send(&full);
    assert_eq!(take_sent(&fake), [full]);
}

#[test]
fn buffers_are_used_again_when_the_device_has_returned_them() {
    let (mut port, fake) = console();
    for round in 0..70_000_u32 {
        let line = [&[round as u8 | 0x80; 20][..], b"\n"].concat();
        for _ in 0..1 + round % BUFFERS as u32 {
            port.send(&line);
        }
        let lines = take_sent(&fake);
        assert!(lines.len() == 1 + (round % BUFFERS as u32) as usize && lines.iter().all(|sent| *sent == line));
    }
}

#[test]
fn what_has_no_room_waits_for_the_device() {
    let (mut port, fake) = console();
    for _ in 0..BUFFERS {
        port.send(b"line\n");
    }
    assert!(port.sent.free(1).is_none());
    // As if it were done while the driver spins.
    assert_eq!(take_sent(&fake).len(), BUFFERS);
    port.send(b"more\n");
    assert_eq!(take_sent(&fake), [b"more\n"]);
    port.drain();
    assert!(!port.sent.has_lent());
}

#[test]
fn a_device_that_asks_for_quiet_is_not_notified() {
    let (mut port, fake) = console();
    sent(&fake, |queue| queue.set_quiet(true));
    port.send(b"line\n");
    assert_eq!(fake.state().notified[1], 0);
    assert_eq!(take_sent(&fake), [b"line\n"]);
}

#[test]
fn input_comes_in_order_and_in_any_portion() {
    let (mut port, fake) = console();
    assert!(!port.can_receive() && receive(&mut port, 10).is_empty());
    assert_eq!(fake.state().acknowledged, 1);
    for round in 0..70_000_u32 {
        let text = std::format!("input {round}");
        type_in(&fake, &text.as_bytes()[..6]);
        type_in(&fake, &text.as_bytes()[6..]);
        assert!(port.can_receive());
        assert_eq!(receive(&mut port, 0), b"");
        let mut all = receive(&mut port, 1 + round as usize % 8);
        all.extend(receive(&mut port, 100));
        assert_eq!(all, text.as_bytes());
        assert!(!port.can_receive());
    }
}

#[test]
fn an_empty_buffer_is_no_input_and_goes_back() {
    let (mut port, fake) = console();
    for _ in 0..10 * BUFFERS {
        type_in(&fake, b"");
        assert!(!port.can_receive());
    }
    type_in(&fake, b"x");
    assert_eq!(receive(&mut port, 10), b"x");
}

#[test]
fn lengths_are_not_believed() {
    for length in [BUFFER_BYTES as u32 + 1, u32::MAX] {
        let (mut port, fake) = console();
        received(&fake, |queue| {
            let buffer = queue.take().expect("it is lent");
            queue.bytes(buffer).fill(7);
            queue.give(buffer.into(), length);
        });
        assert_eq!(receive(&mut port, 1000), [7; BUFFER_BYTES]);
    }
}

#[test]
fn a_device_that_returns_what_it_does_not_have_is_stopped() {
    type Lie = fn(&Fake);
    let lies: [Lie; 5] = [
        |fake| received(fake, |queue| queue.give(4, 1)),
        |fake| received(fake, |queue| queue.give(u32::MAX, 1)),
        |fake| received(fake, |queue| queue.set_index(5)),
        |fake| sent(fake, |queue| queue.give(0, 0)),
        |fake| sent(fake, |queue| queue.set_index(u16::MAX)),
    ];
    for (index, lie) in lies.into_iter().enumerate() {
        let (mut port, fake) = console();
        lie(&fake);
        port.take_back();
        assert!(receive(&mut port, 10).is_empty(), "lie {index}");
        assert!(fake.state().is_stopped && port.is_broken, "lie {index}");
        port.send(b"nobody waits for it\n");
        port.drain();
        assert!(!port.can_receive());
    }
}

/// A device that says anything at all.
#[test]
fn random_devices_do_no_harm() {
    let mut random = fastrand::Rng::with_seed(19);
    let (mut port, mut fake) = console();
    for _ in 0..crate::test_cases::cases() {
        if port.is_broken {
            (port, fake) = console();
        }
        match random.u8(..16) {
            0 => fake.queue(random.usize(..2), |queue| queue.give(random.u32(..8), random.u32(..))),
            1 => fake.queue(random.usize(..2), |queue| queue.set_index(random.u16(..))),
            2..=8 => received(&fake, |queue| {
                if let Some(buffer) = queue.take() {
                    queue.give(buffer.into(), random.u32(..2 * BUFFER_BYTES as u32));
                }
            }),
            // Where nobody is there to take it, the driver would wait for ever.
            9..=12 if !port.sent.has_lent() => port.send(&vec![b'x'; random.usize(..BUFFER_BYTES)]),
            13 => drop(take_sent(&fake)),
            _ => drop(receive(&mut port, random.usize(..600))),
        }
    }
}
