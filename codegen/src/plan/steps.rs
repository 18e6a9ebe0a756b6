//! The steps of a handler: in which order calls are made, what is kept of each, how each is undone.

use crate::{
    client::Type,
    mapping::{Call, Function, Kind, Root, Segment, Step, Undo, Value},
    naming::variable,
};

use super::{
    CallPlan, Planner, UndoPlan,
    access::Place,
    calls::{Caller, Role},
    expression::{Names, Needs},
};

/// Collects the handler's lines and the calls they make.
#[derive(Default)]
pub struct Body {
    pub lines: Vec<String>,
    pub calls: Vec<CallPlan>,
    pub undos: Vec<UndoPlan>,
    /// The statement that ends the handler if a step failed, put off until the `always` steps after it are done.
    put_off: Option<String>,
}

impl Body {
    /// The statement that makes a step's call. `?` ends the handler, but not before the `always` steps that follow.
    fn invoke(&mut self, variable: &str, invocation: String, needed: bool, later: &[Step]) {
        let always_follows = later.first().is_some_and(|step| step.always);
        let keep = if needed {
            format!("let {variable} = ")
        } else {
            String::new()
        };
        match invocation.strip_suffix('?') {
            Some(fallible) if always_follows => {
                self.lines.push(format!("let {variable} = {fallible};"));
                self.put_off = Some(format!("{keep}{variable}?;"));
            }
            _ => self.lines.push(format!("{keep}{invocation};")),
        }
        if !always_follows {
            self.lines.extend(self.put_off.take());
        }
    }
}

