//! A call leaves the SDK's thread and comes back as an answer.

use std::future::{Future, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use iii_helpers::observability::capture_otel_context;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::Handler;
use super::connection::Connection;
use super::large::LargeAnswers;
use crate::error::{Code, Error, Reported};

type SdkResult = Result<Value, iii_sdk::errors::Error>;

/// Calls that may be under way at a time, those that wait included: each holds its payload in memory.
const CALLS: usize = 4_096;

/// A call under way is counted by its task and by its token.
const COUNTED: usize = 2;

/// The way of calls to the worker's own runtime, and of their answers to the SDK.
#[derive(Clone)]
pub(super) struct Bridge {
    handle: Handle,
    calls: TaskTracker,
    large: LargeAnswers,
}

impl Bridge {
    /// Calls run on `handle` and are counted by `calls` until their answer is with the SDK.
    pub(super) fn new(handle: Handle, calls: TaskTracker, connection: Connection) -> Self {
        let large = LargeAnswers::new(connection, handle.clone());
        Self { handle, calls, large }
    }

    /// Wraps `handler` for the SDK. The trace and the SDK's invocation context go along to the other thread.
    ///
    /// A call is counted twice, by its task and by a token on the SDK's side: the task outlives a lost connection, and the
    /// token lasts until the SDK has the answer.
    pub(super) fn to_runtime(
        &self,
        handler: Handler,
        report: fn(Error) -> Reported,
        function_id: String,
    ) -> impl Fn(Value) -> BoxFuture<'static, SdkResult> + Send + Sync + 'static {
        let Self { handle, calls, large } = self.clone();
        move |payload| {
            if calls.len() >= CALLS * COUNTED {
                return ready(Err(report(too_many()).into())).boxed();
            }
            let unanswered = calls.token();
            let handler = Handler::clone(&handler);
            let call = async move { handler(payload).await };
            let running = calls.spawn_on(in_context(call), &handle);
            let (function_id, large) = (function_id.clone(), large.clone());
            async move {
                let answer = match running.await {
                    Ok(answer) => answer,
                    Err(_) => Err(report(lost(&function_id))),
                };
                if let Ok(answer) = &answer {
                    large.wait(answer).await;
                }
                drop(unanswered);
                Ok(answer?)
            }
            .boxed()
        }
    }
}

fn in_context<F: Future + Send>(call: F) -> impl Future<Output = F::Output> + Send {
    capture_otel_context().attach(iii_sdk::scope(iii_sdk::current_invocation(), call))
}

fn too_many() -> Error {
    Error::new(Code::S400, format!("{CALLS} calls are under way already"))
}

/// The call's task panicked, or its runtime is shutting down. What a panic says may hold a payload and is not passed on.
fn lost(function_id: &str) -> Error {
    tracing::error!(function_id, "a call ended without an answer");
    Error::new(Code::S502, "the worker failed during this call")
}
