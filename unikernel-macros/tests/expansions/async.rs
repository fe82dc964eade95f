#[unikernel(console, clock, args(greeting = "hello"))]
async fn main(spawner: Spawner, console: Console, greeting: &str) -> Result<(), Error> {
    spawner.spawn(blink().unwrap());
    serve(console, greeting).await
}
