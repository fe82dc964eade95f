//! zstd and lz4: libraries in C, which the compiler of the host compiles.

use std::io::{Read as _, Write as _};

use unikernel_rt::unikernel;

#[unikernel(std, console, clock, entropy)]
fn main() -> std::io::Result<()> {
    let text = "again and again, ".repeat(10_000);
    let packed = zstd::encode_all(text.as_bytes(), 3)?;
    println!("zstd {} {}", packed.len() < 200, zstd::decode_all(&packed[..])? == text.as_bytes());
    let mut encoder = lz4::EncoderBuilder::new().level(4).build(Vec::new())?;
    encoder.write_all(text.as_bytes())?;
    let (packed, outcome) = encoder.finish();
    outcome?;
    let mut back = String::new();
    lz4::Decoder::new(&packed[..])?.read_to_string(&mut back)?;
    println!("lz4 {} {}", packed.len() < 2000, back == text);
    println!("done");
    Ok(())
}
