//! The steps of a handler: in which order calls are made, what is kept of each, how each is undone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    client::RustType,
    mapping::{Call, Function, Kind, Segment, Step, Undo, Value},
    naming::variable,
};

use super::{
    CallPlan, Planner, UndoPlan,
    caller::{Caller, Role},
    expression::Names,
    parameters::Needs,
    place::Place,
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

/// How the handler makes a step's call.
struct Invocation {
    code: String,
    /// Whether it yields a `Result`.
    fallible: bool,
}

impl Body {
    /// The statement that makes a step's call. `?` ends the handler, but not before the `always` steps that follow.
    fn invoke(&mut self, variable: &str, invocation: Invocation, needed: bool, later: &[Step]) {
        let always_follows = later.first().is_some_and(|step| step.always);
        let keep = if needed {
            format!("let {variable} = ")
        } else {
            String::new()
        };
        let Invocation { code, fallible } = invocation;
        if fallible && always_follows {
            self.lines.push(format!("let {variable} = {code};"));
            self.put_off = Some(format!("{keep}{variable}?;"));
        } else {
            let end = if fallible { "?" } else { "" };
            self.lines.push(format!("{keep}{code}{end};"));
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
            names.item = step.for_each.as_ref().map(|items| self.items(items, names).1);
        }
        let inner = Names {
            known: step.known(),
            ..names.borrowed()
        };
        let all = self.all_pages(step, &caller, &inner, &mut body.calls);
        let mut call = all.unwrap_or_else(|| self.step_call(step, &caller, &inner));
        body.calls.extend(self.confirm_call(step, &caller, &inner));
        body.calls.extend(self.look_call(step, &caller, &inner));
        let later = Needs::of_steps(&function.steps[at + 1..]);
        let answer = Needs::of(function.answer.iter().map(|(_, value)| value));
        let needed = [later, answer]
            .iter()
            .any(|needs| needs.steps.contains(&step.name.value));
        let invocation = self.invocation(step, &caller, names);
        body.invoke(
            &variable(&step.name.value),
            invocation,
            needed,
            &function.steps[at + 1..],
        );
        if step.found.is_some() {
            self.until_found(step, &caller, &inner, &mut call, body);
        } else if step.undo.iter().any(|undo| !matches!(undo, Undo::Tagged(_))) {
            self.undone(step, &caller, &inner, &mut call, body);
        } else if self.looks_at_one(step) {
            self.seen(step, &caller, &inner, &mut call);
        }
        body.calls.push(call);
        names.item = None;
        names
            .steps
            .push((step.name.value.clone(), self.place(step, step.for_each.is_some())));
    }

    /// Whether a step asks for the state of a sandbox as `sandboxes.one` does.
    fn looks_at_one(&self, step: &Step) -> bool {
        let one = self
            .checked
            .mapping
            .sandboxes
            .as_ref()
            .and_then(|section| section.one.as_ref());
        let operation = |call: &Call| self.checked.operation_id(call);
        step.poll.is_some() && one.is_some_and(|one| operation(one) == operation(&step.call))
    }

    fn caller<'f>(&self, function: &'f Function, step: &'f Step) -> Caller<'f> {
        let operation = self.checked.operation(&step.call);
        Caller {
            role: Role::Call,
            name: step.name.value.clone(),
            function: &function.name.value,
            step: if function.single { "" } else { &step.name.value },
            doc: format!("`{}`, {}.", operation.label(), self.origin(step.call.operation.span)),
            creates: Kind::ALL.into_iter().filter(|kind| step.creates(*kind)).collect(),
            tells: function.reads_status_of(&step.name.value),
        }
    }

    /// How the handler calls a step's function.
    fn invocation(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Invocation {
        let arguments = self.arguments(&self.needs_of_all(step), names, None);
        let one = format!("{}(&cx{arguments})", caller.function_name());
        let condition = self.condition(step, names);
        let items = step.for_each.as_ref().map(|items| self.items(items, names).0);
        let item = if self.needs(step).item { "item" } else { "_" };
        let each = match step.at_once {
            Some(at_once) => format!("for_each_of({at_once}, "),
            None => "for_each(".to_owned(),
        };
        let fallible = !step.best_effort || items.is_some();
        let code = match (condition, items) {
            (None, None) if step.best_effort => format!("cx.best_effort({one}.await)"),
            (None, None) => format!("{one}.await"),
            (None, Some(items)) => format!("cx.{each}{items}, |{item}| {one}).await"),
            (Some(made), None) if step.best_effort => {
                format!("cx.best_effort(cx.{made}, {one}).await).flatten()")
            }
            (Some(made), None) => format!("cx.{made}, {one}).await"),
            // The list is not even made if it is not gone through.
            (Some(made), Some(items)) => format!(
                "cx.{made}, async {{ cx.{each}{items}, |{item}| {one}).await }}).await\
                 .map(Option::unwrap_or_default)"
            ),
        };
        Invocation { code, fallible }
    }

    /// What decides whether a step is made: `unless(…` or `when(…`, which take the step beside it.
    fn condition(&self, step: &Step, names: &Names) -> Option<String> {
        if !step.when.is_empty() {
            return Some(format!("when(all(&[{}])", self.asked(&step.when, names)));
        }
        let done = step.unless.as_ref()?;
        Some(format!("unless({}", self.value(done, names).presence().value()))
    }

    /// What a step goes through, and one of it.
    fn items(&self, items: &Value, names: &Names) -> (TokenStream, Place) {
        let reference = items.as_reference();
        let listed = reference.and_then(|reference| {
            let path = match reference.path.split_last() {
                Some((Segment::Each, list)) => list,
                _ => &reference.path,
            };
            let (place, rest) = names.root(&reference.root)?.down(self.index, path);
            place.items().filter(|_| rest.is_empty())
        });
        if let Some((items, of @ RustType::Struct(_))) = listed {
            let declared = format!("&{}", of.rust());
            return (items, Place::reference("item", of).declared(declared));
        }
        let list = self.value(items, names);
        let (list, of) = match &list.ty {
            RustType::List(of) => (list.value(), (**of).clone()),
            _ => {
                let list = list.json().value();
                (quote!(cx.list(#list)?), RustType::Json)
            }
        };
        let declared = of.rust();
        (list, Place::variable("item", of).declared(declared))
    }

    /// The variable that holds a step's answer.
    pub fn place(&self, step: &Step, many: bool) -> Place {
        let name = variable(&step.name.value);
        let (text, kind) = self.answer_type(&step.call);
        let accepts = step.accepts();
        if many {
            let item = if accepts { format!("Option<{text}>") } else { text };
            let kind = if accepts { kind.optional() } else { kind };
            return Place::variable(&name, RustType::List(Box::new(kind))).declared(format!("&[{item}]"));
        }
        match (step.may_have_no_answer(), accepts) {
            (false, false) => {
                let declared = match &kind {
                    RustType::List(of) => format!("&[{}]", of.rust()),
                    _ => format!("&{text}"),
                };
                Place::variable(&name, kind).declared(declared)
            }
            (true, true) => {
                let kind = kind.optional().optional();
                Place::variable(&name, kind).declared(format!("&Option<Option<{text}>>"))
            }
            _ => Place::variable(&name, kind.optional()).declared(format!("&Option<{text}>")),
        }
    }
}
