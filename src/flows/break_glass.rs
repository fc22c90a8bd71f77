//! A lead blocks a domain, an image or a phrase across the ads that live, at once; it lapses after a day unless a second
//! person confirms it.
//!
//! Called by the Blocks page. A block is one entry in a list that a live rule prohibits by (a minor release) and a sweep
//! over the ads that have it, whose rejections are the lead's own decisions: they hold where a person had approved, too.
//! When it lapses, the entry goes and every ad returns to what was decided before, also where a newer revision waits; what
//! another block holds comes down again. It must never outlive its day unconfirmed.

use super::{
    App, Error,
    drafts::require,
    edit_list::publish_entries,
    steps::{audit, give_back, pack, screen_job::ScreenJob},
    sweep,
};
use crate::{
    domain::{
        AdId, BlockId, Effect, Millis, SweepId,
        audit::Actor,
        draft::{BlockState, Origin, PackTexts, SweepFilter, SweepOrder, SweepPlan},
        policy::RuleState,
        release::Bundle,
        role::{Permission, Scope},
        screening::Trigger,
    },
    screening::policy::compile::list_uses,
    store::{
        Tx, ads, blocks,
        blocks::StoredBlock,
        jobs,
        jobs::{Claimed, JobName, NewJob},
        sweeps,
        sweeps::StoredSweep,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long a block holds unconfirmed, ms.
const HOLDS_MS: i64 = Millis::DAY;
/// Ads given back in one commit.
const AT_ONCE: u64 = 100;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Payload of the `lapse` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LapseJob {
    /// The block.
    pub block: BlockId,
}

/// The list that a block adds to.
const fn list_of(what: &SweepFilter) -> &'static str {
    match what {
        SweepFilter::Domain(_) => "blocked_domains",
        SweepFilter::Image(_) => "blocked_images",
        SweepFilter::Phrase(_) => "blocked_phrases",
    }
}

fn value_of(what: &SweepFilter) -> String {
    match what {
        SweepFilter::Domain(domain) => domain.clone(),
        SweepFilter::Image(digest) => digest.to_string(),
        SweepFilter::Phrase(phrase) => phrase.clone(),
    }
}

/// Blocks it at once.
///
/// # Errors
/// [`Error::Invalid`] for an empty value or reason; [`Error::Conflict`] `no_rule` when no live rule prohibits by the
/// list, `has_problems` when the entry cannot be used or is there already; [`Error::Forbidden`].
pub async fn break_glass(app: &App, scope: &Scope, what: SweepFilter, reason: &str) -> Result<BlockId, Error> {
    require(scope, Permission::BreakGlass, "Your roles do not permit this. Ask a lead.")?;
    let value = value_of(&what);
    if value.trim().is_empty()
        || value.trim() != value
        || value.chars().any(char::is_control)
        || value.starts_with(['#', '!'])
    {
        return Err(Error::invalid("/value", "bad_value", "Give one domain, image digest or phrase."));
    }
    // A phrase of one letter, or of none that is seen, is in every ad.
    let seen = |phrase: &str| phrase.chars().filter(|c| c.is_alphanumeric()).count();
    if matches!(&what, SweepFilter::Phrase(phrase) if seen(phrase) < 2) {
        return Err(Error::invalid("/value", "too_short", "Give a phrase of at least two letters or digits."));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let detail = format!("Say why, in at most {LONGEST_REASON} characters.");
        return Err(Error::invalid("/reason", "bad_reason", detail));
    }
    let now = app.clock.now();
    let id = app.clock.new_id::<BlockId>();
    app.db
        .write("break_glass", async |tx| {
            let live = pack::release_or_live(tx, None).await?;
            let list = list_of(&what);
            if !prohibits_by(&live.bundle, list) {
                let detail = format!("No live rule prohibits by the list {list}. Add one in a draft first.");
                return Err(Error::conflict("no_rule", detail));
            }
            let mut files = pack::files_of(tx, &live).await?;
            let (path, snippet) = added(&mut files, list, &value, id)?;
            let origin = Origin::BreakGlass { lapsed: false };
            let release = publish_entries(app, tx, scope, &live, &files, Some(origin), now).await?;
            let sweep = app.clock.new_id::<SweepId>();
            let plan = SweepPlan { order: SweepOrder::Delivery, tasks_a_day: None, rejections_a_day: None };
            sweep::begin(app, tx, scope, sweep, release.id, plan, Some(what.clone()), now).await?;
            let block = StoredBlock {
                id,
                state: BlockState::Pending,
                what: what.clone(),
                path,
                snippet,
                reason: reason.to_owned(),
                release: release.id,
                sweep,
                user: scope.user,
                created_by: scope.actor.id().to_owned(),
                created_at: now,
                lapses_at: now.plus(HOLDS_MS),
                confirmed_by: None,
                ended_at: None,
            };
            blocks::add(tx, &block).await?;
            lapse_at(app, tx, id, block.lapses_at, now).await?;
            let details = json!({"release": release.id, "sweep": sweep, "list": list});
            audit::record(app, tx, scope, "glass.broken", id, details, now).await
        })
        .await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(id)
}

/// Whether a live rule prohibits by the list.
fn prohibits_by(bundle: &Bundle, list: &str) -> bool {
    let uses = list_uses(bundle);
    let users = uses.get(list).map(Vec::as_slice).unwrap_or_default();
    bundle.rules.iter().any(|r| r.effect == Effect::Prohibited && r.state == RuleState::Live && users.contains(&r.name))
}

/// Adds an entry to the list's file; gives the file and just what was added, so that it can be taken out again.
fn added(files: &mut PackTexts, list: &str, value: &str, id: BlockId) -> Result<(String, String), Error> {
    let of_list = |path: &&String| {
        path.strip_prefix("lists/").and_then(|name| name.split_once('.')).is_some_and(|(name, _)| name == list)
    };
    let path = files.keys().find(of_list).cloned();
    let path = path.ok_or_else(|| Error::conflict("no_rule", format!("There is no list {list}.")))?;
    let text = files.entry(path.clone()).or_default();
    let snippet = if path.ends_with(".toml") {
        let quoted = serde_json::to_string(value).map_err(|e| Error::Internal(e.to_string()))?;
        format!("\n[[entry]]\nvalue = {quoted}\nnote = \"{id}\"\n")
    } else {
        format!("\n# {id}\n{value}\n")
    };
    text.push_str(&snippet);
    Ok((path, snippet))
}

async fn lapse_at(app: &App, tx: &Tx, id: BlockId, at: Millis, now: Millis) -> Result<(), Error> {
    let mut job = NewJob::now(app.clock.new_id(), JobName::Lapse, format!("lapse:{id}"), &LapseJob { block: id }, now)?;
    job.run_at = at;
    Ok(jobs::enqueue(tx, &job, now).await?)
}

/// Confirms a block: it stays. Needs somebody else than who blocked.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Conflict`] when it is not pending any more; [`Error::NotFound`].
pub async fn confirm_block(app: &App, scope: &Scope, id: BlockId) -> Result<(), Error> {
    let may = scope.permits(Permission::BreakGlass) || scope.permits(Permission::Publish);
    if !may && scope.actor != Actor::Operator {
        return Err(Error::Forbidden("Your roles do not permit confirming a block. Ask a lead or a policy editor."));
    }
    let now = app.clock.now();
    app.db
        .write("confirm_block", async |tx| {
            let block = blocks::block(tx, id).await?.ok_or(Error::NotFound)?;
            if block.created_by == scope.actor.id() {
                return Err(Error::Forbidden("You blocked it yourself. Somebody else has to confirm it."));
            }
            if !blocks::settle(tx, id, BlockState::Confirmed, Some(scope.actor.id()), now).await? {
                return Err(Error::conflict("block_over", "This block was confirmed, lifted or has lapsed."));
            }
            audit::record(app, tx, scope, "glass.confirmed", id, json!({}), now).await
        })
        .await
}

/// Lifts a block before its time: it lapses now.
///
/// # Errors
/// As [`confirm_block`].
pub async fn lift_block(app: &App, scope: &Scope, id: BlockId) -> Result<(), Error> {
    require(scope, Permission::BreakGlass, "Your roles do not permit this. Ask a lead.")?;
    end_block(app, scope, id, BlockState::Lifted).await?;
    app.wake.notify_waiters();
    Ok(())
}

/// Takes the entry out, stops the sweep, and leaves giving back to the `lapse` job.
async fn end_block(app: &App, scope: &Scope, id: BlockId, to: BlockState) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write("end_block", async |tx| {
            let block = blocks::block(tx, id).await?.ok_or(Error::NotFound)?;
            if !blocks::settle(tx, id, to, None, now).await? {
                return Err(Error::conflict("block_over", "This block was confirmed, lifted or has lapsed."));
            }
            let live = pack::release_or_live(tx, None).await?;
            let mut files = pack::files_of(tx, &live).await?;
            // Somebody may have edited the list meanwhile; what is not there any more needs no release.
            if let Some(text) = files.get_mut(&block.path).filter(|text| text.contains(&block.snippet)) {
                *text = text.replacen(&block.snippet, "", 1);
                let origin = Origin::BreakGlass { lapsed: true };
                publish_entries(app, tx, scope, &live, &files, Some(origin), now).await?;
            }
            if let Some(sweep) = sweeps::sweep(tx, block.sweep).await? {
                let stopped =
                    StoredSweep { state: crate::domain::draft::SweepState::Stopped, finished_at: Some(now), ..sweep };
                sweeps::advance(tx, &stopped).await?;
            }
            // The job that waits for the day's end does the giving back now.
            jobs::hurry(tx, &format!("lapse:{id}"), now).await?;
            let action = if to == BlockState::Lapsed { "glass.lapsed" } else { "glass.lifted" };
            audit::record(app, tx, scope, action, id, json!({"release": live.id}), now).await
        })
        .await?;
    app.live.refresh(&app.db).await?;
    Ok(())
}

