//! The service without a network.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{LONGEST_BODY, router};
use crate::tasks::MOST_TASKS;

/// A request, with a body of JSON or none.
fn request(method: &str, path: &str, body: impl ToString) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).expect("a request")
}

/// The status of an answer, and its body; null where it is empty.
async fn answer(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = router.clone().oneshot(request).await.expect("never fails");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") })
}

async fn ask(router: &Router, method: &str, path: &str, body: impl ToString) -> (StatusCode, Value) {
    answer(router, request(method, path, body)).await
}

#[tokio::test]
async fn a_task_is_made_read_replaced_and_removed() {
    let router = router();
    assert_eq!(ask(&router, "GET", "/tasks", "").await, (StatusCode::OK, json!([])));
    let made = router.clone().oneshot(request("POST", "/tasks", json!({ "title": "sow" }))).await.expect("never fails");
    assert_eq!(
        (made.status(), &made.headers()[header::LOCATION]),
        (StatusCode::CREATED, &"/tasks/1".parse().expect("a value"))
    );
    let (_, second) = ask(&router, "POST", "/tasks", json!({ "title": "reap", "done": true })).await;
    assert_eq!(second, json!({ "id": 2, "title": "reap", "done": true }));
    let all = json!([{ "id": 1, "title": "sow", "done": false }, second]);
    assert_eq!(ask(&router, "GET", "/tasks", "").await, (StatusCode::OK, all));
    assert_eq!(ask(&router, "GET", "/tasks?done=true", "").await, (StatusCode::OK, json!([second])));

    let done = json!({ "id": 1, "title": "sow", "done": true });
    assert_eq!(
        ask(&router, "PUT", "/tasks/1", json!({ "title": "sow", "done": true })).await,
        (StatusCode::OK, done.clone())
    );
    assert_eq!(ask(&router, "GET", "/tasks/1", "").await, (StatusCode::OK, done));
    assert_eq!(ask(&router, "DELETE", "/tasks/1", "").await, (StatusCode::NO_CONTENT, Value::Null));
    for method in ["GET", "DELETE"] {
        let missing = (StatusCode::NOT_FOUND, json!({ "error": "there is no task 1" }));
        assert_eq!(ask(&router, method, "/tasks/1", "").await, missing);
    }
    assert_eq!(ask(&router, "PUT", "/tasks/1", json!({ "title": "sow" })).await.0, StatusCode::NOT_FOUND);
    // Its number is not another's.
    let (_, third) = ask(&router, "POST", "/tasks", json!({ "title": "eat" })).await;
    assert_eq!(third["id"], 3);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let router = router();
    let refused = async |method: &str, path: &str, body: &str, status: StatusCode, why: &str| {
        let (is, body) = ask(&router, method, path, body).await;
        let text = body["error"].as_str().unwrap_or_default();
        assert!(is == status && text.contains(why), "{method} {path}: {is} {body}");
    };
    refused("POST", "/tasks", r#"{"title": " "}"#, StatusCode::UNPROCESSABLE_ENTITY, "`title` is empty").await;
    let long = json!({ "title": "ä".repeat(201) }).to_string();
    refused("POST", "/tasks", &long, StatusCode::UNPROCESSABLE_ENTITY, "longer than 200").await;
    refused("PUT", "/tasks/1", r#"{"title": "a\n"}"#, StatusCode::UNPROCESSABLE_ENTITY, "a control character").await;
    refused("POST", "/tasks", "{}", StatusCode::UNPROCESSABLE_ENTITY, "missing field `title`").await;
    let unknown = r#"{"title": "a", "owner": 1}"#;
    refused("POST", "/tasks", unknown, StatusCode::UNPROCESSABLE_ENTITY, "unknown field `owner`").await;
    refused("POST", "/tasks", "{", StatusCode::BAD_REQUEST, "parse").await;
    let large = " ".repeat(LONGEST_BODY + 1);
    refused("POST", "/tasks", &large, StatusCode::PAYLOAD_TOO_LARGE, "length limit").await;
    refused("GET", "/tasks/one", "", StatusCode::BAD_REQUEST, "one").await;
    refused("GET", "/tasks?done=maybe", "", StatusCode::BAD_REQUEST, "done").await;
    refused("GET", "/", "", StatusCode::NOT_FOUND, "no such path").await;
    refused("PATCH", "/tasks", "", StatusCode::METHOD_NOT_ALLOWED, "no such method").await;
    let plain = Request::post("/tasks").body(Body::from("{}")).expect("a request");
    assert_eq!(answer(&router, plain).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn there_is_an_end_of_tasks() {
    let router = router();
    for _ in 0..MOST_TASKS {
        assert_eq!(ask(&router, "POST", "/tasks", json!({ "title": "more" })).await.0, StatusCode::CREATED);
    }
    assert_eq!(ask(&router, "POST", "/tasks", json!({ "title": "more" })).await.0, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(ask(&router, "DELETE", "/tasks/7", "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(ask(&router, "POST", "/tasks", json!({ "title": "more" })).await.0, StatusCode::CREATED);
}
