//! What is wrong in a page is told with its page, its line and a remedy.

use crate::sample::Sample;
use course::book::build::build;
use course::failure::Failure;

/// The problems of the small course after `change`, a line each: place and message.
fn problems(change: impl FnOnce(&Sample)) -> Vec<String> {
    let sample = Sample::new();
    change(&sample);
    let out = tempfile::tempdir().unwrap();
    let problems = match build(&sample.book(), out.path()) {
        Ok(built) => built.problems,
        Err(Failure::Book { problems }) => problems,
        Err(failure) => panic!("{failure}"),
    };
    for problem in &problems {
        assert!(!problem.remedy.is_empty(), "{problem} has no remedy");
    }
    problems.iter().map(|problem| format!("{}: {}", problem.place, problem.message)).collect()
}

/// An edit of a file, and the first problem that it must be told as.
const EDITS: [(&str, &str, &str, &str); 37] = [
    // -- unknown ids
    ("book/src/one.md", "greet-one", "greet-none", "book/quizzes/greet.toml:2: greet-one is on no page"),
    (
        "book/src/one.md",
        "{{#quiz greet-one}}",
        "{{#quiz greet-one}}\n\n{{#quiz x}}",
        "book/src/one.md:5: there is no question x in book/quizzes",
    ),
    (
        "book/src/predict.md",
        "greet-prediction}}",
        "greet-prediction}}\n\n{{#predict x}}",
        "book/src/predict.md:5: there is no prediction x in book/quizzes",
    ),
    ("book/src/try.md", "{{#try greet}}", "{{#try x}}", "book/src/try.md:5: no exercise has a try x"),
    (
        "book/src/console.md",
        "{{#console shelf}}",
        "{{#console x}}",
        "book/src/console.md:3: no exercise has a console x",
    ),
    (
        "book/src/simulator.md",
        "lanes",
        "x",
        "book/src/simulator.md:3: there is no simulator x: book/simulators/x.js is missing",
    ),
    (
        "book/src/diagram.md",
        "flow",
        "x",
        "book/src/diagram.md:3: book/diagrams/x.svg: No such file or directory (os error 2)",
    ),
    ("book/src/step.md", "1.1", "1.2", "book/src/step.md:5: exercise 1 has no step 2"),
    ("book/src/step.md", "1.1", "one", "book/src/step.md:5: one names no step"),
    ("book/src/step.md", "1.1", "2.1", "book/src/step.md:5: there is no exercise 2"),
    ("book/src/terms.md", "term:warm-start", "term:x", "book/src/terms.md:3: the glossary has no term x"),
    (
        "book/src/terms.md",
        "# Terms",
        "{{#quizz a}}\n\n# Terms",
        "book/src/terms.md:1: there is no directive quizz",
    ),
    // -- the schema
    (
        "book/quizzes/greet.toml",
        "why = \"It found the process of the first.\"",
        "why = \"\"",
        "book/quizzes/greet.toml:21: question greet-several: option `the second` does not explain itself",
    ),
    (
        "book/quizzes/greet.toml",
        "explanation = \"One and one.\"",
        "",
        "book/quizzes/greet.toml:33: question greet-text: its answer is not explained",
    ),
    (
        "book/quizzes/greet.toml",
        "answer = [0, 2]",
        "answer = [0, 3]",
        "book/quizzes/greet.toml:21: question greet-several: the answer [0, 3] names no option",
    ),
    (
        "book/quizzes/greet.toml",
        "answer = 0\n",
        "answer = \"0\"\n",
        "book/quizzes/greet.toml:2: question greet-one: it is no question of kind one",
    ),
    (
        "book/quizzes/greet.toml",
        "matches = \"^1+$\"",
        "matches = \"(\"",
        "book/quizzes/greet.toml:33: question greet-text: `matches` is no pattern",
    ),
    (
        "book/quizzes/greet.toml",
        "id = \"greet-text\"",
        "id = \"greet-one\"",
        "book/quizzes/greet.toml:33: greet-one is at book/quizzes/greet.toml:2 already",
    ),
    (
        "book/quizzes/greet.toml",
        ", right = true",
        "",
        "book/quizzes/greet.toml:59: prediction greet-prediction: 0 of its options are `right`",
    ),
    (
        "book/quizzes/greet.toml",
        "stem = \"How many?\"",
        "stam = \"How many?\"",
        "book/quizzes/greet.toml:35: unknown field `stam`",
    ),
    (
        "book/glossary.toml",
        "aliases = [\"coldstart\"]",
        "aliases = [\"warm start\"]",
        "book/glossary.toml:8: cold-start: `warm start` is a name of warm-start already",
    ),
    (
        "book/glossary.toml",
        "chapter = \"start.md\"",
        "chapter = \"x.md\"",
        "book/glossary.toml:2: warm-start: there is no page x.md",
    ),
    (
        "exercises/01-greet/consoles/shelf.toml",
        "TableName",
        "TabelName",
        "book/src/console.md:3: exercises/01-greet/consoles/shelf.toml: a table's `create` has no TableName or no KeySchema",
    ),
    (
        "exercises/01-greet/consoles/shelf.toml",
        "ADD #l :spoon",
        "ADD #l :fork",
        "book/src/console.md:3: the recording of console shelf is of another session than its document suggests",
    ),
    // -- what is read
    (
        "exercises/01-greet/recordings/shelf.json",
        "\"begin\"",
        "\"began\"",
        "book/src/console.md:3: the recording of console shelf can't be read: exercises/01-greet/recordings/shelf.json: ",
    ),
    (
        "book/src/include.md",
        ":greet",
        ":x",
        "book/src/include.md:4: solutions/01-greet/src/lib.rs has no region x",
    ),
    (
        "book/src/include.md",
        "lib.rs:greet",
        "lib.rs:5:90",
        "book/src/include.md:4: solutions/01-greet/src/lib.rs has 8 lines, not 90",
    ),
    (
        "book/src/include.md",
        "lib.rs:greet",
        "x.rs",
        "book/src/include.md:4: solutions/01-greet/src/x.rs: No such file or directory (os error 2)",
    ),
    (
        "solutions/01-greet/src/lib.rs",
        "// ANCHOR_END: greet",
        "",
        "book/src/include.md:4: the region greet of solutions/01-greet/src/lib.rs has no end",
    ),
    (
        "solutions/01-greet/examples/greet.rs",
        "ANCHOR: book",
        "ANCHOR: bok",
        "book/src/try.md:5: solutions/01-greet/examples/greet.rs has no region book",
    ),
    (
        "book/diagrams/flow.svg",
        "<title id=\"flow-title\">From here to there</title>",
        "",
        "book/src/diagram.md:3: book/diagrams/flow.svg: it has no title or no desc",
    ),
    // -- where it stands
    (
        "book/src/one.md",
        "{{#quiz greet-one}}",
        "{{#quiz greet-one}}\n\n{{#quiz greet-one}}",
        "book/src/one.md:5: greet-one is on this page twice",
    ),
    (
        "book/src/one.md",
        "{{#quiz greet-one}}",
        "{{#quiz greet-one}}\n\nSee {{#quiz greet-one}}.",
        "book/src/one.md:5: {{#quiz}} is not alone on its line",
    ),
    // -- links
    (
        "book/src/start.md",
        "try.md#a-run",
        "try.md#another-run",
        "book/src/start.md:3: try.html has no anchor #another-run",
    ),
    (
        "book/src/start.md",
        "[a link](one.md)",
        "[a link](none.md)",
        "book/src/start.md:3: the link none.html leads to no page",
    ),
    (
        "book/quizzes/greet.toml",
        "try.md#a-run",
        "try.md#x",
        "book/quizzes/greet.toml:2: try.html has no anchor #x",
    ),
    // -- mdBook's own
    ("book/src/start.md", "# Start", "# Start\n\n<b>never closed\n\nText.", "book.toml"),
];

