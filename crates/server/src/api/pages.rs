//! The dashboard's files, as `cargo xtask web` has built them. They are part of the binary: nobody needs Node, and no
//! page is from elsewhere.
//!
//! Each is there plain and compressed as well as brotli can, so that nothing is compressed while somebody waits.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// What the address of a page begins with. The page itself shows what there is at it.
const PAGES: [&str; 9] = [
    "login",
    "strategies",
    "positions",
    "trades",
    "alerts",
    "rules",
    "replay",
    "reports",
    "settings",
];
const INDEX: &str = "index.html";
/// Names in here change with what is in them.
const HASHED: &str = "assets/";

/// All that a page may load and ask is of this service; nothing is written into a page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; object-src 'none'",
);

/// The file at an address, if there is one.
pub(super) fn file(method: &Method, path: &str, asked: &HeaderMap) -> Option<Response> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    let path = path.strip_prefix('/')?;
    let name = if is_page(path) { INDEX } else { path };
    let kind = kind(name)?;
    let plain = Dist::get(name)?;
    let packed = takes_brotli(asked).then(|| Dist::get(&format!("{name}.br"))).flatten();
    Some(answer(name, kind, plain, packed, asked))
}

/// A page is shown at an address that has no ending and begins as one does.
fn is_page(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or("");
    path.is_empty() || PAGES.contains(&first) && !path.contains('.')
}

fn kind(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

fn answer(
    name: &str,
    kind: &'static str,
    plain: EmbeddedFile,
    packed: Option<EmbeddedFile>,
    asked: &HeaderMap,
) -> Response {
    let hash = blake3::Hash::from_bytes(plain.metadata.sha256_hash()).to_hex();
    let form = if packed.is_some() { "br" } else { "plain" };
    let tag = format!("\"{}-{form}\"", &hash[..32]);
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == tag);
    let is_packed = packed.is_some();
    let bytes = packed.unwrap_or(plain).data;
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(bytes).into_response(),
    };
    let headers = response.headers_mut();
    let keep = match name.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    if !is_known {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if is_packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter();
    let names = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    names.map(str::trim).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("br") && !matches!(weight, "0" | "0.0" | "0.00" | "0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn got(path: &str, headers: &HeaderMap) -> Option<Response> {
        file(&Method::GET, path, headers)
    }

    #[test]
    fn pages_are_one_file_and_everything_else_is_by_its_name_or_not_there() {
        let none = HeaderMap::new();
        for path in ["/", "/strategies", "/strategies/3", "/positions", "/settings", "/login"] {
            let page = got(path, &none).unwrap();
            assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
            let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'self';"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
        for path in ["/nowhere", "/api/v1/nothing", "/strategies/x.js", "/../Cargo.toml", "//"] {
            assert!(got(path, &none).is_none(), "{path}");
        }
        assert!(file(&Method::POST, "/", &none).is_none());
    }

    #[test]
    fn every_file_has_a_kind_and_what_is_hashed_is_kept_for_good() {
        let packs = asked(&[(header::ACCEPT_ENCODING, "gzip, br;q=0.9")]);
        let mut hashed = 0;
        for name in Dist::iter().filter(|name| !name.ends_with(".br")) {
            let plain = got(&format!("/{name}"), &HeaderMap::new());
            let plain = plain.unwrap_or_else(|| panic!("{name} has no kind"));
            assert_eq!(plain.headers()[header::VARY], "Accept-Encoding");
            let immutable = plain.headers()[header::CACHE_CONTROL].to_str().unwrap();
            assert_eq!(immutable.contains("immutable"), name.starts_with(HASHED), "{name}");
            let packed = got(&format!("/{name}"), &packs).unwrap();
            if Dist::get(&format!("{name}.br")).is_some() {
                assert_eq!(packed.headers()[header::CONTENT_ENCODING], "br", "{name}");
                assert_ne!(packed.headers()[header::ETAG], plain.headers()[header::ETAG]);
            }
            let tag = packed.headers()[header::ETAG].to_str().unwrap().to_owned();
            let mut again = packs.clone();
            again.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            let again = got(&format!("/{name}"), &again).unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{name}");
            hashed += usize::from(name.starts_with(HASHED));
        }
        assert!(hashed >= 2, "the dashboard is not built");
        let never = asked(&[(header::ACCEPT_ENCODING, "br;q=0, gzip")]);
        let page = got("/", &never).unwrap();
        assert!(!page.headers().contains_key(header::CONTENT_ENCODING));
    }
}
