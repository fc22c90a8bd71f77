//! How rules and policies did over a range of days: hits, what people said of them, decisions overturned.
//!
//! Called by the Policies pages. Counts are over findings of screenings, never over a person's own findings. It must
//! never count for a submitter or a policy outside the caller's scope.

use crate::{
    domain::{Millis, PolicyCode, role::Scope},
    store::{Db, StoreError, db},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;

/// A half-open range of moments, counted in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First moment counted.
    pub from: Millis,
    /// First moment after it.
    pub until: Millis,
}

/// Counts of one rule, or of one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Screenings in which it held, or could not be decided.
    pub hits: u64,
    /// Of these, those in which something was missing to decide it.
    pub undecided: u64,
    /// Answers of people to its findings, confirmed or dismissed.
    pub answered: u64,
    /// Of these, dismissed: a person overrode it.
    pub dismissed: u64,
    /// Restrictions in effect that rest on it.
    pub restrictions: u64,
    /// Of these, replaced later by another conclusion on the same content.
    pub overturned: u64,
}

/// Everything counted in a range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// All screenings.
    pub screenings: u64,
    /// By rule name.
    pub rules: BTreeMap<String, Counts>,
    /// By policy; a policy is counted once a screening, however many of its rules held.
    pub policies: BTreeMap<String, Counts>,
}

/// What narrows a count.
pub(super) struct Narrow {
    pub(super) values: Vec<Value>,
    /// Conditions over findings `f`.
    pub(super) finding: String,
    screening: String,
}

impl Narrow {
    pub(super) fn of(scope: &Scope, range: Range) -> Self {
        let mut narrow = Self {
            values: vec![range.from.0.into(), range.until.0.into()],
            finding: String::new(),
            screening: String::new(),
        };
        if let Some(submitter) = scope.submitter {
            narrow.values.push(submitter.0.into());
            let n = narrow.values.len();
            let own = |table: &str| {
                format!(
                    " AND EXISTS (SELECT 1 FROM revision v JOIN ad o ON o.id = v.ad_id
                      WHERE v.id = {table}.revision_id AND o.submitter_id = ${n})"
                )
            };
            (narrow.finding, narrow.screening) = (own("f"), own("s"));
        }
        narrow
    }

    /// Adds the policies that the caller may see; for statements over `f` alone, since every parameter must be named.
    pub(super) fn policies(mut self, scope: &Scope) -> Self {
        if let Some(classes) = &scope.policy_classes {
            let first = self.values.len() + 1;
            self.values.extend(classes.iter().map(|c| Value::from(c.as_str())));
            self.finding += &match classes.len() {
                0 => " AND 1 = 0".to_owned(),
                n => format!(" AND f.policy IN ({})", db::placeholders(first, n)),
            };
        }
        self
    }
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    n: i64,
    part: i64,
}

/// Counts a range by rule and by policy.
pub async fn usage(on: &Db, scope: &Scope, range: Range) -> Result<Usage, StoreError> {
    let mut usage = Usage::default();
    let all = Narrow::of(scope, range);
    let sql = format!(
        "SELECT COUNT(*) AS n FROM screening s WHERE s.created_at >= $1 AND s.created_at < $2{}",
        all.screening
    );
    usage.screenings = count(db::number(on, &sql, all.values).await?);
    let narrow = Narrow::of(scope, range).policies(scope);
    for (by, target) in [("rule", &mut usage.rules), ("policy", &mut usage.policies)] {
        for (sql, put) in statements(by, &narrow.finding) {
            for row in db::rows::<Row>(on, &sql, narrow.values.clone()).await? {
                put(target.entry(row.name).or_default(), count(row.n), count(row.part));
            }
        }
    }
    Ok(usage)
}

/// Puts a number and the part of it into the counts.
type Put = fn(&mut Counts, u64, u64);

fn statements(by: &str, narrow: &str) -> [(String, Put); 3] {
    // A policy's rules can hold together in one screening: that is one hit of the policy.
    let hits = format!(
        "SELECT f.{by} AS name, COUNT(DISTINCT f.screening_id) AS n,
                COUNT(DISTINCT CASE WHEN f.undecided THEN f.screening_id END) AS part
         FROM finding f WHERE f.screening_id IS NOT NULL AND f.rule IS NOT NULL
         AND f.created_at >= $1 AND f.created_at < $2{narrow} GROUP BY f.{by}"
    );
    let answers = format!(
        "SELECT f.{by} AS name, COUNT(*) AS n, COUNT(CASE WHEN a.answer = 'dismissed' THEN 1 END) AS part
         FROM finding_answer a JOIN judgement j ON j.id = a.judgement_id JOIN finding f ON f.id = a.finding_id
         WHERE j.undone_at IS NULL AND a.answer <> 'not_examined' AND f.screening_id IS NOT NULL AND f.rule IS NOT NULL
         AND j.created_at >= $1 AND j.created_at < $2{narrow} GROUP BY f.{by}"
    );
    // A decision of people rests on what they did not dismiss.
    let restrictions = format!(
        "SELECT f.{by} AS name, COUNT(DISTINCT d.id) AS n,
                COUNT(DISTINCT CASE WHEN EXISTS (SELECT 1 FROM decision later WHERE later.supersedes = d.id
                    AND later.revision_id = d.revision_id AND later.conclusion <> d.conclusion
                    AND later.state IN ('pending', 'effective')) THEN d.id END) AS part
         FROM decision d JOIN finding f ON f.screening_id = d.screening_id
         WHERE d.state = 'effective' AND d.conclusion IN ('prohibited', 'limited') AND f.rule IS NOT NULL
         AND f.effect IN ('prohibited', 'limited', 'review')
         AND NOT EXISTS (SELECT 1 FROM finding_answer a JOIN judgement j ON j.id = a.judgement_id
             WHERE a.finding_id = f.id AND a.answer = 'dismissed' AND j.round_id = d.round_id AND j.undone_at IS NULL)
         AND d.created_at >= $1 AND d.created_at < $2{narrow} GROUP BY f.{by}"
    );
    [
        (hits, |c, n, part| (c.hits, c.undecided) = (n, part)),
        (answers, |c, n, part| (c.answered, c.dismissed) = (n, part)),
        (restrictions, |c, n, part| (c.restrictions, c.overturned) = (n, part)),
    ]
}

/// Hits of a policy on each UTC day of the range, the days without any included.
pub async fn daily(
    on: &Db,
    scope: &Scope,
    policy: &PolicyCode,
    range: Range,
) -> Result<Vec<(Millis, u64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Day {
        day: i64,
        n: i64,
    }
    let narrow = Narrow::of(scope, range).policies(scope);
    let mut values = narrow.values;
    values.push(policy.as_str().into());
    let sql = format!(
        "SELECT f.created_at / {day} AS day, COUNT(DISTINCT f.screening_id) AS n FROM finding f
         WHERE f.screening_id IS NOT NULL AND f.created_at >= $1 AND f.created_at < $2{narrow} AND f.policy = ${last}
         GROUP BY f.created_at / {day}",
        day = Millis::DAY,
        narrow = narrow.finding,
        last = values.len(),
    );
    let found: BTreeMap<i64, i64> =
        db::rows::<Day>(on, &sql, values).await?.into_iter().map(|d| (d.day, d.n)).collect();
    let (first, last) = (range.from.0 / Millis::DAY, (range.until.0 - 1) / Millis::DAY);
    let days =
        (first..=last).map(|day| (Millis(day * Millis::DAY), count(found.get(&day).copied().unwrap_or_default())));
    Ok(days.collect())
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}