/// The `lapse` job: a day is over, or somebody lifted the block. Gives ads back, a hundred at a time.
///
/// # Errors
/// The store's.
pub async fn lapse(app: &App, job: &Claimed) -> Result<(), Error> {
    let LapseJob { block: id } = job.payload()?;
    let system = Scope::system(Actor::System("lapse".into()));
    let block = blocks::block(&app.db, id).await?.ok_or(Error::NotFound)?;
    if block.state == BlockState::Pending {
        match end_block(app, &system, id, BlockState::Lapsed).await {
            // Somebody confirmed or lifted it in this moment: the next try sees what they did.
            Ok(()) | Err(Error::Conflict { code: "block_over", .. }) => {}
            Err(other) => return Err(other),
        }
    }
    let block = blocks::block(&app.db, id).await?.ok_or(Error::NotFound)?;
    let (newest, behind) = match block.state {
        BlockState::Lapsed | BlockState::Lifted => (
            blocks::rejected_by(&app.db, block.sweep, AT_ONCE).await?,
            blocks::taken_down_by(&app.db, block.sweep, AT_ONCE).await?,
        ),
        BlockState::Pending | BlockState::Confirmed => (vec![], vec![]),
    };
    let now = app.clock.now();
    // Their sweeps passed over what this one had taken down.
    let others = blocks::blocking_since(&app.db, block.created_at).await?;
    let others = others.iter().map(|b| Ok((b.sweep, sweep::Wanted::of(Some(&b.what))?)));
    let others = others.collect::<Result<Vec<_>, Error>>()?;
    app.db
        .write("lapse", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let mut given = 0;
            for (ad, decision) in &newest {
                given += i32::from(give_back::newest(app, tx, &system, *ad, *decision, now).await?);
            }
            for (ad, decision) in &behind {
                given += i32::from(give_back::behind(app, tx, &system, *ad, *decision, now).await?);
            }
            if !others.is_empty() {
                for (ad, _) in newest.iter().chain(&behind) {
                    blocked_too(app, tx, *ad, &others, now).await?;
                }
            }
            // More are left, or may still come from screenings that ran when it ended.
            if given == 0 { Ok(()) } else { lapse_at(app, tx, id, now, now).await }
        })
        .await?;
    app.wake.notify_waiters();
    Ok(())
}

/// What was given back and another block holds is screened for that one.
async fn blocked_too(
    app: &App,
    tx: &Tx,
    ad: AdId,
    others: &[(SweepId, sweep::Wanted)],
    now: Millis,
) -> Result<(), Error> {
    let Some(serving) = ads::ad(tx, ad).await?.and_then(|ad| ad.outcome.serving_revision) else { return Ok(()) };
    let Some(revision) = ads::revision(tx, serving).await? else { return Ok(()) };
    for (sweep, wanted) in others {
        if wanted.holds(&revision.content, now) {
            let job = ScreenJob { revision: serving, trigger: Trigger::Sweep { sweep: *sweep } };
            let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
            jobs::enqueue(tx, &job, now).await?;
        }
    }
    Ok(())
}
