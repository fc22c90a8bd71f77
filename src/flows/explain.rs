//! Which words of an ad moved a score: on demand, from the screening's own encoder and heads, on the words as sent.
//!
//! Called by the API for staff and by the task page. It must never be shown to submitters, nor on a blind task: it says
//! more than the score does. It stores nothing.

use super::{
    App, Error, live,
    steps::{scoring::scorer, work},
};
use crate::{
    domain::{
        AdId, PolicyCode, ScreeningId, TaskId,
        ad::{AdContent, TextField},
        role::Scope,
        screening::Screening,
    },
    inference::explain::explain,
    named_enum,
    screening::signals::{Variant, measure},
    store::{ads, views::screenings},
};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Words told; what the others added is in `rest`.
const MOST_WORDS: usize = 200;

/// Explanations at once: each is a forward pass outside the engine's queue.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

named_enum!(
    /// Which reading of a field scored highest.
    ReadingKind {
        /// The text as sent.
        Raw = "raw",
        /// The text with disguises undone.
        Normalised = "normalised",
    }
);

/// What one word of the ad added to a score.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct MovingWord {
    /// The field.
    pub field: TextField,
    /// First byte in the field's raw UTF-8 text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The word as sent.
    pub text: String,
    /// What it added, in log-odds: positive words raise the score, negative ones lower it.
    pub added: f64,
}

/// A score taken apart by words. `rest` and all words add up to the log-odds of `value`.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ScoreExplained {
    /// The screening whose score it is.
    pub screening: ScreeningId,
    /// The policy.
    pub policy: PolicyCode,
    /// The score as computed for this explanation; equal to the screening's under the same engine.
    pub value: f64,
    /// The field that scored highest, and that the words are of; `joined` is all of them together.
    pub field: TextField,
    /// The reading that scored highest.
    pub reading: ReadingKind,
    /// What belongs to no word told: where the head begins, what the encoder adds around every text, words beyond the 200
    /// strongest.
    pub rest: f64,
    /// The words, in the order of the ad.
    pub words: Vec<MovingWord>,
}

/// Explains a score of an ad's newest screening.
///
/// # Errors
/// [`Error::NotFound`] for an ad outside the scope or never screened; [`Error::Conflict`] when the screening has no score
/// of that policy.
pub async fn of_ad(app: &App, scope: &Scope, ad: AdId, policy: &PolicyCode) -> Result<ScoreExplained, Error> {
    let all = screenings::of_ad(&app.db, scope, ad).await?.ok_or(Error::NotFound)?;
    let newest = all.into_iter().next().ok_or(Error::NotFound)?;
    let revision = ads::revision(&app.db, newest.revision).await?.ok_or(Error::NotFound)?;
    one(app, &newest, &revision.content, policy).await
}

/// Explains the scores that a task's findings rest on; none where the task hides them.
///
/// # Errors
/// [`Error::NotFound`] for a task outside the scope.
pub async fn of_task(app: &App, scope: &Scope, task: TaskId) -> Result<Vec<ScoreExplained>, Error> {
    let about = work::load(&app.db, scope, task).await?;
    let mut explained: Vec<ScoreExplained> = Vec::new();
    for head in about.shown.iter().flat_map(|f| &f.evidence).filter_map(|e| match e {
        crate::domain::Evidence::Score { head, .. } => Some(head),
        _ => None,
    }) {
        if !explained.iter().any(|e| e.policy == *head) {
            explained.push(one(app, &about.screening, &about.revision.content, head).await?);
        }
    }
    Ok(explained)
}

async fn one(
    app: &App,
    screening: &Screening,
    content: &AdContent,
    policy: &PolicyCode,
) -> Result<ScoreExplained, Error> {
    let score =
        screening.signals.scores.get(policy).and_then(|reading| reading.known()).ok_or_else(|| {
            Error::conflict("not_scored", format!("This screening has no score of {policy} to explain."))
        })?;
    let current = app.live.get();
    let release = if current.release.id == screening.release {
        current
    } else {
        Arc::new(live::load_release(&app.db, screening.release).await?)
    };
    let facts = &screening.facts;
    let measured = measure(content, &facts.advertiser.external_id, &release.lists, facts.evaluated_at);
    let scorer = scorer(app, &release, &measured.language).await;
    let head = scorer.heads(&release).and_then(|(heads, _)| heads.heads.get(policy)).cloned();
    let (Some(head), Some(encoder)) = (head, scorer.reader()) else {
        let what = "The model that made this score is not loaded here any more; screen the ad again.";
        return Err(Error::conflict("other_model", what));
    };
    let best = score.fields.iter().find(|f| f.field == score.field);
    let variant = if best.is_some_and(|f| f.normalised > f.raw) { Variant::Normalised } else { Variant::Raw };
    let texts = measured.texts_to_score(&scorer.languages);
    let of_field = |variant: Variant| texts.iter().find(|t| t.field == score.field && t.variant == variant);
    let text = of_field(variant).or_else(|| of_field(Variant::Raw)).cloned();
    let text = text.ok_or_else(|| Error::conflict("not_scored", "The ad's words are not those that were scored."))?;
    let _turn = AT_ONCE.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    let (field, variant) = (text.field, text.variant);
    let calibration = head.calibration;
    let found = tokio::task::spawn_blocking(move || Ok(explain(&head, &text.text, &encoder.token_states(&text.text)?)))
        .await
        .map_err(|e| Error::Internal(format!("explaining stopped: {e}")))?
        .map_err(|e: crate::inference::InferenceError| Error::Internal(e.to_string()))?
        .ok_or_else(|| Error::Internal(format!("{policy}: its head does not fit its encoder")))?;
    let scaled = found.shares.into_iter().map(|share| (share.span, calibration.a * share.value));
    let (mut words, lost) = measured.words(field, variant, scaled);
    let mut rest = calibration.a * found.rest + calibration.b + lost;
    words.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    rest += words.split_off(words.len().min(MOST_WORDS)).iter().map(|w| w.value).sum::<f64>();
    words.sort_by_key(|w| (w.field, w.start));
    Ok(ScoreExplained {
        screening: screening.id,
        policy: policy.clone(),
        value: 1.0 / (1.0 + (-(calibration.a * found.raw + calibration.b)).exp()),
        field,
        reading: match variant {
            Variant::Raw => ReadingKind::Raw,
            Variant::Normalised => ReadingKind::Normalised,
        },
        rest,
        words: words
            .into_iter()
            .map(|w| MovingWord {
                field: w.field,
                start: u32::try_from(w.start).unwrap_or(u32::MAX),
                end: u32::try_from(w.end).unwrap_or(u32::MAX),
                text: w.word,
                added: w.value,
            })
            .collect(),
    })
}
