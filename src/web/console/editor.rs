//! The rule editor: one file of a draft, the cases beside it, what is wrong as one types, and what the rules make of
//! chosen recent ads.
//!
//! Routed by `console`. Scripts ask for parts of the page; without them every button answers with the whole page, and
//! what was typed stands in it. It must never lose a text: a save that is refused shows it again.

use super::{
    drafts::parse,
    drafts_page::Cases,
    editor_page::{EditorPage, ImportReport, Opened, ResultsPart, TriedPart, Vocabulary},
    page::{Here, Notice, page},
    queues::shell,
};
use crate::{
    domain::{
        DraftId, PolicyCode, ScreeningId,
        draft::{DraftState, PackTexts, is_pack_path},
    },
    flows::{App, Error, drafts as flow, sign_in::SignedIn},
    screening::policy::{Pack, Problem, bulk, starters},
    store::{drafts, drafts::StoredDraft, views::console::recent::recent},
    web::{
        auth::perm,
        error::ApiError,
        session::{FILES_LIMIT, Fields, May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;

/// Recent screenings offered to try rules on.
const OFFERED: u32 = 20;

/// A form with files.
type Files = Posted<perm::EditPolicies, FILES_LIMIT>;

/// Which file, and where in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    path: String,
    line: usize,
    q: String,
}

/// The files that stand beside each other: a policy's rules with its cases, anything else alone.
fn beside(path: &str) -> Vec<String> {
    match path.strip_suffix("/rules.toml") {
        Some(policy) => vec![path.to_owned(), format!("{policy}/cases.toml")],
        None => vec![path.to_owned()],
    }
}

/// The policy whose rules and cases a file is about.
fn policy_of(path: &str) -> Option<PolicyCode> {
    let (folder, _) = path.split_once('/')?;
    folder.parse().ok().filter(|_| folder != "lists")
}

/// `GET /drafts/{id}/file?path=…&line=…`. A file that is not there yet begins with what its kind needs.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    id: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    if !is_pack_path(&wanted.path) {
        return Err(ApiError::not_found());
    }
    let draft = flow::draft(&app.db, parse(&id)?).await?;
    let stored = drafts::files(&app.db, draft.id).await?;
    let texts = beside(&wanted.path).into_iter().map(|path| {
        let text = stored.get(&path).cloned().unwrap_or_else(|| starters::text(&path));
        (path, text)
    });
    let opened = Opened { texts: texts.collect(), line: wanted.line, search: wanted.q.clone(), ..Opened::default() };
    let problems = check(&app, &draft, stored).await?;
    let results = ResultsPart::of(&draft, &opened.paths(), &problems, None);
    render(&app, &who, &draft, opened, results, None, StatusCode::OK).await
}

/// `POST /drafts/{id}/file`: saves the files of the form, and runs the policy's cases.
pub(super) async fn save(app: Data<App>, posted: Files, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let opened = Opened::of(&posted.fields);
    let id = parse(&id)?;
    let mut version: i64 = posted.fields.first("version").parse().unwrap_or_default();
    let mut refused = None;
    for (path, text) in &opened.texts {
        match flow::save_draft_file(&app, &posted.who.scope, id, version, path, Some(text)).await {
            Ok(next) => version = next,
            Err(error) => {
                refused = Some(advice(error)?);
                break;
            }
        }
    }
    let draft = flow::draft(&app.db, id).await?;
    let files = drafts::files(&app.db, id).await?;
    let problems = check(&app, &draft, files.clone()).await?;
    let cases = match opened.texts.first().and_then(|(path, _)| policy_of(path)) {
        Some(policy) if refused.is_none() && problems.is_empty() => Some(cases_of(&app, &draft, files, &policy).await?),
        _ => None,
    };
    let mut results = ResultsPart::of(&draft, &opened.paths(), &problems, cases);
    let status = refused.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let notice = match refused {
        Some((_, text)) => Notice { tone: "bad", text },
        None => Notice { tone: "good", text: format!("Saved as version {} of the draft.", draft.version) },
    };
    // A refused save keeps the version that the text was typed on, so that it cannot overwrite what came meanwhile.
    results.version = version;
    results.said = Some(notice);
    answer(&app, &posted, &draft, opened, results, status).await
}

