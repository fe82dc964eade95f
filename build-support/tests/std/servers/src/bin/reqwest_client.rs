//! Asks a server by reqwest, without TLS: text, JSON there and back, an error, and many at once.

use serde_json::{Value, json};
use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, net(ip = "10.0.0.2/24", gateway = "10.0.0.1"), args(server))]
#[tokio::main(flavor = "current_thread")]
async fn main(server: &'static str) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::new();
    print!("{}", client.get(format!("{server}/")).send().await?.text().await?);
    let notes = format!("{server}/notes");
    let created = client.post(&notes).json(&json!({ "title": "write tests" })).send().await?;
    println!("{} {:?}", created.status(), created.headers().get("location"));
    println!("{}", created.json::<Value>().await?);
    println!("{}", client.get(format!("{notes}/99")).send().await?.status());
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let request = client.post(&notes).json(&json!({ "title": format!("note {number}"), "done": true }));
            tokio::spawn(async move { request.send().await?.error_for_status() })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics")?;
    }
    let all: Value = client.get(&notes).query(&[("done", "true")]).send().await?.json().await?;
    println!("{} done", all.as_object().map_or(0, |notes| notes.len()));
    println!("done");
    Ok(())
}
