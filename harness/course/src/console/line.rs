//! A line that was typed, read as the AWS CLI reads it: `query --table-name cards …`, with or without `aws dynamodb` in
//! front. Quotes are a shell's; a shell there is none.

use serde_json::{Map, Value};

use super::complaint::Complaint;
use super::operation::{Kind, Member, OPERATIONS, Operation};

/// Bytes of a line. An item may have 400 KB, and nobody types one.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// What can be typed; for one operation, or at all.
    Help(Option<&'static Operation>),
    /// An operation.
    Operation(Asked),
}

/// An operation, with its request's document.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The operation.
    pub operation: &'static Operation,
    /// The document, as it goes over the wire.
    pub body: Value,
}

/// Words that are a shell's affair where they stand alone.
const OF_A_SHELL: [&str; 8] = ["|", "||", "&", "&&", ";", ">", ">>", "<"];

/// Options of the AWS CLI that are about itself.
const OF_THE_CLI: [&str; 15] = [
    "--query",
    "--output",
    "--region",
    "--profile",
    "--endpoint-url",
    "--cli-input-json",
    "--cli-input-yaml",
    "--generate-cli-skeleton",
    "--no-cli-pager",
    "--no-sign-request",
    "--debug",
    "--color",
    "--no-verify-ssl",
    "--cli-read-timeout",
    "--cli-connect-timeout",
];

/// Options by which the AWS CLI sends several requests for one command.
const OF_ITS_PAGES: [&str; 4] = ["--max-items", "--page-size", "--starting-token", "--no-paginate"];

/// Reads a line.
pub fn read(line: &str) -> Result<Typed, Complaint> {
    if line.len() > LINE_BYTES_MAX {
        let message = format!("The line has {} bytes; {LINE_BYTES_MAX} are read.", line.len());
        return Err(Complaint::new(message, "Take a smaller item, or several operations."));
    }
    let mut words = split(line)?.into_iter().peekable();
    words.next_if(|word| word == "$");
    if words.next_if(|word| word == "aws").is_some()
        && let Some(service) = words.peek()
        && !["dynamodb", "help", "--help"].contains(&service.as_str())
    {
        let message = format!("There is no {service} here.");
        return Err(Complaint::new(message, "A console has a DynamoDB, and nothing else: `aws dynamodb …`."));
    }
    words.next_if(|word| word == "dynamodb");
    let Some(command) = words.next() else { return Ok(Typed::Help(None)) };
    if is_help(&command) {
        return Ok(Typed::Help(None));
    }
    let Some(operation) = Operation::of_command(&command) else {
        let known: Vec<String> = OPERATIONS.iter().map(Operation::command).collect();
        let message = format!("There is no operation `{command}` in this console.");
        return Err(Complaint::unknown(message, &command, known.iter().map(String::as_str)));
    };
    let words: Vec<String> = words.collect();
    if words.iter().any(|word| is_help(word)) {
        return Ok(Typed::Help(Some(operation)));
    }
    let body = Value::Object(members(operation, words)?);
    Ok(Typed::Operation(Asked { operation, body }))
}

/// The words of a line, by a shell's rules of quoting.
fn split(line: &str) -> Result<Vec<String>, Complaint> {
    // A backslash at the end of a line goes on in the next one.
    let line = line.replace("\r\n", "\n").replace("\\\n", " ");
    shlex::split(&line).ok_or_else(|| {
        Complaint::new(
            "A quote is opened and not closed, or a backslash ends the line.",
            "JSON and expressions stand in single quotes, from the first character to the last.",
        )
    })
}

fn is_help(word: &str) -> bool {
    matches!(word, "help" | "--help" | "-h")
}

/// The request's document.
fn members(operation: &Operation, words: Vec<String>) -> Result<Map<String, Value>, Complaint> {
    let mut body = Map::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let (option, inline) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option.to_owned(), Some(value.to_owned())),
            _ => (word, None),
        };
        let (member, on) = find(operation, &option)?;
        let value = match (member.kind, inline) {
            (Kind::Flag, None) => Value::Bool(on),
            (Kind::Flag, Some(_)) => {
                let no = format!("--no-{}", member.option().trim_start_matches("--"));
                let remedy = format!("Write `{}`, or `{no}` for the contrary.", member.option());
                return Err(Complaint::new(format!("{option} takes no value."), remedy));
            }
            (_, Some(inline)) => value(member, &option, inline)?,
            (_, None) => {
                let next = words.next_if(|next| !next.starts_with("--")).ok_or_else(|| {
                    Complaint::new(format!("{option} has no value behind it."), wanted(member))
                })?;
                value(member, &option, next)?
            }
        };
        if body.insert(member.name.to_owned(), value).is_some() {
            return Err(Complaint::new(format!("{option} is there twice."), "Keep one of them."));
        }
    }
    let missing: Vec<String> = operation
        .members
        .iter()
        .filter(|member| member.required && !body.contains_key(member.name))
        .map(Member::option)
        .collect();
    if missing.is_empty() {
        return Ok(body);
    }
    let message = format!("{} needs {}.", operation.command(), missing.join(" and "));
    let remedy = format!("`{} --help` lists what can be said to it.", operation.command());
    Err(Complaint::new(message, remedy))
}

