//! `adjudge serve`: the product, on one address and one database.
//!
//! Also started by `demo`, `worker` and the suite through [`start`]. It must never print a secret twice: the first
//! start makes them and shows them on standard output.

use crate::{
    domain::{audit::Actor, role::Scope},
    flows::{
        App, bootstrap,
        encoders::{Encoders, First},
        live::LiveRelease,
        note_requests::note_requests,
        sign_in::Attempts,
    },
    inference::{Encoder, EngineOptions, Precision, Source, usual_precision},
    jobs::Runner,
    platform::{
        Blobs, Clock, Outbound,
        config::{ConfigFile, Settings},
        limits::Limits,
        metrics::Metrics,
    },
    store::Db,
    web::server::{self, ServerHandle},
};
use anyhow::Context as _;
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Flags that say where the installation is. Every command that touches it takes them.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// Folder of the embedded database and of blobs [default: ./adjudge-data]
    #[arg(long, env = "ADJUDGE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME` [default: SQLite in the data folder]
    #[arg(long, env = "ADJUDGE_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    /// Encoder file made by `adjudge model import` [default: the embedded all-MiniLM-L6-v2]
    #[arg(long, env = "ADJUDGE_ENCODER", value_name = "FILE")]
    pub encoder: Option<PathBuf>,
    /// How the encoder computes: f32, bf16 or int8; the narrow ones need AVX-512 BF16 and VNNI [default: f32]
    #[arg(long, env = "ADJUDGE_PRECISION", value_name = "PRECISION")]
    pub precision: Option<Precision>,
    /// Configuration file
    #[arg(long, env = "ADJUDGE_CONFIG", value_name = "FILE", default_value = ConfigFile::USUAL)]
    pub config: PathBuf,
}

/// Arguments of `adjudge serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
    /// Address to listen on [default: 127.0.0.1:8480]
    #[arg(long, env = "ADJUDGE_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Serve requests only; run `adjudge worker` elsewhere for screening and the rest
    #[arg(long)]
    pub no_worker: bool,
}

/// An installation's place and settings, resolved: flags, then environment, then file, then defaults.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on.
    pub listen: String,
    /// Folder of blobs.
    pub data_dir: PathBuf,
    /// Database URL.
    pub database: String,
    /// Encoder file; `None` is the embedded one.
    pub encoder: Option<PathBuf>,
    /// How the encoder computes.
    pub precision: Precision,
    /// Settings of flows.
    pub settings: Settings,
    /// Whether to run jobs in this process.
    pub worker: bool,
}

impl Place {
    /// The encoder that the place names.
    pub fn load_encoder(&self) -> anyhow::Result<Arc<Encoder>> {
        let file = self.encoder.as_deref();
        encoder_source(file)?.load(self.precision()?).with_context(|| cannot_load(file))
    }

    /// The precision: flag, then environment, then file, then the usual one.
    pub fn precision(&self) -> anyhow::Result<Precision> {
        match self.precision {
            Some(precision) => Ok(precision),
            None => precision_of(&ConfigFile::read(&self.config)?),
        }
    }

    /// Resolves the place.
    pub fn options(&self) -> anyhow::Result<Options> {
        let file = ConfigFile::read(&self.config)?;
        let data_dir =
            self.data_dir.clone().or_else(|| file.data_dir.clone()).unwrap_or_else(|| PathBuf::from("adjudge-data"));
        let embedded = format!("sqlite://{}", data_dir.join("adjudge.db").display());
        Ok(Options {
            listen: file.listen.clone().unwrap_or_else(|| "127.0.0.1:8480".into()),
            database: self.database.clone().or_else(|| file.database.clone()).unwrap_or(embedded),
            encoder: self.encoder.clone(),
            precision: self.precision.map_or_else(|| precision_of(&file), Ok)?,
            settings: file.settings(),
            worker: true,
            data_dir,
        })
    }
}

impl ServeArgs {
    /// Resolves place and address.
    pub fn options(&self) -> anyhow::Result<Options> {
        let base = self.place.options()?;
        Ok(Options { listen: self.listen.clone().unwrap_or(base.listen.clone()), worker: !self.no_worker, ..base })
    }
}

