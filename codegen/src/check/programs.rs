//! What a function answers of a program: that it is read of what became of the program, and is not the same for all.

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Call, Function, Outcome, Reference, Root, Segment, Status, Step, Value, ValueKind},
    naming::letters,
};

use super::Checker;

/// Fields, in small letters, that have a program's exit code.
const EXIT_CODES: [&str; 6] = ["exitcode", "exitstatus", "returncode", "statuscode", "retcode", "code"];

/// Statuses with which a provider says that a time is over.
const TIME_IS_OVER: [u16; 3] = [408, 504, 524];

/// The operators that read what a `shell` line prints.
const READS_A_LINE: [&str; 2] = ["shell_stdout", "shell_stderr"];

impl Checker<'_> {
    pub fn tells_of_its_program(&self, function: &Function) {
        if function.steps.is_empty() {
            return;
        }
        self.exit_code_is_read(function);
        self.end_of_its_time_is_told(function);
        self.marks_are_taken_out(function);
    }

    fn exit_code_is_read(&self, function: &Function) {
        let Some(code) = function.answered("exit_code").filter(|code| is_constant(code)) else {
            return;
        };
        let message = "this exit code is the same whatever the program has come to";
        let help = match self.field_with_exit_code(function) {
            Some(reference) => format!("write `exit_code: {reference}`"),
            None => {
                "name the field of an answer that has it; if none has, print it after the program and read it there"
                    .into()
            }
        };
        self.problem(Code::UnreadEnd, code.span, message, help);
    }

    /// The field of an answer that has an exit code, by its name.
    fn field_with_exit_code(&self, function: &Function) -> Option<Reference> {
        let is_code = |ty: &Type| matches!(ty.kind, TypeKind::Integer | TypeKind::Number | TypeKind::String);
        EXIT_CODES.iter().find_map(|wanted| {
            function.steps.iter().find_map(|step| {
                let answer = self.answer(self.operation(&step.call)?);
                let names = answer.property_names();
                let name = names.into_iter().find(|name| letters(name) == *wanted)?;
                let (schema, _) = answer.property(&name)?;
                let path = vec![Segment::Field(name)];
                let root = Root::Step(step.name.value.clone());
                is_code(&self.document.type_of(&schema)).then_some(Reference { root, path })
            })
        })
    }

    /// A program whose time is over has not ended by itself.
    fn end_of_its_time_is_told(&self, function: &Function) {
        let said = function.answered("timed_out").filter(|said| is_constant(said));
        let timed = function.steps.iter().find(|step| step.call.sends_a_timeout());
        let (Some(said), Some(step)) = (said, timed) else {
            return;
        };
        if function.steps.iter().any(Step::fails_when_time_is_over) {
            return;
        }
        let name = &step.name.value;
        let message = format!("`{name}` is given a time, and this says that no program has ever used it up");
        let read = |answered| function.answered(answered).and_then(|value| value.read_but_by(&[]));
        let text = |answered| read(answered).map_or_else(|| "…".to_owned(), Reference::to_string);
        let help = match step.call.times_a_line() {
            true => format!(
                "ask the line: `timed_out: {{shell_timed_out: {{exit_code: {}, stderr: {}, timeout_ms: $input.timeout_ms}}}}`",
                text("exit_code"),
                text("stderr")
            ),
            false => format!(
                "name what the answer says of it, or its status: `{{switch: {{of: $status.{name}, cases: {{408: true}}, \
                 default: false}}}}`; if it says nothing, send the time by a `shell` line and ask `shell_timed_out`"
            ),
        };
        self.problem(Code::UnreadEnd, said.span, message, help);
    }

    /// A line that keeps a time or bounds its output says so within the streams.
    fn marks_are_taken_out(&self, function: &Function) {
        let bounds = function.steps.iter().any(|step| step.call.bounds_output());
        let marks_stderr = bounds || function.steps.iter().any(|step| step.call.times_a_line());
        let streams = [
            ("stdout", "shell_stdout", bounds),
            ("stderr", "shell_stderr", marks_stderr),
        ];
        for (stream, operator, _) in streams.into_iter().filter(|(.., marked)| *marked) {
            let Some(value) = function.answered(stream) else {
                continue;
            };
            if let Some(read) = value.read_but_by(&READS_A_LINE) {
                let message = format!("the `shell` line marks what it prints, and `{stream}` has the marks in it");
                let help = format!("write `{stream}: {{{operator}: {read}}}`");
                self.problem(Code::UnreadEnd, value.span, message, help);
            }
            if bounds && let Some(read) = value.read_but_by(&[]) {
                self.what_is_left_out_is_told(function, stream, read);
            }
        }
    }

    fn what_is_left_out_is_told(&self, function: &Function, stream: &str, read: &Reference) {
        let said = format!("{stream}_truncated");
        if let Some(value) = function.answered(&said).filter(|value| is_constant(value)) {
            let message = format!("the `shell` line leaves out what is too long, and `{said}` says that it never does");
            let help = format!("write `{said}: {{shell_truncated: {read}}}`");
            self.problem(Code::UnreadEnd, value.span, message, help);
        }
    }
}

impl Function {
    fn answered(&self, name: &str) -> Option<&Value> {
        self.answer
            .iter()
            .find(|(known, _)| known.value == name)
            .map(|(_, value)| value)
    }
}

impl Step {
    /// Whether an answer that says so, or a status, makes it fail where a program's time is over.
    fn fails_when_time_is_over(&self) -> bool {
        let is_such = |outcome: &Outcome| match &outcome.status {
            Status::Only(statuses) => statuses.iter().any(|status| TIME_IS_OVER.contains(status)),
            Status::Class(_) | Status::Any => false,
        };
        !self.reject.is_empty() || self.call.outcomes.iter().any(is_such)
    }
}

impl Call {
    /// Whether its `shell` line ends the program when a time is over.
    fn times_a_line(&self) -> bool {
        self.sends_a_line_with(&["timeout_ms", "default_timeout_secs"])
    }

    /// Whether what it is given ends a program when a time is over.
    fn sends_a_timeout(&self) -> bool {
        let is_time = |reference: &Reference| match (&reference.root, reference.path.as_slice()) {
            (Root::Input, [Segment::Field(name)]) => name == "timeout_ms",
            (Root::Config, [Segment::Field(name)]) => name == "default_exec_timeout_secs",
            _ => false,
        };
        let mut found = false;
        let mut note = |value: &Value| found |= value.as_reference().is_some_and(is_time);
        self.values().for_each(|value| value.walk(&mut note));
        found
    }
}

/// Whether it is written out, and so the same for every program.
fn is_constant(value: &Value) -> bool {
    let mut found = false;
    value.walk(&mut |value| found |= matches!(value.kind, ValueKind::Reference(_) | ValueKind::Null));
    !found
}
