//! The words that moved a task's scores, strongest first.
//!
//! Called by `explain`. It must never show a number without saying which way it moved the score.

use super::{
    page::Shell,
    text::{score, words},
};
use crate::{
    domain::{TaskId, ad::TextField, release::Bundle},
    flows::explain::{ReadingKind, ScoreExplained},
};
use askama::Template;

/// Words shown for each score.
const SHOWN: usize = 12;
/// Half the width of a bar, in its own units.
const HALF: f64 = 60.0;

/// `templates/explain.html`.
#[derive(Debug, Template)]
#[template(path = "explain.html")]
pub struct ExplainPage {
    shell: Shell,
    task: TaskId,
    scores: Vec<Score>,
}

/// One score.
#[derive(Debug)]
struct Score {
    title: String,
    value: String,
    of: String,
    words: Vec<Moved>,
}

/// One word with its bar: to the right where it raises the score, to the left where it lowers it.
#[derive(Debug)]
struct Moved {
    word: String,
    field: String,
    does: String,
    raises: bool,
    x: String,
    width: String,
}

impl ExplainPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, task: TaskId, bundle: &Bundle, explained: &[ScoreExplained]) -> Self {
        Self { shell, task, scores: explained.iter().map(|e| Score::of(bundle, e)).collect() }
    }
}

impl Score {
    fn of(bundle: &Bundle, explained: &ScoreExplained) -> Self {
        let mut strongest: Vec<_> =
            explained.words.iter().filter(|w| w.text.chars().any(char::is_alphanumeric)).collect();
        strongest.sort_by(|a, b| b.added.abs().total_cmp(&a.added.abs()));
        strongest.truncate(SHOWN);
        let most = strongest.first().map_or(1.0, |w| w.added.abs()).max(f64::MIN_POSITIVE);
        let field = match explained.field {
            TextField::Joined => "whole text".to_owned(),
            field => words(field).to_lowercase(),
        };
        let reading = match explained.reading {
            ReadingKind::Raw => "as sent",
            ReadingKind::Normalised => "with disguises undone",
        };
        Self {
            title: bundle.policy(&explained.policy).map_or_else(|| words(&explained.policy), |p| p.title.clone()),
            value: score(explained.value),
            of: format!("{field}, {reading}"),
            words: strongest
                .into_iter()
                .map(|w| {
                    let width = HALF * w.added.abs() / most;
                    let raises = w.added >= 0.0;
                    Moved {
                        word: w.text.clone(),
                        field: words(w.field).to_lowercase(),
                        does: format!("{} by {:.2}", if raises { "raises" } else { "lowers" }, w.added.abs()),
                        raises,
                        x: format!("{:.1}", if raises { HALF } else { HALF - width }),
                        width: format!("{width:.1}"),
                    }
                })
                .collect(),
        }
    }
}
