//! `lambda-emulator`: serves functions on this machine, through the same API as Lambda.

use std::process::ExitCode;
use std::time::Duration;

use solution_2::clock::SystemClock;
use solution_2::host::ProcessHost;
use solution_2::{Config, Function, Services, serve};
use tokio::net::TcpListener;

const USAGE: &str = "\
Serves functions on this machine, through the same API as Lambda.

usage: lambda-emulator [options] --function NAME='COMMAND …' …

  --listen ADDRESS         where callers invoke functions (127.0.0.1:9001)
  --function NAME=COMMAND  a function: a program that polls the Runtime API, and its arguments, split at spaces
  --env NAME=VALUE         an environment variable of every function
  --timeout SECONDS        how long an invocation may take (3)
  --memory MB              what functions are told they have (128)
  --concurrency N          invocations under way at once, of functions without a reservation (100)
  --dynamodb URL           keeps asynchronous invocations in a table there; without it they are refused
  --table NAME             that table (lambda-emulator)
  --quiet                  does not print the log of each invocation
";

#[derive(Debug, PartialEq)]
struct Arguments {
    listen: String,
    functions: Vec<(String, Vec<String>)>,
    variables: Vec<(String, String)>,
    timeout: Duration,
    memory_mb: u32,
    concurrency: Option<u32>,
    dynamodb: Option<String>,
    table: String,
    quiet: bool,
}

// It waits for others all the time, and what it does between is short: with a thread each, callers and functions would
// wait for two of them to wake each other.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("lambda-emulator: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("lambda-emulator: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let mut host = ProcessHost::new();
    let mut functions = Vec::new();
    for (name, command) in arguments.functions {
        let mut function = Function::new(&name).timeout(arguments.timeout);
        function.memory_mb = arguments.memory_mb;
        function.variables.extend(arguments.variables.iter().cloned());
        functions.push(function);
        host = host.function(name, command);
    }
    let mut config = Config::new(functions);
    config.log = !arguments.quiet;
    config.account_concurrency = arguments.concurrency.unwrap_or(config.account_concurrency);
    let mut services = Services::new(host, SystemClock);
    if let Some(url) = arguments.dynamodb {
        services = services.queue(client(url), arguments.table);
    }
    let listen = &arguments.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("{listen}: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("{listen}: {error}"))?;
    eprintln!("lambda-emulator: invoke functions at http://{address}");
    serve(listener, config, services, told_to_end()).await.map_err(|error| error.to_string())
}

/// Waits for Ctrl-C, or for what a service manager sends. Unhandled, either would leave environments behind.
async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn client(url: String) -> aws_sdk_dynamodb::Client {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("emulator", "emulator", None, None, "lambda-emulator"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url)
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// Nothing, if help was asked for.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut parsed = Arguments {
        listen: "127.0.0.1:9001".into(),
        functions: Vec::new(),
        variables: Vec::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 128,
        concurrency: None,
        dynamodb: None,
        table: "lambda-emulator".into(),
        quiet: false,
    };
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "--help" | "-h" => return Ok(None),
            "--quiet" => parsed.quiet = true,
            "--listen" => parsed.listen = value()?,
            "--dynamodb" => parsed.dynamodb = Some(value()?),
            "--table" => parsed.table = value()?,
            "--timeout" => parsed.timeout = timeout(number(&option, &value()?)?)?,
            "--memory" => parsed.memory_mb = number(&option, &value()?)?,
            "--concurrency" => parsed.concurrency = Some(number(&option, &value()?)?),
            "--env" => parsed.variables.push(pair(&option, &value()?)?),
            "--function" => {
                let (name, command) = pair(&option, &value()?)?;
                parsed.functions.push((name, command.split_whitespace().map(Into::into).collect()));
            }
            _ => return Err(format!("{option} is not an option")),
        }
    }
    if parsed.functions.is_empty() {
        return Err("there is no --function".into());
    }
    Ok(Some(parsed))
}

