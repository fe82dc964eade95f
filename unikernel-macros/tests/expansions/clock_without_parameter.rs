#[unikernel(clock)]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}
