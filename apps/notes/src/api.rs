//! The routes. Names are listed one a line, notes are text.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::task::spawn_blocking;

use crate::store::{Put, Store};

const LONGEST_NAME: usize = 100;
const LONGEST_NOTE: usize = 64 << 10;

pub(crate) fn router(store: Store) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/notes", get(list))
        .route("/notes/{name}", get(show).put(put).delete(remove))
        .layer(DefaultBodyLimit::max(LONGEST_NOTE))
        .with_state(Arc::new(store))
}

type Shared = State<Arc<Store>>;

/// A disk that failed once is not used again: whoever watches this starts the machine anew.
async fn livez(store: Shared) -> Result<&'static str, Failure> {
    within(store, |store| store.get("")).await?;
    Ok("ok\n")
}

async fn list(store: Shared) -> Result<String, Failure> {
    let names = within(store, Store::names).await?;
    Ok(names.into_iter().map(|name| name + "\n").collect())
}

async fn show(store: Shared, Path(name): Path<String>) -> Result<Response, Failure> {
    Ok(match within(store, move |store| store.get(&name)).await? {
        Some(text) => text.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

async fn put(store: Shared, Path(name): Path<String>, text: String) -> Result<Response, Failure> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let why = format!("a name has at most {LONGEST_NAME} characters, and none for control\n");
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, why).into_response());
    }
    Ok(match within(store, move |store| store.put(&name, &text)).await? {
        Put::Made => StatusCode::CREATED.into_response(),
        Put::Replaced => StatusCode::NO_CONTENT.into_response(),
        Put::Full => (StatusCode::INSUFFICIENT_STORAGE, "the disk is full\n").into_response(),
    })
}

async fn remove(store: Shared, Path(name): Path<String>) -> Result<StatusCode, Failure> {
    let was_there = within(store, move |store| store.remove(&name)).await?;
    Ok(if was_there { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}

/// Does something with the disk, for which a thread waits that is not the one that serves.
async fn within<T: Send + 'static>(
    State(store): Shared,
    work: impl FnOnce(&Store) -> Result<T, redb::Error> + Send + 'static,
) -> Result<T, Failure> {
    let done = spawn_blocking(move || work(&store)).await;
    done.map_err(|error| Failure(error.to_string()))?.map_err(|error| Failure(error.to_string()))
}

/// The disk failed.
struct Failure(String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("the database failed: {}", self.0);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::disk::Disk;

    #[tokio::test]
    async fn a_note_is_put_read_listed_and_removed() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.as_file().set_len(4 << 20).expect("a sparse file");
        let router = router(Store::open(Disk::open(file.path()).expect("a disk")).expect("a store"));
        let ask = async |method: &str, path: &str, body: &str| {
            let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned()));
            let response = router.clone().oneshot(request.expect("a request")).await.expect("never fails");
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            (status, String::from_utf8(body.to_vec()).expect("text"))
        };
        let nothing = |status| (status, String::new());
        assert_eq!(ask("GET", "/livez", "").await, (200, "ok\n".to_owned()));
        assert_eq!(ask("PUT", "/notes/b%20c", "two").await, nothing(201));
        assert_eq!(ask("PUT", "/notes/a", "one").await, nothing(201));
        assert_eq!(ask("PUT", "/notes/a", "eins").await, nothing(204));
        assert_eq!(ask("GET", "/notes/a", "").await, (200, "eins".to_owned()));
        assert_eq!(ask("GET", "/notes", "").await, (200, "a\nb c\n".to_owned()));
        assert_eq!(ask("DELETE", "/notes/a", "").await, nothing(204));
        assert_eq!(ask("DELETE", "/notes/a", "").await, nothing(404));
        assert_eq!(ask("GET", "/notes/a", "").await, nothing(404));
        assert_eq!(ask("PUT", "/notes/a%0Ab", "").await.0, 422);
        assert_eq!(ask("PUT", &format!("/notes/{}", "n".repeat(101)), "").await.0, 422);
        assert_eq!(ask("PUT", "/notes/long", &"x".repeat(LONGEST_NOTE + 1)).await.0, 413);
    }
}
