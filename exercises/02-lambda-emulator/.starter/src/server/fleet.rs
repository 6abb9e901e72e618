//! One function's environments: started, lent to invocations one at a time, ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::environment::Environment;
use super::overrun;
use crate::clock::Clock;
use crate::config::Function;
use crate::core::invocation::{Answer, FunctionError, Invocation};
use crate::core::pool::{EnvironmentId, Placement, Pool, Throttle};
use crate::core::{failure, limits, name};
use crate::host::{Host, HostError, Start};

/// One function's environments.
pub struct Fleet {
    /// The function.
    pub function: Function,
    /// The time.
    pub clock: Arc<dyn Clock>,
    host: Arc<dyn Host>,
    account: Arc<Semaphore>,
    members: Mutex<Members>,
}

struct Members {
    pool: Pool,
    environments: HashMap<EnvironmentId, Arc<Environment>>,
    started: u64,
    /// What environments wrote that were not done with Init, by the invocation that each was started for.
    last_words: HashMap<String, Vec<String>>,
}

/// An invocation that was run.
#[derive(Debug)]
pub struct Run {
    /// What became of it.
    pub answer: Answer,
    /// Where it ran, unless there was nowhere.
    pub environment: Option<Arc<Environment>>,
    /// What environments wrote before it that never came to be.
    pub last_words: Vec<String>,
    /// From the hand-over to the answer.
    pub duration: Duration,
    /// When the environment is killed if it has not done with it.
    pub deadline: Duration,
}

/// A streamed answer that is still being made.
#[derive(Debug)]
pub struct Following {
    environment: Arc<Environment>,
    ended: oneshot::Receiver<()>,
    deadline: Duration,
}

impl Run {
    fn without_environment(error: FunctionError, last_words: Vec<String>) -> Self {
        Self {
            answer: Answer::Error(error),
            environment: None,
            last_words,
            duration: Duration::ZERO,
            deadline: Duration::ZERO,
        }
    }

    /// What is left to wait for, if the answer is still being made.
    pub fn follow(&mut self) -> Option<Following> {
        let Answer::Stream(streamed) = &mut self.answer else { return None };
        let environment = self.environment.clone()?;
        Some(Following { environment, ended: streamed.ended.take()?, deadline: self.deadline })
    }
}

/// Why an environment did not come to its first invocation.
#[derive(Debug)]
pub enum InitFailure {
    /// Init failed, or its process ended.
    Error(FunctionError),
    /// It still runs, and its time is over.
    Overrun(Arc<Environment>),
}

impl Fleet {
    /// A function without environments. `account` has a permit for each that all functions may still have.
    pub fn new(
        function: Function,
        host: Arc<dyn Host>,
        clock: Arc<dyn Clock>,
        account: Arc<Semaphore>,
    ) -> Self {
        let pool = Pool::new(function.reserved_concurrency);
        let members = Mutex::new(Members {
            pool,
            environments: HashMap::new(),
            started: 0,
            last_words: HashMap::new(),
        });
        Self { function, clock, host, account, members }
    }

    /// Runs an invocation to its answer; a streamed answer is still being made when this returns, and the
    /// environment is busy until [`Fleet::finish`].
    pub async fn run(self: &Arc<Self>, mut invocation: Invocation) -> Result<Run, Throttle> {
        let permit = self.permit();
        for _ in 0..limits::HANDOVER_TRIES {
            let environment = match self.place(permit.is_some()) {
                Placement::Throttled(throttle) => return Err(throttle),
                Placement::Warm(id) => self.environment(id),
                Placement::Cold => None,
            };
            invocation.deadline = self.clock.now().await + self.function.timeout;
            let environment = match environment {
                Some(warm) => warm,
                None => match self.cold_start(&mut invocation).await {
                    Ok(environment) => environment,
                    Err(error) => {
                        self.members().pool.lose();
                        let last_words = self.last_words(&invocation.request_id);
                        return Ok(Run::without_environment(error, last_words));
                    }
                },
            };
            if let Some(run) = self.work(environment, Arc::new(invocation.clone())).await {
                return Ok(Run { last_words: self.last_words(&invocation.request_id), ..run });
            }
        }
        let message =
            format!("RequestId: {} Error: no environment took the invocation", invocation.request_id);
        let last_words = self.last_words(&invocation.request_id);
        Ok(Run::without_environment(FunctionError::new("Runtime.Unknown", message), last_words))
    }

