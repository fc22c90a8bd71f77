//! `adjudge worker`: background work without a server, beside `adjudge serve --no-worker`.

use super::serve::{self, Place};
use crate::{jobs::Runner, platform::Clock};

/// Arguments of `adjudge worker`.
#[derive(Debug, clap::Args)]
pub struct WorkerArgs {
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
}

/// Runs jobs until SIGINT or SIGTERM.
pub async fn run(args: WorkerArgs) -> anyhow::Result<()> {
    let options = args.place.options()?;
    let app = serve::open(&options, Clock::of_process()).await?;
    app.warm().await.map_err(super::explain)?;
    let runner = Runner::start(&app);
    println!("Adjudge works on {}", options.data_dir.display());
    serve::told_to_stop().await?;
    runner.stop().await;
    app.db.close().await?;
    Ok(())
}
