//! Rows that somebody labelled, and what a model's scores are worth on them: by policy, and by policy and source.
//!
//! Called by `cli::model_evaluate`, which scores the texts. It must never count a text that nobody labelled for a
//! policy, nor hide a row that has no score.

use super::{
    dedupe,
    evaluate::{self, Scored},
    import::{self, ImportError},
    rows::BENIGN,
};
use crate::domain::{
    PolicyCode,
    metrics::{Estimate, HeadMetrics},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::BufRead,
};

/// One text with one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Index of the text in [`Rated::texts`].
    pub text: usize,
    /// The policy as written; `None` says that the text breaks none.
    pub policy: Option<String>,
    /// Whether the text breaks it.
    pub breaks: bool,
    /// The data set.
    pub source: String,
}

/// Labelled rows over distinct texts.
#[derive(Debug, Clone, Default)]
pub struct Rated {
    /// Distinct texts, trimmed, in order of appearance.
    pub texts: Vec<String>,
    /// The rows, in order. A text may have several.
    pub ratings: Vec<Rating>,
    places: HashMap<String, usize>,
}

/// A line of such a file. Policies need not be known, and fields that only readers of the file use are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    policy: Option<String>,
    #[serde(default)]
    label: Option<u8>,
    #[serde(default)]
    labels: BTreeMap<String, u8>,
    #[serde(default)]
    benign: bool,
    #[serde(default)]
    source: Option<String>,
    /// What a challenge tests; its source where it names none.
    #[serde(default)]
    function: Option<String>,
}

impl Rated {
    /// Adds a file's rows.
    ///
    /// # Errors
    /// Names the line that cannot be read, or that says nothing.
    pub fn read(&mut self, from: impl BufRead) -> Result<(), ImportError> {
        import::each(from, |line: Line| self.add(line))
    }

    fn add(&mut self, line: Line) -> Result<(), String> {
        let text = line.text.trim();
        if text.is_empty() {
            return Err("`text` is empty".to_owned());
        }
        let source = line.source.or(line.function.map(|function| format!("challenge/{function}")));
        let source = source.filter(|s| !s.is_empty()).ok_or("`source` is empty; name the data set")?;
        let mut answers: Vec<(Option<String>, u8)> =
            line.labels.into_iter().map(|(policy, label)| (Some(policy), label)).collect();
        match (line.policy, line.label) {
            (Some(policy), Some(label)) => answers.push(((policy != BENIGN).then_some(policy), label)),
            // A harmless text needs no label to say so.
            (Some(policy), None) if policy == BENIGN => answers.push((None, 0)),
            (None, None) => {}
            _ => return Err("`policy` and `label` go together".to_owned()),
        }
        if line.benign {
            answers.push((None, 0));
        }
        if answers.is_empty() {
            return Err("says nothing: give `policy` and `label`, or `labels`, or `benign`".to_owned());
        }
        let text = *self.places.entry(text.to_owned()).or_insert_with(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        for (policy, label) in answers {
            let breaks = match (label, &policy) {
                (0, _) => false,
                (1, Some(_)) => true,
                (1, None) => return Err("a benign text has label 0".to_owned()),
                _ => return Err("a label is 0 or 1".to_owned()),
            };
            self.ratings.push(Rating { text, policy, breaks, source: source.clone() });
        }
        Ok(())
    }

    /// Policies that rows speak of and the model has no head for, with the number of their rows.
    pub fn unknown<'a>(&self, known: impl Fn(&str) -> bool + 'a) -> BTreeMap<String, usize> {
        let mut unknown = BTreeMap::new();
        for policy in self.ratings.iter().filter_map(|r| r.policy.as_ref()).filter(|p| !known(p)) {
            *unknown.entry(policy.clone()).or_default() += 1;
        }
        unknown
    }
}

/// What a model's scores are worth on some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The policy.
    pub policy: PolicyCode,
    /// The data set; `None` for all of them together.
    pub source: Option<String>,
    /// Scored rows.
    pub n: u32,
    /// How many of them break the policy.
    pub positives: u32,
    /// Rows without a score, such as those in a language that the encoder does not cover. In no other figure.
    pub unscored: u32,
    /// The figures, flat in JSON.
    #[serde(flatten)]
    pub values: BTreeMap<&'static str, Option<Value>>,
}

