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
        if let Self::Running { .. } = self {
            return Err(Refusal::State { from: self.name(), to: "Waiting" });
        }
        *self = Self::Waiting;
        Ok(())
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
        match self {
            Self::Running { request_id: running, .. } if running != request_id => Err(Refusal::RequestId),
            Self::Running { attempt_id: running, .. } if attempt_id.is_some_and(|given| given != running) => {
                Err(Refusal::InvocationId)
            }
            Self::Running { .. } => {
                *self = Self::Answered { request_id: request_id.to_owned() };
                Ok(())
            }
            Self::Answered { request_id: answered } if answered == request_id => {
                Err(Refusal::State { from: self.name(), to: "Answered" })
            }
            _ => Err(Refusal::RequestId),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Lifecycle {
        let mut lifecycle = Lifecycle::Init;
        lifecycle.ask().unwrap();
        lifecycle.hand_out("request", "attempt-2");
        lifecycle
    }

    #[test]
    fn an_answer_counts_once() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.answer("request", Some("attempt-2")), Ok(()));
        assert_eq!(
            lifecycle.answer("request", Some("attempt-2")),
            Err(Refusal::State { from: "Answered", to: "Answered" })
        );
    }

    #[test]
    fn an_answer_of_another_attempt_or_request_does_not_count() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.answer("request", Some("attempt-1")), Err(Refusal::InvocationId));
        assert_eq!(lifecycle.answer("other", Some("attempt-2")), Err(Refusal::RequestId));
        assert_eq!(lifecycle, running());
    }

    #[test]
    fn a_runtime_older_than_the_attempt_header_is_served() {
        assert_eq!(running().answer("request", None), Ok(()));
    }

    #[test]
    fn nothing_can_be_answered_before_it_was_asked_for() {
        for mut lifecycle in [Lifecycle::Init, Lifecycle::Waiting] {
            assert_eq!(lifecycle.answer("request", None), Err(Refusal::RequestId));
        }
    }

    #[test]
    fn the_next_invocation_is_asked_for_after_the_answer() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.ask(), Err(Refusal::State { from: "Running", to: "Waiting" }));
        lifecycle.answer("request", None).unwrap();
        assert_eq!(lifecycle.ask(), Ok(()));
        assert_eq!(lifecycle.ask(), Ok(()));
        assert_eq!(lifecycle.answer("request", None), Err(Refusal::RequestId));
    }
}
