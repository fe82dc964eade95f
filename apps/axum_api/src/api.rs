//! The routes. Every answer but that of `DELETE` and `/livez` is JSON, errors as `{"error": "..."}`.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::tasks::{Draft, MOST_TASKS, Task, Tasks};

/// The longest body of a request in bytes.
const LONGEST_BODY: usize = 8 << 10;

/// The service, without a task yet.
pub(crate) fn router() -> Router {
    let nowhere = async || Refusal(StatusCode::NOT_FOUND, "there is no such path".to_owned());
    let not_so = async || Refusal(StatusCode::METHOD_NOT_ALLOWED, "the path has no such method".to_owned());
    Router::new()
        .route("/livez", get("ok\n"))
        .route("/tasks", get(list).post(add))
        .route("/tasks/{id}", get(show).put(replace).delete(remove))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn(log))
        .with_state(Arc::new(Tasks::default()))
}

async fn log(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    tracing::debug!("{method} {uri} {}", response.status().as_u16());
    response
}

/// Which tasks are listed.
#[derive(Deserialize)]
struct Filter {
    done: Option<bool>,
}

type Shared = State<Arc<Tasks>>;

async fn list(State(tasks): Shared, filter: Result<Query<Filter>, QueryRejection>) -> Result<Json<Vec<Task>>, Refusal> {
    Ok(Json(tasks.list(filter?.done)))
}

async fn add(State(tasks): Shared, draft: Result<Json<Draft>, JsonRejection>) -> Result<Response, Refusal> {
    let full = || Refusal(StatusCode::INSUFFICIENT_STORAGE, format!("there are {MOST_TASKS} tasks already"));
    let task = tasks.add(checked(draft)?).ok_or_else(full)?;
    let location = [(header::LOCATION, format!("/tasks/{}", task.id))];
    Ok((StatusCode::CREATED, location, Json(task)).into_response())
}

async fn show(State(tasks): Shared, id: Result<Path<u64>, PathRejection>) -> Result<Json<Task>, Refusal> {
    let Path(id) = id?;
    tasks.get(id).map(Json).ok_or_else(|| missing(id))
}

async fn replace(
    State(tasks): Shared,
    id: Result<Path<u64>, PathRejection>,
    draft: Result<Json<Draft>, JsonRejection>,
) -> Result<Json<Task>, Refusal> {
    let Path(id) = id?;
    tasks.replace(id, checked(draft)?).map(Json).ok_or_else(|| missing(id))
}

async fn remove(State(tasks): Shared, id: Result<Path<u64>, PathRejection>) -> Result<StatusCode, Refusal> {
    let Path(id) = id?;
    tasks.remove(id).map(|()| StatusCode::NO_CONTENT).ok_or_else(|| missing(id))
}

fn checked(draft: Result<Json<Draft>, JsonRejection>) -> Result<Draft, Refusal> {
    let Json(draft) = draft?;
    match draft.fault() {
        None => Ok(draft),
        Some(fault) => Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, fault)),
    }
}

fn missing(id: u64) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, format!("there is no task {id}"))
}

/// A request that is not done, and why.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
        }

        (self.0, Json(Body { error: self.1 })).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

#[cfg(test)]
mod tests;
