//! Revisions are screened: signals are measured, rules evaluated, the verdict routed, and all of it stored in one
//! commit a revision, together with the job's end.
//!
//! Called by the `screen` job with a batch of claimed jobs, whose texts go to the encoder together. It must never
//! overwrite a person's decision on the same revision, nor screen a revision twice for one trigger.

use super::{
    App, Error,
    hold::hold,
    live::Live,
    sandbox::settle,
    steps::{
        appeal, audit,
        beside::{acting, differences, shadows},
        breaker,
        decide::{decide, project, take_down},
        facts::facts,
        outcome,
        scoring::{Scorer, scorer},
        screen_job::ScreenJob,
    },
};
use crate::{
    domain::{
        ApprovalStatus, FindingId, Millis, ReleaseId, ReviewStatus, RevisionId, RoundId, TaskId,
        audit::Actor,
        breaker::Breaker,
        digest::Digest,
        review::{RoundState, RoundTrigger, TaskKind},
        role::Scope,
        screening::{Facts, Screening, Trigger},
        signal::Producer,
        submitter::Bidding,
        verdict::Conclusion,
    },
    inference::Embedding,
    screening::{
        routing::{RoundPlan, Routing, rereview, route},
        signals::{Measured, measure},
    },
    store::{
        StoreError, Tx, accounts, ads,
        ads::{StoredAd, StoredRevision},
        appeals, blocks, breakers, jobs,
        jobs::{Claimed, JobName, NewJob},
        judgements, rounds,
        rounds::StoredRound,
        screenings, shadows as shadow_counts,
    },
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How long a held ad waits before its missing signal is tried again, ms.
const RETRY_MS: i64 = 10 * Millis::MINUTE;

/// One claimed job with what was loaded for it.
struct Item<'a> {
    job: &'a Claimed,
    /// The release that decides about it.
    live: Arc<Live>,
    trigger: Trigger,
    revision: StoredRevision,
    facts: Facts,
    measured: Measured,
    scorer: Scorer,
    texts: Vec<String>,
    /// The producers that it asks.
    asked: BTreeSet<Producer>,
    /// What a lead blocked comes down also while a signal is missing.
    takedown: bool,
    /// It is for trying out only.
    sandbox: bool,
}

