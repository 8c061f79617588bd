//! The description of the API as a page: three files of our own, without inline script and without anybody else's.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

const PAGE: &str = include_str!("../docs/index.html");
const SCRIPT: &str = include_str!("../docs/viewer.js");
const STYLE: &str = include_str!("../docs/viewer.css");

/// What the page may do: run our script, look as we say, and ask this service.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page that shows all routes, and sends requests from there.
#[utoipa::path(
    get,
    path = "/api/docs",
    responses((status = 200, content_type = "text/html", body = String))
)]
pub(super) async fn page() -> Response {
    file("text/html; charset=utf-8", PAGE)
}

/// Its script.
#[utoipa::path(
    get,
    path = "/api/docs/viewer.js",
    responses((status = 200, content_type = "text/javascript", body = String))
)]
pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

/// Its style.
#[utoipa::path(
    get,
    path = "/api/docs/viewer.css",
    responses((status = 200, content_type = "text/css", body = String))
)]
pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (head, text).into_response()
}
