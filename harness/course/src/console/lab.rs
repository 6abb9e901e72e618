//! One console's lab: a process that is told an operation, a line, and answers, a line.

use std::time::Duration;

use lab_manifest::console::{Answer, Ask, Content, Table};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::program::Program;

/// A lab that takes longer for an answer hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of an answer. The largest page of a scan has 1 MB, and an answer may have it four times: as the reply, as what
/// was looked at, as a change, as the table.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of the last words of a lab that has ended.
const LAST_WORDS_BYTES_MAX: u64 = 2 * 1024;

/// Why a lab does not answer. It is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Its process did not start.
    #[error("it could not be started: {0}")]
    Start(std::io::Error),
    /// It did not answer in time.
    #[error("it did not answer within {} s", ANSWER_LIMIT.as_secs())]
    Silent,
    /// It ended, or said something else than an answer.
    #[error("it ended{}{last_words}", if last_words.is_empty() { "" } else { ": " })]
    Ended {
        /// What it said last.
        last_words: String,
    },
    /// The tables that it was to begin with were refused.
    #[error("its tables can't be made: {0}")]
    Tables(String),
}

/// A lab in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Lab {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    content: Vec<Content>,
}

impl Lab {
    /// Starts a process, and a lab with these tables in it.
    pub async fn open(program: &Program, tables: &[Table]) -> Result<Self, Broken> {
        let mut child = program.command().spawn().map_err(Broken::Start)?;
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lab = Self { child, input, output, content: Vec::new() };
        lab.begin(tables).await?;
        Ok(lab)
    }

    /// A fresh lab in the place of the one that is there, in the same process.
    pub async fn begin(&mut self, tables: &[Table]) -> Result<Answer, Broken> {
        let answer = self.ask(&Ask::Open(tables.to_vec())).await?;
        if answer.status == 200 { Ok(answer) } else { Err(Broken::Tables(answer.reply.to_string())) }
    }

    /// Sends an operation.
    pub async fn ask(&mut self, ask: &Ask) -> Result<Answer, Broken> {
        let answered = tokio::time::timeout(ANSWER_LIMIT, self.exchange(ask)).await;
        let answer = match answered {
            Err(_) => return Err(Broken::Silent),
            Ok(None) => return Err(Broken::Ended { last_words: self.last_words().await }),
            Ok(Some(answer)) => answer,
        };
        for news in &answer.content {
            match self.content.iter_mut().find(|known| known.table == news.table) {
                Some(known) => known.clone_from(news),
                None => self.content.push(news.clone()),
            }
        }
        Ok(answer)
    }

    /// What is in its tables, as it has told.
    pub fn content(&self) -> &[Content] {
        &self.content
    }

    async fn exchange(&mut self, ask: &Ask) -> Option<Answer> {
        let mut line = serde_json::to_vec(ask).expect("it is JSON");
        line.push(b'\n');
        self.input.write_all(&line).await.ok()?;
        let mut told = String::new();
        (&mut self.output).take(ANSWER_BYTES_MAX).read_line(&mut told).await.ok()?;
        serde_json::from_str(&told).ok()
    }

    async fn last_words(&mut self) -> String {
        // One that hangs has said nothing; one that has ended has closed its output.
        let _ = self.child.start_kill();
        let mut said = String::new();
        if let Some(stderr) = self.child.stderr.take() {
            let _ = stderr.take(LAST_WORDS_BYTES_MAX).read_to_string(&mut said).await;
        }
        said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }
}