/// What is to be done with a claimed job.
enum Work<'a> {
    Screen(Box<Item<'a>>),
    /// A signal that it needs fails widely.
    Hold(Producer),
    /// Nothing is left to screen.
    Finish,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screened {
    /// It is done.
    Done,
    /// It was put back until a signal measures again.
    Held,
}

/// What became of one screening's commit.
enum Stored {
    /// It is stored, and these breakers opened.
    Yes(Vec<Breaker>),
    /// A signal that failed on it fails widely.
    Held(Producer),
}

/// Screens a batch; gives each job's result in order.
pub async fn screen(app: &App, claimed: &[Claimed]) -> Vec<Result<Screened, Error>> {
    // A screening that a release asked for must not run under the one before it.
    if let Err(error) = app.live.refresh(&app.db).await {
        tracing::error!(%error, "the newest release could not be loaded; the one before it goes on");
    }
    let (live, beside) = (app.live.get(), app.live.beside());
    let open = match breakers::not_closed(&app.db).await {
        Ok(open) => open.into_iter().map(|b| b.signal).collect(),
        // Whoever stores a screening looks again.
        Err(error) => {
            tracing::error!(%error, "breakers could not be read");
            BTreeSet::new()
        }
    };
    let mut loaded = Vec::with_capacity(claimed.len());
    for job in claimed {
        loaded.push(load(app, &live, &beside, &open, job).await);
    }
    let mut together = embed_together(&loaded).await;
    let (mut results, mut held) = (Vec::with_capacity(claimed.len()), vec![]);
    for (job, work) in claimed.iter().zip(loaded) {
        let waits_for = match work {
            Err(error) => Err(error),
            Ok(Work::Finish) => finish_only(app, job).await.map(|()| None),
            Ok(Work::Hold(signal)) => Ok(Some(signal)),
            Ok(Work::Screen(item)) => {
                let embeddings = together
                    .get_mut(&item.scorer.encoder)
                    .map(|all| all.by_ref().take(item.texts.len()).collect::<Vec<Embedding>>());
                store_one(app, &beside, *item, embeddings).await
            }
        };
        results.push(waits_for.map(|signal| match signal {
            Some(signal) => {
                held.push((job, signal));
                Screened::Held
            }
            None => Screened::Done,
        }));
    }
    if let Err(error) = hold(app, &held).await {
        // Their leases lapse, and they are claimed again.
        tracing::error!(%error, jobs = held.len(), "screenings could not be held back");
    }
    results
}

/// Embeds the texts of a whole batch, in one call for each encoder, which keeps all its threads busy. An encoder whose
/// call failed is left out, and each of its ads is then tried alone.
async fn embed_together(loaded: &[Result<Work<'_>, Error>]) -> BTreeMap<Digest, std::vec::IntoIter<Embedding>> {
    let items = || {
        loaded.iter().flatten().filter_map(|work| match work {
            Work::Screen(item) => Some(item),
            Work::Hold(_) | Work::Finish => None,
        })
    };
    let encoders: BTreeMap<Digest, &Scorer> = items().map(|i| (i.scorer.encoder, &i.scorer)).collect();
    let mut together = BTreeMap::new();
    for (encoder, scorer) in encoders {
        let texts = items().filter(|i| i.scorer.encoder == encoder).flat_map(|i| i.texts.clone()).collect();
        if let Ok(Ok(embeddings)) = scorer.embed(texts).await {
            together.insert(encoder, embeddings.into_iter());
        }
    }
    together
}

async fn load<'a>(
    app: &App,
    live: &Arc<Live>,
    beside: &[Arc<Live>],
    open: &BTreeSet<Producer>,
    job: &'a Claimed,
) -> Result<Work<'a>, Error> {
    let ScreenJob { revision, trigger } = job.payload()?;
    if screenings::exists(&app.db, revision, &trigger).await? {
        return Ok(Work::Finish);
    }
    let Some(revision) = ads::revision(&app.db, revision).await? else { return Ok(Work::Finish) };
    let ad = ads::ad(&app.db, revision.ad).await?.ok_or(Error::NotFound)?;
    let swept = trigger.is_sweep() && ad.outcome.serving_revision == Some(revision.id);
    if is_away(&ad) || (ad.outcome.revision != revision.id && !swept) {
        return Ok(Work::Finish);
    }
    let live = Arc::clone(acting(live, beside, ad.id));
    let now = app.clock.now();
    let facts = facts(&app.db, revision.advertiser, &revision.content, revision.domain.as_deref(), now).await?;
    let measured = measure(&revision.content, &facts.advertiser.external_id, &live.lists, now);
    let scorer = scorer(app, &live, &measured.language).await;
    let texts = scorer.texts(&measured);
    let asked = breaker::asked(&measured.language, &texts, &scorer);
    let takedown = match trigger {
        Trigger::Sweep { sweep } => blocks::of_sweep(&app.db, sweep).await?.is_some_and(|b| b.state.blocks()),
        _ => false,
    };
    if let Some(signal) = asked.intersection(open).next().filter(|_| !takedown && !ad.sandbox) {
        return Ok(Work::Hold(*signal));
    }
    let sandbox = ad.sandbox;
    let item = Item { job, live, trigger, revision, facts, measured, scorer, texts, asked, takedown, sandbox };
    Ok(Work::Screen(Box::new(item)))
}

