//! `adjudge policy apply`: a folder becomes a draft, and with `--publish` a release.
//!
//! Called by `policy`. It must never publish what has problems, nor what failing cases speak against.

use super::{
    people::{open, operator},
    policy::refused,
    policy_files,
    serve::Place,
};
use crate::{
    domain::draft::PublishPlan,
    flows::{
        drafts,
        publish::{Published, publish_draft},
    },
    screening::policy::{Pack, PackFiles},
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Applies a folder.
pub(super) async fn apply(
    folder: &Path,
    name: &str,
    publish: Option<PublishPlan>,
    place: &Place,
) -> anyhow::Result<ExitCode> {
    let files = match policy_files::read(folder) {
        Ok(files) => files,
        Err(problems) => bail!(problems),
    };
    // What is wrong is shown with the folder's own paths, before anything is written.
    if let Err(problems) = Pack::read(&PackFiles::in_folder(folder)) {
        return Ok(refused(&problems));
    }
    let app = open(place).await?;
    let compared = drafts::compare_files(&app, files.clone(), None, None).await.map_err(super::explain)?;
    if compared.files.is_empty() {
        eprintln!("the live release is written in these files already; nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    let scope = operator();
    let draft = drafts::open_from_files(&app, &scope, name, &files).await.map_err(super::explain)?;
    let problems = drafts::check_draft(&app, draft).await.map_err(super::explain)?;
    if !problems.is_empty() {
        return Ok(refused(&problems));
    }
    let Some(plan) = publish else {
        println!("{draft}");
        eprintln!("draft \"{name}\" waits on the Releases page for somebody to publish it");
        return Ok(ExitCode::SUCCESS);
    };
    if !plan.despite_cases {
        let report = match drafts::test_draft(&app, draft).await.map_err(super::explain)? {
            Ok(report) => report,
            Err(problems) => return Ok(refused(&problems)),
        };
        if !report.failures.is_empty() {
            eprintln!("{} cases, {} failed; nothing was published", report.run, report.failures.len());
            drafts::discard_draft(&app, &scope, draft, 1).await.map_err(super::explain)?;
            return Ok(refused(&report.failures));
        }
    }
    match publish_draft(&app, &scope, draft, 1, plan).await.map_err(super::explain)? {
        Published::Live { number, sweep, .. } => {
            println!("release {number} is live");
            if let Some(sweep) = sweep {
                eprintln!("sweep {sweep} begins; the Releases page shows how far it is");
            }
        }
        Published::Scheduled(at) => println!("goes live at {at}"),
    }
    Ok(ExitCode::SUCCESS)
}
