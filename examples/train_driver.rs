//! driver
use clap::Parser;
#[derive(Parser)]
struct A {
    #[command(flatten)]
    t: adjudge::cli::train::TrainArgs,
}
fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(adjudge::cli::train::run(&A::parse().t))
}
