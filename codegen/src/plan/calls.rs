//! Calls as Rust functions: one for each request that the mapping makes.

use crate::{
    client::{Method as Generated, Type, letters, loose_name},
    document::Method,
    mapping::{Call, Confirm, Found, Kind, Outcome, Poll, StateRule, Step, Then, Value, Within},
    naming::variable,
};

use super::{
    CallPlan, Planner, UndoPlan, access,
    access::Place,
    expression::{Names, Needs},
    fields::fields,
    literal,
};

/// Who makes a call, for names and messages.
pub struct Caller<'a> {
    /// What the call is for.
    pub role: Role,
    /// What the call is called beside its role: the name of its step.
    pub name: String,
    /// `create`
    pub function: &'a str,
    /// `start`
    pub step: &'a str,
    pub doc: String,
    /// What may exist after it, whatever it answers.
    pub makes: Vec<Kind>,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is the step.
    Call,
    /// It confirms the status of a step's call.
    Confirm,
    /// It looks for what a step waits for.
    Look,
    /// It takes a step back; a step may have several of these.
    Undo(usize),
}

impl Role {
    /// The name of the call's Rust function: `call_end` is confirmed by `confirm_end`.
    pub fn function(self, name: &str) -> String {
        match self {
            Role::Call => format!("call_{name}"),
            Role::Confirm => format!("confirm_{name}"),
            Role::Look => format!("look_{name}"),
            Role::Undo(n) => format!("undo_{name}_{n}"),
        }
    }
}

impl<'a> Caller<'a> {
    /// The name of its Rust function.
    pub fn function_name(&self) -> String {
        self.role.function(&self.name)
    }

    /// Who makes another call for the same step, of which nothing may exist.
    fn beside(&self, role: Role, doc: String) -> Caller<'a> {
        Caller {
            role,
            name: self.name.clone(),
            doc,
            makes: Vec::new(),
            ..*self
        }
    }
}

