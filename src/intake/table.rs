//! Ads as rows of a table (CSV, RFC 4180): the header names fields by their path, each row is one ad.
//!
//! Called by the batch endpoint and `adjudge submit`. A row becomes the JSON of an ad and is read as one, so that its
//! problems are told by the same pointers. It must never know what is wrong with a value: the reader of ads does.

use super::refusal::{Problem, Refusal, clip};
use bytes::Bytes;
use serde_json::{Map, Value};

/// How a cell becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// As it is.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// Texts between `|`.
    List,
    /// One text for each image, between `|`.
    Image,
}

/// The columns that a table may have: a field's path, and how its cells read. An empty cell is a field left out.
const COLUMNS: &[(&str, Cell)] = &[
    ("external_id", Cell::Text),
    ("advertiser.external_id", Cell::Text),
    ("advertiser.name", Cell::Text),
    ("creative.headline", Cell::Text),
    ("creative.body", Cell::Text),
    ("creative.call_to_action", Cell::Text),
    ("creative.images.url", Cell::Image),
    ("creative.images.alt_text", Cell::Image),
    ("creative.video.url", Cell::Text),
    ("creative.video.duration_ms", Cell::Number),
    ("landing_url", Cell::Text),
    ("targeting.countries", Cell::List),
    ("targeting.min_age", Cell::Number),
    ("targeting.max_age", Cell::Number),
    ("targeting.languages", Cell::List),
    ("targeting.interests", Cell::List),
    ("schedule.starts_at", Cell::Text),
    ("schedule.ends_at", Cell::Text),
    ("budget.micros", Cell::Number),
    ("budget.currency", Cell::Text),
    ("on_behalf_of", Cell::Text),
    ("paid_by", Cell::Text),
    ("sandbox", Cell::Truth),
    ("needed_by", Cell::Text),
];

/// How alike a name must be to be suggested.
const ALIKE: f64 = 0.8;

/// A table's header, understood.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<(&'static str, Cell)>,
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    /// Every name that is no column, and every column that stands there twice.
    pub fn of(header: &[u8]) -> Result<Self, Refusal> {
        let header = header.strip_prefix(b"\xef\xbb\xbf").unwrap_or(header);
        let names = cells(header)?;
        let (mut columns, mut problems) = (vec![], vec![]);
        for (at, name) in names.iter().map(|name| name.trim()).enumerate() {
            let mut tell = |code, detail| problems.push(Problem { pointer: format!("/{at}"), detail, code });
            match COLUMNS.iter().find(|(known, _)| *known == name) {
                Some(column) if columns.contains(column) => {
                    tell("repeated", format!("`{name}` is there twice"));
                }
                Some(column) => columns.push(*column),
                None => tell("unknown_column", unknown(name)),
            }
        }
        if problems.is_empty() { Ok(Self { columns }) } else { Err(Refusal { problems }) }
    }

    /// A row as the JSON of an ad.
    ///
    /// # Errors
    /// When the row is no UTF-8, or has another number of cells than the header.
    pub fn row(&self, row: &[u8]) -> Result<Bytes, Refusal> {
        let cells = cells(row)?;
        if cells.len() != self.columns.len() {
            let detail = format!("has {} cells; the header has {}", cells.len(), self.columns.len());
            return Err(Refusal::one("", "wrong_number_of_cells", detail));
        }
        let mut ad = Value::Object(Map::new());
        for ((path, kind), cell) in self.columns.iter().zip(&cells).filter(|(_, cell)| !cell.is_empty()) {
            match kind {
                Cell::Text => put(&mut ad, path, Value::from(cell.as_str())),
                Cell::Number => put(&mut ad, path, number(cell)),
                Cell::Truth => put(&mut ad, path, truth(cell)),
                Cell::List => put(&mut ad, path, parts(cell).map(Value::from).collect()),
                Cell::Image => images(&mut ad, path, cell),
            }
        }
        Ok(ad.to_string().into())
    }
}

