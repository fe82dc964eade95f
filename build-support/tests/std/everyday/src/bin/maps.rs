//! memmap2: memory of a program's own is mapped, files are not.

use std::io::Write as _;

use unikernel_rt::unikernel;

#[unikernel(std, console, clock, entropy, tmp(size = "1MiB"))]
fn main() -> std::io::Result<()> {
    let mut anonymous = memmap2::MmapMut::map_anon(10_000)?;
    anonymous[9_999] = 7;
    println!("anonymous {} {}", anonymous.len(), anonymous.iter().map(|byte| u32::from(*byte)).sum::<u32>());
    let mut file = tempfile::tempfile()?;
    file.write_all(b"text")?;
    // SAFETY: nobody changes the file meanwhile.
    let mapped = unsafe { memmap2::Mmap::map(&file) };
    println!("{}", mapped.map(|bytes| bytes.len()).expect_err("a unikernel maps no files"));
    Ok(())
}