impl Planner<'_> {
    pub fn method(&self, call: &Call) -> &Generated {
        let (_, operation) = self.checked.operation(call);
        &self.index.methods[&operation.id]
    }

    /// The type of a call's answer in Rust.
    pub fn answer_type(&self, call: &Call) -> (String, Type) {
        let method = self.method(call);
        (method.answer_text.clone(), method.answer.clone())
    }

    pub fn step_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> CallPlan {
        let call = &step.call;
        let request = self.request(call, names);
        let (text, kind) = self.answer_type(call);
        let accepts = step.accepts();
        let deadline = step.deadline_ms.as_ref();
        let deadline = deadline.map_or_else(String::new, |value| {
            format!(".deadline_ms({})?", self.value(value, names))
        });
        let at = format!("{}{deadline}", at(call));
        let closure = &request.closure;
        let mut bindings = request.bindings;
        let adopts = self.adopts(step);
        let send = if let Some(found) = &step.found {
            bindings.extend(self.finding(found, step, caller, names));
            format!("{at}.make(&FOUND, {closure}, look_again, look_for).await")
        } else if let Some(poll) = &step.poll {
            let (interval, judge) = self.poll(poll, &kind);
            let about = self.about(step, &request.ids, &kind);
            bindings.insert(0, interval);
            let first = poll.first.as_ref();
            let first = first.map_or_else(
                || "None".to_owned(),
                |first| format!("cx.earlier({})", self.value(first, names)),
            );
            let within = within(&poll.within);
            format!("{at}.poll(&POLL, {first}, {within}, {closure}, {judge}{about}).await")
        } else if confirm(call).is_some() {
            let look = Role::Confirm.function(&caller.name);
            let arguments = self.arguments(&Needs::of(confirm_values(call)), names, Some(""));
            format!("{at}.confirm({closure}, || {look}(cx{arguments})).await")
        } else if accepts {
            format!("{at}.accept({closure}).await")
        } else {
            let (verb, adopt) = match adopts {
                true => ("start", format!(", {ADOPT}")),
                false => ("send", String::new()),
            };
            match step.reject.is_empty() {
                true => format!("{at}.{verb}({closure}{adopt}).await"),
                false => {
                    let states = self.states(&step.reject, &kind);
                    format!("{at}.{verb}_unless({closure}{adopt}, |answer| any(&[{states}])).await")
                }
            }
        };
        let answer = if accepts { format!("Option<{text}>") } else { text };
        CallPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&self.needs(step), names),
            answer,
            site: self.site(call, caller),
            bindings,
            send,
        }
    }

    /// A call outside a step: under `sandboxes` or `snapshots`. What it answers is any JSON, taken as `answer`.
    pub fn plain_call(&self, call: &Call, caller: &Caller<'_>, names: &Names, answer: &str) -> CallPlan {
        let typed = self.method(call);
        let loose = self.index.methods.get(&loose_name(&typed.name));
        let request = self.request_by(loose.unwrap_or(typed), call, names);
        let text = match loose {
            Some(_) => answer.to_owned(),
            None => typed.answer_text.clone(),
        };
        let accepts = call.accepts();
        let verb = if accepts { "accept" } else { "send" };
        let mut values = Vec::new();
        call.collect(&mut values);
        CallPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&Needs::of(values), names),
            answer: if accepts { format!("Option<{text}>") } else { text },
            site: self.site(call, caller),
            bindings: request.bindings,
            send: format!("{}.{verb}({}).await", at(call), request.closure),
        }
    }

    /// What a step needs to look for something: how often, how, and for what.
    fn finding(&self, found: &Found, step: &Step, caller: &Caller<'_>, names: &Names) -> Vec<String> {
        let (first, last) = found.every;
        let (answer, kind) = self.answer_type(&step.call);
        let arguments = self.arguments(&look_needs(found), names, Some(""));
        let own = variable(&step.name.value);
        let mut names = names.clone();
        names
            .steps
            .push((step.name.value.clone(), Place::new(own.as_str(), kind, false)));
        vec![
            format!(
                "static FOUND: Found = Found {{ every: ({}, {}), within_ms: {} }};",
                first.as_millis(),
                last.as_millis(),
                found.within.as_millis()
            ),
            format!(
                "let look_again = || {}(cx{arguments});",
                Role::Look.function(&caller.name)
            ),
            format!(
                "let look_for = |{own}: &{answer}| -> Result<Value, Error> {{ let found = {}; Ok(found) }};",
                self.value(&found.value, &names)
            ),
        ]
    }

    /// The look by which something is found.
    pub fn look_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Option<CallPlan> {
        let found = step.found.as_ref()?;
        let request = self.request(&found.call, names);
        let (_, operation) = self.checked.operation(&found.call);
        let look = caller.beside(
            Role::Look,
            format!(
                "Looks for what `{}` waits for: `{}`, {}.",
                step.name.value,
                operation.label(),
                self.origin(found.call.operation.span)
            ),
        );
        Some(CallPlan {
            name: look.function_name(),
            doc: look.doc.clone(),
            parameters: self.parameters(&look_needs(found), names),
            answer: self.answer_type(&found.call).0,
            site: self.site(&found.call, &look),
            bindings: request.bindings,
            send: format!("{}.send({}).await", at(&found.call), request.closure),
        })
    }

    /// The look that confirms a status.
    pub fn confirm_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Option<CallPlan> {
        let confirm = confirm(&step.call)?;
        let request = self.request(&confirm.call, names);
        let (first, last) = confirm.every;
        let interval = format!(
            "static GONE: Gone = Gone {{ statuses: &{:?}, every: ({}, {}), within_ms: {} }};",
            confirm.gone,
            first.as_millis(),
            last.as_millis(),
            confirm.within.as_millis()
        );
        let mut bindings = vec![interval];
        bindings.extend(request.bindings);
        let (_, operation) = self.checked.operation(&confirm.call);
        let look = caller.beside(
            Role::Confirm,
            format!(
                "Confirms that it is gone: `{}`, {}.",
                operation.label(),
                self.origin(confirm.call.operation.span)
            ),
        );
        Some(CallPlan {
            name: look.function_name(),
            doc: look.doc.clone(),
            parameters: self.parameters(&Needs::of(confirm_values(&step.call)), names),
            answer: "()".to_owned(),
            site: self.site(&confirm.call, &look),
            bindings,
            send: format!("{}.until_gone(&GONE, {}).await", at(&confirm.call), request.closure),
        })
    }

    pub fn undo_call(&self, call: &Call, caller: &Caller<'_>, names: &Names) -> UndoPlan {
        let request = self.request(call, names);
        let mut values = Vec::new();
        call.collect(&mut values);
        UndoPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&Needs::of(values), names),
            site: self.site(call, caller),
            bindings: request.bindings,
            kept: request.locals,
            ids: request.ids,
            send: format!("{}.accept({}).await.map(drop)", at(call), request.closure),
        }
    }

    /// What a step's function needs: for its call, and for how it is undone, which may use its own answer too.
    pub fn needs(&self, step: &Step) -> Needs {
        let mut values = Vec::new();
        step.collect(&mut values);
        let mut needs = Needs::of(values.into_iter().filter(|value| !step.decides_how_often(value)));
        needs.steps.remove(&step.name.value);
        needs
    }

    /// Parameters of a call's function after `cx`.
    fn parameters(&self, needs: &Needs, names: &Names) -> Vec<String> {
        let mut parameters = Vec::new();
        if needs.input {
            parameters.push("input: &Input".to_owned());
        }
        for (name, place) in names.steps.iter().filter(|(name, _)| needs.steps.contains(name)) {
            parameters.push(format!("{}: {}", variable(name), place.declared));
        }
        if needs.item {
            parameters.push("item: Value".to_owned());
        }
        if needs.id {
            parameters.push("id: &str".to_owned());
        }
        if needs.secs {
            parameters.push("secs: u64".to_owned());
        }
        parameters
    }

    /// What is passed for [`Planner::parameters`]: by the handler, which owns the variables, or within a step's
    /// function, where all are references but the step's own answer.
    pub fn arguments(&self, needs: &Needs, names: &Names, within: Option<&str>) -> String {
        let reference = |name: &str| if within.is_none_or(|own| own == name) { "&" } else { "" };
        let mut text = String::new();
        if needs.input {
            text.push_str(&format!(", {}input", reference("input")));
        }
        for (name, _) in names.steps.iter().filter(|(name, _)| needs.steps.contains(name)) {
            text.push_str(&format!(", {}{}", reference(name), variable(name)));
        }
        if needs.item {
            text.push_str(if within.is_some() { ", item.clone()" } else { ", item" });
        }
        text
    }

    fn site(&self, call: &Call, caller: &Caller<'_>) -> Vec<String> {
        let (_, operation) = self.checked.operation(call);
        let rules: Vec<String> = call.outcomes.iter().map(super::rule).collect();
        let makes: Vec<String> = caller.makes.iter().map(|kind| format!("Kind::{kind:?}")).collect();
        vec![
            format!("function: {}", literal(caller.function)),
            format!("step: {}", literal(caller.step)),
            format!("call: {}", literal(&operation.request_line())),
            format!("makes: &[{}]", makes.join(", ")),
            format!("repeatable: {}", call.is_repeatable(operation.method)),
            format!("removes: {}", operation.method == Method::Delete || self.ends(call)),
            format!("fields: &[{}]", fields(call).join(", ")),
            format!("outcomes: &[{}]", rules.join(", ")),
        ]
    }

    /// Whether a call is the one that ends or deletes what the worker owns.
    fn ends(&self, call: &Call) -> bool {
        let endings = Kind::ALL
            .into_iter()
            .filter_map(|kind| self.checked.mapping.ending(kind));
        endings.map(Call::target).any(|target| target == call.target())
    }

    fn poll(&self, poll: &Poll, kind: &Type) -> (String, String) {
        let (first, last) = poll.every;
        let interval = format!(
            "static POLL: Poll = Poll {{ every: ({}, {}) }};",
            first.as_millis(),
            last.as_millis()
        );
        let until = self.states(&poll.until, kind);
        let fail = self.states(&poll.fail, kind);
        (interval, format!("|answer| Progress::judge(&[{until}], &[{fail}])"))
    }

    /// What an answer says counts only if it is about the one that was asked for.
    fn about(&self, step: &Step, ids: &[String], kind: &Type) -> String {
        let looked_at = self.checked.identified(&step.call);
        let found = looked_at.and_then(|(of, parameter)| {
            let asked = ids.iter().find(|id| letters(id) == letters(parameter))?;
            Some((asked, self.checked.mapping.id(of)?))
        });
        let Some((asked, id)) = found else {
            return String::new();
        };
        let names = Names {
            item: Some(Place::new("&answer", kind.clone(), false)),
            ..Names::default()
        };
        format!(".about(&{asked}, &{})", self.told_by("id", id, &names))
    }

    fn states(&self, rules: &[StateRule], kind: &Type) -> String {
        let state = |rule: &StateRule| {
            let place = Place::new("&answer", kind.clone(), false);
            let found = access::read(self.index, place, &rule.path.value);
            let values: Vec<&str> = rule.values.iter().map(|value| value.value.as_str()).collect();
            format!("State::of({found}, &{values:?})")
        };
        rules.iter().map(state).collect::<Vec<_>>().join(", ")
    }
}

