//! The steps of a handler: in which order calls are made, what is kept of each, how each is undone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    client::Type,
    mapping::{Call, Function, Kind, Root, Segment, Step, Undo, Value},
    naming::variable,
};

use super::{
    CallPlan, HelperPlan, Planner, UndoPlan,
    calls::{Caller, Role},
    expression::{Names, Needs},
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

/// A statement that notes what a call has made, and what it reads.
struct Note {
    line: String,
    needs: Needs,
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
        let inner = names.borrowed();
        let mut call = self.step_call(step, &caller, &inner);
        body.calls.extend(self.confirm_call(step, &caller, &inner));
        body.calls.extend(self.look_call(step, &caller, &inner));
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
            self.until_found(step, &caller, &inner, &mut call, body);
        } else if !step.undo.is_empty() {
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

    /// The call notes how it is undone before it hands its answer on: sandboxes first, since nothing may come between.
    fn undone(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
        let variable = variable(&step.name.value);
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        let undoing = self.undoing(step, caller, names, body);
        let noted = self.noted(undoing, step, caller, names, call);
        call.bindings.extend(noted);
        call.send = format!("Ok({variable})");
    }

    /// The call is undone only if it did something: what a look has found was there before.
    fn until_found(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
        let variable = variable(&step.name.value);
        let undoing = self.undoing(step, caller, names, body);
        let noted = self.noted(undoing, step, caller, names, call);
        let is_new = if noted.is_some() { "is_new" } else { "_" };
        call.bindings
            .push(format!("let ({variable}, {is_new}) = {}?;", call.send));
        call.bindings
            .extend(noted.map(|noted| format!("if is_new {{ {noted} }}")));
        let (site, found) = (caller.constant("SITE"), caller.constant("FOUND"));
        call.send = format!("cx.at(&{site}).until_found(&{found}, {variable}, look_again, look_for).await");
    }

    /// Functions that note what a call has made, and the statements that call them.
    fn noted(
        &self,
        notes: Vec<Note>,
        step: &Step,
        caller: &Caller<'_>,
        names: &Names,
        call: &mut CallPlan,
    ) -> Option<String> {
        let own = variable(&step.name.value);
        let mut statements = Vec::new();
        for (n, Note { line, mut needs }) in notes.into_iter().enumerate() {
            let name = match n {
                0 => format!("noted_of_{}", caller.function_name()),
                n => format!("noted_of_{}_{n}", caller.function_name()),
            };
            let reads_own = needs.steps.remove(&step.name.value);
            let mut arguments = self.arguments(&needs, names, Some(""));
            let mut parameters = self.parameters(&needs, names);
            if reads_own {
                arguments.push_str(&format!(", &{own}"));
                parameters.push(format!("{own}: {}", self.place(step, false).declared));
            }
            statements.push(format!("{name}(cx{arguments})?;"));
            call.helpers.push(HelperPlan {
                name,
                doc: format!(
                    "Takes note of what `{}` shows, {}.",
                    step.name.value,
                    self.origin(step.name.span)
                ),
                cx: "cx".to_owned(),
                parameters,
                kind: "Result<(), Error>".to_owned(),
                lines: vec![line, "Ok(())".to_owned()],
            });
        }
        (!statements.is_empty()).then(|| statements.join(" "))
    }

    /// The statements that note how a step is undone.
    fn undoing(&self, step: &Step, caller: &Caller<'_>, names: &Names, body: &mut Body) -> Vec<Note> {
        let mut names = names.clone();
        let own = self.place(step, false).as_reference();
        names.steps.push((step.name.value.clone(), own));
        let mut lines = Vec::new();
        for kind in Kind::ALL {
            for undo in &step.undo {
                if let Undo::Made(of, ids) = undo
                    && *of == kind
                {
                    let before = match kind == Kind::Sandbox && self.starts_without_a_lifetime(step) {
                        true => "cx.starts_without_a_lifetime(); ",
                        false => "",
                    };
                    let made = self.made(kind, ids, step, &names).value();
                    lines.push(Note {
                        line: format!("{before}cx.made(Kind::{kind:?}, {made})?;"),
                        needs: Needs::of([ids]),
                    });
                }
            }
        }
        for (n, undo) in step.undo.iter().enumerate() {
            if let Undo::Call(undo) = undo {
                let mut values = Vec::new();
                undo.collect(&mut values);
                lines.push(Note {
                    line: self.undo(undo, n, step, caller, &names, body),
                    needs: Needs::of(values),
                });
            }
        }
        lines
    }

    /// What a look shows of a sandbox proves whose it is, where the start's own answer does not.
    fn seen(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan) {
        let variable = variable(&step.name.value);
        let seen = Names {
            item: Some(self.place(step, false).as_reference()),
            ..names.clone()
        };
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        let made = self.described_as(Kind::Sandbox, &seen).value();
        let own = Needs {
            steps: [step.name.value.clone()].into(),
            ..Needs::default()
        };
        let seen = Note {
            line: format!("cx.seen(Kind::Sandbox, {made})?;"),
            needs: own,
        };
        let noted = self.noted(vec![seen], step, caller, names, call);
        call.bindings.extend(noted);
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
    fn invocation(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Invocation {
        let arguments = self.arguments(&self.needs(step), names, None);
        let one = format!("{}(&cx{arguments})", caller.function_name());
        let done = step
            .unless
            .as_ref()
            .map(|done| self.value(done, names).presence().value());
        let items = step.for_each.as_ref().map(|items| self.items(items, names).0);
        let item = if self.needs(step).item { "item" } else { "_" };
        let fallible = !step.best_effort || items.is_some();
        let code = match (done, items) {
            (None, None) if step.best_effort => format!("cx.best_effort({one}.await)"),
            (None, None) => format!("{one}.await"),
            (None, Some(items)) => format!("cx.for_each({items}, |{item}| {one}).await"),
            (Some(done), None) if step.best_effort => {
                format!("cx.best_effort(cx.unless({done}, {one}).await).flatten()")
            }
            (Some(done), None) => format!("cx.unless({done}, {one}).await"),
            // The list is not even made if it is not gone through.
            (Some(done), Some(items)) => format!(
                "cx.unless({done}, async {{ cx.for_each({items}, |{item}| {one}).await }}).await\
                 .map(Option::unwrap_or_default)"
            ),
        };
        Invocation { code, fallible }
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
        if let Some((items, of @ Type::Struct(_))) = listed {
            let declared = format!("&{}", of.rust());
            return (items, Place::reference("item", of).declared(declared));
        }
        let list = self.value(items, names);
        let (list, of) = match &list.ty {
            Type::List(of) => (list.value(), (**of).clone()),
            _ => {
                let list = list.json().value();
                (quote!(cx.list(#list)?), Type::Json)
            }
        };
        let declared = of.rust();
        (list, Place::variable("item", of).declared(declared))
    }

    /// The variable that holds a step's answer.
    fn place(&self, step: &Step, many: bool) -> Place {
        let name = variable(&step.name.value);
        let (text, kind) = self.answer_type(&step.call);
        let accepts = step.accepts();
        if many {
            let item = if accepts { format!("Option<{text}>") } else { text };
            let kind = if accepts { kind.optional() } else { kind };
            return Place::variable(&name, Type::List(Box::new(kind))).declared(format!("&[{item}]"));
        }
        match (step.may_have_no_answer(), accepts) {
            (false, false) => Place::variable(&name, kind).declared(format!("&{text}")),
            (true, true) => {
                let kind = kind.optional().optional();
                Place::variable(&name, kind).declared(format!("&Option<Option<{text}>>"))
            }
            _ => Place::variable(&name, kind.optional()).declared(format!("&Option<{text}>")),
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
        let arguments = self.arguments(&Needs::of(values), names, Some(""));
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
