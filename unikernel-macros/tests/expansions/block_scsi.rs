#[unikernel(console, block(scsi), kv(fat, scsi, block = "data"))]
fn main(block: Block, kv: Kv) {}