    /// Gives the invocation to an environment and waits. Nothing comes back if the environment ended before its
    /// runtime had asked for the invocation: then it can be run elsewhere, for nobody has seen it.
    async fn work(
        self: &Arc<Self>,
        environment: Arc<Environment>,
        invocation: Arc<Invocation>,
    ) -> Option<Run> {
        let started = invocation.deadline.saturating_sub(self.function.timeout);
        let request_id = &invocation.request_id;
        let answer = tokio::select! {
            biased;
            Ok(answer) = environment.hand_over(invocation.clone()) => answer,
            exit = environment.exited() => {
                self.discard(&environment);
                if environment.take_back() {
                    return None;
                }
                Answer::Error(failure::exited(request_id, exit))
            }
            () = self.clock.sleep_until(invocation.deadline) => {
                Answer::Error(overrun::invocation(self, &environment, request_id))
            }
        };
        let now = self.clock.now().await;
        if !matches!(answer, Answer::Stream(_)) {
            self.finish(&environment, now);
        }
        let duration = now.saturating_sub(started);
        Some(Run {
            answer,
            environment: Some(environment),
            last_words: Vec::new(),
            duration,
            deadline: invocation.deadline,
        })
    }

    /// Waits for the end of a streamed answer, no longer than until the deadline.
    pub async fn follow(&self, following: Following) {
        let Following { environment, ended, deadline } = following;
        let whole = tokio::select! {
            biased;
            ended = ended => ended.is_ok(),
            _ = environment.exited() => false,
            () = self.clock.sleep_until(deadline) => false,
        };
        if whole {
            self.finish(&environment, self.clock.now().await);
        } else {
            self.discard(&environment);
        }
    }

    /// An environment is done with its invocation: the next may have it.
    pub fn finish(&self, environment: &Environment, now: Duration) {
        let mut members = self.members();
        if members.environments.contains_key(&environment.id) {
            members.pool.release(environment.id, now);
        }
    }

    /// Starts an environment for an invocation.
    async fn cold_start(
        self: &Arc<Self>,
        invocation: &mut Invocation,
    ) -> Result<Arc<Environment>, FunctionError> {
        let began = self.clock.now().await;
        let limit = began + self.function.init_timeout;
        let environment = match self.initialize(&invocation.request_id, limit).await {
            Ok(environment) => {
                let now = self.clock.now().await;
                invocation.deadline = now + self.function.timeout;
                *environment.init.lock().expect("no panic under this lock") = Some(now.saturating_sub(began));
                environment
            }
            Err(InitFailure::Error(error)) => return Err(error),
            Err(InitFailure::Overrun(environment)) => overrun::init(self, &environment, invocation).await?,
        };
        self.members().environments.insert(environment.id, environment.clone());
        tokio::spawn({
            let (fleet, environment) = (self.clone(), environment.clone());
            async move {
                environment.exited().await;
                fleet.forget(&environment);
            }
        });
        Ok(environment)
    }

    /// Starts an environment and waits for the end of its Init, no longer than until `limit`.
    pub async fn initialize(
        &self,
        request_id: &str,
        limit: Duration,
    ) -> Result<Arc<Environment>, InitFailure> {
        let (environment, init) = self.begin(request_id).await?;
        let failed = tokio::select! {
            biased;
            Ok(ended) = init => match ended {
                Ok(()) => return Ok(environment),
                Err(error) => error,
            },
            exit = environment.exited() => failure::exited(request_id, exit),
            () = self.clock.sleep_until(limit) => {
                self.keep_last_words(request_id, &environment);
                return Err(InitFailure::Overrun(environment));
            }
        };
        environment.kill();
        self.keep_last_words(request_id, &environment);
        Err(InitFailure::Error(failed))
    }

