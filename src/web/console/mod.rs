//! The console: pages for reviewers, their leads and policy editors.
//!
//! Mounted by the server under `/`. Handlers are three steps: extract, one call, render. They must never hold SQL.

pub mod ad_page;
mod ads;
pub mod ads_page;
mod advertisers;
pub mod advertisers_page;
mod appeal;
pub mod appeal_page;
mod assets;
pub mod backtest_page;
mod backtests;
mod blocks;
pub mod blocks_page;
mod certificates;
pub mod certificates_page;
mod days;
mod drafts;
pub mod drafts_page;
mod editor;
pub mod editor_page;
pub mod error_page;
mod explain;
pub mod explain_page;
pub mod facts;
pub mod finding_card;
#[cfg(test)]
mod fixture;
mod hooks;
pub mod hooks_page;
mod keys;
pub mod keys_page;
mod list_edit;
pub mod lists_page;
pub mod marked;
mod models;
pub mod models_page;
mod observed;
pub mod observed_page;
pub mod page;
pub mod plot;
mod policies;
pub mod policies_page;
pub mod policy_page;
pub mod preview;
pub mod problem_list;
mod queues;
pub mod queues_page;
pub mod registry_page;
mod release_path;
pub mod release_path_page;
mod releases;
pub mod releases_page;
pub mod share;
mod sign_in;
pub mod sign_in_page;
mod signals;
pub mod signals_page;
mod statements;
pub mod statements_page;
mod task;
pub mod task_page;
pub mod text;
mod typed;

use super::assets as files;
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    web::{self, get, post, resource},
};

