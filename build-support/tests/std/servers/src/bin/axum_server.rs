//! A JSON service by axum: notes that are kept in memory, until the power button is pressed.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use unikernel_rt::unikernel;

#[derive(Clone, Serialize, Deserialize)]
struct Note {
    title: String,
    #[serde(default)]
    done: bool,
}

#[derive(Deserialize)]
struct Filter {
    done: Option<bool>,
}

type Notes = Arc<RwLock<BTreeMap<u64, Note>>>;

async fn list(State(notes): State<Notes>, Query(filter): Query<Filter>) -> Json<BTreeMap<u64, Note>> {
    let notes = notes.read().expect("no writer panics");
    let shown = notes.iter().filter(|(_, note)| filter.done.is_none_or(|done| done == note.done));
    Json(shown.map(|(id, note)| (*id, note.clone())).collect())
}

async fn add(State(notes): State<Notes>, Json(note): Json<Note>) -> impl IntoResponse {
    let mut notes = notes.write().expect("no writer panics");
    let id = notes.keys().next_back().map_or(1, |last| last + 1);
    notes.insert(id, note.clone());
    (StatusCode::CREATED, [("location", format!("/notes/{id}"))], Json(note))
}

async fn show(State(notes): State<Notes>, Path(id): Path<u64>) -> Result<Json<Note>, StatusCode> {
    let notes = notes.read().expect("no writer panics");
    notes.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn remove(State(notes): State<Notes>, Path(id): Path<u64>) -> StatusCode {
    match notes.write().expect("no writer panics").remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

#[unikernel(std(without = "processes"), console, shutdown, net(ip = "10.0.0.2/24"), args(port = 80))]
#[tokio::main]
async fn main(port: u16) -> std::io::Result<()> {
    let router = Router::new()
        .route("/", get(|| async { "hello from axum\n" }))
        .route("/notes", get(list).post(add))
        .route("/notes/{id}", get(show).delete(remove))
        .with_state(Notes::default());
    let mut terminated = signal(SignalKind::terminate())?;
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await?;
    println!("listening");
    axum::serve(listener, router).with_graceful_shutdown(async move { _ = terminated.recv().await }).await?;
    println!("stopped");
    Ok(())
}
