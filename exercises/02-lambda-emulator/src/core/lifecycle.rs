//! Step 1. What the runtime in an environment may do when.
//!
//! ```text
//!          ask             hand_out            answer
//!   Init ───────▶ Waiting ──────────▶ Running ─────────▶ Answered
//!                    ▲                                      │
//!                    └──────────────── ask ─────────────────┘
//! ```

/// Where an environment is between Init and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It has not yet asked for an invocation.
    Init,
    /// It asks for one.
    Waiting,
    /// It works on one.
    Running {
        /// The invocation.
        request_id: String,
        /// The attempt: the same invocation can come again.
        attempt_id: String,
    },
    /// It has answered one, and not yet asked for the next.
    Answered {
        /// The invocation that it answered.
        request_id: String,
    },
}

/// Why the Runtime API refuses a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request id is not that of the invocation at hand: 400 `InvalidRequestID`.
    #[error("Invalid request ID")]
    RequestId,
    /// The request id is, and the attempt is another one: 400 `InvalidInvocationId`.
    #[error("Invalid invocation ID")]
    InvocationId,
    /// Not now: 403 `InvalidStateTransition`.
    #[error("Transition from {from} to {to} is not allowed")]
    State {
        /// Where the environment is.
        from: &'static str,
        /// Where the call would bring it, by the name of that state. For people: nobody reads it by program.
        to: &'static str,
    },
    /// The body is larger than it may be: 413 `RequestEntityTooLarge`.
    #[error("Exceeded maximum allowed payload size ({limit} bytes).")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Lifecycle {
    /// The runtime asks for an invocation. Asking twice is allowed, asking while one is unanswered is not.
    pub fn ask(&mut self) -> Result<(), Refusal> {
        todo!("step 1: let the runtime wait for an invocation, unless it owes an answer")
    }

    /// The runtime is given an invocation that it asked for.
    pub fn hand_out(&mut self, request_id: &str, attempt_id: &str) {
        *self = Self::Running { request_id: request_id.to_owned(), attempt_id: attempt_id.to_owned() };
    }

    /// The runtime answers, with a response or an error. It counts once, and only for the attempt at hand.
    ///
    /// A second answer to the invocation that was answered last comes at the wrong time, until the runtime asks for the
    /// next one. Whatever else is answered, in whichever state, is an invocation that this environment does not have.
    ///
    /// `attempt_id` is absent where the runtime is older than the header; then the request id must do.
    pub fn answer(&mut self, request_id: &str, attempt_id: Option<&str>) -> Result<(), Refusal> {
        todo!("step 1: accept the answer to the attempt at hand, once, and refuse every other")
    }

    /// The state's name, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init => "Init",
            Self::Waiting => "Waiting",
            Self::Running { .. } => "Running",
            Self::Answered { .. } => "Answered",
        }
    }
}
