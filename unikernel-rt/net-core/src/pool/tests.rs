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
                let taken = queue.push(&mut pool, &bytes, 8);
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
