//! What a step's call notes of its answer: what it has made, how that is undone, whose it is.

use quote::quote;

use crate::{
    mapping::{Call, Kind, Root, Segment, Step, Undo, Value},
    naming::variable,
    source::Spanned,
};

use super::{
    CallPlan, HelperPlan, Planner,
    caller::{Caller, Role},
    expression::Names,
    parameters::Needs,
    steps::Body,
};

/// A statement that notes what a call has made, and what it reads.
struct Note {
    line: String,
    needs: Needs,
}

impl Planner<'_> {
    /// The call notes how it is undone before it hands its answer on: sandboxes first, since nothing may come between.
    pub fn undone(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
        let variable = variable(&step.name.value);
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        let undoing = self.undoing(step, caller, names, body);
        let noted = self.noted(undoing, step, caller, names, call);
        call.bindings.extend(noted);
        call.send = format!("Ok({variable})");
    }

    /// The call is undone only if it did something: what a look has found was there before.
    pub fn until_found(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan, body: &mut Body) {
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
                    let remembered = match kind {
                        Kind::Sandbox => step.remember.as_slice(),
                        Kind::Snapshot => &[],
                    };
                    let remember = self.remember(ids, remembered, &names);
                    lines.push(Note {
                        line: format!("{before}{remember}cx.made(Kind::{kind:?}, {made})?;"),
                        needs: Needs::of(remembered.iter().map(|(_, value)| value).chain([ids])),
                    });
                }
            }
        }
        for (n, undo) in step.undo.iter().enumerate() {
            if let Undo::Call(undo) = undo {
                lines.push(Note {
                    line: self.undo(undo, n, step, caller, &names, body),
                    needs: Needs::of_call(undo),
                });
            }
        }
        lines
    }

    /// The statement that keeps facts of what an answer has made: before anything else, as what ends it may need them.
    fn remember(&self, ids: &Value, facts: &[(Spanned<String>, Value)], names: &Names) -> String {
        if facts.is_empty() {
            return String::new();
        }
        let ids = self.untagged(ids, names).value();
        let facts = self.facts(facts, names).into_iter().map(|fact| fact.value());
        quote!(cx.remember(#ids, Facts::from([#(#facts),*]));).to_string()
    }

    /// What a look shows of a sandbox proves whose it is, where the start's own answer does not.
    pub fn seen(&self, step: &Step, caller: &Caller<'_>, names: &Names, call: &mut CallPlan) {
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

    /// The statement that notes a call by which a step is undone.
    fn undo(&self, call: &Call, n: usize, step: &Step, caller: &Caller<'_>, names: &Names, body: &mut Body) -> String {
        let operation = self.checked.operation(call);
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
            creates: Vec::new(),
            tells: false,
        };
        let arguments = self.arguments(&Needs::of_call(call), names, Some(""));
        body.undos.push(self.undo_call(call, &undo, names));
        format!("cx.undo({}(cx{arguments})?);", undo.function_name())
    }

    /// Whether what a step starts is to be given its lifetime once it exists.
    fn starts_without_a_lifetime(&self, step: &Step) -> bool {
        let sandboxes = self.checked.mapping.sandboxes.as_ref();
        let sets = sandboxes.is_some_and(|sandboxes| sandboxes.lifetime.is_some());
        sets && !step.call.values().any(is_given_a_lifetime)
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
