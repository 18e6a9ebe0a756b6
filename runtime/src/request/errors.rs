//! What a caller is told of a request that failed: the worker's own words, and true numbers.

use super::{
    At,
    failure::{Failure, FailureKind},
};
use crate::{
    call_site::{Rule, Then},
    error::{Code, Error},
    provider::Api,
    renewal::Renewal,
    throttle::Held,
};

impl<C: Api> At<'_, C> {
    /// The error for a failure, with what the provider says of the request's fields.
    pub(crate) fn refusal(&self, failure: &Failure) -> Error {
        match failure.renewal {
            Some(Renewal::Gone) => Error::no_such_sandbox(self.text("the provider does not know it")),
            Some(Renewal::Changed) => self.plain(failure).outdated(),
            None => self.plain(failure),
        }
    }

    /// The same without what a look has shown since.
    fn plain(&self, failure: &Failure) -> Error {
        match failure.kind {
            FailureKind::Status(status) => self.refused(failure, status),
            kind => self.error(kind),
        }
    }

    /// The error for a refusal: in the mapping's words, where it has some.
    fn refused(&self, failure: &Failure, status: u16) -> Error {
        let code = match self.then_at_last(failure) {
            Then::Fail(code) => code,
            _ => Code::S502,
        };
        if let Some(message) = self.rule_at_last(failure).and_then(Rule::message) {
            return Error::new(code, self.text(message));
        }
        match code {
            Code::S502 if status == 404 && failure.is_a_page() => self.error(FailureKind::NoApi),
            Code::S001 | Code::S200 => {
                let fields = self.named(&failure.fields);
                let what = format!("the provider refused {fields}, status {status}");
                Error::new(code, self.text(&what))
            }
            code => self.status_error(code, status),
        }
    }

    /// The fields that a refusal names, as far as the request has them: what else is named may be the provider's text.
    fn named(&self, fields: &[String]) -> String {
        let mut named: Vec<String> = Vec::new();
        for field in fields.iter().filter_map(|field| self.site.field(field)) {
            let inputs: Vec<String> = field.inputs.iter().map(|input| format!("`{input}`")).collect();
            let text = match inputs.is_empty() {
                true => format!("`{}`", field.at),
                false => format!("{} (`{}`)", inputs.join(", "), field.at),
            };
            if !named.contains(&text) {
                named.push(text);
            }
        }
        match named.is_empty() {
            true => "it".to_owned(),
            false => named.join(", "),
        }
    }

    /// The error for a failure that is no refusal.
    fn error(&self, kind: FailureKind) -> Error {
        let what = match kind {
            FailureKind::Status(status) => return self.status_error(Code::S502, status),
            FailureKind::Unreached => "the provider could not be reached".to_owned(),
            FailureKind::Gateway(status) => format!("a gateway on the way refused it, status {status}"),
            FailureKind::NoApi => "the address has no such API, status 404: check `api_base`".to_owned(),
            FailureKind::Held(held) => {
                let Held { code, status, secs } = held;
                let what =
                    format!("the provider takes no more requests for now, status {status}: try again in {secs} s");
                return Error::new(code, self.text(&what));
            }
            FailureKind::Crowded => {
                let within = self.deadline.saturating_sub(self.work).as_secs_f64();
                format!("not sent within {within} s, too many requests are under way")
            }
            FailureKind::Broken => "the connection broke before the answer was complete".to_owned(),
            FailureKind::TooSlow => format!("no answer within {} s", self.deadline.as_secs_f64()),
            FailureKind::TooLarge => "the answer is larger than the worker takes".to_owned(),
            FailureKind::Unreadable => "the answer cannot be read, or lacks what is needed".to_owned(),
            FailureKind::Unfinished => "the stream of events broke off before its end".to_owned(),
            FailureKind::Compressed => "the stream of events is compressed, which was not asked for".to_owned(),
            FailureKind::Failed(status) => {
                let code = status.map_or(Code::S502, |status| self.code(status));
                let stands_for = status.map(|status| format!(" that stands for status {status}"));
                let what = format!(
                    "the stream of events ended with an error{}",
                    stands_for.unwrap_or_default()
                );
                return Error::new(code, self.text(&what));
            }
        };
        self.call.failed(self.site, &what)
    }

    /// The code that the rules give to a status by itself.
    fn code(&self, status: u16) -> Code {
        match self.then_at_last(&FailureKind::Status(status).into()) {
            Then::Fail(code) => code,
            _ => Code::S502,
        }
    }

    /// A 404 of the provider's own API says what is not there, unless the mapping gives it a meaning of its own.
    fn status_error(&self, code: Code, status: u16) -> Error {
        let text = self.text(&format!("status {status}"));
        match (code, status) {
            (Code::S502, 404) if !self.is_main() => Error::new(code, text),
            (Code::S502, 404) if self.site.is_about_nothing_yet() => Error::no_such_image(text),
            (Code::S502, 404) if self.is_about_callers_sandbox() => Error::no_such_sandbox(text),
            (_, 404) if self.is_main() => Error::new(code, self.text("no such sandbox, status 404")),
            _ => Error::new(code, text),
        }
    }

    /// Whether what it asks for is the sandbox that its caller has named, and not what the call has made since.
    fn is_about_callers_sandbox(&self) -> bool {
        self.call.sandbox().is_some() && self.call.made_ids().is_empty()
    }

    fn text(&self, what: &str) -> String {
        format!("{}: {what} ({})", self.site.place(), self.site.call)
    }
}
