//! A queue against a model: a plain vector of bytes.

use super::*;

#[test]
fn a_queue_is_a_queue_of_bytes() {
    static LASTING: [u8; 5000] = [7; 5000];
    let mut random = fastrand::Rng::with_seed(2);
    let (mut blocks, mut bytes) = ([Block::FREE; 12], [[0; BLOCK_BYTES]; 12]);
    let mut pool = Pool::new(&mut blocks, &mut bytes);
    let (mut queue, mut model, mut cursor) = (Queue::EMPTY, Vec::<u8>::new(), Cursor::NONE);
    for step in 0..20_000 {
        match random.u8(0..6) {
            0 => {
                let bytes: Vec<u8> = (0..random.usize(0..3000)).map(|_| random.u8(..)).collect();
                let taken = queue.push(&mut pool, Use::Sent, &bytes, 8);
                model.extend_from_slice(&bytes[..taken]);
                assert!(taken == bytes.len() || queue.blocks() >= 8 || pool.available() == 0);
            }
            1 => {
                let bytes = &LASTING[..random.usize(1..5000)];
                if queue.push_static(&mut pool, bytes) {
                    model.extend_from_slice(bytes);
                }
            }
            2 => {
                let count = random.usize(0..=model.len()).min(random.usize(1..4000));
                queue.consume(&mut pool, count);
                cursor.shift(count);
                model.drain(..count);
            }
            3 => {
                let mut buffer = vec![0; random.usize(0..4000)];
                let count = queue.peek(&pool, &mut buffer);
                assert_eq!(buffer[..count], model[..count]);
                assert_eq!(count, buffer.len().min(model.len()));
            }
            4 => {
                let wanted: Vec<u8> = (0..random.usize(0..2000)).map(|_| random.u8(..)).collect();
                let taken = queue.push_with(&mut pool, 8, random.usize(0..1000), |room| {
                    let count = room.len().min(wanted.len());
                    room[..count].copy_from_slice(&wanted[..count]);
                    (count, count)
                });
                model.extend_from_slice(&wanted[..taken.unwrap_or(0)]);
                assert!(taken.is_some() || queue.blocks() >= 8 || pool.available() == 0);
                assert!(model.starts_with(queue.front(&pool)) && model.is_empty() == queue.front(&pool).is_empty());
            }
            _ => {
                let offset = random.usize(0..=model.len());
                let most = random.usize(1..2000);
                let mut parts = [Payload::Static(&[]); 3];
                let (bytes, count) = queue.parts(&pool, &mut cursor, offset, most, &mut parts);
                let found: Vec<u8> = parts[..count].iter().flat_map(|part| part.bytes()).copied().collect();
                assert_eq!(found, model[offset..offset + bytes], "step {step}");
                assert!(bytes == most || offset + bytes == model.len() || count == 3);
            }
        }
        assert_eq!(queue.len(), model.len());
        assert_eq!(pool.available() + queue.blocks(), 12);
    }
    queue.clear(&mut pool);
    assert_eq!(pool.available(), pool.capacity());
}

#[test]
fn what_is_received_leaves_room_for_what_is_sent() {
    let (mut blocks, mut bytes) = ([Block::FREE; 8], [[0; BLOCK_BYTES]; 8]);
    let mut pool = Pool::new(&mut blocks, &mut bytes);
    let (mut received, mut sent) = (Queue::EMPTY, Queue::EMPTY);
    let stream = [7; 8 * BLOCK_BYTES];
    assert_eq!(received.push(&mut pool, Use::Received, &stream, usize::MAX), 6 * BLOCK_BYTES);
    assert_eq!((pool.receivable(), pool.available()), (0, 2));
    assert_eq!(sent.push(&mut pool, Use::Sent, &stream, usize::MAX), 2 * BLOCK_BYTES);
    received.consume(&mut pool, BLOCK_BYTES);
    assert_eq!((pool.receivable(), pool.available()), (1, 1));
    // A block that held the one holds the other.
    assert_eq!(sent.push(&mut pool, Use::Sent, &stream, usize::MAX), BLOCK_BYTES);
    sent.clear(&mut pool);
    received.clear(&mut pool);
    assert_eq!((pool.receivable(), pool.available()), (6, 8));
}