/// A number, or the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// The 95 % interval.
    Interval([f64; 2]),
}

/// A figure's name, its interval's name, and where it stands.
type Column = (&'static str, &'static str, fn(&HeadMetrics) -> Option<Estimate>);

/// The figures with intervals.
const COLUMNS: [Column; 9] = [
    ("auc", "auc_interval", |m| m.auc),
    ("average_precision", "average_precision_interval", |m| m.average_precision),
    ("recall_at_95_precision", "recall_at_95_precision_interval", |m| m.recall_at_95_precision),
    ("recall_at_1_fpr", "recall_at_1_fpr_interval", |m| m.recall_at_1_fpr),
    ("false_positive_rate", "false_positive_rate_interval", |m| m.false_positive_rate),
    ("precision", "precision_interval", |m| m.precision),
    ("recall", "recall_interval", |m| m.recall),
    ("precision_at_1_prevalence", "precision_at_1_prevalence_interval", |m| m.precision_at_1_prevalence),
    ("ece", "ece_interval", |m| m.ece),
];

impl Figures {
    /// A figure by its name; `None` where the rows cannot say.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.values.get(name)? {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A figure's interval.
    pub fn interval(&self, name: &str) -> Option<[f64; 2]> {
        let (_, interval, _) = COLUMNS.iter().find(|(column, ..)| *column == name)?;
        match self.values.get(interval)? {
            Some(Value::Interval(ends)) => Some(*ends),
            _ => None,
        }
    }
}

/// How intervals are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Bootstrap resamples.
    pub resamples: usize,
    /// Their seed.
    pub seed: u64,
}

/// Figures of every policy that some row labels, all sources first. `score(text, policy)` is the model's score of a
/// text by its index, `None` where it has none; `thresholds` names the policies that the model knows. Near-duplicates
/// are drawn together.
pub fn figures(
    rated: &Rated,
    score: impl Fn(usize, &PolicyCode) -> Option<f64>,
    thresholds: &BTreeMap<PolicyCode, f64>,
    draws: Draws,
) -> Vec<Figures> {
    let mut clusters = dedupe::clusters(rated.texts.iter().map(String::as_str));
    let units: Vec<u32> = (0..rated.texts.len() as u32).map(|i| clusters.find(i)).collect();
    let mut all = Vec::new();
    for (policy, threshold) in thresholds {
        let spoken_of = |r: &&Rating| r.policy.as_ref().is_none_or(|p| p == policy.as_str());
        if !rated.ratings.iter().any(|r| r.policy.as_deref() == Some(policy.as_str())) {
            continue;
        }
        // A text with an answer of its own for the policy is not counted as harmless a second time.
        let own: BTreeSet<usize> =
            rated.ratings.iter().filter(|r| r.policy.is_some()).filter(spoken_of).map(|r| r.text).collect();
        let rows: Vec<&Rating> =
            rated.ratings.iter().filter(spoken_of).filter(|r| r.policy.is_some() || !own.contains(&r.text)).collect();
        let sources: BTreeSet<&str> = rows.iter().map(|r| r.source.as_str()).collect();
        for source in std::iter::once(None).chain(sources.into_iter().map(Some)) {
            let rows = rows.iter().filter(|r| source.is_none_or(|s| r.source == s));
            let (mut scored, mut unscored) = (Vec::new(), 0);
            for row in rows {
                match score(row.text, policy) {
                    Some(score) => scored.push(Scored { score, breaks: row.breaks, unit: units[row.text] }),
                    None => unscored += 1,
                }
            }
            let metrics = evaluate::evaluate(&scored, *threshold, draws.resamples, draws.seed);
            all.push(named(policy, source, unscored, &metrics));
        }
    }
    all
}

