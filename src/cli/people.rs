//! `adjudge user` and `adjudge key`: people and keys. A key goes to standard output alone; a password comes from
//! standard input.

use super::serve::Place;
use crate::{
    domain::{
        KeyId,
        audit::Actor,
        role::{Role, Scope},
        submitter::{Bidding, Mode},
    },
    flows::{App, accounts, accounts::Bidder},
    platform::Clock,
};
use anyhow::{Context as _, bail};
use std::io::BufRead as _;

/// `adjudge user …`
#[derive(Debug, clap::Subcommand)]
pub enum UserCommand {
    /// Add a person; the password is read from standard input
    Add {
        /// Name to sign in with
        name: String,
        /// Role; repeat it for several: reviewer, lead, policy_editor, analyst, admin
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// `adjudge key …`
#[derive(Debug, clap::Subcommand)]
pub enum KeyCommand {
    /// Make an API key and print it, alone, on standard output
    Create {
        /// Role: submitter for programs that submit ads; trusted_flagger or authority for those that report any ad;
        /// analyst or admin for staff tools
        #[arg(long)]
        role: Role,
        /// What the key is for; for a submitter's key also the submitter's name, unless --submitter names one
        #[arg(long)]
        name: String,
        /// Submitter whose ads the key sees; made when there is none of this name
        #[arg(long)]
        submitter: Option<String>,
        /// The submitter's ads are for trying out only
        #[arg(long)]
        sandbox: bool,
        /// What the submitter is called as a bidder of the IAB API; without one its name and its id stand for it
        #[arg(long)]
        seat: Option<String>,
        /// Whether the submitter's new ads may serve before they are reviewed: restrictive (not, the usual) or permissive
        #[arg(long)]
        bidding: Option<Bidding>,
        /// The submitter's own decisions stand: its ads are screened and queued, and what is concluded is compared with
        /// what it tells by POST /v1/decisions/external
        #[arg(long)]
        observe: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Revoke a key at once
    Revoke {
        /// Its id, `key_…`, from the audit chain
        id: KeyId,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// Runs `adjudge user …`.
pub async fn user(command: UserCommand) -> anyhow::Result<()> {
    let UserCommand::Add { name, roles, place } = command;
    if let Some(role) = roles.iter().find(|role| role.is_for_keys()) {
        bail!("{role} is the role of keys, not of people: see `adjudge key create --help`");
    }
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password).context("cannot read the password from standard input")?;
    let app = open(&place).await?;
    let id = accounts::user(&app, &operator(), &name, &roles, password.trim_end_matches(['\r', '\n']))
        .await
        .map_err(super::explain)?;
    eprintln!("added {name} ({id})");
    Ok(())
}

/// Runs `adjudge key …`.
pub async fn key(command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::Create { role, name, submitter, sandbox, observe, seat, bidding, place } => {
            if role != Role::Submitter && (seat.is_some() || bidding.is_some()) {
                bail!("--seat and --bidding are for a submitter's key");
            }
            let bidder = Bidder { seat: seat.as_deref(), bidding };
            let mode = if observe { Mode::Observe } else { Mode::Enforce };
            let app = open(&place).await?;
            let owner = match role {
                Role::Submitter => {
                    let named = submitter.as_deref().unwrap_or(&name);
                    let made = accounts::submitter(&app, &operator(), named, sandbox, mode, bidder).await;
                    Some(made.map_err(super::explain)?)
                }
                _ => None,
            };
            let (id, token) = accounts::key(&app, &operator(), owner, role, &name).await.map_err(super::explain)?;
            eprintln!("made {id}; it is shown once:");
            println!("{token}");
        }
        KeyCommand::Revoke { id, place } => {
            let app = open(&place).await?;
            accounts::revoke_key(&app, &operator(), id).await.map_err(super::explain)?;
            eprintln!("revoked {id}");
        }
    }
    Ok(())
}

/// The scope of whoever sits at the machine.
pub(super) fn operator() -> Scope {
    Scope::system(Actor::Operator)
}

/// Opens an installation that is there, for a command that does not screen. Where a folder was mistyped, making a new one
/// would answer every question with nothing: only `serve`, `worker` and `demo` begin an installation.
pub(super) async fn open(place: &Place) -> anyhow::Result<App> {
    let options = place.options()?;
    if let Some(file) = options.database.strip_prefix("sqlite://")
        && !std::path::Path::new(file).exists()
    {
        anyhow::bail!(
            "there is no installation at {file}: give its folder with --data-dir, or begin one with `adjudge serve`"
        );
    }
    super::serve::open(&options, Clock::of_process()).await
}
