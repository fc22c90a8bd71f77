//! `adjudge policy apply`: a folder becomes a draft, and with `--publish` a release.
//!
//! Called by `policy`. It must never publish what has problems, nor what failing cases speak against, nor take back unseen
//! what others published since the folder was exported.

use super::{
    people::{open, operator},
    policy::refused,
    policy_files,
    serve::Place,
};
use crate::{
    domain::{
        ReleaseId,
        draft::{BASE_FILE, PackTexts, PublishPlan},
    },
    flows::{
        App, Error, drafts,
        publish::{Published, publish_draft},
    },
    screening::policy::{Pack, PackFiles, pack::base_file::BaseRelease},
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Whether applying the files leaves alone what others published since the folder was exported; says what it would take
/// back where it does not.
async fn takes_nothing_back(
    app: &App,
    folder: &Path,
    base: Option<&BaseRelease>,
    live: ReleaseId,
    files: &PackTexts,
    insists: bool,
) -> anyhow::Result<bool> {
    let Some(base) = base else {
        eprintln!(
            "note: {} has no {BASE_FILE}, which an export has: whether this takes back what others changed is not known",
            folder.display()
        );
        return Ok(true);
    };
    let taken = match drafts::taken_back(app, base.release, live, files).await {
        Ok(taken) => taken,
        Err(Error::NotFound) => {
            eprintln!(
                "note: release {} ({}) of {BASE_FILE} is not of this installation: whether this takes back what others \
                 changed is not known",
                base.number, base.release
            );
            return Ok(true);
        }
        Err(other) => return Err(super::explain(other)),
    };
    if taken.is_empty() {
        return Ok(true);
    }
    println!("since release {}, which this folder was exported from, others made release {}:", base.number, taken.live);
    for path in &taken.undone {
        println!("  {path}: the folder has it as it was before");
    }
    for path in &taken.both {
        println!("  {path}: the folder changes it too");
    }
    print!("{}", taken.theirs);
    if insists {
        eprintln!("all of this is taken back, as --despite-newer says");
        return Ok(true);
    }
    eprintln!(
        "nothing was applied: it would take this back. Export release {} into another folder and bring the changes \
         together, or insist with --despite-newer",
        taken.live
    );
    Ok(false)
}

/// Applies a folder.
pub(super) async fn apply(
    folder: &Path,
    name: &str,
    publish: Option<PublishPlan>,
    despite_newer: bool,
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
    let base = policy_files::base(folder)?;
    let app = open(place).await?;
    let compared = drafts::compare_files(&app, files.clone(), None, None).await.map_err(super::explain)?;
    if compared.files.is_empty() {
        eprintln!("the live release is written in these files already; nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    if !takes_nothing_back(&app, folder, base.as_ref(), compared.against, &files, despite_newer).await? {
        return Ok(ExitCode::FAILURE);
    }
    let scope = operator();
    let opened = drafts::open_from_files(&app, &scope, name, compared.against, &files).await;
    let draft = opened.map_err(super::explain)?;
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
        Published::Live { release, number, sweep } => {
            println!("release {number} is live");
            if base.is_some() {
                match policy_files::write_base(folder, &BaseRelease::of(release, number)) {
                    Ok(()) => eprintln!("{BASE_FILE} says so now; keep it with the files"),
                    Err(error) => {
                        eprintln!("warning: {error:#}; export release {number} before you apply the folder again")
                    }
                }
            }
            if let Some(sweep) = sweep {
                eprintln!("sweep {sweep} begins; the Releases page shows how far it is");
            }
        }
        Published::Scheduled(at) => println!("goes live at {at}"),
    }
    Ok(ExitCode::SUCCESS)
}
