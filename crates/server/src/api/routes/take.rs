//! What is taken out of an address: ids, and what follows the question mark.

use crate::api::body::bad_field;
use crate::api::problem::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// The id in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub u32);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let digits = text.ok().filter(|Path(text)| text.bytes().all(|byte| byte.is_ascii_digit()));
        let id = digits.and_then(|Path(text)| text.parse().ok());
        id.map(Id).ok_or_else(|| Problem::not_found("there is nothing with this id").on("id"))
    }
}

/// Which trades, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Closed ones too.
    pub all: bool,
    /// Those after this id.
    pub after: Option<u32>,
    pub limit: u32,
}

/// Trades of a page, and the most that may be asked for.
const USUAL: u32 = 100;
const MOST: u32 = 500;

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Page, Problem> {
        read(parts.uri.query().unwrap_or(""))
    }
}

fn read(query: &str) -> Result<Page, Problem> {
    let mut page = Page { all: false, after: None, limit: USUAL };
    let mut seen = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if seen.contains(&name) {
            return Err(bad_field(name, "it stands twice"));
        }
        seen.push(name);
        match name {
            "all" => {
                page.all = value.parse().map_err(|_| bad_field("all", "write true or false"))?;
            }
            "after" => page.after = Some(number("after", value)?),
            "limit" => page.limit = number("limit", value)?,
            _ => return Err(bad_field(name, "there is no such parameter")),
        }
    }
    if (1..=MOST).contains(&page.limit) {
        Ok(page)
    } else {
        Err(bad_field("limit", &format!("a page has 1 to {MOST} trades")))
    }
}

fn number(field: &str, value: &str) -> Result<u32, Problem> {
    let digits = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|value| value.parse().ok());
    number.ok_or_else(|| bad_field(field, "write a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_exactly_or_not_at_all() {
        let page = |query| read(query).ok();
        assert_eq!(page(""), Some(Page { all: false, after: None, limit: 100 }));
        let third = Page { all: true, after: Some(7), limit: 3 };
        assert_eq!(page("all=true&after=7&limit=3"), Some(third));
        for wrong in ["limit=0", "limit=501", "limit=1000000000", "after=-1", "after=+1", "all=yes"]
        {
            assert_eq!(page(wrong), None, "{wrong}");
        }
        for wrong in ["all=true&all=true", "key=hmk_1", "limit", "after=%31"] {
            assert_eq!(page(wrong), None, "{wrong}");
        }
    }
}
