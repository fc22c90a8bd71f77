//! The binary: hands over to the command line.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    adjudge::cli::main()
}
