#[task]
async fn blink() {}
