//! Everything that is wrong with a draft, each problem with file, line and column.

use super::{draft, model_of};
use crate::{
    domain::{DraftId, draft::PackTexts},
    flows::{App, Error, steps::pack},
    screening::policy::Problem,
    store::{drafts, releases::StoredModel},
};

/// The problems of a draft's files with its model; none means that it can be published.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn check_draft(app: &App, id: DraftId) -> Result<Vec<Problem>, Error> {
    let draft = draft(&app.db, id).await?;
    let files = drafts::files(&app.db, id).await?;
    let model = model_of(&app.db, &draft).await?;
    check_files(files, model).await
}

/// The problems of files with a model. Off the async threads: a large pack takes a while.
///
/// # Errors
/// When the process is ending.
pub async fn check_files(files: PackTexts, model: Option<StoredModel>) -> Result<Vec<Problem>, Error> {
    let read = move || pack::read(&files, model.as_ref()).err().unwrap_or_default();
    tokio::task::spawn_blocking(read).await.map_err(|e| Error::Internal(e.to_string()))
}