/// Adds the routes. Fixed paths stand before those with a parameter.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(resource("/").route(get().to(queues::home)))
        .service(resource("/sign-in").route(get().to(sign_in::ask)).route(post().to(sign_in::sign_in)))
        .service(resource("/sign-out").route(post().to(sign_in::sign_out)))
        .service(resource("/tasks/next").route(post().to(queues::take_next)))
        .service(resource("/tasks/{id}").route(get().to(task::show)))
        .service(resource("/tasks/{id}/claim").route(post().to(task::take)))
        .service(resource("/tasks/{id}/judge").route(post().to(task::answer)))
        .service(resource("/tasks/{id}/preview").route(post().to(task::preview)))
        .service(resource("/tasks/{id}/explain").route(post().to(explain::show)))
        .service(resource("/tasks/{id}/skip").route(post().to(task::skip)))
        .service(resource("/tasks/{id}/release").route(post().to(task::release)))
        .service(resource("/tasks/{id}/leave").route(post().to(task::leave)))
        .service(resource("/tasks/{id}/heartbeat").route(post().to(task::heartbeat)))
        .service(resource("/tasks/{id}/draft").route(post().to(task::draft)))
        .service(resource("/judgements/{id}/undo").route(post().to(queues::undo)))
        .service(resource("/ads").route(get().to(ads::index)))
        .service(resource("/ads/{id}").route(get().to(ads::show)))
        .service(resource("/observed").route(get().to(observed::index)))
        .service(resource("/statements").route(get().to(statements::index)))
        .service(resource("/statements.csv").route(get().to(statements::download)))
        .service(resource("/ads/{id}/correct").route(post().to(appeal::correct)))
        .service(resource("/ads/{id}/appeals/{appeal}/withdraw").route(post().to(appeal::take_back)))
        .service(resource("/appeals/{id}/files/{place}").route(get().to(appeal::file)))
        .service(resource("/appeal/{token}").route(get().to(appeal::show)).route(post().to(appeal::send)))
        .service(resource("/appeal/{token}/withdraw").route(post().to(appeal::withdraw)))
        .service(resource("/advertisers").route(get().to(advertisers::index)))
        .service(resource("/advertisers/{id}").route(get().to(advertisers::show)))
        .service(resource("/certificates").route(get().to(certificates::index)))
        .service(resource("/certificates/{id}").route(get().to(certificates::show)))
        .service(resource("/certificates/{id}/judge").route(post().to(certificates::judge)))
        .service(resource("/certificates/{id}/undo").route(post().to(certificates::undo)))
        .service(resource("/hooks").route(get().to(hooks::index)))
        .service(resource("/hooks/{id}").route(get().to(hooks::show)))
        .service(resource("/hooks/{id}/enable").route(post().to(hooks::enable)))
        .service(resource("/hooks/{id}/disable").route(post().to(hooks::disable)))
        .service(resource("/hooks/{id}/test").route(post().to(hooks::test)))
        .service(resource("/hooks/{id}/replay").route(post().to(hooks::replay_failed)))
        .service(resource("/hooks/{id}/deliveries/{delivery}/replay").route(post().to(hooks::replay_one)))
        .service(resource("/keys").route(get().to(keys::index)).route(post().to(keys::create)))
        .service(resource("/keys/{id}").route(get().to(keys::show)))
        .service(resource("/keys/{id}/rotate").route(post().to(keys::rotate)))
        .service(resource("/keys/{id}/limit").route(post().to(keys::limit)))
        .service(resource("/keys/{id}/revoke").route(post().to(keys::revoke)))
        .service(resource("/models").route(get().to(models::index)))
        .service(resource("/models/train").route(post().to(models::train)))
        .service(resource("/models/{id}").route(get().to(models::show)))
        .service(resource("/models/{id}/promote").route(get().to(models::ask)).route(post().to(models::promote)))
        .service(resource("/signals").route(get().to(signals::index)))
        .service(resource("/releases").route(get().to(releases::index)))
        .service(resource("/releases/{id}").route(get().to(releases::show)))
        .service(resource("/releases/{id}/draft").route(post().to(releases::draft)))
        .service(resource("/releases/{id}/rollback").route(post().to(releases::back)))
        .service(resource("/sweeps/{id}/stop").route(post().to(releases::stop_sweep)))
        .service(resource("/drafts/{id}/release").route(get().to(release_path::show)))
        .service(resource("/drafts/{id}/model").route(post().to(release_path::model)))
        .service(resource("/drafts/{id}/test").route(post().to(release_path::test)))
        .service(resource("/drafts/{id}/publish").route(post().to(release_path::publish)))
        .service(resource("/drafts/{id}/backtests").route(post().to(backtests::start)))
        .service(resource("/backtests/{id}").route(get().to(backtests::show)))
        .service(resource("/backtests/{id}/cancel").route(post().to(backtests::cancel)))
        .service(resource("/drafts/{id}/shadow").route(post().to(release_path::shadow)))
        .service(resource("/drafts/{id}/canary").route(post().to(release_path::canary)))
        .service(resource("/drafts/{id}/stop").route(post().to(release_path::stop)))
        .service(resource("/lists/{name}/edit").route(get().to(list_edit::ask)).route(post().to(list_edit::edit)))
        .service(resource("/blocks").route(get().to(blocks::index)).route(post().to(blocks::block)))
        .service(resource("/blocks/{id}/confirm").route(post().to(blocks::confirm)))
        .service(resource("/blocks/{id}/lift").route(post().to(blocks::lift)))
        .service(resource("/drafts/{id}/call-off").route(post().to(release_path::call_off)))
        .service(resource("/policies").route(get().to(policies::index)))
        .service(resource("/policies/{code}").route(get().to(policies::show)))
        .service(resource("/lists").route(get().to(policies::lists)))
        .service(resource("/lists/{name}").route(get().to(policies::list)))
        .service(resource("/registry").route(get().to(policies::registry)))
        .service(resource("/drafts").route(get().to(drafts::index)).route(post().to(drafts::open)))
        .service(resource("/drafts/{id}").route(get().to(drafts::show)))
        .service(resource("/drafts/{id}/cases").route(post().to(drafts::cases)))
        .service(resource("/drafts/{id}/discard").route(post().to(drafts::discard)))
        .service(resource("/drafts/{id}/rebase").route(post().to(drafts::rebase)))
        .service(resource("/drafts/{id}/file").route(get().to(editor::show)).route(post().to(editor::save)))
        .service(resource("/drafts/{id}/check").route(post().to(editor::check_typed)))
        .service(resource("/drafts/{id}/import").route(post().to(editor::import)))
        .service(resource("/drafts/{id}/try").route(post().to(editor::try_typed)))
        .service(resource("/drafts/{id}/remove").route(post().to(editor::remove)))
        .service(resource("/assets/blob/{digest}").route(get().to(assets::blob)))
        .service(resource("/assets/{version}/{name}").route(get().to(files::serve)));
}

/// Leads to another page of ours after a form was handled, so that a reload sends nothing twice.
fn see_other(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, place)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