/// Lambda's own bounds. A figure below 0, or none at all, can't be made a duration.
fn timeout(seconds: f64) -> Result<Duration, String> {
    if (0.001..=900.0).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err("--timeout is more than 0 and at most 900 seconds".into())
}

fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{option}: {text} is not a number"))
}

fn pair(option: &str, text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err(format!("{option}: {text} is not NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Option<Arguments>, String> {
        parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn every_option_is_read() {
        let arguments = [
            ["--listen", "[::1]:0"],
            ["--function", "greet=./greet --loud"],
            ["--function", "print=./print"],
            ["--env", "A=1"],
            ["--env", "B=a=b"],
            ["--timeout", "0.5"],
            ["--memory", "256"],
            ["--concurrency", "7"],
            ["--dynamodb", "http://d"],
            ["--table", "queue"],
        ];
        let arguments = [arguments.as_flattened(), &["--quiet"]].concat();
        let expected = Arguments {
            listen: "[::1]:0".into(),
            functions: vec![
                ("greet".into(), vec!["./greet".into(), "--loud".into()]),
                ("print".into(), vec!["./print".into()]),
            ],
            variables: vec![("A".into(), "1".into()), ("B".into(), "a=b".into())],
            timeout: Duration::from_millis(500),
            memory_mb: 256,
            concurrency: Some(7),
            dynamodb: Some("http://d".into()),
            table: "queue".into(),
            quiet: true,
        };
        assert_eq!(parsed(&arguments), Ok(Some(expected)));
    }

    #[test]
    fn what_is_left_out_is_lambdas_default() {
        let arguments = parsed(&["--function", "greet=./greet"]).unwrap().unwrap();
        assert_eq!(
            (arguments.listen.as_str(), arguments.table.as_str()),
            ("127.0.0.1:9001", "lambda-emulator")
        );
        assert_eq!((arguments.timeout, arguments.memory_mb), (Duration::from_secs(3), 128));
        assert_eq!((arguments.concurrency, arguments.dynamodb, arguments.quiet), (None, None, false));
    }

    #[test]
    fn help_is_no_error_and_no_function_is_one() {
        assert_eq!(parsed(&["--help"]), Ok(None));
        assert_eq!(parsed(&["--quiet", "-h"]), Ok(None));
        assert_eq!(parsed(&["--quiet"]).unwrap_err(), "there is no --function");
    }

    #[test]
    fn what_is_no_value_is_named_with_its_option() {
        for (arguments, message) in [
            (vec!["--listen"], "--listen needs a value"),
            (vec!["--memory", "much"], "--memory: much is not a number"),
            (vec!["--function", "greet"], "--function: greet is not NAME=VALUE"),
            (vec!["--env", "=1"], "--env: =1 is not NAME=VALUE"),
            (vec!["--loud"], "--loud is not an option"),
        ] {
            assert_eq!(parsed(&arguments).unwrap_err(), message);
        }
    }

    #[test]
    fn a_timeout_is_within_lambdas_bounds() {
        let timeout =
            |text: &str| parsed(&["--function", "f=f", "--timeout", text]).map(|read| read.unwrap().timeout);
        assert_eq!(timeout("900"), Ok(Duration::from_mins(15)));
        assert_eq!(timeout("0.001"), Ok(Duration::from_millis(1)));
        for refused in ["0", "-1", "900.5", "NaN", "inf", "1e400"] {
            assert!(timeout(refused).unwrap_err().contains("at most 900"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn any_arguments_are_understood_or_refused(
            arguments in proptest::collection::vec(
                "--(function|env|listen|timeout|memory|concurrency|table|quiet|help)|[a-z]{1,3}=[a-z ]{0,4}|-?[0-9.e]{1,6}|\\PC{0,4}",
                0..6,
            ),
        ) {
            if let Ok(Some(read)) = parse(arguments.into_iter()) {
                prop_assert!(!read.functions.is_empty() && read.timeout > Duration::ZERO);
            }
        }
    }
}
