//! `/docs`: the API for people to read, rendered from the OpenAPI document. No script, nothing from elsewhere.
//!
//! It must never say more or less than `/openapi.json`.

use super::{
    describe::{self, Group, Said, Schema},
    openapi,
};
use crate::web::error::{ApiError, Kind};
use actix_web::{HttpResponse, http::header};
use askama::Template;

const STYLE: &str = include_str!("../../../assets/docs.css");

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs {
    title: String,
    version: String,
    introduction: Said,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
    problems: &'static [&'static Kind],
    everywhere: Vec<(&'static str, Said)>,
}

/// Answers the page.
pub(crate) async fn page() -> Result<HttpResponse, ApiError> {
    let document = serde_json::to_value(openapi::description()).map_err(ApiError::internal)?;
    let info = |name: &str| document["info"][name].as_str().unwrap_or_default().to_owned();
    let page = Docs {
        title: info("title"),
        version: info("version"),
        introduction: describe::said(&info("description")),
        groups: describe::groups(&document),
        schemas: describe::schemas(&document),
        problems: Kind::ALL,
        everywhere: openapi::EVERYWHERE
            .iter()
            .chain(openapi::WITH_BODY)
            .map(|(status, _, words)| (*status, describe::said(words)))
            .collect(),
    };
    let body = page.render().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// Answers the page's style sheet.
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "max-age=3600"))
        .body(STYLE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::{Html, Selector};
    use std::collections::HashSet;

    #[actix_web::test]
    async fn every_link_of_the_page_leads_to_something_on_it() {
        let body = actix_web::body::to_bytes(page().await.unwrap().into_body()).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let page = Html::parse_document(&text);
        let all = |selector: &str, attribute: &str| -> Vec<String> {
            let selector = Selector::parse(selector).unwrap();
            page.select(&selector).filter_map(|e| e.attr(attribute)).map(str::to_owned).collect()
        };
        let ids = all("[id]", "id");
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "ids are unique");
        let links = all("a[href^='#']", "href");
        assert!(links.len() > 50);
        for link in links {
            assert!(unique.contains(&link[1..].to_owned()), "{link} leads nowhere");
        }
        assert!(all("script", "src").is_empty());
    }
}
