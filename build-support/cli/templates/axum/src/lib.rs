//! The service of `template-name`: `cargo test` asks it without a network.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

/// The most notes that are kept.
const MOST_NOTES: usize = 10_000;

/// What a client writes and reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Note {
    /// What is to be remembered.
    pub text: String,
}

/// All notes by their names, in memory: they are gone when the machine ends.
type Notes = Arc<RwLock<BTreeMap<String, Note>>>;

/// The service, without a note yet.
pub fn router() -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/notes", get(list))
        .route("/notes/{name}", get(show).put(keep).delete(remove))
        .with_state(Notes::default())
}

async fn list(State(notes): State<Notes>) -> Json<Vec<String>> {
    let notes = notes.read().unwrap_or_else(PoisonError::into_inner);
    Json(notes.keys().cloned().collect())
}

async fn show(
    State(notes): State<Notes>,
    Path(name): Path<String>,
) -> Result<Json<Note>, StatusCode> {
    let notes = notes.read().unwrap_or_else(PoisonError::into_inner);
    notes
        .get(&name)
        .cloned()
        .map(Json)
        .ok_or(StatusCode::NOT_FOUND)
}

async fn keep(
    State(notes): State<Notes>,
    Path(name): Path<String>,
    Json(note): Json<Note>,
) -> StatusCode {
    let mut notes = notes.write().unwrap_or_else(PoisonError::into_inner);
    if notes.len() >= MOST_NOTES && !notes.contains_key(&name) {
        return StatusCode::INSUFFICIENT_STORAGE;
    }
    match notes.insert(name, note) {
        None => StatusCode::CREATED,
        Some(_) => StatusCode::NO_CONTENT,
    }
}

async fn remove(State(notes): State<Notes>, Path(name): Path<String>) -> StatusCode {
    let mut notes = notes.write().unwrap_or_else(PoisonError::into_inner);
    match notes.remove(&name) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::router;

    #[tokio::test]
    async fn a_note_is_kept_shown_and_removed() {
        let router = router();
        let ask = async |method: &str, path: &str, body: &'static str| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let note = r#"{"text":"sow"}"#;
        assert_eq!(ask("PUT", "/notes/may", note).await.0, StatusCode::CREATED);
        assert_eq!(
            ask("GET", "/notes/may", "").await,
            (StatusCode::OK, note.to_owned())
        );
        assert_eq!(ask("GET", "/notes", "").await.1, r#"["may"]"#);
        assert_eq!(
            ask("PUT", "/notes/may", "{}").await.0,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(
            ask("DELETE", "/notes/may", "").await.0,
            StatusCode::NO_CONTENT
        );
        assert_eq!(ask("GET", "/notes/may", "").await.0, StatusCode::NOT_FOUND);
    }
}