fn unknown(name: &str) -> String {
    let alike = COLUMNS.iter().map(|(known, _)| (strsim::jaro_winkler(name, known), *known));
    let nearest = alike.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(alike, _)| *alike >= ALIKE);
    let name = clip(name.to_owned());
    match nearest {
        Some((_, known)) => format!("`{name}` is not a known column; did you mean `{known}`?"),
        None => format!("`{name}` is not a known column"),
    }
}

/// The cells of one record.
fn cells(record: &[u8]) -> Result<Vec<String>, Refusal> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let found = reader.records().next().transpose();
    let found = found.map_err(|_| Refusal::one("", "not_utf8", "is not UTF-8"))?;
    Ok(found.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default())
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').map(str::trim)
}

/// A number that is none stays a text: the reader of ads tells that, by its pointer.
fn number(cell: &str) -> Value {
    cell.trim().parse::<i64>().map_or_else(|_| Value::from(cell), Value::from)
}

fn truth(cell: &str) -> Value {
    match cell.trim() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => Value::from(other),
    }
}

/// Sets a member by its path, with the objects around it.
fn put(ad: &mut Value, path: &str, value: Value) {
    let mut here = ad;
    for name in path.split('.') {
        here = &mut here[name];
    }
    *here = value;
}

/// Sets a member of each image. The first column with images says how many there are; an empty part leaves one out.
fn images(ad: &mut Value, path: &str, cell: &str) {
    let member = path.rsplit('.').next().unwrap_or_default();
    let list = &mut ad["creative"]["images"];
    if !list.is_array() {
        *list = Value::Array(vec![]);
    }
    let Value::Array(list) = list else { return };
    for (at, part) in parts(cell).enumerate() {
        if list.len() <= at {
            list.push(Value::Object(Map::new()));
        }
        if !part.is_empty() {
            list[at][member] = Value::from(part);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_is_the_ad_that_its_header_names() {
        let header = "\u{feff}external_id,advertiser.external_id,advertiser.name,creative.headline,creative.images.url,\
                      creative.images.alt_text,targeting.countries,targeting.min_age,budget.micros,budget.currency,sandbox";
        let table = Table::of(header.as_bytes()).unwrap();
        let row = "ad-1,a-1,\"Garden \"\"Tools\"\", Ltd\",\"20 % off,\ntoday\",https://a.example/1|https://a.example/2,|second,\
                   DE | AT,18,5000000,EUR,true";
        let ad: Value = serde_json::from_slice(&table.row(row.as_bytes()).unwrap()).unwrap();
        assert_eq!(
            ad,
            json!({
                "external_id": "ad-1",
                "advertiser": {"external_id": "a-1", "name": "Garden \"Tools\", Ltd"},
                "creative": {"headline": "20 % off,\ntoday", "images": [
                    {"url": "https://a.example/1"}, {"url": "https://a.example/2", "alt_text": "second"}]},
                "targeting": {"countries": ["DE", "AT"], "min_age": 18},
                "budget": {"micros": 5_000_000, "currency": "EUR"},
                "sandbox": true,
            })
        );
        super::super::read_ad(&table.row(b"ad-1,a,A,Hi,,,,,,,").unwrap()).unwrap();
        let refused = super::super::read_ad(&table.row(b"ad-1,a,A,Hi,,,,eighteen,,,").unwrap()).unwrap_err();
        assert_eq!(refused.problems[0].pointer, "/targeting/min_age");
        assert_eq!(table.row(b"ad-1,a").unwrap_err().problems[0].code, "wrong_number_of_cells");
    }

    #[test]
    fn a_header_is_refused_with_every_name_that_is_none() {
        let refused = Table::of(b"external_id,creative.headlin,nonsense,external_id").unwrap_err();
        let told: Vec<_> = refused.problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        assert_eq!(told, [("/1", "unknown_column"), ("/2", "unknown_column"), ("/3", "repeated")]);
        assert!(refused.problems[0].detail.contains("did you mean `creative.headline`?"));
    }
}
