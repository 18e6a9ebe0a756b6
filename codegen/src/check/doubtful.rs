//! What is sound and likely not meant: parts that nothing uses, and calls and statuses that say something else.

use std::iter;

use crate::{
    contract,
    mapping::{Arguments, Call, Function, Reference, Root, Sandboxes, Segment, SlotRule, Value, ValueKind},
    naming::letters,
    source::Span,
};

use super::Resolved;

/// Last segments of paths whose calls keep a sandbox for later.
const KEEPING: [&str; 5] = ["archive", "hibernate", "pause", "sleep", "suspend"];

const TOO_MANY_REQUESTS: u16 = 429;

impl Resolved {
    /// One sentence each, with its place.
    pub(super) fn doubts(&self) -> Vec<String> {
        let mut doubts = self.unused();
        let further = self.mapping.apis.iter().map(|api| &api.stale);
        let stale = iter::once(&self.mapping.api.stale).chain(further).flatten();
        let stale = stale.filter(|stale| stale.statuses.contains(&TOO_MANY_REQUESTS));
        doubts.extend(stale.map(|stale| {
            self.at(
                stale.span,
                "429 is of too many requests: it says nothing of facts, and a look at the sandbox is one request more",
            )
        }));
        let ends = self.ends().into_iter().filter(|call| self.keeps(call));
        doubts.extend(ends.map(|call| {
            let name = &call.operation.value;
            let note = format!(
                "`{name}` ends a sandbox, and by its name it is kept for later: does it stop to cost and to count?"
            );
            self.at(call.operation.span, &note)
        }));
        doubts.extend(
            self.mapping
                .functions
                .iter()
                .filter_map(|function| self.made_up_exit_code(function)),
        );
        doubts
    }

    /// An exit code that stands in for one that is absent.
    fn made_up_exit_code(&self, function: &Function) -> Option<String> {
        let (_, code) = function.answer.iter().find(|(name, _)| name.value == "exit_code")?;
        let stands_in = matches!(&code.kind, ValueKind::Operator(operator, Arguments::Values(values))
            if operator.name == "first" && values.iter().any(|value| matches!(value.kind, ValueKind::Integer(_))));
        stands_in.then(|| {
            self.at(
                code.span,
                "where the answer has no exit code, this makes one up; unless the provider leaves zeros out, write `{must: …}`",
            )
        })
    }

    pub(super) fn at(&self, span: Span, said: &str) -> String {
        let (line, _) = self.mapping.source.line_column(span.start);
        format!("{}:{line}: {said}", self.mapping.source.name)
    }

    /// The calls after which a sandbox no longer counts.
    fn ends(&self) -> Vec<&Call> {
        let frees = |function: &&Function| matches!(function.slots, Some(SlotRule::Free(_)));
        let functions = self.mapping.functions.iter().filter(frees);
        let end = self
            .mapping
            .sandboxes
            .iter()
            .filter_map(|sandboxes| sandboxes.end.as_ref());
        functions
            .flat_map(|function| &function.steps)
            .map(|step| &step.call)
            .chain(end)
            .collect()
    }

    fn keeps(&self, call: &Call) -> bool {
        let last = self.operation(call).path.trim_end_matches('/').rsplit('/').next();
        last.is_some_and(|last| KEEPING.contains(&letters(last).as_str()))
    }

    /// Further APIs and facts; Rust may use what a mapping with hooks does not.
    fn unused(&self) -> Vec<String> {
        let mapping = &self.mapping;
        if mapping.functions.iter().any(|function| function.hook.is_some()) {
            return Vec::new();
        }
        let calls = mapping.calls();
        let is_called = |name: &str| calls.iter().any(|call| call.target().0 == Some(name));
        let apis = mapping.apis.iter().filter(|api| !is_called(&api.name.value));
        let apis = apis.map(|api| self.at(api.name.span, &format!("nothing calls the API `{}`", api.name.value)));
        let mut values: Vec<&Value> = mapping.functions.iter().flat_map(Function::values).collect();
        calls.iter().for_each(|call| call.collect(&mut values));
        let is_read = |name: &str| values.iter().any(|value| reads_fact(value, name));
        let facts = mapping.sandboxes.iter().flat_map(Sandboxes::all_facts);
        let is_of_adapter = |name: &str| contract::SIZES.contains(&name);
        let facts = facts.filter(|(name, _)| !is_read(&name.value) && !is_of_adapter(&name.value));
        let facts = facts.map(|(name, _)| {
            self.at(
                name.span,
                &format!("nothing uses the fact `{0}`, as `$sandbox.{0}`", name.value),
            )
        });
        apis.chain(facts).collect()
    }
}

fn reads_fact(value: &Value, name: &str) -> bool {
    let is_it = |reference: &Reference| {
        reference.root == Root::Sandbox && reference.path.first() == Some(&Segment::Field(name.to_owned()))
    };
    let mut found = false;
    value.walk(&mut |value| found |= value.as_reference().is_some_and(is_it));
    found
}