impl Planner<'_> {
    pub fn step(&self, function: &Function, at: usize, step: &Step, names: &mut Names, body: &mut Body) {
        let caller = self.caller(function, step);
        if step.for_each.is_some() {
            names.item = Some(Place::new("&item", Type::Json, false));
        }
        let mut call = self.step_call(step, &caller, names);
        body.calls.extend(self.confirm_call(step, &caller, names));
        body.calls.extend(self.look_call(step, &caller, names));
        let later = function.steps[at + 1..].iter().flat_map(|step| {
            let mut values = Vec::new();
            step.collect(&mut values);
            values
        });
        let answer = function.answer.iter().map(|(_, value)| value);
        let needed = Needs::of(later.chain(answer)).steps.contains(&step.name.value);
        let invocation = self.invocation(step, &caller, names);
        body.invoke(
            &variable(&step.name.value),
            invocation,
            needed,
            &function.steps[at + 1..],
        );
        if step.found.is_some() {
            self.until_found(step, &caller, names, &mut call, body);
        } else if !step.undo.is_empty() {
            self.undone(step, &caller, names, &mut call, body);
        } else if self.looks_at_one(step) {
            self.seen(step, names, &mut call);
        }
        body.calls.push(call);
        names.item = None;
        names
            .steps
            .push((step.name.value.clone(), self.place(step, step.for_each.is_some())));
    }

    /// The call notes how it is undone before it hands its answer on: sandboxes first, since nothing may come between.
    fn undone(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
        let variable = variable(&step.name.value);
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        let undoing = self.undoing(step, caller, names, body);
        call.bindings.extend(undoing);
        call.send = format!("Ok({variable})");
    }

    /// The call is undone only if it did something: what a look has found was there before.
    fn until_found(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
        let variable = variable(&step.name.value);
        let undoing = self.undoing(step, caller, names, body);
        let is_new = if undoing.is_empty() { "_" } else { "is_new" };
        call.bindings
            .push(format!("let ({variable}, {is_new}) = {}?;", call.send));
        if !undoing.is_empty() {
            call.bindings.push(format!("if {is_new} {{ {} }}", undoing.join(" ")));
        }
        call.send = format!("cx.at(&SITE).until_found(&FOUND, {variable}, look_again, look_for).await");
    }

    /// The statements that note how a step is undone.
    fn undoing(&self, step: &Step, caller: &Caller<'_>, names: &Names, body: &mut Body) -> Vec<String> {
        let mut names = names.clone();
        names.steps.push((step.name.value.clone(), self.place(step, false)));
        let mut lines = Vec::new();
        for kind in Kind::ALL {
            for undo in &step.undo {
                if let Undo::Made(of, ids) = undo
                    && *of == kind
                {
                    if kind == Kind::Sandbox && self.starts_without_a_lifetime(step) {
                        lines.push("cx.starts_without_a_lifetime();".to_owned());
                    }
                    let made = self.made(kind, ids, step, &names);
                    lines.push(format!("cx.made(Kind::{kind:?}, {made})?;"));
                }
            }
        }
        for (n, undo) in step.undo.iter().enumerate() {
            if let Undo::Call(undo) = undo {
                lines.push(self.undo(undo, n, step, caller, &names, body));
            }
        }
        lines
    }

    /// What a look shows of a sandbox proves whose it is, where the start's own answer does not.
    fn seen(&self, step: &Step, names: &Names, call: &mut CallPlan) {
        let variable = variable(&step.name.value);
        let seen = Names {
            item: Some(self.place(step, false)),
            ..names.clone()
        };
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        let made = self.described_as(Kind::Sandbox, &seen);
        call.bindings.push(format!("cx.seen(Kind::Sandbox, {made})?;"));
        call.send = format!("Ok({variable})");
    }

    /// Whether a step asks for the state of a sandbox as `sandboxes.one` does.
    fn looks_at_one(&self, step: &Step) -> bool {
        let one = self
            .checked
            .mapping
            .sandboxes
            .as_ref()
            .and_then(|section| section.one.as_ref());
        let operation = |call: &Call| self.checked.operation(call).0;
        step.poll.is_some() && one.is_some_and(|one| operation(one) == operation(&step.call))
    }

    /// Whether what a step starts is to be given its lifetime once it exists.
    fn starts_without_a_lifetime(&self, step: &Step) -> bool {
        let sandboxes = self.checked.mapping.sandboxes.as_ref();
        let sets = sandboxes.is_some_and(|sandboxes| sandboxes.lifetime.is_some());
        sets && !step.call.values().any(is_given_a_lifetime)
    }

    fn caller<'f>(&self, function: &'f Function, step: &'f Step) -> Caller<'f> {
        let (_, operation) = self.checked.operation(&step.call);
        Caller {
            role: Role::Call,
            name: step.name.value.clone(),
            function: &function.name.value,
            step: if function.single { "" } else { &step.name.value },
            doc: format!("`{}`, {}.", operation.label(), self.origin(step.call.operation.span)),
            makes: Kind::ALL.into_iter().filter(|kind| step.makes(*kind)).collect(),
        }
    }

    /// How the handler calls a step's function.
    fn invocation(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> String {
        let arguments = self.arguments(&self.needs(step), names, None);
        let one = format!("{}(&cx{arguments})", caller.function_name());
        let found = step.unless.as_ref().map(|found| self.value(found, names));
        let items = step.for_each.as_ref().map(|items| self.value(items, names));
        let item = if self.needs(step).item { "item" } else { "_" };
        match (found, items) {
            (None, None) if step.best_effort => format!("cx.best_effort({one}.await)"),
            (None, None) => format!("{one}.await?"),
            (None, Some(items)) => format!("cx.for_each({items}, |{item}| {one}).await?"),
            (Some(found), None) if step.best_effort => {
                format!("cx.best_effort(cx.unless({found}, {one}).await).flatten()")
            }
            (Some(found), None) => format!("cx.unless({found}, {one}).await?"),
            // The list is not even made if it is not gone through.
            (Some(found), Some(items)) => format!(
                "cx.unless({found}, async {{ let items = {items}; cx.for_each(items, |{item}| {one}).await }}).await\
                 .map(Option::unwrap_or_default)?"
            ),
        }
    }

    /// The variable that holds a step's answer.
    fn place(&self, step: &Step, many: bool) -> Place {
        let name = variable(&step.name.value);
        let (text, kind) = self.answer_type(&step.call);
        let accepts = step.accepts();
        if many {
            let item = if accepts { format!("Option<{text}>") } else { text };
            let kind = if accepts { Type::Optional(Box::new(kind)) } else { kind };
            return Place::new(format!("&{name}"), Type::List(Box::new(kind)), false).declared(format!("&[{item}]"));
        }
        match (step.may_have_no_answer(), accepts) {
            (false, false) => Place::new(format!("&{name}"), kind, false).declared(format!("&{text}")),
            (true, true) => {
                let code = format!("{name}.as_ref().and_then(|found| found.as_ref())");
                Place::new(code, kind, true).declared(format!("&Option<Option<{text}>>"))
            }
            _ => Place::new(format!("{name}.as_ref()"), kind, true).declared(format!("&Option<{text}>")),
        }
    }

    /// The statement that notes a call by which a step is undone.
    fn undo(&self, call: &Call, n: usize, step: &Step, caller: &Caller<'_>, names: &Names, body: &mut Body) -> String {
        let (_, operation) = self.checked.operation(call);
        let undo = Caller {
            role: Role::Undo(n),
            name: step.name.value.clone(),
            function: caller.function,
            step: "undo",
            doc: format!(
                "Takes `{}` back: `{}`, {}.",
                step.name.value,
                operation.label(),
                self.origin(call.operation.span)
            ),
            makes: Vec::new(),
        };
        let mut values = Vec::new();
        call.collect(&mut values);
        let arguments = self.arguments(&Needs::of(values), names, Some(&step.name.value));
        body.undos.push(self.undo_call(call, &undo, names));
        format!("cx.undo({}(cx{arguments})?);", undo.function_name())
    }
}

/// Whether a value of a request is how long a sandbox lives from its start on.
fn is_given_a_lifetime(value: &Value) -> bool {
    let mut given = false;
    value.walk(&mut |value| {
        given |= value.as_reference().is_some_and(|reference| {
            reference.root == Root::Lifetime && reference.path == [Segment::Field("starting_secs".to_owned())]
        })
    });
    given
}
