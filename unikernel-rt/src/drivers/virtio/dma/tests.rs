//! Memory comes back as what it was made of, and as nothing else; and a borrow does not end before it.

extern crate std;

use super::sealed::Buffer as _;
use super::{Buffer, Memory, Pool, PoolBuffer, lend, lend_mut};
use std::boxed::Box;
use std::mem;
use std::panic::catch_unwind;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

/// Makes memory of a buffer and has it back.
fn back<B: Buffer>(buffer: B) -> B {
    B::from_memory(buffer.into_memory()).expect("it was made of one")
}

#[test]
fn every_buffer_comes_back_as_it_was() {
    static TEXT: [u8; 5] = *b"hello";
    assert_eq!(back(&TEXT), b"hello");
    assert_eq!(back(&TEXT[1..]), b"ello");
    assert_eq!(back(Box::leak(Box::new([1_u8, 2, 3]))), &[1, 2, 3]);
    assert_eq!(back(vec![1_u8, 2, 3].leak()), [1, 2, 3]);
    assert_eq!(*back(vec![1_u8, 2, 3].into_boxed_slice()), [1, 2, 3]);
    let mut vector = Vec::with_capacity(100);
    vector.extend([1_u8, 2, 3]);
    let vector = back(vector);
    assert!(vector == [1, 2, 3] && vector.capacity() >= 100);
    assert!(back(Vec::<u8>::new()).is_empty() && back(Box::<[u8]>::default()).is_empty());

    static POOL: Pool<1, 8> = Pool::new();
    let mut buffer = POOL.take().expect("there is one");
    buffer.copy_from_slice(b"12345678");
    buffer.truncate(3);
    buffer.truncate(5);
    assert_eq!(back(buffer)[..], *b"123");
}

#[test]
fn memory_does_not_come_back_as_what_it_was_not_made_of() {
    static POOL: Pool<1, 8> = Pool::new();
    let made: [fn() -> Memory; 5] = [
        || b"hello".into_memory(),
        || vec![1_u8].leak().into_memory(),
        || vec![1_u8].into_memory(),
        || vec![1_u8].into_boxed_slice().into_memory(),
        || POOL.take().expect("the one before was given back").into_memory(),
    ];
    let is: [fn(Memory) -> bool; 5] = [
        |memory| <&'static [u8]>::from_memory(memory).is_some(),
        |memory| <&'static mut [u8]>::from_memory(memory).is_some(),
        |memory| Vec::from_memory(memory).is_some(),
        |memory| <Box<[u8]>>::from_memory(memory).is_some(),
        |memory| PoolBuffer::from_memory(memory).is_some(),
    ];
    for (kind, made) in made.into_iter().enumerate() {
        for (other, is) in is.into_iter().enumerate() {
            // Whoever may write may read.
            let expected = kind == other || (kind, other) == (1, 0);
            assert_eq!(is(made()), expected, "{kind} as {other}");
        }
    }
    assert!(<&'static [u8; 4]>::from_memory(b"hello".into_memory()).is_none(), "of another length");
}

#[test]
fn a_device_writes_only_to_what_is_somebodys_alone() {
    assert!(!b"hello".into_memory().is_writable() && !b"hello"[1..].into_memory().is_writable());
    assert!(vec![1_u8].into_memory().is_writable() && vec![1_u8].leak().into_memory().is_writable());
    lend(&[1, 2, 3], |memory| {
        assert!(!memory.is_writable() && memory.length() == 3);
        (memory, ())
    });
    lend_mut(&mut [1, 2, 3], |memory| {
        assert!(memory.is_writable());
        (memory, ())
    });
}

#[test]
fn pools_give_what_was_given_back_and_no_more() {
    static POOL: Pool<3, 16> = Pool::new();
    let mut taken: Vec<PoolBuffer> = std::iter::from_fn(|| POOL.take()).collect();
    assert_eq!(taken.len(), 3);
    for (index, buffer) in taken.iter_mut().enumerate() {
        buffer.fill(index as u8);
    }
    for (index, buffer) in taken.iter().enumerate() {
        assert!(buffer.len() == 16 && buffer.iter().all(|byte| *byte == index as u8));
    }
    taken[1].truncate(4);
    drop(taken.remove(1));
    let again = POOL.take().expect("it was given back");
    assert!(again.len() == 16 && again.iter().all(|byte| *byte == 1) && POOL.take().is_none());
    // Memory that nobody wants any more goes back, too; what is forgotten does not.
    drop(again.into_memory());
    mem::forget(POOL.take().expect("it was given back").into_memory());
    assert!(POOL.take().is_none());
}

#[test]
fn borrowed_memory_is_given_back_and_no_buffer_can_be_made_of_it() {
    let mut bytes = [1, 2, 3];
    let length = lend_mut(&mut bytes, |memory| {
        let length = memory.length();
        (memory, length)
    });
    assert_eq!(length, 3);
    lend(&[1, 2, 3], |memory| {
        assert!(!matches!(memory.owner, super::Owner::Static));
        (memory, ())
    });
}

/// Whoever borrowed out memory would go on and use it: the process ends, however the borrow is about to end.
#[test]
fn a_borrow_does_not_end_without_its_memory() {
    type Wrong = fn(&mut [u8]);
    let wrong: [Wrong; 4] = [
        |bytes| lend_mut(bytes, |memory| (Memory::none(), mem::forget(memory))),
        |bytes| lend_mut(bytes, |memory| (Memory::none(), drop(memory))),
        |bytes| lend_mut(bytes, |memory| (Memory::none(), assert!(<&'static mut [u8]>::from_memory(memory).is_none()))),
        |bytes| lend(bytes, |_| panic!("while a device has the memory")),
    ];
    const WHICH: &str = "UNIKERNEL_TEST_BORROW";
    if let Ok(which) = std::env::var(WHICH) {
        // Not reached: the process ends in here, where an unwinding would be caught.
        let _ = catch_unwind(|| wrong[which.parse::<usize>().expect("a number")](&mut [1, 2, 3]));
        std::process::exit(0);
    }
    for which in 0..wrong.len() {
        let mut child = std::process::Command::new(std::env::current_exe().expect("a test runs"));
        child.args(["--exact", "--nocapture", "drivers::virtio::dma::tests::a_borrow_does_not_end_without_its_memory"]);
        let output = child.env(WHICH, which.to_string()).env("RUST_BACKTRACE", "0").output().expect("it starts");
        assert_eq!(output.status.code(), None, "{which}: {output:?}");
    }
}