/// The member that an option is about; of a flag, whether it is switched on.
fn find<'a>(operation: &'a Operation, option: &str) -> Result<(&'a Member, bool), Complaint> {
    let named = |option: &str| operation.members.iter().find(|member| member.option() == option);
    if let Some(member) = named(option) {
        return Ok((member, true));
    }
    if let Some(member) = option.strip_prefix("--no-").and_then(|rest| named(&format!("--{rest}")))
        && member.kind == Kind::Flag
    {
        return Ok((member, false));
    }
    if !option.starts_with("--") {
        let message = format!("`{option}` belongs to no option.");
        return Err(if OF_A_SHELL.contains(&option) {
            Complaint::new(
                message,
                "There is no shell here: one operation at a time, and its whole answer is shown.",
            )
        } else {
            Complaint::new(
                message,
                "A value with spaces or braces stands in single quotes, behind its option.",
            )
        });
    }
    let message = format!("{} has no option {option}.", operation.command());
    if OF_THE_CLI.contains(&option) {
        return Err(Complaint::new(
            message,
            "It is about the AWS CLI itself, and there is none here. Leave it out.",
        ));
    }
    if OF_ITS_PAGES.contains(&option) {
        let remedy = "The AWS CLI asks for page after page by itself. Here a line is one request: `--limit` ends its page, and \
                      `--exclusive-start-key` begins the next.";
        return Err(Complaint::new(message, remedy));
    }
    let known: Vec<String> = operation.members.iter().map(Member::option).collect();
    Err(Complaint::unknown(message, option, known.iter().map(String::as_str)))
}

fn value(member: &Member, option: &str, text: String) -> Result<Value, Complaint> {
    match member.kind {
        Kind::Text | Kind::Flag => Ok(Value::String(text)),
        Kind::Number => match text.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => Err(Complaint::new(format!("{option} is {text}."), wanted(member))),
        },
        Kind::Json => serde_json::from_str(&text).map_err(|error| Complaint::no_json(option, &text, &error)),
    }
}