    fn keep_last_words(&self, request_id: &str, environment: &Environment) {
        let written = environment.log.take();
        self.members().last_words.entry(request_id.to_owned()).or_default().extend(written);
    }

    fn last_words(&self, request_id: &str) -> Vec<String> {
        self.members().last_words.remove(request_id).unwrap_or_default()
    }

    async fn begin(&self, request_id: &str) -> Result<Begun, InitFailure> {
        let id = {
            let mut members = self.members();
            members.started += 1;
            EnvironmentId(members.started)
        };
        let unable = |error_type: &str, error: String| {
            let message = format!("RequestId: {request_id} Error: {error}");
            InitFailure::Error(FunctionError::new(error_type, message))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener =
            listener.map_err(|error| unable("Runtime.Unknown", format!("no listener: {error}")))?;
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let variables = variables(&self.function, id, &address);
        let start = Start { function: self.function.name.clone(), variables };
        match self.host.start(start).await {
            Ok(process) => Ok(Environment::begin(id, listener, process)),
            Err(error @ (HostError::Unknown(_) | HostError::Start { .. })) => {
                Err(unable("Runtime.InvalidEntrypoint", error.to_string()))
            }
            Err(error @ HostError::Control(_)) => Err(unable("Runtime.Unknown", error.to_string())),
        }
    }

    /// Kills a busy environment and takes it out of the fleet: the next invocation gets another.
    pub fn discard(&self, environment: &Environment) {
        let mut members = self.members();
        if members.environments.remove(&environment.id).is_some() {
            members.pool.lose();
        }
        environment.kill();
    }

    /// Ends what has been idle for too long.
    pub fn reap(&self, now: Duration) {
        let mut members = self.members();
        for id in members.pool.expire(now, limits::IDLE_TIMEOUT) {
            if let Some(environment) = members.environments.remove(&id) {
                environment.kill();
            }
        }
    }

    /// Ends every environment.
    pub fn shut_down(&self) {
        for environment in self.members().environments.values() {
            environment.kill();
        }
    }

    /// An idle environment ended by itself.
    fn forget(&self, environment: &Environment) {
        let mut members = self.members();
        if members.pool.forget(environment.id) {
            members.environments.remove(&environment.id);
        }
    }

    /// A function's first invocation needs no decision, so the steps before the third do without one; all others
    /// need [`Pool::place`].
    fn place(&self, account_has_room: bool) -> Placement {
        let mut members = self.members();
        if members.pool.is_empty() && members.pool.reserved.is_none() && account_has_room {
            members.pool.busy = 1;
            return Placement::Cold;
        }
        members.pool.place(account_has_room)
    }

    fn permit(&self) -> Option<SemaphorePermit<'_>> {
        match self.function.reserved_concurrency {
            Some(_) => None,
            None => self.account.try_acquire().ok(),
        }
    }

    fn environment(&self, id: EnvironmentId) -> Option<Arc<Environment>> {
        self.members().environments.get(&id).cloned()
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().expect("no panic under this lock")
    }
}

/// An environment that has begun, and the end of its Init.
type Begun = (Arc<Environment>, oneshot::Receiver<Result<(), FunctionError>>);

/// The environment variables that Lambda defines, over those of the function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn variables(
    function: &Function,
    id: EnvironmentId,
    runtime_api: &str,
) -> std::collections::BTreeMap<String, String> {
    let mut variables = function.variables.clone();
    let log_group = format!("/aws/lambda/{}", function.name);
    let log_stream = format!("[{}]{:032x}", name::LATEST, id.0);
    let memory = function.memory_mb.to_string();
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", name::LATEST),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &log_stream),
        ("AWS_REGION", name::REGION),
        ("AWS_DEFAULT_REGION", name::REGION),
        ("_HANDLER", "bootstrap"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    variables
}
