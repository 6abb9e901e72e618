//! The lab of a page's console, as a process: it reads an [`Ask`](lab_manifest::console::Ask) a line, and writes an
//! [`Answer`](lab_manifest::console::Answer) a line. It ends with its input, so that none outlives whoever started it.
//!
//! The database is the embedded one, and its own: so a reader's names of tables are the real ones, a fresh lab is there
//! in a moment, and whatever was in it is gone with the process.

use std::process::ExitCode;

use lab_console::{Console, LINE_BYTES_MAX};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// The variable by which a lab chooses its database, and the one that keeps it in this process.
const DATABASE: (&str, &str) = ("DYNAMODB", "embedded");

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::var(DATABASE.0).as_deref() != Ok(DATABASE.1) {
        eprintln!(
            "lab-console: its tables are named by the reader, so its database must be its own: set {}={}",
            DATABASE.0, DATABASE.1
        );
        return ExitCode::FAILURE;
    }
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab-console: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> std::io::Result<()> {
    let (mut input, mut output) = (BufReader::new(tokio::io::stdin()), tokio::io::stdout());
    let mut console = Console::default();
    loop {
        let mut line = String::new();
        if (&mut input).take(LINE_BYTES_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let ask = serde_json::from_str(&line)?;
        let mut answer = serde_json::to_vec(&console.answer(ask).await)?;
        answer.push(b'\n');
        output.write_all(&answer).await?;
        output.flush().await?;
    }
}
