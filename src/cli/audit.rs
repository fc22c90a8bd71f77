//! `adjudge audit verify` and `adjudge replay`: proofs that history is what it says.

use super::{people::open, serve::Place};
use crate::{
    domain::ScreeningId,
    flows::{Error, replay},
    store::sealer,
};
use anyhow::bail;

/// `adjudge audit …`
#[derive(Debug, clap::Subcommand)]
pub enum AuditCommand {
    /// Recompute the audit chain from its first row; exit code 1 when it is broken
    Verify {
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// Arguments of `adjudge replay`.
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// The screening, `scr_…`
    pub screening: ScreeningId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
}

/// Runs `adjudge audit …`.
pub async fn audit(command: AuditCommand) -> anyhow::Result<()> {
    let AuditCommand::Verify { place } = command;
    let app = open(&place).await?;
    let verified = sealer::verify(&app.db).await?;
    match verified.broken {
        None => {
            println!("{} rows, chain intact, head {}", verified.rows, verified.head);
            Ok(())
        }
        Some((position, why)) => {
            bail!("the chain breaks at row {position}: {why} ({} rows before it are intact)", verified.rows)
        }
    }
}

/// Runs `adjudge replay`.
pub async fn replay(args: ReplayArgs) -> anyhow::Result<()> {
    let app = open(&args.place).await?;
    let found = match replay::replay(&app, args.screening).await {
        Err(Error::NotFound) => {
            bail!("there is no screening {}; an ad's page and its screenings name theirs", args.screening)
        }
        found => found.map_err(super::explain)?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        let equal = |yes: bool| if yes { "equal to the bit" } else { "DIFFERENT" };
        println!("{} concluded {}", found.screening, found.conclusion);
        println!("  from stored signals:      verdict, findings and trace {}", equal(found.evaluation_equal));
        let engine = if found.same_engine { "same engine" } else { "another engine" };
        println!("  from recomputed signals:  signals {} ({engine})", equal(found.signals_equal));
        println!("  greatest score difference {:.2e}", found.greatest_score_difference);
        let would =
            if found.recomputed_conclusion == found.conclusion { "the same verdict" } else { "ANOTHER VERDICT" };
        println!("  recomputed, it gives      {} ({would})", found.recomputed_conclusion);
    }
    if !found.proved() {
        bail!("the screening is not proved");
    }
    Ok(())
}
