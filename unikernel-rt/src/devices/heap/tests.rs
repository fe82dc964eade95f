//! The allocator over memory of the host.

use super::{Heap, arena_bytes};
use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;

#[repr(align(4096))]
struct Memory<const BYTES: usize>(MaybeUninit<[u8; BYTES]>);

/// A heap over `memory`, which the test must not touch any more.
fn heap<const BYTES: usize>(memory: &mut Memory<BYTES>) -> Heap {
    let heap = Heap::new();
    // SAFETY: the tests that call this keep the memory for as long as the heap, and use it through the heap alone.
    unsafe { heap.add(memory.0.as_mut_ptr().cast(), BYTES) };
    heap
}

fn layout(size_bytes: usize, align: usize) -> Layout {
    Layout::from_size_align(size_bytes, align).unwrap()
}

#[test]
fn gives_what_was_asked_for_until_it_is_exhausted_and_takes_it_back() {
    const COUNT: usize = 256 << 10;
    let mut memory = Memory::<COUNT>(MaybeUninit::uninit());
    let bounds = memory.0.as_ptr() as usize..memory.0.as_ptr() as usize + COUNT;
    let heap = heap(&mut memory);
    for _ in 0..3 {
        let mut blocks = [core::ptr::null_mut::<u8>(); 1024];
        let mut count = 0;
        loop {
            // SAFETY: the layout is not empty.
            let block = unsafe { heap.alloc(layout(1000, 64)) };
            if block.is_null() {
                break;
            }
            assert!((block as usize).is_multiple_of(64) && bounds.contains(&(block as usize)));
            assert!(block as usize + 1000 <= bounds.end);
            // SAFETY: the block has 1,000 bytes.
            unsafe { block.write_bytes(count as u8, 1000) };
            blocks[count] = block;
            count += 1;
        }
        assert!(count * (1000 + 64 + 32) > COUNT - 4096, "{count} blocks of 1,000 bytes in 256 KiB");
        for (index, block) in blocks.into_iter().take(count).enumerate() {
            // SAFETY: the block has been written and is given back once.
            unsafe {
                assert!((0..1000).all(|at| block.add(at).read() == index as u8), "block {index} was overwritten");
                heap.dealloc(block, layout(1000, 64));
            }
        }
    }
    // SAFETY: the layout is not empty.
    assert!(!unsafe { heap.alloc(layout(COUNT - COUNT / 32, 16)) }.is_null(), "the pieces did not become one again");
}

#[test]
fn what_grows_keeps_its_contents() {
    let mut memory = Memory::<65536>(MaybeUninit::uninit());
    let heap = heap(&mut memory);
    // SAFETY: no layout is empty, each block is used with the size it has then.
    unsafe {
        let mut block = heap.alloc(layout(10, 8));
        block.write_bytes(0x5a, 10);
        let behind = heap.alloc(layout(10, 8));
        behind.write_bytes(0xa5, 10);
        block = heap.realloc(block, layout(10, 8), 30_000);
        assert!((0..10).all(|at| block.add(at).read() == 0x5a));
        assert!((0..10).all(|at| behind.add(at).read() == 0xa5));
        assert!(heap.realloc(block, layout(30_000, 8), 70_000).is_null());
        assert!((0..10).all(|at| block.add(at).read() == 0x5a), "a refusal leaves the block as it is");
    }
}

#[test]
fn a_heap_without_memory_gives_none() {
    let heap = Heap::new();
    // SAFETY: the layout is not empty.
    assert!(unsafe { heap.alloc(layout(1, 1)) }.is_null());
    let mut memory = Memory::<16>(MaybeUninit::uninit());
    // SAFETY: as in `heap`.
    unsafe { heap.add(memory.0.as_mut_ptr().cast(), 16) };
    // SAFETY: the layout is not empty.
    assert!(unsafe { heap.alloc(layout(1, 1)) }.is_null());
}

#[test]
fn sizes_are_those_of_the_vocabulary() {
    assert_eq!(arena_bytes("64KiB"), 65536);
    assert_eq!(arena_bytes("1MiB"), 1 << 20);
}
