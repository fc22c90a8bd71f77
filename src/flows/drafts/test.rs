//! A draft's cases are run: through the same signals, encoder and rules as any ad, with the draft's model.

use super::{draft, model_of};
use crate::{
    domain::{
        DraftId,
        draft::PackTexts,
        signal::{Cause, Engine as EngineIdentity},
    },
    flows::{
        App, Error,
        steps::{pack, scoring},
    },
    inference::{Embedding, Heads},
    screening::{
        normalise::NORMALISER_VERSION,
        policy::{
            CompiledRelease, Pack, Problem,
            cases::{Case, CaseReport, run_all},
        },
        signals::{
            Measured,
            language::DETECTOR,
            likeness::{banks, example_texts},
            measure,
        },
    },
    store::{
        Run, drafts,
        drafts::{StoredDraft, TestResult},
        releases::StoredModel,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Texts embedded in one call: enough to keep the encoder busy, few enough to let ads pass between.
const TOGETHER: usize = 32;

/// Runs the cases of a draft, and keeps how they came out beside its content. The inner error is what is wrong with its
/// files.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Busy`] when the encoder has too much to do.
pub async fn test_draft(app: &App, id: DraftId) -> Result<Result<CaseReport, Vec<Problem>>, Error> {
    let draft = draft(&app.db, id).await?;
    let content = drafts::content_digest(&app.db, &draft).await?;
    let files = drafts::files(&app.db, id).await?;
    let model = model_of(&app.db, &draft).await?;
    let report = test_files(app, files, model).await?;
    if let Ok(report) = &report {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let result = TestResult {
            run: count(report.run),
            failed: count(report.failures.len()),
            problems: report.failures.iter().map(ToString::to_string).collect(),
            at: app.clock.now(),
        };
        app.db
            .write("test_draft", async |tx| drafts::put_test(tx, content, &result).await.map_err(Error::from))
            .await?;
    }
    Ok(report)
}

/// How the cases of a draft came out, if they were run on just what it holds.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn last_test(on: &impl Run, draft: &StoredDraft) -> Result<Option<TestResult>, Error> {
    Ok(drafts::test(on, drafts::content_digest(on, draft).await?).await?)
}

/// Runs the cases of files with a model.
///
/// # Errors
/// As [`test_draft`].
pub async fn test_files(
    app: &App,
    files: PackTexts,
    model: Option<StoredModel>,
) -> Result<Result<CaseReport, Vec<Problem>>, Error> {
    let compiled = {
        let model = model.clone();
        let work = move || {
            let (pack, bundle) = pack::read(&files, model.as_ref())?;
            Ok((pack, CompiledRelease::compile(&bundle)?))
        };
        blocking(work).await?
    };
    let (pack, compiled) = match compiled {
        Ok(both) => both,
        Err(problems) => return Ok(Err(problems)),
    };
    let heads = model.as_ref().map(|m| Heads::from_bytes(&m.heads)).transpose();
    let heads = heads.map_err(|e| Error::Internal(e.to_string()))?;
    let embedded = embed_all(app, &pack, &compiled).await?;
    let languages = app.first.languages().clone();
    let fingerprint = app.first.running().await?.engine.fingerprint();
    let identity = EngineIdentity {
        normaliser: NORMALISER_VERSION.into(),
        detector: DETECTOR.into(),
        encoder: Some(fingerprint.encoder),
        heads: None,
        kernel: fingerprint.kernel.clone(),
        build: fingerprint.build.clone(),
    };
    blocking(move || {
        let vectors = |text: &str| embedded.get(text).cloned().ok_or(Cause::Failed);
        let banks = banks(&compiled.bundle.lists, &compiled.banks_wanted, vectors);
        let thresholds = pack::thresholds(&pack, model.as_ref());
        run_all(&pack, &thresholds, &mut |case, release| {
            let measured = measured(case, release);
            let texts = measured.texts_to_score(&languages);
            let found = texts.iter().map(|t| embedded.get(&t.text).cloned().ok_or(Cause::Failed)).collect();
            measured.finish(found, &languages, heads.as_ref(), &release.heads_wanted, &banks, identity.clone())
        })
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}

fn measured(case: &Case, release: &CompiledRelease) -> Measured {
    measure(&case.content, &case.facts.advertiser.external_id, &release.lists, case.facts.evaluated_at)
}

async fn embed_all(app: &App, pack: &Pack, compiled: &CompiledRelease) -> Result<BTreeMap<String, Embedding>, Error> {
    let of = |case: &Case| measured(case, compiled).texts_to_score(app.languages()).into_iter().map(|t| t.text);
    let examples = example_texts(&compiled.bundle.lists, &compiled.banks_wanted);
    let texts: BTreeSet<String> = pack.cases.iter().flat_map(of).chain(examples).collect();
    let texts: Vec<String> = texts.into_iter().collect();
    let engine = &app.first.running().await?.engine;
    let mut embedded = BTreeMap::new();
    for part in texts.chunks(TOGETHER) {
        // A text that cannot be embedded leaves its case without scores, as it would leave an ad.
        if let Ok(vectors) = scoring::embed(engine, part.to_vec()).await? {
            embedded.extend(part.iter().cloned().zip(vectors));
        }
    }
    Ok(embedded)
}
