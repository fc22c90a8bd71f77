//! The AdCOM 1.0 types that we read: what a bidder may send, and the source of their JSON Schema and OpenAPI
//! description.
//!
//! Deserialised by `map` once the schema and the checks found nothing. Members that are not here are kept with the
//! document and returned. It must never refuse a member that it does not know.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An ad (AdCOM 1.0). Exactly one of `display`, `video` and `audio` must be there. Members that are not listed are kept
/// and returned; `init`, `lastmod` and `audit` are ours, and those sent are not read. A list of one may be sent as its
/// item alone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomAd {
    /// Your id for the ad.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*$", example = "557391")]
    pub id: String,
    /// The advertiser's domains; the first one names the advertiser, and stands for the landing page where no link is
    /// given.
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["ford.com"]))]
    pub adomain: Vec<AdcomShort>,
    /// Bundle or package names, where an app is advertised.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub bundle: Vec<AdcomShort>,
    /// An image that shows what the ad looks like.
    #[serde(default)]
    #[schema(nullable = false, max_length = 2048, format = "uri")]
    pub iurl: Option<String>,
    /// Content categories, as ids of the taxonomy `cattax`.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["653"]))]
    pub cat: Vec<AdcomShort>,
    /// Taxonomy of `cat`.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub cattax: Option<i64>,
    /// Language (ISO 639-1), `xx` for none.
    #[serde(default)]
    #[schema(nullable = false, min_length = 2, max_length = 35)]
    pub lang: Option<String>,
    /// Creative attributes.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attr: Vec<AdcomCode>,
    /// Whether all assets are loaded over HTTPS: 0 or 1.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1)]
    pub secure: Option<i64>,
    /// Media rating: 1 all, 2 over 12, 3 mature.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub mrating: Option<i32>,
    /// A display ad.
    #[serde(default)]
    #[schema(nullable = false)]
    pub display: Option<AdcomDisplay>,
    /// A video ad.
    #[serde(default)]
    #[schema(nullable = false)]
    pub video: Option<AdcomMedia>,
    /// An audio ad.
    #[serde(default)]
    #[schema(nullable = false)]
    pub audio: Option<AdcomMedia>,
    /// Anything of yours.
    #[serde(default)]
    #[schema(nullable = false, value_type = Object)]
    pub ext: Option<Value>,
}

/// A name, id or domain.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 300)]
pub struct AdcomShort(pub String);

/// A number from one of AdCOM's lists.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(minimum = 0, maximum = 2147483647)]
pub struct AdcomCode(pub i64);

/// An address.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 4096)]
pub struct AdcomUrl(pub String);

/// A display ad: at most one of `banner`, `native`, `adm` and `curl`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomDisplay {
    /// Media type, such as `text/html`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub mime: Option<String>,
    /// APIs that the markup needs.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub api: Vec<AdcomCode>,
    /// Kind of creative: 1 HTML, 2 AMPHTML, 3 structured image, 4 structured native.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub ctype: Option<i64>,
    /// Width.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000, example = 300)]
    pub w: Option<i64>,
    /// Height.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000, example = 250)]
    pub h: Option<i64>,
    /// Relative width, where there is no absolute one.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub wratio: Option<i64>,
    /// Relative height, where there is no absolute one.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub hratio: Option<i64>,
    /// A notice about how the ad was chosen.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 4096)]
    pub r#priv: Option<String>,
    /// Markup: its visible text is screened, its first link is the landing page, its images are shown.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 300000)]
    pub adm: Option<String>,
    /// Where the markup is served from. It is not fetched.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 4096, format = "uri")]
    pub curl: Option<String>,
    /// An image with a link.
    #[serde(default)]
    #[schema(nullable = false)]
    pub banner: Option<AdcomBanner>,
    /// A native ad.
    #[serde(default)]
    #[schema(nullable = false)]
    pub native: Option<AdcomNative>,
    /// Events to be told of.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub event: Vec<AdcomEvent>,
    /// Anything of yours.
    #[serde(default)]
    #[schema(nullable = false, value_type = Object)]
    pub ext: Option<Value>,
}

/// An image with a link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomBanner {
    /// The image.
    #[schema(min_length = 1, max_length = 2048, format = "uri", example = "https://cdn.ford.com/focus.png")]
    pub img: String,
    /// Where a click leads.
    #[serde(default)]
    #[schema(nullable = false)]
    pub link: Option<AdcomLink>,
}