/// What a start passes to take a sandbox for its answer.
const ADOPT: &str = "|id| Box::pin(sandboxes::started(cx.clone(), id))";

/// The begin of a request.
fn at(call: &Call) -> &'static str {
    match call.server {
        None => "cx.at(&SITE)",
        Some(_) => "cx.at(&SITE).to(&api)",
    }
}

fn within(within: &Within) -> String {
    match within {
        Within::Fixed(duration) => format!("json(&{:?})", duration.as_secs_f64()),
        Within::Config(reference) => match reference.value.path.first() {
            Some(crate::mapping::Segment::Field(name)) => format!("cx.config({})", literal(name)),
            _ => "json(&0)".to_owned(),
        },
    }
}

fn look_needs(found: &Found) -> Needs {
    let mut values = Vec::new();
    found.call.collect(&mut values);
    Needs::of(values)
}

fn confirm(call: &Call) -> Option<&Confirm> {
    call.outcomes.iter().find_map(|outcome: &Outcome| match &outcome.then {
        Then::Confirm(confirm) => Some(&**confirm),
        _ => None,
    })
}

fn confirm_values(call: &Call) -> Vec<&Value> {
    let mut values = Vec::new();
    if let Some(confirm) = confirm(call) {
        confirm.call.collect(&mut values);
    }
    values
}