/// `POST /drafts/{id}/check`: what is wrong with the draft if these texts were saved. Changes nothing.
pub(super) async fn check_typed(app: Data<App>, posted: Files, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let opened = Opened::of(&posted.fields);
    let draft = flow::draft(&app.db, parse(&id)?).await?;
    let files = typed(&app, draft.id, &opened).await?;
    let problems = check(&app, &draft, files).await?;
    let mut results = ResultsPart::of(&draft, &opened.paths(), &problems, None);
    results.version = posted.fields.first("version").parse().unwrap_or(draft.version);
    answer(&app, &posted, &draft, opened, results, StatusCode::OK).await
}

/// `POST /drafts/{id}/try`: what these texts make of the chosen screenings. Changes nothing.
pub(super) async fn try_typed(app: Data<App>, posted: Files, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let opened = Opened::of(&posted.fields);
    let draft = flow::draft(&app.db, parse(&id)?).await?;
    let files = typed(&app, draft.id, &opened).await?;
    let policy = opened.texts.first().and_then(|(path, _)| policy_of(path)).ok_or_else(ApiError::not_found)?;
    let mut chosen = opened.chosen.clone();
    if chosen.is_empty() {
        chosen = recent(&app.db, &posted.who.scope, &opened.search, OFFERED).await?.iter().map(|r| r.id).collect();
    }
    let model = flow::model_of(&app.db, &draft).await?;
    let result =
        flow::try_files(&app, &posted.who.scope, files.clone(), model, (policy, opened.rule.clone()), &chosen).await?;
    let part = TriedPart::of(&opened.rule, &result);
    if is_part(&posted.fields) {
        return Ok(page(StatusCode::OK, &part));
    }
    let problems = check(&app, &draft, files).await?;
    let mut results = ResultsPart::of(&draft, &opened.paths(), &problems, None);
    results.version = posted.fields.first("version").parse().unwrap_or(draft.version);
    render(&app, &posted.who, &draft, opened, results, Some(part), StatusCode::OK).await
}

/// `POST /drafts/{id}/import`: puts pasted entries into the text of a list, and says which were refused. Saves nothing.
pub(super) async fn import(app: Data<App>, posted: Files, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let mut opened = Opened::of(&posted.fields);
    let draft = flow::draft(&app.db, parse(&id)?).await?;
    let paste = posted.fields.first("paste").replace("\r\n", "\n");
    let (path, text) = opened.texts.first().cloned().ok_or_else(ApiError::not_found)?;
    let added = move || {
        let list = Pack::list(&path, &text)?;
        let bulk = bulk::read(&paste, &path, &list);
        let text = bulk::appended(&path, &text, &bulk.accepted);
        Ok::<_, Vec<Problem>>((path, text, bulk, paste))
    };
    let added = tokio::task::spawn_blocking(added).await.map_err(|e| ApiError::internal(e.to_string()))?;
    let mut said = None;
    match added {
        Ok((path, text, bulk, paste)) => {
            // What was refused stays to be mended; what was taken is in the text.
            opened.paste = if bulk.refused.is_empty() { String::new() } else { paste };
            opened.report = Some(ImportReport::of(&bulk));
            opened.texts = vec![(path, text)];
        }
        Err(_) => said = Some(Notice { tone: "bad", text: "Mend the list first; nothing was added.".into() }),
    }
    let files = typed(&app, draft.id, &opened).await?;
    let problems = check(&app, &draft, files).await?;
    let mut results = ResultsPart::of(&draft, &opened.paths(), &problems, None);
    results.version = posted.fields.first("version").parse().unwrap_or(draft.version);
    results.said = said;
    render(&app, &posted.who, &draft, opened, results, None, StatusCode::OK).await
}

