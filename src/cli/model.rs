//! `adjudge model …`: the models of an installation, and encoder files.
//!
//! Called by the command line. It must never promote without being told which model.

use super::{
    model_bench, model_embed, model_evaluate, model_explain, model_import, model_start,
    people::{open, operator},
    serve::Place,
    train::table,
};
use crate::{
    domain::ModelId,
    flows::{App, Error, promote},
    store::{encoders, releases},
};
use anyhow::bail;

/// `adjudge model …`
#[derive(Debug, clap::Subcommand)]
pub enum ModelCommand {
    Import(model_import::ModelImport),
    Evaluate(model_evaluate::ModelEvaluate),
    Embed(model_embed::ModelEmbed),
    Bench(model_bench::ModelBench),
    Start(model_start::ModelStart),
    Explain(model_explain::ModelExplain),
    /// All models, newest first
    List {
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Encoders that were added to the installation, newest first
    Encoders {
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// One model's figures on held-out rows, and what to know before trusting them
    Show {
        /// The model, `mod_…`
        model: ModelId,
        /// Print the whole card as JSON
        #[arg(long)]
        json: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Make a model live: a new minor release, in every process within seconds. An earlier model comes back the same way
    Promote {
        /// The model, `mod_…`
        model: ModelId,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// That there is no such model, and which one is meant.
async fn unknown(app: &App, model: ModelId) -> anyhow::Result<String> {
    let known: Vec<String> = releases::models(&app.db).await?.iter().map(|known| known.id.to_string()).collect();
    Ok(super::no_such("model", &model.to_string(), known.iter().map(String::as_str)))
}

/// Runs `adjudge model …`.
///
/// # Errors
/// When there is no such model, it cannot go live, or the installation cannot be opened.
pub async fn run(command: ModelCommand) -> anyhow::Result<()> {
    match command {
        ModelCommand::Import(args) => model_import::run(args).await?,
        ModelCommand::Evaluate(args) => model_evaluate::run(&args).await?,
        ModelCommand::Embed(args) => model_embed::run(args).await?,
        ModelCommand::Explain(args) => model_explain::run(&args)?,
        ModelCommand::Start(args) => model_start::run(&args).await?,
        ModelCommand::Bench(args) => model_bench::run(&args).await?,
        ModelCommand::List { place } => {
            let app = open(&place).await?;
            for model in releases::models(&app.db).await? {
                let (state, heads) = (model.state.as_str(), model.thresholds.len());
                let (made, by, encoder) = (model.created_at, &model.created_by, &model.card.encoder);
                println!("{} {state:<9} {heads:>3} heads  {made}  by {by}  on {encoder}", model.id);
            }
        }
        ModelCommand::Encoders { place } => {
            let app = open(&place).await?;
            for encoder in encoders::encoders(&app.db).await? {
                let (digest, name, size) = (encoder.digest, &encoder.name, encoder.size);
                let languages: Vec<String> = encoder.languages.iter().map(ToString::to_string).collect();
                println!("{digest} {name} ({size} bytes, {}): {}", encoder.licence, languages.join(" "));
            }
        }
        ModelCommand::Show { model, json, place } => {
            let app = open(&place).await?;
            let Some(stored) = releases::model(&app.db, model).await? else { bail!(unknown(&app, model).await?) };
            let card = stored.card;
            if json {
                println!("{}", serde_json::to_string_pretty(&card)?);
            } else {
                print!("{}", table(&card));
                card.caveats.iter().for_each(|caveat| println!("- {caveat}"));
            }
        }
        ModelCommand::Promote { model, place } => {
            let app = open(&place).await?;
            let number = match promote::promote(&app, &operator(), model).await {
                Err(Error::NotFound) => bail!(unknown(&app, model).await?),
                number => number.map_err(super::explain)?,
            };
            println!("release {number} is live with {model}");
        }
    }
    Ok(())
}
