//! `adjudge policy list NAME --hits`: how often each entry of a list was evidence of a finding.
//!
//! Called by `policy`. It changes nothing.

use super::people::operator;
use crate::{
    domain::{Millis, policy::List},
    flows::App,
    screening::policy::compile::list_uses,
    store::{
        releases::StoredRelease,
        views::console::{
            list_hits::{ListHits, NEWEST, list_hits},
            usage::Range,
        },
    },
};
use std::process::ExitCode;

/// Prints the entries of a list of the live release with their hits, the most frequent first.
pub(super) async fn print(app: &App, live: &StoredRelease, name: &str, days: u32) -> anyhow::Result<ExitCode> {
    let list = live.bundle.lists.iter().find(|l| l.name == name);
    let Some(list) = list else {
        anyhow::bail!(super::no_such("list", name, live.bundle.lists.iter().map(|list| list.name.as_str())));
    };
    let list: &List = list;
    let users = list_uses(&live.bundle).remove(name).unwrap_or_default();
    let now = app.clock.now();
    let range = Range { from: now.plus(-i64::from(days) * Millis::DAY), until: now.plus(1) };
    let hits: ListHits = list_hits(&app.db, &operator(), name, &users, range).await?;
    let mut counted: Vec<(u64, &str)> = list.entries.iter().map(|e| (hits.of(&e.value), e.value.as_str())).collect();
    counted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    for (n, entry) in counted.iter().filter(|(n, _)| *n > 0) {
        println!("{n}\t{entry}");
    }
    let without = counted.iter().filter(|(n, _)| *n == 0).count();
    let used = if users.is_empty() { "no rule".to_owned() } else { users.join(", ") };
    eprintln!("{} screenings in {days} days; {without} entries without a hit; used by {used}", hits.screenings);
    if hits.cut {
        eprintln!("of each rule the newest {NEWEST} findings were counted");
    }
    Ok(ExitCode::SUCCESS)
}