/// The encoder of a file, or the embedded one.
fn encoder_source(file: Option<&Path>) -> anyhow::Result<Source> {
    let Some(file) = file else { return Ok(Source::Embedded) };
    let bytes = std::fs::read(file).with_context(|| format!("cannot read the encoder {}", file.display()))?;
    Ok(Source::File(bytes.into()))
}

fn cannot_load(file: Option<&Path>) -> String {
    let which = file.map_or_else(|| "the embedded file".into(), Path::to_string_lossy);
    format!("{which} cannot be loaded as an encoder")
}

fn precision_of(file: &ConfigFile) -> anyhow::Result<Precision> {
    let Some(name) = &file.precision else { return Ok(usual_precision()) };
    name.parse().map_err(|problem: String| anyhow::anyhow!("precision: {problem}"))
}

/// Opens an installation: database up to date, live release compiled. Starts nothing, and loads no encoder yet.
pub async fn open(options: &Options, clock: Clock) -> anyhow::Result<App> {
    let db = Db::open(&options.database).await?;
    let threads = EngineOptions { threads: options.settings.encoder_threads, ..EngineOptions::default() };
    let metrics = Arc::new(Metrics::new()?);
    let source = encoder_source(options.encoder.as_deref())?;
    let first = First::new(source, options.precision, threads, metrics.encoder_seconds.clone());
    let first = first.with_context(|| cannot_load(options.encoder.as_deref()))?;
    bootstrap::prepare(&db, &clock).await?;
    let blobs = Blobs::in_folder(&options.data_dir.join("blobs"))?;
    Ok(App {
        live: LiveRelease::load(&db, Encoders::new(blobs.clone(), threads)).await?,
        blobs,
        outbound: Outbound::new(options.settings.outbound.clone())?,
        settings: Arc::new(options.settings.clone()),
        metrics,
        attempts: Arc::new(Attempts::default()),
        limits: Arc::new(Limits::new(clock.clone())),
        notes: Arc::default(),
        tried: Arc::default(),
        wake: Arc::default(),
        stopping: CancellationToken::new(),
        sealer_token: clock.new_uuid(),
        db,
        clock,
        first,
    })
}

/// A running server with its jobs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: App,
    server: ServerHandle,
    ended: JoinHandle<std::io::Result<()>>,
    runner: Option<Runner>,
    beside: Runner,
}

/// Starts serving an opened installation, on the current thread's local set.
pub fn start(options: &Options, app: App) -> anyhow::Result<Running> {
    let listener =
        TcpListener::bind(&options.listen).with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let site = server::server(app.clone(), listener)?;
    let server = site.handle();
    let ended = tokio::task::spawn_local(site);
    let runner = options.worker.then(|| Runner::start(&app));
    let beside = Runner::beside(&app);
    Ok(Running { address, app, server, ended, runner, beside })
}

impl Running {
    /// Serves until SIGINT or SIGTERM; then open requests are answered and jobs end what they are at.
    pub async fn until_told_to_stop(self) -> anyhow::Result<()> {
        let Self { app, server, mut ended, runner, beside, .. } = self;
        let failed = tokio::select! {
            told = told_to_stop() => { told?; None }
            result = &mut ended => Some(result),
        };
        match failed {
            None => {
                tracing::info!("stopping");
                app.stopping.cancel();
                server.stop(true).await;
                ended.await??;
            }
            Some(result) => result??,
        }
        if let Some(runner) = runner {
            runner.stop().await;
        }
        beside.stop().await;
        if let Err(error) = note_requests(&app).await {
            tracing::warn!(%error, "the last requests are not in the keys' logs");
        }
        app.first.stop();
        app.db.close().await?;
        Ok(())
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn told_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

/// Runs `adjudge serve`.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let options = args.options()?;
    let app = open(&options, Clock::of_process()).await?;
    app.warm().await.map_err(super::explain)?;
    if let Some(first) = bootstrap::first_secrets(&app).await? {
        println!("First start. These secrets are shown once and kept nowhere:\n");
        println!("  Console   name {}   password {}", first.admin, first.password);
        println!("  API key   {}   (submitter \"{}\")\n", first.key, first.submitter);
        if !bootstrap::keep_first_secrets(&app, &Scope::system(Actor::Operator), &first).await? {
            println!("Another process made its own first secrets meanwhile; use those, the ones above open nothing.\n");
        }
    }
    let running = start(&options, app)?;
    println!("Adjudge listens on http://{}", running.address);
    running.until_told_to_stop().await
}