fn named(policy: &PolicyCode, source: Option<&str>, unscored: u32, metrics: &HeadMetrics) -> Figures {
    let mut values = BTreeMap::from([("threshold", Some(Value::Number(metrics.threshold)))]);
    for (name, interval, of) in COLUMNS {
        let estimate = of(metrics);
        values.insert(name, estimate.map(|e| Value::Number(e.value)));
        values.insert(interval, estimate.map(|e| Value::Interval([e.low, e.high])));
    }
    let source = source.map(ToOwned::to_owned);
    Figures { policy: policy.clone(), source, n: metrics.n, positives: metrics.positives, unscored, values }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn read(file: &str) -> Result<Rated, ImportError> {
        let mut rated = Rated::default();
        rated.read(file.as_bytes()).map(|()| rated)
    }

    const FILE: &str = concat!(
        "{\"text\": \"win now\", \"policy\": \"scam\", \"label\": 1, \"source\": \"a\", \"theme\": \"prizes\"}\n",
        "{\"text\": \"hello\", \"policy\": \"scam\", \"label\": 0, \"source\": \"b\"}\n",
        "{\"text\": \" hello \", \"policy\": \"benign\", \"label\": 0, \"source\": \"c\"}\n",
        "{\"text\": \"tea\", \"policy\": \"benign\", \"label\": 0, \"source\": \"c\"}\n",
        "{\"text\": \"lost\", \"policy\": \"Not A Code\", \"label\": 1, \"source\": \"c\"}\n",
        "{\"text\": \"prize\", \"policy\": \"scam\", \"label\": 1, \"function\": \"direct\"}\n",
    );

    #[test]
    fn every_row_is_counted_once_under_its_source_and_unknown_policies_are_named() {
        let rated = read(FILE).unwrap();
        assert_eq!(rated.texts.len(), 5);
        let thresholds: BTreeMap<PolicyCode, f64> =
            [("hate".parse().unwrap(), 0.5), ("scam".parse().unwrap(), 0.5)].into();
        assert_eq!(rated.unknown(|p| p == "scam"), BTreeMap::from([("Not A Code".to_owned(), 1)]));
        let score = |text: usize, _: &PolicyCode| [Some(0.9), Some(0.6), Some(0.1), None, None].get(text).copied()?;
        let rows = figures(&rated, score, &thresholds, Draws { resamples: 30, seed: 1 });
        let brief: Vec<_> = rows.iter().map(|r| (r.source.as_deref(), r.n, r.positives, r.unscored)).collect();
        assert_eq!(
            brief,
            [
                (None, 3, 1, 1),
                (Some("a"), 1, 1, 0),
                (Some("b"), 1, 0, 0),
                (Some("c"), 1, 0, 0),
                (Some("challenge/direct"), 0, 0, 1)
            ],
            "hate has no row of its own, and `hello` is a negative once"
        );
        assert_eq!((rows[0].number("auc"), rows[0].number("false_positive_rate")), (Some(1.0), Some(0.5)));
        assert_eq!((rows[1].number("auc"), rows[1].number("recall")), (None, Some(1.0)));
        let json = serde_json::to_value(&rows[0]).unwrap();
        assert_eq!((&json["auc"], &json["source"]), (&1.0.into(), &serde_json::Value::Null));
        assert!(json["auc_interval"].as_array().is_some_and(|ends| ends.len() == 2));
    }

    #[test]
    fn a_line_that_says_nothing_is_refused_with_its_number() {
        for (line, problem) in [
            ("{\"text\": \"a\", \"policy\": \"scam\", \"source\": \"s\"}", "line 1: `policy` and `label`"),
            ("{\"text\": \"a\", \"source\": \"s\"}", "line 1: says nothing"),
            ("{\"text\": \"a\", \"policy\": \"scam\", \"label\": 1}", "line 1: `source` is empty"),
            ("{\"text\": \"a\", \"policy\": \"scam\", \"label\": 3, \"source\": \"s\"}", "line 1: a label is 0 or 1"),
            ("{\"text\": \"a\", \"policy\": \"benign\", \"label\": 1, \"source\": \"s\"}", "line 1: a benign text"),
            ("not json", "line 1: expected"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.starts_with(problem), "{line}: {error}");
        }
    }
}
