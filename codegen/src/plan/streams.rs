//! Streams of events: what is read of them, as data that the runtime goes by.

use std::rc::Rc;

use crate::{
    client::{Field, Own, RustType},
    document::Framing,
    mapping::{Call, Pieces, StateRule, Step, Stream, Told, path_text},
};

use super::{
    CallPlan, Planner, caller::Caller, coercion::Given, conditions::test, expression::Names, literal, requests::Request,
};

/// The variable of the time that a program may take.
const DEADLINE: &str = "deadline_ms";

impl Planner<'_> {
    /// What sends a request whose answer is a stream, and reads that; and the time that a program may take.
    pub fn streamed(
        &self,
        stream: &Stream,
        step: &Step,
        caller: &Caller<'_>,
        request: &Request,
        names: &Names,
        plan: &mut CallPlan,
    ) -> (String, Option<String>) {
        let constant = caller.constant("STREAM");
        plan.statics.push(self.stream_constant(stream, &step.call, &constant));
        let local = step.deadline_ms.as_ref().map(|value| {
            let at = Given::Argument(DEADLINE.to_owned());
            let value = self.given(value, &RustType::Natural.optional(), &at, names);
            let local = free(DEADLINE, &request.locals);
            plan.bindings
                .push(format!("let {local}: Option<u64> = {};", value.value()));
            local
        });
        let deadline = local.as_deref().unwrap_or("None");
        let closure = format!("|| cx.streamed(&{constant}, {deadline}, {})", request.sent);
        (closure, local)
    }

    fn stream_constant(&self, stream: &Stream, call: &Call, constant: &str) -> String {
        let framing = match self
            .checked
            .operation(call)
            .events
            .as_ref()
            .map(|events| events.framing)
        {
            Some(Framing::Sse) => "Sse",
            Some(Framing::Lines) => "Lines",
            Some(Framing::Connect) | None => "Connect",
        };
        let timed_out = stream.timed_out.as_ref();
        let errors: Vec<&str> = timed_out
            .into_iter()
            .flat_map(|timed_out| &timed_out.error)
            .map(|code| code.value.as_str())
            .collect();
        let code = stream.exit_code.as_ref().map(|code| {
            let at = literal(&path_text(&code.path));
            format!("ExitCode {{ at: {at}, zero: &[{}] }}", only(&code.zero))
        });
        let end = timed_out.map_or_else(String::new, |timed_out| only(&timed_out.end));
        let fields = [
            format!("framing: Framing::{framing}"),
            format!("stdout: {}", pieces(stream.stdout.as_ref())),
            format!("stderr: {}", pieces(stream.stderr.as_ref())),
            format!("end: {}", told(&stream.end)),
            format!("fail: {}", option(stream.fail.as_ref().map(told))),
            format!("exit_code: {}", option(code)),
            format!("timed_out: TimedOut {{ errors: &{errors:?}, end: &[{end}] }}"),
            format!("of_shell: {}", call.bounds_output()),
        ];
        format!("static {constant}: Stream = Stream {{ {} }};", fields.join(", "))
    }
}

/// What comes of a stream, as far as the mapping says what that is.
pub fn answer(stream: &Stream) -> RustType {
    let field = |name: String, kind: RustType| (name.clone(), Field { ident: name, kind });
    let mut fields = vec![
        field("end".to_owned(), RustType::Json),
        field("exit_code".to_owned(), RustType::Integer),
        field("timed_out".to_owned(), RustType::Boolean),
    ];
    for (name, _) in stream.outputs() {
        fields.push(field(name.to_owned(), RustType::Text));
        fields.push(field(format!("{name}_truncated"), RustType::Boolean));
    }
    RustType::Own(Rc::new(Own {
        name: "Streamed".to_owned(),
        fields,
    }))
}

fn told(told: &Told) -> String {
    let at = literal(&path_text(&told.path));
    format!("Told {{ at: {at}, only: &[{}] }}", only(&told.only))
}

fn pieces(pieces: Option<&Pieces>) -> String {
    let written = |pieces: &Pieces| format!("Pieces {{ of: {}, base64: {} }}", told(&pieces.told), pieces.base64);
    option(pieces.map(written))
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn only(rules: &[StateRule]) -> String {
    let rule = |rule: &StateRule| format!("({}, {})", literal(&path_text(&rule.path.value)), test(&rule.test));
    rules.iter().map(rule).collect::<Vec<_>>().join(", ")
}

/// A name for a variable that hides none of those that the request borrows.
fn free(name: &str, taken: &[String]) -> String {
    let mut free = name.to_owned();
    while taken.contains(&free) {
        free.push_str("_of_program");
    }
    free
}
