//! The command line.

use crate::churn;
use crate::config::Config;
use crate::front::drain;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    version,
    about = "A server of script pages, and the demonstration that its threads leave nothing behind."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a site: the bundled one, or a folder of pages (this is what happens without a command)
    Serve(Serve),
    /// Create and destroy threads with script engines, and count what is left
    Churn(churn::Options),
}

#[derive(Args, Default)]
struct Serve {
    /// The folder of the site [default: the bundled site]
    site: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A TOML file with limits and sizes; every key is checked
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write a line for each request to standard error
    #[arg(long)]
    access_log: bool,
    /// Check the configuration and end
    #[arg(long)]
    check: bool,
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let result = match Cli::parse().command {
        None => serve(Serve::default()),
        Some(Command::Serve(arguments)) => serve(arguments),
        Some(Command::Churn(options)) => churn::run(&options),
    };
    result.unwrap_or_else(|message| {
        eprintln!("host-demo: {message}");
        ExitCode::from(2)
    })
}

fn serve(arguments: Serve) -> Result<ExitCode, String> {
    churn::counting::stop();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    let mut config = match &arguments.config {
        Some(file) => Config::read(file)?,
        None => Config::new(),
    };
    config.site = arguments.site.or(config.site);
    config.server.listen = arguments.listen.unwrap_or(config.server.listen);
    config.server.access_log |= arguments.access_log;
    if arguments.check {
        println!("the configuration is fine");
        return Ok(ExitCode::SUCCESS);
    }
    drain::serve(config)
}
