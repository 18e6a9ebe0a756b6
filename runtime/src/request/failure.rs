//! Why a request has no answer.

use std::time::Duration;

use crate::{
    error::Code,
    http::{self, Refused, causes, is_no_answer, is_too_large},
    renewal::Renewal,
    stream,
    throttle::{Held, Refusal},
};

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub kind: FailureKind,
    /// Why there was no connection or none any more, for the log.
    pub cause: Option<String>,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// The fields of the request that a refusal is about, in the provider's words.
    pub(super) fields: Vec<String>,
    /// The refusal itself, for rules that look into it.
    pub(super) refused: Option<Box<Refused>>,
    /// What a look has shown since, if that explains it.
    pub(super) renewal: Option<Renewal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    Status(u16),
    /// A server on the way refused it, with this status.
    Gateway(u16),
    /// There is no such API at the address.
    NoApi,
    /// No connection was made, so nothing was sent.
    Unreached,
    /// Too many requests were under way all the time, so nothing was sent.
    Crowded,
    /// The provider takes no requests before the deadline, so nothing was sent.
    Held(Held),
    /// The connection broke before the answer.
    Broken,
    TooSlow,
    TooLarge,
    /// A 2xx that is not what was expected.
    Unreadable,
    /// A stream broke off before it told of its end.
    Unfinished,
    /// A stream told of an error in place of its end; that of some kinds stands for a status.
    Failed(Option<u16>),
    /// A stream is compressed, which nobody asked for.
    Compressed,
}

impl Failure {
    pub(super) fn of(error: &progenitor_client::Error<()>) -> Self {
        use progenitor_client::Error as Client;
        if let Client::CommunicationError(error) = error
            && let Some(refused) = http::refused(error)
        {
            return Self::refused(refused);
        }
        if let Client::ResponseBodyError(error) = error
            && let Some(broken) = http::reason(error)
        {
            return Self::streamed(broken);
        }
        match error {
            Client::UnexpectedResponse(response) => Self::refused(&Refused::of(response.status(), response.headers())),
            Client::ErrorResponse(response) => Self::refused(&Refused::of(response.status(), response.headers())),
            Client::CommunicationError(error) if error.is_connect() => Self::connection(FailureKind::Unreached, error),
            Client::CommunicationError(error) if error.is_builder() => Self::connection(FailureKind::Unreached, error),
            Client::CommunicationError(error) | Client::ResponseBodyError(error) if is_too_large(error) => {
                FailureKind::TooLarge.into()
            }
            Client::CommunicationError(error) if is_no_answer(error) => FailureKind::Unreadable.into(),
            Client::CommunicationError(error) => Self::connection(FailureKind::Broken, error),
            Client::ResponseBodyError(error) => Self::connection(FailureKind::Broken, error),
            Client::InvalidRequest(_) => FailureKind::Unreached.into(),
            Client::InvalidResponsePayload(..) | Client::InvalidUpgrade(_) | Client::Custom(_) => {
                FailureKind::Unreadable.into()
            }
        }
    }

    /// Whether a look has shown why.
    pub fn is_explained(&self) -> bool {
        self.renewal.is_some()
    }

    /// Whether it is one of these statuses.
    pub fn is_status_of(&self, statuses: &[u16]) -> bool {
        matches!(self.kind, FailureKind::Status(status) if statuses.contains(&status))
    }

    /// Whether it is a page for people, which no API answers.
    pub(super) fn is_a_page(&self) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.is_a_page())
    }

    /// A refusal that says "later", for which a caller gets this code.
    pub(super) fn refusal(&self, code: Code) -> Refusal {
        Refusal {
            code,
            status: match self.kind {
                FailureKind::Status(status) => status,
                _ => 0,
            },
            pause: self.retry_after,
        }
    }

    fn connection(kind: FailureKind, error: &reqwest::Error) -> Self {
        Self {
            cause: Some(causes(error)),
            ..kind.into()
        }
    }

    /// A program may have run behind a stream, whatever became of that.
    fn streamed(broken: &stream::Broken) -> Self {
        use stream::Broken;
        let kind = match broken {
            Broken::Refused(status) => FailureKind::Status(*status),
            Broken::Failed(status) => FailureKind::Failed(*status),
            Broken::Unfinished(_) => FailureKind::Unfinished,
            Broken::Compressed => FailureKind::Compressed,
            Broken::TooLarge => FailureKind::TooLarge,
            Broken::Unreadable => FailureKind::Unreadable,
        };
        let cause = match broken {
            Broken::Unfinished(cause) => cause.clone(),
            _ => None,
        };
        Self { cause, ..kind.into() }
    }

    fn refused(refused: &Refused) -> Self {
        let kind = match refused.is_markup {
            true => FailureKind::Gateway(refused.status),
            false => FailureKind::Status(refused.status),
        };
        Self {
            retry_after: refused.retry_after,
            fields: refused.fields.clone(),
            refused: Some(Box::new(refused.clone())),
            ..kind.into()
        }
    }
}

impl FailureKind {
    /// The status of the answer, if there was one.
    pub fn status(self) -> Option<u16> {
        match self {
            FailureKind::Status(status) | FailureKind::Gateway(status) => Some(status),
            FailureKind::NoApi => Some(404),
            FailureKind::Failed(status) => status,
            _ => None,
        }
    }

    /// Whether the failure says that nothing was made.
    pub fn tells(self) -> bool {
        match self {
            kind if kind.was_not_sent() => true,
            FailureKind::Gateway(_) | FailureKind::NoApi => true,
            FailureKind::Status(status) => (300..500).contains(&status) && status != 408,
            _ => false,
        }
    }

    pub fn was_not_sent(self) -> bool {
        matches!(
            self,
            FailureKind::Unreached | FailureKind::Crowded | FailureKind::Held(_)
        )
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self {
            kind,
            cause: None,
            retry_after: None,
            fields: Vec::new(),
            refused: None,
            renewal: None,
        }
    }
}