/// `POST /drafts/{id}/remove`: takes a file out of the draft.
pub(super) async fn remove(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let version = posted.fields.first("version").parse().unwrap_or_default();
    flow::save_draft_file(&app, &posted.who.scope, id, version, posted.fields.first("path"), None).await?;
    Ok(super::see_other(&format!("/drafts/{id}")))
}

fn is_part(fields: &Fields) -> bool {
    fields.first("part") == "yes"
}

/// The results alone for a script, else the whole page with what was typed.
async fn answer(
    app: &App,
    posted: &Files,
    draft: &StoredDraft,
    opened: Opened,
    results: ResultsPart,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    if is_part(&posted.fields) {
        return Ok(page(status, &results));
    }
    render(app, &posted.who, draft, opened, results, None, status).await
}

async fn render(
    app: &App,
    who: &SignedIn,
    draft: &StoredDraft,
    opened: Opened,
    results: ResultsPart,
    tried: Option<TriedPart>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let offered = match opened.texts.first().and_then(|(path, _)| policy_of(path)) {
        Some(_) => recent(&app.db, &who.scope, &opened.search, OFFERED).await?,
        None => vec![],
    };
    let vocabulary = Vocabulary::of(&drafts::files(&app.db, draft.id).await?, &app.live.get().release.bundle);
    let writable = draft.state == DraftState::Open;
    let shell = shell(app, who, Here::Policies);
    Ok(page(status, &EditorPage::of(shell, draft, writable, opened, results, tried, &offered, &vocabulary)?))
}

/// The draft's files with the typed texts in their places.
async fn typed(app: &App, id: DraftId, opened: &Opened) -> Result<PackTexts, ApiError> {
    let mut files = drafts::files(&app.db, id).await?;
    files.extend(opened.texts.iter().cloned());
    Ok(files)
}

async fn check(app: &App, draft: &StoredDraft, files: PackTexts) -> Result<Vec<Problem>, ApiError> {
    let model = flow::model_of(&app.db, draft).await?;
    Ok(flow::check_files(files, model).await?)
}

/// Runs the cases of one policy alone: those are what a person waits for after saving.
async fn cases_of(
    app: &App,
    draft: &StoredDraft,
    mut files: PackTexts,
    policy: &PolicyCode,
) -> Result<Cases, ApiError> {
    let own = format!("{policy}/cases.toml");
    files.retain(|path, _| !path.ends_with("/cases.toml") || *path == own);
    let model = flow::model_of(&app.db, draft).await?;
    Ok(Cases::of(&draft.id.to_string(), flow::test_files(app, files, model).await?))
}

/// What a refusal tells the person; failures of ours stay errors.
fn advice(error: Error) -> Result<(StatusCode, String), ApiError> {
    match error {
        Error::Invalid(problems) => {
            let said: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, said.join(" ")))
        }
        Error::Conflict { detail, .. } => Ok((StatusCode::CONFLICT, detail)),
        Error::Forbidden(advice) => Ok((StatusCode::FORBIDDEN, advice.to_owned())),
        other => Err(other.into()),
    }
}

impl Opened {
    /// What the form says: `file:PATH` fields with their texts in order, and what to try them on.
    pub(super) fn of(fields: &Fields) -> Self {
        let texts = fields.0.iter().filter_map(|(name, value)| {
            // Forms send every line end as CR LF.
            name.strip_prefix("file:").map(|path| (path.to_owned(), value.replace("\r\n", "\n")))
        });
        Self {
            texts: texts.collect(),
            line: 0,
            search: fields.first("q").to_owned(),
            rule: fields.first("rule").to_owned(),
            paste: String::new(),
            report: None,
            chosen: fields
                .0
                .iter()
                .filter(|(n, _)| n == "screening")
                .filter_map(|(_, v)| v.parse::<ScreeningId>().ok())
                .collect(),
        }
    }
}