/// A native ad.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomNative {
    /// Where a click leads, for assets without a link of their own.
    #[serde(default)]
    #[schema(nullable = false)]
    pub link: Option<AdcomLink>,
    /// Its parts.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub asset: Vec<AdcomAsset>,
}

/// A part of a native ad: exactly one of `title`, `image`, `video`, `data` and `link`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomAsset {
    /// Its id in the request.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 2147483647)]
    pub id: Option<i64>,
    /// Whether it must be shown: 0 or 1.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1)]
    pub req: Option<i64>,
    /// A title.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<AdcomTitle>,
    /// An image; `img` is read as the same.
    #[serde(default)]
    #[schema(nullable = false)]
    pub image: Option<AdcomImage>,
    /// An image, as the specification's text has it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub img: Option<AdcomImage>,
    /// A video.
    #[serde(default)]
    #[schema(nullable = false)]
    pub video: Option<AdcomMedia>,
    /// A text of some kind.
    #[serde(default)]
    #[schema(nullable = false)]
    pub data: Option<AdcomData>,
    /// Where a click on this part leads.
    #[serde(default)]
    #[schema(nullable = false)]
    pub link: Option<AdcomLink>,
}

/// Where a click leads.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomLink {
    /// The landing page, or a deep link with `urlfb`. A macro may stand before its `http`.
    #[schema(min_length = 1, max_length = 4096, format = "uri", example = "https://www.ford.com/focus")]
    pub url: String,
    /// The page for those who cannot follow `url`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 4096, format = "uri")]
    pub urlfb: Option<String>,
    /// Click trackers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub trkr: Vec<AdcomUrl>,
}

/// A title.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomTitle {
    /// Its text.
    #[schema(min_length = 1, max_length = 2000, example = "The new Focus")]
    pub text: String,
    /// Its length.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub len: Option<i64>,
}

/// An image.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomImage {
    /// Where it is served from. It is not fetched.
    #[schema(min_length = 1, max_length = 2048, format = "uri")]
    pub url: String,
    /// Width.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub w: Option<i64>,
    /// Height.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub h: Option<i64>,
    /// 1 icon, 3 main.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub r#type: Option<i64>,
}

/// A text of some kind.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomData {
    /// The text.
    #[schema(min_length = 1, max_length = 10000, example = "Test drive it today.")]
    pub value: String,
    /// Its length.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub len: Option<i64>,
    /// 1 sponsored, 2 description, 3 rating, 4 likes, 5 downloads, 6 price, 7 sale price, 8 phone, 9 address, 10 further
    /// description, 11 display URL, 12 call to action.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub r#type: Option<i64>,
}

/// A video or audio ad: at most one of `adm` and `curl`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomMedia {
    /// Media types.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub mime: Vec<AdcomShort>,
    /// APIs that it needs.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub api: Vec<AdcomCode>,
    /// Kind of creative, such as 6 for VAST 3.0.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub ctype: Option<i64>,
    /// Length in seconds.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 86400, example = 15)]
    pub dur: Option<u32>,
    /// Markup, as VAST: its titles, descriptions and links are screened.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 300000)]
    pub adm: Option<String>,
    /// Where the markup or the media is served from. It is not fetched.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 4096, format = "uri")]
    pub curl: Option<String>,
    /// Anything of yours.
    #[serde(default)]
    #[schema(nullable = false, value_type = Object)]
    pub ext: Option<Value>,
}

/// An event to be told of.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AdcomEvent {
    /// Kind of event, such as 1 for an impression.
    #[schema(minimum = 0, maximum = 100000)]
    pub r#type: i64,
    /// How: 1 an image, 2 a script.
    #[schema(minimum = 0, maximum = 100000)]
    pub method: i64,
    /// APIs that it needs.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub api: Vec<AdcomCode>,
    /// What is called.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 4096, format = "uri")]
    pub url: Option<String>,
    /// Anything of yours.
    #[serde(default)]
    #[schema(nullable = false, value_type = Object)]
    pub cdata: Option<Value>,
}

/// Lists of AdCOM objects, by the object's pointer: an item alone stands for a list of one. `*` is every item of a list.
pub(super) const LISTS: &[&str] = &[
    "/adomain",
    "/bundle",
    "/cat",
    "/attr",
    "/display/api",
    "/display/event",
    "/display/event/*/api",
    "/display/banner/link/trkr",
    "/display/native/link/trkr",
    "/display/native/asset",
    "/display/native/asset/*/link/trkr",
    "/display/native/asset/*/video/mime",
    "/display/native/asset/*/video/api",
    "/video/mime",
    "/video/api",
    "/audio/mime",
    "/audio/api",
];