#[test]
fn a_mistake_is_told_with_its_page_and_line() {
    for (file, from, to, expected) in EDITS {
        let told = problems(|sample| sample.edit(file, from, to));
        assert!(
            told.iter().any(|problem| problem.starts_with(expected)
                || (expected == "book.toml" && problem.contains("mdBook: unclosed HTML tag"))),
            "{file}: {from:?} -> {to:?} should tell\n  {expected}\nand told\n  {}",
            told.join("\n  ")
        );
    }
}

#[test]
fn a_missing_recording_names_the_command_that_makes_it() {
    let sample = Sample::new();
    sample.remove("exercises/01-greet/recordings/greet.txt");
    let out = tempfile::tempdir().unwrap();
    let problems = build(&sample.book(), out.path()).unwrap().problems;
    let places: Vec<String> = problems.iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(places, ["book/src/predict.md:3", "book/src/try.md:5"]);
    assert!(problems.iter().all(|problem| problem.remedy.contains("cargo course record 1")));
}

#[test]
fn a_missing_page_fails_the_build_at_once() {
    let told = problems(|sample| sample.remove("book/src/text.md"));
    assert!(told[0].contains("failed to read chapter `text.md`"), "{told:?}");
}

#[test]
fn a_broken_exercise_says_so_where_its_step_should_be() {
    let sample = Sample::new();
    sample.edit("exercises/01-greet/exercise.toml", "difficulty = 1", "difficulty = 9");
    let out = tempfile::tempdir().unwrap();
    let problems = build(&sample.book(), out.path()).unwrap().problems;
    assert!(
        problems.iter().any(|problem| problem.place.to_string() == "exercises/01-greet/exercise.toml"
            && problem.message.contains("difficulty is 9")),
        "{problems:?}"
    );
    let page = std::fs::read_to_string(out.path().join("step.html")).unwrap();
    assert!(page.contains("course-problem"), "the page shows nothing in its place");
}
