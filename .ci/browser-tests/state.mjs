// A state document as the local server sends it, for the sample pages.
export function state(change = {}) {
  const step = (number, id, title, status, more = {}) => ({ id, key: `11111111-aaaa/${id}`, number, title, status, message: "", tests: [], ...more });
  return {
    version: 1,
    book: { built_ms: 1 },
    labs: { phase: "building", detail: "aws-sdk-dynamodb", done: 12, total: 210 },
    backend: null,
    exercises: [{
      number: 1, uuid: "11111111-aaaa", title: "Serverless functions", page: "01-serverless-functions.html", status: "red",
      steps: [
        step(1, "typed-event", "A typed event in, a typed reply out", "passed"),
        step(2, "init-once", "Work done once in Init", "failed", {
          message: "A warm invocation makes no connection: `connections` is 3, expected 1.",
          tests: [{ name: "a_warm_invocation_reuses_what_init_made", outcome: "failed", expected: "invocations: 3\nconnections: 1", yours: "invocations: 3\nconnections: 3", cause: "The client is built inside the handler.", read: "The life of an environment" }],
        }),
        step(3, "views", "Twenty views at once, none lost", "todo"),
      ],
    }],
    ...change,
  };
}
