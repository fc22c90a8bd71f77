//! Points in time: milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 with three decimals.
//!
//! Called by everyone. It must never read the clock: `platform::clock` does.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// Milliseconds in a second, a minute, an hour and a day.
    pub const SECOND: i64 = 1_000;
    /// See [`Self::SECOND`].
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// See [`Self::SECOND`].
    pub const HOUR: i64 = 60 * Self::MINUTE;
    /// See [`Self::SECOND`].
    pub const DAY: i64 = 24 * Self::HOUR;

    /// This moment, moved by a number of milliseconds (saturating).
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The first moment (UTC) of a day written `2026-01-31`; `None` for anything else.
    pub fn of_day(day: &str) -> Option<Self> {
        (day.len() == 10).then(|| format!("{day}T00:00:00Z").parse().ok()).flatten()
    }

    /// Milliseconds from `earlier` to this moment; negative when this one is earlier.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(t) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000) else {
            return write!(f, "{}ms", self.0);
        };
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            t.millisecond()
        )
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A string that is not an RFC 3339 date-time.
#[derive(Debug, Clone, thiserror::Error)]
#[error("not an RFC 3339 date-time such as 2026-01-31T12:00:00Z")]
pub struct BadTime;

impl FromStr for Millis {
    type Err = BadTime;
    fn from_str(s: &str) -> Result<Self, BadTime> {
        let t = OffsetDateTime::parse(s, &Rfc3339).map_err(|_| BadTime)?.to_offset(UtcOffset::UTC);
        i64::try_from(t.unix_timestamp_nanos().div_euclid(1_000_000)).map(Self).map_err(|_| BadTime)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Millis {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}
impl utoipa::ToSchema for Millis {}

/// A day, UTC, written `2026-01-31`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Millis);

impl Day {
    /// The day of a moment.
    pub fn of(at: Millis) -> Self {
        Self(Millis(at.0.div_euclid(Millis::DAY) * Millis::DAY))
    }

    /// Its first moment.
    pub fn start(self) -> Millis {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().split('T').next().unwrap_or_default())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = BadTime;
    fn from_str(s: &str) -> Result<Self, BadTime> {
        Millis::of_day(s).map(Self).ok_or(BadTime)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Day {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Date)))
            .into()
    }
}
impl utoipa::ToSchema for Day {}