/// What an option's value is to be.
fn wanted(member: &Member) -> &'static str {
    match member.kind {
        Kind::Text => "It takes a text; one with spaces stands in single quotes.",
        Kind::Number => "It takes a whole number.",
        Kind::Flag => "It takes no value.",
        Kind::Json => "It takes JSON, in single quotes.",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn asked(line: &str) -> (&'static str, Value) {
        match read(line) {
            Ok(Typed::Operation(asked)) => (asked.operation.name, asked.body),
            other => panic!("{line}: {other:?}"),
        }
    }

    fn complaint(line: &str) -> Complaint {
        match read(line) {
            Err(complaint) => complaint,
            Ok(typed) => panic!("{line}: {typed:?}"),
        }
    }

    #[test]
    fn an_operation_is_read_as_the_aws_cli_reads_it() {
        let query = r#"query --table-name cards --key-condition-expression 'board = :b'
            --expression-attribute-values '{":b": {"S": "harbor"}}' --no-scan-index-forward --consistent-read --limit 3"#;
        let body = json!({
            "TableName": "cards", "KeyConditionExpression": "board = :b", "ExpressionAttributeValues": {":b": {"S": "harbor"}},
            "ScanIndexForward": false, "ConsistentRead": true, "Limit": 3,
        });
        assert_eq!(asked(query), ("Query", body.clone()));
        assert_eq!(asked(&format!("$ aws dynamodb {query}")), ("Query", body.clone()));
        assert_eq!(asked(&query.replace('\n', " \\\r\n")), ("Query", body));
        let get = r#"get-item --table-name="cards" --key="{\"board\": {\"S\": \"a 'b' c\"}}""#;
        assert_eq!(
            asked(get),
            ("GetItem", json!({"TableName": "cards", "Key": {"board": {"S": "a 'b' c"}}}))
        );
        assert_eq!(asked("list-tables"), ("ListTables", json!({})));
    }

    #[test]
    fn an_empty_line_and_the_word_help_list_what_can_be_typed() {
        for line in
            ["", "  \n ", "help", "--help", "aws help", "aws dynamodb", "aws dynamodb help", "# nothing"]
        {
            assert_eq!(read(line), Ok(Typed::Help(None)), "{line}");
        }
        let scan = Operation::of_command("scan");
        assert_eq!(read("scan --table-name cards --help"), Ok(Typed::Help(scan)));
        assert_eq!(read("scan help"), Ok(Typed::Help(scan)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_remedy() {
        for (line, message, remedy) in [
            ("aws s3 ls", "no s3 here", "a DynamoDB"),
            ("putitem", "no operation `putitem`", "there is put-item"),
            ("create-table", "no operation `create-table`", "there is "),
            ("scan", "scan needs --table-name", "`scan --help`"),
            ("put-item", "put-item needs --table-name and --item", "--help"),
            ("scan --table-name", "--table-name has no value", "a text"),
            ("scan --table-name --limit 3", "--table-name has no value", "a text"),
            ("scan --table-name t --limit ten", "--limit is ten", "whole number"),
            ("scan --table-name t --table-name t", "twice", "Keep one"),
            ("scan --table-name t --filter 'a = :b'", "no option --filter", "there is --filter-expression"),
            (
                "query --table-name t --key-condition x",
                "no option --key-condition",
                "there is --key-condition-expression",
            ),
            ("get-item --table-name t --consistent-read=true", "takes no value", "--no-consistent-read"),
            ("scan --table-name t --region eu-west-1", "no option --region", "Leave it out"),
            ("scan --table-name t --max-items 3", "no option --max-items", "--exclusive-start-key"),
            ("scan --table-name t | jq .Items", "`|` belongs to no option", "no shell"),
            ("scan --table-name my cards", "`cards` belongs to no option", "single quotes"),
            ("scan --table-name 'cards", "not closed", "single quotes"),
            ("scan --no-limit", "no option --no-limit", "there is "),
            ("get-item --table-name t --key '{\"a\": 1'", "--key is no JSON", "says its type"),
        ] {
            let told = complaint(line);
            assert!(told.message.contains(message), "{line}: {told:?}");
            assert!(told.remedy.contains(remedy), "{line}: {told:?}");
        }
        assert!(complaint(&"x".repeat(LINE_BYTES_MAX + 1)).message.contains("16385 bytes"));
    }

    /// Something that looks like a line, far more often than chance would have it.
    fn nearly_a_line() -> impl Strategy<Value = String> {
        let command = proptest::sample::select(
            OPERATIONS
                .iter()
                .map(Operation::command)
                .chain(["aws".into(), "quary".into()])
                .collect::<Vec<_>>(),
        );
        let option = proptest::sample::select(
            OPERATIONS
                .iter()
                .flat_map(|operation| operation.members.iter().map(Member::option))
                .chain(["--no-consistent-read".into(), "--".into(), "--no-".into(), "=".into()])
                .collect::<Vec<_>>(),
        );
        let value = prop_oneof![
            "[a-z:#=<>() ]{0,12}",
            r#"['"\\{}\[\],: \n]{0,6}"#,
            Just(r#"'{"a": {"S": "b"}}'"#.to_owned()),
            "\\PC{0,8}",
            "-?[0-9]{1,22}",
        ];
        let rest = proptest::collection::vec((option, value), 0..5);
        (command, rest).prop_map(|(command, rest)| {
            rest.into_iter().fold(command, |line, (option, value)| format!("{line} {option} {value}"))
        })
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(line in "(?s).{0,300}") {
            let _ = read(&line);
        }

        #[test]
        fn anything_that_looks_like_a_line_is_an_answer_and_a_complaint_has_a_remedy(line in nearly_a_line()) {
            match read(&line) {
                Ok(Typed::Operation(asked)) => prop_assert!(asked.body.is_object()),
                Ok(Typed::Help(_)) => {}
                Err(told) => prop_assert!(!told.message.is_empty() && !told.remedy.is_empty()),
            }
        }

        #[test]
        fn what_is_quoted_by_a_shells_rules_arrives_as_it_was(text in "\\PC{0,40}", limit in any::<i64>(), on in any::<bool>()) {
            let item = json!({"text": {"S": text}});
            let quoted = |text: &str| shlex::try_quote(text).unwrap().into_owned();
            let flag = if on { "--consistent-read" } else { "--no-consistent-read" };
            let line = format!(
                "scan --table-name={} --filter-expression {} --expression-attribute-values {} --limit {limit} {flag}",
                quoted(&format!("t{text}")), quoted(&format!("f{text}")), quoted(&item.to_string()),
            );
            prop_assert_eq!(asked(&line).1, json!({
                "TableName": format!("t{text}"), "FilterExpression": format!("f{text}"), "ExpressionAttributeValues": item,
                "Limit": limit, "ConsistentRead": on,
            }));
        }
    }
}
