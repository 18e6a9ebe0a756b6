//! Functions that the runtime serves by another one of the mapping.

use crate::{
    contract::Signature,
    diagnostic::{Code, nearest},
    mapping::{Arguments, Function, Value, ValueKind},
    source::Spanned,
};

use super::Checker;

/// What a mapping cannot do without in a function by which others are served.
const NEEDED: [&str; 2] = ["cmd", "args"];

/// The longest argument that a Linux program can be given, its end not included.
const LONGEST_LINE: i64 = 131_071;

/// What a script takes of a line, with a path of a usual length and a piece of a file that is worth a request.
const SHORTEST_LINE: i64 = 32_768;

impl Checker<'_> {
    pub fn via(&self, function: &Function, via: &Spanned<String>, signature: &Signature) {
        if self.names_no_way(via, signature) {
            return;
        }
        if !function.is_only_via() {
            let message = "a function that is served via another has no calls, no answer, no hook and ignores nothing";
            self.problem(Code::ExclusiveKeys, via.span, message, "remove `via`, or the rest");
        }
        let mapped = self
            .mapping
            .functions
            .iter()
            .find(|mapped| mapped.name.value == via.value);
        let Some(mapped) = mapped else {
            let message = format!(
                "`{}` is served via `{}`, which is not mapped",
                signature.name, via.value
            );
            let names = self.mapping.functions.iter().map(|mapped| mapped.name.value.as_str());
            let help = match nearest(&via.value, names) {
                Some(name) => format!("is `{name}` to be `{}`?", via.value),
                None => format!("map `{}`", via.value),
            };
            self.problem(Code::UnknownReference, via.span, message, help);
            return;
        };
        for (name, _) in mapped
            .ignored
            .iter()
            .filter(|(name, _)| NEEDED.contains(&name.value.as_str()))
        {
            let (by, given) = (&via.value, &name.value);
            let message = format!(
                "`{by}` ignores `{given}`, by which `{}` gives it scripts",
                signature.name
            );
            self.problem(
                Code::UnusedInput,
                name.span,
                message,
                format!("use `$input.{given}` in a call"),
            );
        }
        for (length, value) in shell_lines(mapped).filter(|(length, _)| *length < SHORTEST_LINE) {
            let message = format!(
                "lines of {length} bytes are too short for the scripts of `{}`",
                signature.name
            );
            let help = format!("let them be {SHORTEST_LINE} bytes long, or remove `via`");
            self.problem(Code::InvalidLiteral, value.span, message, help);
        }
    }

    /// Whether the function cannot be served in this way.
    fn names_no_way(&self, via: &Spanned<String>, signature: &Signature) -> bool {
        let (message, help) = match &signature.via {
            Some(way) if *way == via.value => return false,
            Some(way) => (
                format!("`{}` cannot be served via `{}`", signature.name, via.value),
                format!("write `via: {way}`"),
            ),
            None => {
                let served = self.contract.functions.iter().filter(|served| served.via.is_some());
                let names: Vec<_> = served.map(|served| format!("`{}`", served.name)).collect();
                (
                    format!("`{}` cannot be served via another function", signature.name),
                    format!("only {} can: say which calls it makes", names.join(" and ")),
                )
            }
        };
        self.problem(Code::WrongArguments, via.span, message, help);
        true
    }
}

impl Function {
    /// Whether nothing is said of it but by which function it is served.
    fn is_only_via(&self) -> bool {
        let is_made = !self.steps.is_empty() || !self.answer.is_empty() || self.hook.is_some();
        !is_made && self.ignored.is_empty() && self.slots.is_none() && self.remember.is_empty()
    }
}

/// How long a line may be by which a function runs a program.
pub fn line_bytes(function: &Function) -> i64 {
    shell_lines(function)
        .map(|(length, _)| length)
        .fold(LONGEST_LINE, i64::min)
}

/// How long the shell lines of a function may be, where that is written there.
fn shell_lines(function: &Function) -> impl Iterator<Item = (i64, &Value)> {
    let mut lines = Vec::new();
    for value in function.values() {
        value.walk(&mut |value| {
            let ValueKind::Operator(operator, Arguments::Named(arguments)) = &value.kind else {
                return;
            };
            let longest = arguments
                .iter()
                .filter(|(name, _)| operator.name == "shell" && name.value == "max_bytes");
            lines.extend(longest.filter_map(|(_, value)| match value.kind {
                ValueKind::Integer(length) => Some((length, value)),
                _ => None,
            }));
        });
    }
    lines.into_iter()
}