async fn store_one(
    app: &App,
    beside: &[Arc<Live>],
    item: Item<'_>,
    together: Option<Vec<Embedding>>,
) -> Result<Option<Producer>, Error> {
    let timer = app.metrics.screening_seconds.start_timer();
    let Item { job, live, trigger, revision, facts, measured, scorer, texts, asked, takedown, sandbox } = item;
    let embeddings = match together {
        Some(embeddings) => Ok(embeddings),
        None => scorer.embed(texts.clone()).await?,
    };
    let joined = revision.content.text(crate::domain::ad::TextField::Joined);
    let cached = embeddings.as_ref().ok().and_then(|all| {
        texts.iter().position(|t| *t == joined).map(|i| (Digest::of(joined.as_bytes()), Arc::clone(&all[i])))
    });
    let in_shadow = embeddings.clone();
    let banks = scorer.banks(&live).await?;
    let signals = scorer.signals(&live, measured, embeddings, &banks);
    if sandbox {
        timer.stop_and_discard();
        let evaluation = live.compiled.evaluate(&revision.content, &signals, &facts, &mut || app.clock.new_id());
        return match settle(app, job, &live, &revision, &trigger, &evaluation).await {
            Err(Error::Store(StoreError::LeaseLost)) | Ok(()) => Ok(None),
            Err(other) => Err(other),
        };
    }
    let failed = signals.failed(scorer.producer);
    for reading in signals.scores.values() {
        if let crate::domain::signal::Reading::Unavailable(cause) = reading {
            app.metrics.unavailable.with_label_values(&[cause.as_str()]).inc();
        }
    }
    let evaluation = live.compiled.evaluate(&revision.content, &signals, &facts, &mut || app.clock.new_id());
    // Nothing of a shadow is stored but what it concludes otherwise; its findings need no ids of their own.
    let mut shadowed: Vec<(ReleaseId, BTreeSet<String>)> = Vec::new();
    for shadow in shadows(beside) {
        let measured = measure(&revision.content, &facts.advertiser.external_id, &shadow.lists, facts.evaluated_at);
        let banks = scorer.banks(shadow).await?;
        let signals = scorer.signals(shadow, measured, in_shadow.clone(), &banks);
        let nobody = &mut || FindingId(uuid::Uuid::nil());
        let other = shadow.compiled.evaluate(&revision.content, &signals, &facts, nobody);
        shadowed.push((shadow.release.id, differences(&evaluation, &other)));
    }
    let screening = Screening {
        id: app.clock.new_id(),
        revision: revision.id,
        trigger,
        release: live.release.id,
        signals,
        facts,
        evaluation,
        created_at: app.clock.now(),
    };
    // Whoever waits since a sweep or a touch waits since then, not since the ad was submitted.
    let later = screening.trigger.is_sweep() || matches!(screening.trigger, Trigger::Touched { .. });
    let since = if later { screening.created_at } else { revision.created_at };
    let routing = route(&live.compiled, &live.queues, &screening.evaluation, revision.id, since);
    let stored = app
        .db
        .write("screen", async |tx| {
            if !takedown && let Some(signal) = breaker::stops(tx, &failed).await? {
                return Ok(Stored::Held(signal));
            }
            jobs::finish(tx, job.id, job.token).await?;
            let ad = ads::ad(tx, revision.ad).await?.ok_or(Error::NotFound)?;
            screenings::add(tx, ad.id, &screening).await?;
            for (shadow, differences) in &shadowed {
                shadow_counts::add(tx, *shadow, screening.id, ad.id, differences).await?;
            }
            if let Some((digest, windows)) = &cached {
                screenings::add_embedding(tx, *digest, scorer.encoder, windows, screening.created_at).await?;
            }
            let system = Scope::system(Actor::System(live.release.id.to_string()));
            let details = json!({"screening": screening.id, "conclusion": screening.evaluation.verdict.conclusion,
                                 "trigger": screening.trigger.key()});
            audit::record(app, tx, &system, "revision.screened", revision.id, details, screening.created_at).await?;
            if !is_away(&ad) && ad.outcome.revision == revision.id {
                act(app, tx, &system, &live, &ad, &revision, &screening, &routing).await?;
            } else if !is_away(&ad) && ad.outcome.serving_revision == Some(revision.id) {
                take_down(app, tx, &system, &live, &ad, &screening).await?;
            }
            breaker::count(app, tx, &screening, &asked, &failed).await.map(Stored::Yes)
        })
        .await;
    timer.observe_duration();
    match stored {
        // Screened for this trigger by somebody else, whose commit also ended the job.
        Err(Error::Store(StoreError::Taken(_) | StoreError::LeaseLost)) => Ok(None),
        Ok(Stored::Held(signal)) => Ok(Some(signal)),
        Ok(Stored::Yes(opened)) => {
            breaker::tell(app, &opened);
            app.metrics.screenings.with_label_values(&[screening.evaluation.verdict.conclusion.as_str()]).inc();
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn finish_only(app: &App, job: &Claimed) -> Result<(), Error> {
    app.db.write("finish_job", async |tx| jobs::finish(tx, job.id, job.token).await.map_err(Error::from)).await
}

/// What the routing asks for, inside the screening's commit.
#[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
async fn act(
    app: &App,
    tx: &Tx,
    system: &Scope,
    live: &Live,
    ad: &StoredAd,
    revision: &StoredRevision,
    screening: &Screening,
    routing: &Routing,
) -> Result<(), Error> {
    let now = screening.created_at;
    if let Trigger::Sweep { sweep } = screening.trigger
        && screening.evaluation.verdict.conclusion == Conclusion::Prohibited
        && let Some(block) = blocks::of_sweep(tx, sweep).await?.filter(|b| b.state.blocks())
    {
        // What a lead blocked comes down whoever approved it; the decision is the lead's.
        for round in rounds::open_of_revision(tx, revision.id).await? {
            rounds::cancel_tasks(tx, round.id, now).await?;
            rounds::close(tx, round.id, RoundState::Cancelled, None, now).await?;
        }
        appeal::lapse(app, tx, system, ad, now).await?;
        return decide(app, tx, system, live, ad, screening, Some(&block)).await;
    }
    // What is contested is decided by a person next: no machine's conclusion takes its place meanwhile.
    if appeals::open_of_ad(tx, ad.id).await?.is_some() {
        return Ok(());
    }
    if judgements::decided_by_person(tx, revision.id).await? {
        return dispute(app, tx, live, ad, screening, routing).await;
    }
    let open = rounds::open_of_revision(tx, revision.id).await?;
    let waiting = open.into_iter().find(|r| r.trigger == RoundTrigger::Screening);
    if let Some(plan) = &routing.round {
        match waiting {
            Some(round) => {
                let queue = queue_id(live, &plan.queue)?;
                rounds::rescreened(tx, round.id, screening.id, queue, plan.rank, &plan.policies).await?;
            }
            None => open_round(app, tx, live, ad, screening, plan, plan.trigger).await?,
        }
        if routing.retry && !matches!(screening.trigger, Trigger::Recovered { .. }) {
            retry_later(app, tx, revision.id, now).await?;
        }
        // What a permissive bidder may serve until it is decided, it may serve while people decide.
        let serves_on = ad.outcome.approval_status == ApprovalStatus::Provisional && bids_permissively(tx, ad).await?;
        let provisional = serves_on || routing.meanwhile == ApprovalStatus::Provisional;
        let next = outcome::in_review(ad, revision.id, provisional, Some(plan.deadline));
        return project(app, tx, ad, next, now).await;
    }
    let Some(conclusion) = routing.automatic else { return Ok(()) };
    if screening.trigger.is_sweep() && stands(live, ad, screening, conclusion) {
        return Ok(());
    }
    if let Some(round) = waiting {
        // A round that somebody works on stays theirs, and shows them the newer screening.
        if rounds::is_touched(tx, round.id, now).await? {
            let policies: Vec<_> = screening.evaluation.findings.iter().map(|f| f.policy.clone()).collect();
            return Ok(rounds::rescreened(tx, round.id, screening.id, round.queue, round.rank, &policies).await?);
        }
        rounds::cancel_tasks(tx, round.id, now).await?;
        rounds::close(tx, round.id, RoundState::Cancelled, None, now).await?;
    }
    decide(app, tx, system, live, ad, screening, None).await?;
    if let Some(plan) = &routing.blind {
        let open = rounds::open_of_revision(tx, revision.id).await?;
        if !open.iter().any(|r| r.trigger == plan.trigger) {
            open_round(app, tx, live, ad, screening, plan, plan.trigger).await?;
        }
    }
    Ok(())
}

/// Whether nothing of the ad is looked at until its submitter brings it back.
fn is_away(ad: &StoredAd) -> bool {
    ad.withdrawn_at.is_some() || ad.outcome.review_status == ReviewStatus::Expired
}

async fn bids_permissively(tx: &Tx, ad: &StoredAd) -> Result<bool, Error> {
    let submitter = accounts::submitter(tx, ad.submitter).await?;
    Ok(submitter.is_some_and(|s| s.bidding == Bidding::Permissive))
}

/// Whether the ad's outcome already is what the verdict says: a sweep then leaves no trace outside.
fn stands(live: &Live, ad: &StoredAd, screening: &Screening, conclusion: Conclusion) -> bool {
    let told = outcome::disclosed_serving(&screening.evaluation.verdict.serving, &live.release.bundle);
    ad.outcome.decision.is_some()
        && ad.outcome.approval_status == conclusion.statuses().approval_status
        && ad.outcome.serving == told
}

/// A person decided this revision and the new verdict differs: somebody looks again; nothing is overwritten.
async fn dispute(
    app: &App,
    tx: &Tx,
    live: &Live,
    ad: &StoredAd,
    screening: &Screening,
    routing: &Routing,
) -> Result<(), Error> {
    let agreed = routing.automatic.is_some_and(|c| c.statuses().approval_status == ad.outcome.approval_status);
    let open = rounds::open_of_revision(tx, screening.revision).await?;
    if agreed || open.iter().any(|r| r.trigger == RoundTrigger::Sweep) {
        return Ok(());
    }
    let plan = match &routing.round {
        Some(plan) => RoundPlan { tasks: vec![TaskKind::Rereview], ..plan.clone() },
        // What would now be decided otherwise by itself still asks a person, where a person decided: under a newer
        // release, or since a certificate came into force or lapsed.
        None if screening.trigger.is_sweep()
            || matches!(screening.trigger, Trigger::Certificate { .. } | Trigger::Touched { .. }) =>
        {
            rereview(&live.compiled, &live.queues, &screening.evaluation, screening.created_at)
        }
        None => return Ok(()),
    };
    open_round(app, tx, live, ad, screening, &plan, RoundTrigger::Sweep).await
}

async fn open_round(
    app: &App,
    tx: &Tx,
    live: &Live,
    ad: &StoredAd,
    screening: &Screening,
    plan: &RoundPlan,
    trigger: RoundTrigger,
) -> Result<(), Error> {
    let round = StoredRound {
        id: app.clock.new_id::<RoundId>(),
        ad: ad.id,
        revision: screening.revision,
        submitter: ad.submitter,
        advertiser: ad.advertiser,
        trigger,
        state: RoundState::Open,
        screening: screening.id,
        queue: queue_id(live, &plan.queue)?,
        answers_wanted: u32::try_from(plan.tasks.len()).unwrap_or(1),
        sampling_probability: plan.sampling_probability,
        rank: plan.rank,
        deadline: Some(plan.deadline),
        decision: None,
        opened_at: screening.created_at,
    };
    let tasks: Vec<(TaskId, TaskKind)> = plan.tasks.iter().map(|kind| (app.clock.new_id(), *kind)).collect();
    Ok(rounds::open(tx, &round, &plan.policies, &tasks).await?)
}

async fn retry_later(app: &App, tx: &Tx, revision: RevisionId, now: Millis) -> Result<(), Error> {
    let at = now.plus(RETRY_MS);
    let job = ScreenJob { revision, trigger: Trigger::Recovered { at } };
    let mut job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
    job.run_at = at;
    Ok(jobs::enqueue(tx, &job, now).await?)
}

fn queue_id(live: &Live, name: &str) -> Result<crate::domain::QueueId, Error> {
    live.queue_ids.get(name).copied().ok_or_else(|| Error::Internal(format!("queue {name} is missing")))
}
