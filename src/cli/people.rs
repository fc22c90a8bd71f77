//! `adjudge user` and `adjudge key`: people and keys. A key goes to standard output alone; a password comes from
//! standard input.

use super::{no_such, serve::Place};
use crate::{
    domain::{
        KeyId, Millis,
        audit::Actor,
        role::{Role, Scope},
        submitter::{Bidding, Mode},
    },
    flows::{
        App, Error, accounts,
        accounts::{Bidder, Change},
        keys::{self, NewKey},
    },
    platform::Clock,
    store::{
        accounts as stored,
        keys::{self as stored_keys, Opened},
    },
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
    /// List everybody with their roles
    List {
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Let somebody sign in no more, and end their sessions; nothing they did is lost
    Disable {
        /// Their name
        name: String,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Let somebody sign in again
    Enable {
        /// Their name
        name: String,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Give somebody another password, read from standard input; their sessions end
    Password {
        /// Their name
        name: String,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Give somebody other roles, in place of all they had
    Role {
        /// Their name
        name: String,
        /// Roles: reviewer, lead, policy_editor, analyst, admin
        #[arg(required = true)]
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
        /// If the submitter is made now: its ads are for trying out only
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
        /// Days after which it ends by itself
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: Option<u32>,
        /// Requests a minute, in place of the usual number; 0 is no limit
        #[arg(long, value_name = "N")]
        requests_per_minute: Option<u32>,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// List keys: how each stands, when it ends, when it was used last
    List {
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Make a key in place of another and print it, alone, on standard output; the old one works on for a while
    Rotate {
        /// Its id, `key_…`, as `adjudge key list` shows it
        id: KeyId,
        /// Hours for which the old key works on
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
        overlap: u32,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Give a key a number of requests a minute of its own; without one it has the usual number again
    Limit {
        /// Its id, `key_…`, as `adjudge key list` shows it
        id: KeyId,
        /// Requests a minute; 0 is no limit
        #[arg(long, value_name = "N")]
        requests_per_minute: Option<u32>,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Revoke a key at once
    Revoke {
        /// Its id, `key_…`, as `adjudge key list` shows it
        id: KeyId,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// Runs `adjudge user …`.
pub async fn user(command: UserCommand) -> anyhow::Result<()> {
    let (place, name, change) = match command {
        UserCommand::Add { name, roles, place } => return add(&place, &name, &roles).await,
        UserCommand::List { place } => return list_users(&place).await,
        UserCommand::Disable { name, place } => (place, name, Change::Disable),
        UserCommand::Enable { name, place } => (place, name, Change::Enable),
        UserCommand::Password { name, place } => (place, name, Change::Password(read_password()?)),
        UserCommand::Role { name, roles, place } => {
            people_only(&roles)?;
            (place, name, Change::Roles(roles))
        }
    };
    let app = open(&place).await?;
    match accounts::change_user(&app, &operator(), &name, &change).await {
        Err(Error::NotFound) => {
            let known = stored::users(&app.db).await?;
            bail!(no_such("person", &name, known.iter().map(|user| user.name.as_str())));
        }
        done => done.map_err(super::explain)?,
    };
    let said = match change {
        Change::Disable => "may no longer sign in",
        Change::Enable => "may sign in again",
        Change::Password(_) => "has another password; every session of theirs is over",
        Change::Roles(_) => "has other roles",
    };
    eprintln!("{name} {said}");
    Ok(())
}

async fn add(place: &Place, name: &str, roles: &[Role]) -> anyhow::Result<()> {
    people_only(roles)?;
    let password = read_password()?;
    let app = open(place).await?;
    let id = accounts::user(&app, &operator(), name, roles, &password).await.map_err(super::explain)?;
    eprintln!("added {name} ({id})");
    Ok(())
}

fn people_only(roles: &[Role]) -> anyhow::Result<()> {
    if let Some(role) = roles.iter().find(|role| role.is_for_keys()) {
        bail!("{role} is the role of keys, not of people: see `adjudge key create --help`");
    }
    Ok(())
}

fn read_password() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password).context("cannot read the password from standard input")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

async fn list_users(place: &Place) -> anyhow::Result<()> {
    let app = open(place).await?;
    for user in stored::users(&app.db).await? {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
        let disabled = if user.disabled { "  disabled" } else { "" };
        println!("{}  {}  {}{disabled}", user.id, user.name, roles.join(","));
    }
    Ok(())
}

/// Runs `adjudge key …`.
pub async fn key(command: KeyCommand) -> anyhow::Result<()> {
    let scope = operator();
    match command {
        KeyCommand::Create {
            role,
            name,
            submitter,
            sandbox,
            observe,
            seat,
            bidding,
            days,
            requests_per_minute,
            place,
        } => {
            if role != Role::Submitter && (seat.is_some() || bidding.is_some()) {
                bail!("--seat and --bidding are for a submitter's key");
            }
            let bidder = Bidder { seat: seat.as_deref(), bidding };
            let mode = if observe { Mode::Observe } else { Mode::Enforce };
            let app = open(&place).await?;
            let owner = match role {
                Role::Submitter => {
                    let named = submitter.as_deref().unwrap_or(&name);
                    let made = accounts::submitter(&app, &scope, named, sandbox, mode, bidder).await;
                    Some(made.map_err(super::explain)?)
                }
                _ => None,
            };
            let expires_at = days.map(|days| app.clock.now().plus(i64::from(days) * Millis::DAY));
            let new = NewKey { submitter: owner, role, name, expires_at, requests_per_minute };
            let (id, token) = keys::create(&app, &scope, &new).await.map_err(super::explain)?;
            eprintln!("made {id}; it is shown once:");
            println!("{token}");
        }
        KeyCommand::List { place } => {
            let app = open(&place).await?;
            let now = app.clock.now();
            for Opened { key, submitter, sandbox } in stored_keys::all(&app.db, &scope).await? {
                let whose = if key.submitter.is_some() { submitter.as_str() } else { "-" };
                let end = key.revoked_at.or(key.expires_at).map_or("-".into(), |t| t.to_string());
                let used = key.last_used_at.map_or("never".into(), |t| t.to_string());
                let (state, sandbox) = (key.state(now), if sandbox { " sandbox" } else { "" });
                println!(
                    "{}  {state:<8} {:<13} {whose}{sandbox}  ends {end}  used {used}  {}",
                    key.id, key.role, key.name
                );
            }
        }
        KeyCommand::Rotate { id, overlap, place } => {
            let app = open(&place).await?;
            let overlap = i64::from(overlap) * Millis::HOUR;
            let (new, token, ends) = named_key(&app, id, keys::rotate(&app, &scope, id, overlap).await).await?;
            eprintln!("made {new} in place of {id}, which works until {ends}; it is shown once:");
            println!("{token}");
        }
        KeyCommand::Limit { id, requests_per_minute, place } => {
            let app = open(&place).await?;
            named_key(&app, id, keys::limit(&app, &scope, id, requests_per_minute).await).await?;
            match requests_per_minute {
                Some(0) => eprintln!("{id} has no limit"),
                Some(n) => eprintln!("{id} may ask {n} requests a minute"),
                None => eprintln!("{id} has the usual limit"),
            }
        }
        KeyCommand::Revoke { id, place } => {
            let app = open(&place).await?;
            named_key(&app, id, keys::revoke(&app, &scope, id).await).await?;
            eprintln!("revoked {id}");
        }
    }
    Ok(())
}

/// The result, or an error that names the key which is not there.
async fn named_key<T>(app: &App, id: KeyId, done: Result<T, Error>) -> anyhow::Result<T> {
    match done {
        Err(Error::NotFound) => {
            let known = stored_keys::all(&app.db, &operator()).await?;
            let known: Vec<String> = known.iter().map(|k| k.key.id.to_string()).collect();
            bail!(no_such("key", &id.to_string(), known.iter().map(String::as_str)))
        }
        done => done.map_err(super::explain),
    }
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
