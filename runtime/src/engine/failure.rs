//! Why the engine does not let this worker serve.

use std::fmt;

/// The engine's refusal, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFailure {
    /// Another live worker has this worker's name, or the engine refuses the worker for a reason of its own.
    WorkerRefused {
        /// The engine's code, `WORKER_NAMESPACE_CONFLICT` for a name that is taken.
        code: String,
        /// Where.
        namespace: String,
    },
    /// A function is served by another worker.
    FunctionTaken {
        /// The function's id.
        function_id: String,
        /// The other worker's name.
        owner: String,
    },
    /// The engine took other functions of this worker but not these.
    FunctionRefused {
        /// Their ids, comma-separated.
        function_ids: String,
    },
}

impl LinkFailure {
    /// `None` for errors that pass.
    pub(super) fn of(error: &iii_sdk::errors::Error) -> Option<Self> {
        match error {
            iii_sdk::errors::Error::RegistrationRejected { code, namespace, .. } => Some(Self::WorkerRefused {
                code: code.clone(),
                namespace: namespace.clone(),
            }),
            _ => None,
        }
    }
}

impl fmt::Display for LinkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkerRefused { code, namespace } if code == "WORKER_NAMESPACE_CONFLICT" => {
                write!(
                    f,
                    "the engine refused this worker: another one has its name in namespace {} ({})",
                    namespace.escape_debug(),
                    code
                )
            }
            Self::WorkerRefused { code, namespace } => write!(
                f,
                "the engine refused this worker in namespace {} ({})",
                namespace.escape_debug(),
                code.escape_debug()
            ),
            Self::FunctionTaken { function_id, owner } => write!(
                f,
                "the engine refused {function_id}: worker {} has it",
                owner.escape_debug()
            ),
            Self::FunctionRefused { function_ids } => write!(
                f,
                "the engine refused {function_ids}: another worker has it, or this worker may not"
            ),
        }
    }
}

impl std::error::Error for LinkFailure {}
