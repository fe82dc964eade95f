#[unikernel(std, console, clock, kv(dir = "tests/embedded"), block(name = "data"), tmp(size = "1MiB"))]
fn main() -> std::io::Result<()> {
    Ok(())
}
