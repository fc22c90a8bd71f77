//! `adjudge demo`: the product with its own invented ads, in a folder of its own.
//!
//! Ads are submitted and screened in this run like anybody's; nothing is shipped as a result. Every start begins
//! anew: the folder is emptied first, if it is one that a demo made.

use super::{
    demo_data,
    serve::{self, Options},
};
use crate::{
    domain::{
        audit::Actor,
        role::{Role, Scope},
        submitter::Mode,
    },
    flows::{App, accounts, accounts::Bidder, advertiser, keys, keys::NewKey, submit},
    inference::usual_precision,
    intake,
    platform::{Clock, config::Settings, secret},
};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// Ads submitted before the address is printed, enough for some 70 open tasks; the rest arrive while you watch.
const PREFILL: usize = 240;

/// File that marks a folder as a demo's own.
const MARK: &str = "adjudge-demo";

/// Arguments of `adjudge demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Address to listen on
    #[arg(long, env = "ADJUDGE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8480")]
    pub listen: String,
    /// Folder of the demo; emptied at every start
    #[arg(long, value_name = "DIR", default_value = "adjudge-demo")]
    pub data_dir: PathBuf,
    /// Seconds between two arriving ads
    #[arg(long, default_value_t = 4.0)]
    pub pace: f64,
}

/// Runs the demo until it is stopped.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    if !(0.05..=3600.0).contains(&args.pace) {
        bail!("--pace is 0.05 to 3600 seconds");
    }
    let options = fresh(&args)?;
    let app = serve::open(&options, Clock::of_process()).await?;
    app.warm().await.map_err(super::explain)?;
    let operator = Scope::system(Actor::Operator);
    let sign_ins = people(&app, &operator).await?;
    let submitter = accounts::submitter(&app, &operator, "demo", false, Mode::Enforce, Bidder::default())
        .await
        .map_err(super::explain)?;
    let (role, name) = (Role::Submitter, "demo".to_owned());
    let new = NewKey { submitter: Some(submitter), role, name, expires_at: None, requests_per_minute: None };
    let (_, key) = keys::create(&app, &operator, &new).await.map_err(super::explain)?;
    let hook = Scope { submitter: Some(submitter), roles: vec![Role::Submitter], ..Scope::system(Actor::Operator) };
    tell_facts(&app, &hook).await?;
    let running = serve::start(&options, app.clone())?;
    let ads: Vec<Value> = demo_data::ads().collect();
    for ad in ads.iter().take(PREFILL) {
        send(&app, &hook, ad).await?;
    }
    greet(&running.address.to_string(), &sign_ins, &key);
    let stream = tokio::task::spawn_local(arrive(app, hook, ads, Duration::from_secs_f64(args.pace)));
    let ended = running.until_told_to_stop().await;
    stream.abort();
    ended
}

/// An empty folder that is the demo's own.
fn fresh(args: &DemoArgs) -> anyhow::Result<Options> {
    let folder = &args.data_dir;
    if folder.exists() {
        let empty = std::fs::read_dir(folder)?.next().is_none();
        if !empty && !folder.join(MARK).exists() {
            bail!("{} is not a demo's folder; choose another with --data-dir", folder.display());
        }
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(MARK), "This folder is emptied whenever `adjudge demo` starts.\n")?;
    Ok(Options {
        listen: args.listen.clone(),
        data_dir: folder.clone(),
        database: format!("sqlite://{}", folder.join("adjudge.db").display()),
        encoder: None,
        precision: usual_precision(),
        settings: Settings::default(),
        worker: true,
    })
}

async fn people(app: &App, operator: &Scope) -> anyhow::Result<Vec<(&'static str, &'static str, String)>> {
    let cast = [
        ("rita", Role::Reviewer, "reviewer"),
        ("ravi", Role::Reviewer, "reviewer"),
        ("lena", Role::Lead, "lead"),
        ("petra", Role::PolicyEditor, "policy editor"),
        ("paolo", Role::PolicyEditor, "policy editor"),
    ];
    let mut sign_ins = vec![];
    for (name, role, title) in cast {
        let password: String = secret::new_token("")?.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        accounts::user(app, operator, name, &[role], &password).await.map_err(super::explain)?;
        sign_ins.push((name, title, password));
    }
    Ok(sign_ins)
}

async fn tell_facts(app: &App, hook: &Scope) -> anyhow::Result<()> {
    for told in demo_data::advertisers() {
        let external_id = told["external_id"].as_str().context("a demo advertiser has no external_id")?.to_owned();
        let mut body = told.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("external_id");
        }
        let update = intake::read_advertiser(body.to_string().as_bytes())
            .map_err(|r| anyhow::anyhow!("demo advertiser {external_id}: {r:?}"))?;
        advertiser::put(app, hook, &external_id, &update).await.map_err(super::explain)?;
    }
    Ok(())
}

async fn send(app: &App, hook: &Scope, ad: &Value) -> anyhow::Result<()> {
    let submission = intake::read_ad(ad.to_string().as_bytes())
        .map_err(|r| anyhow::anyhow!("demo ad {}: {r:?}", ad["external_id"]))?;
    submit::submit(app, hook, &submission).await.map_err(super::explain)?;
    Ok(())
}

/// Sends the remaining ads one by one, and then all of them again under new ids, until the demo ends.
async fn arrive(app: App, hook: Scope, ads: Vec<Value>, pace: Duration) {
    let rest = ads.iter().skip(PREFILL).cloned();
    let again = (2u32..).flat_map(|lap| {
        ads.iter().map(move |ad| {
            let mut ad = ad.clone();
            let id = ad["external_id"].as_str().unwrap_or_default().to_owned();
            ad["external_id"] = json!(format!("{id}-{lap}"));
            ad
        })
    });
    for ad in rest.chain(again) {
        tokio::time::sleep(pace).await;
        if let Err(error) = send(&app, &hook, &ad).await {
            tracing::warn!(%error, "a demo ad was not accepted");
        }
    }
}

fn greet(address: &str, sign_ins: &[(&str, &str, String)], key: &str) {
    println!("\nAdjudge demo: http://{address}\n");
    for (name, title, password) in sign_ins {
        println!("  {title:<14} {name:<6} {password}");
    }
    println!("\n  API key        {key}");
    println!("\nAds are invented; they are screened now and keep arriving. Stop with Ctrl-C.\n");
}
