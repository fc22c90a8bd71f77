//! How many stored screenings a backtest concludes again in a second: read from SQLite, parsed, evaluated, summed.
//!
//! The screenings are made from the fixed ads with the default policies, and stored as screening stores them; that part
//! is not timed. It must time the very function that the `backtest` job runs.

use crate::fixed;
use adjudge::{
    domain::{
        AdId, AdvertiserId, ApprovalStatus, DestinationId, Millis, ReviewStatus, RevisionId, SubmitterId,
        backtest::Window,
        decision::Outcome,
        policy::{ListEntry, ListKind},
        screening::{Screening, Trigger},
        submitter::{Bidding, Mode},
        verdict::Serving,
    },
    flows::{backtest, bootstrap},
    platform::Clock,
    screening::policy::CompiledRelease,
    store::{
        Db, StoreError, accounts,
        accounts::Submitter,
        ads,
        ads::{StoredAd, StoredRevision},
        releases, screenings,
    },
};
use std::time::Instant;

/// Stored in one commit.
const TOGETHER: usize = 1_000;
/// Runs of each kind; the middle one counts.
const RUNS: usize = 5;

pub(crate) fn run(count: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(count));
}

async fn measure(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite://{}/adjudge.db", folder.path().display())).await.unwrap();
    let clock = Clock::system();
    bootstrap::prepare(&db, &clock).await.unwrap();
    let live = releases::live(&db).await.unwrap().unwrap();
    let start = Instant::now();
    store(&db, &clock, count).await;
    println!("{count} screenings stored in {:.0} s", start.elapsed().as_secs_f64());

    let window = Window { from: Millis(0), to: Millis(i64::MAX), most: u64::MAX >> 2 };
    let mut rules = live.bundle.clone();
    rules.rules.retain(|r| r.name != "scam/classifier");
    let mut lists = live.bundle.clone();
    let list = lists.lists.iter_mut().find(|l| l.kind == ListKind::Phrases).unwrap();
    let added = ListEntry { value: "a phrase nobody wrote".into(), negative: false, note: String::new(), until: None };
    list.entries.push(added);
    for (what, bundle) in [("rules changed", &rules), ("a list changed: searched for again", &lists)] {
        let mut rates = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            let report = backtest::run(&db, bundle, window, async |_, _| Ok(true)).await.unwrap().unwrap();
            assert_eq!(report.screenings, count as u64, "{:?}", report.missing);
            rates.push(count as f64 / start.elapsed().as_secs_f64());
        }
        rates.sort_by(f64::total_cmp);
        let cores = std::thread::available_parallelism().unwrap();
        println!(
            "{what:<36} {:>8.0} screenings a second on {cores} cores ({RUNS} runs, {:.0} to {:.0})",
            rates[RUNS / 2],
            rates[0],
            rates[RUNS - 1]
        );
    }
}

async fn store(db: &Db, clock: &Clock, count: usize) {
    let live = releases::live(db).await.unwrap().unwrap();
    let release = CompiledRelease::compile(&live.bundle).unwrap();
    let kinds = fixed::ads();
    let submitter = Submitter {
        id: clock.new_id::<SubmitterId>(),
        name: "bench".into(),
        mode: Mode::Enforce,
        sandbox: false,
        seat: None,
        bidding: Bidding::Restrictive,
    };
    let advertisers: Vec<AdvertiserId> = db
        .write("bench", async |tx| {
            accounts::add_submitter(tx, &submitter, Millis(1)).await?;
            let mut ids = Vec::new();
            for at in 0..100 {
                let (fresh, name) = (clock.new_id(), format!("advertiser-{at}"));
                ids.push(accounts::put_advertiser(tx, fresh, submitter.id, &name, &name, None, Millis(1)).await?.id);
            }
            Ok::<_, StoreError>(ids)
        })
        .await
        .unwrap();
    let numbers: Vec<usize> = (0..count).collect();
    for chunk in numbers.chunks(TOGETHER) {
        db.write("bench", async |tx| {
            for at in chunk {
                let kind = &kinds[at % kinds.len()];
                let (ad, revision) = (clock.new_id::<AdId>(), clock.new_id::<RevisionId>());
                let advertiser = advertisers[at % advertisers.len()];
                let mut content = kind.content.clone();
                content.creative.call_to_action = format!("Offer {at}");
                let signals = kind.signals(&content, &release);
                let evaluation = release.evaluate(&content, &signals, &kind.facts, &mut || clock.new_id());
                let outcome = Outcome {
                    id: ad,
                    external_id: format!("ad-{at}"),
                    revision,
                    serving_revision: None,
                    review_status: ReviewStatus::Reviewed,
                    approval_status: ApprovalStatus::Approved,
                    serving: Serving::default(),
                    findings: vec![],
                    decision: None,
                    decided_by: None,
                    decided_at: None,
                    expected_by: None,
                    appeal_url: None,
                    outcome_version: 1,
                    sandbox: false,
                };
                let now = Millis(1_767_225_600_000 + *at as i64 * 1_000);
                let stored = StoredAd {
                    id: ad,
                    submitter: submitter.id,
                    advertiser,
                    sandbox: false,
                    outcome,
                    withdrawn_at: None,
                };
                ads::add_ad(tx, &stored, None, now).await?;
                let digest = content.digest().unwrap();
                let new = StoredRevision {
                    id: revision,
                    ad,
                    advertiser,
                    number: 1,
                    digest,
                    content,
                    domain: Some("example.com".into()),
                    screening: None,
                    created_at: now,
                };
                ads::add_revision(tx, &new, clock.new_id::<DestinationId>(), true, now).await?;
                let screening = Screening {
                    id: clock.new_id(),
                    revision,
                    trigger: Trigger::Submitted,
                    release: live.id,
                    signals,
                    facts: kind.facts.clone(),
                    evaluation,
                    created_at: now,
                };
                screenings::add(tx, ad, &screening).await?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    }
}
