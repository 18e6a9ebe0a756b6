//! Calls as Rust functions: one for each request that the mapping makes.

use crate::{
    client::{Method as Generated, Type, letters, loose_name},
    document::Method,
    mapping::{Call, Confirm, Found, Kind, Outcome, Poll, StateRule, Step, Then, Value, ValueKind, Within},
    naming::variable,
};

use super::{
    CallPlan, HelperPlan, Planner, UndoPlan,
    coercion::Given,
    expr::Uses,
    expression::{Names, Needs},
    fields::fields,
    literal,
    place::Place,
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

    /// The name of something that is the same in every call: `SITE_CALL_END`.
    pub fn constant(&self, what: &str) -> String {
        format!("{what}_{}", self.function_name().to_uppercase())
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
        let request = self.request(call, caller, names);
        let (text, kind) = self.answer_type(call);
        let accepts = step.accepts();
        let deadline = step.deadline_ms.as_ref();
        let deadline = deadline.map_or_else(String::new, |value| {
            let at = Given::Argument("deadline_ms".to_owned());
            let value = self.given(value, &Type::Natural.optional(), &at, names);
            format!(".deadline_ms({})", value.value())
        });
        let at = format!("{}{deadline}", at(call, caller));
        let mut statics = vec![self.site(call, caller)];
        let closure = &request.closure;
        let mut helpers: Vec<HelperPlan> = request.body.into_iter().collect();
        let mut bindings = request.bindings;
        let adopts = self.adopts(step);
        let send = if let Some(found) = &step.found {
            let (constant, helper, finding) = self.finding(found, step, caller, names);
            statics.push(constant);
            helpers.push(helper);
            bindings.extend(finding);
            let found = caller.constant("FOUND");
            bindings.push(format!("let request = {closure};"));
            format!("{at}.make(&{found}, request, look_again, look_for).await")
        } else if let Some(poll) = &step.poll {
            let (interval, judge) = self.poll(poll, caller, &kind);
            let about = self.about(step, &request.ids, &kind);
            statics.push(interval);
            let first = match &poll.first {
                None => "None".to_owned(),
                Some(first) => {
                    let (helper, call) = self.earlier_answer(first, caller, (&text, &kind), names);
                    helpers.push(helper);
                    call
                }
            };
            let within = self.within(&poll.within);
            let poll = caller.constant("POLL");
            format!("{at}.poll(&{poll}, {first}, {within}, {closure}, {judge}{about}).await")
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
            statics,
            helpers,
            bindings,
            send,
        }
    }

    /// A function that makes of an earlier answer what a poll asks for, and how it is called.
    fn earlier_answer(
        &self,
        first: &Value,
        caller: &Caller<'_>,
        (text, kind): (&str, &Type),
        names: &Names,
    ) -> (HelperPlan, String) {
        let earlier = self.earlier(first, kind, names);
        let needs = Needs::of([first]);
        let name = format!("earlier_of_{}", caller.function_name());
        let call = format!("{name}(cx{})", self.arguments(&needs, names, Some("")));
        let helper = HelperPlan {
            name,
            doc: format!("What an earlier answer says already, {}.", self.origin(first.span)),
            cx: Uses::named(earlier.uses.call, "cx"),
            parameters: self.parameters(&needs, names),
            kind: format!("Option<{text}>"),
            lines: vec![earlier.or_default().value().to_string()],
        };
        (helper, call)
    }

    /// A call outside a step: under `sandboxes` or `snapshots`. What it answers is any JSON, taken as `answer`.
    pub fn plain_call(&self, call: &Call, caller: &Caller<'_>, names: &Names, answer: &str) -> CallPlan {
        let typed = self.method(call);
        let loose = self.index.methods.get(&loose_name(&typed.name));
        let request = self.request_by(loose.unwrap_or(typed), call, caller, names);
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
            statics: vec![self.site(call, caller)],
            helpers: request.body.into_iter().collect(),
            bindings: request.bindings,
            send: format!("{}.{verb}({}).await", at(call, caller), request.closure),
        }
    }

    /// What a step needs to look for something: how often, how, and for what.
    fn finding(
        &self,
        found: &Found,
        step: &Step,
        caller: &Caller<'_>,
        names: &Names,
    ) -> (String, HelperPlan, Vec<String>) {
        let (first, last) = found.every;
        let (answer, kind) = self.answer_type(&step.call);
        let own = variable(&step.name.value);
        let constant = format!(
            "static {}: Found = Found {{ every: ({}, {}), within_ms: {} }};",
            caller.constant("FOUND"),
            first.as_millis(),
            last.as_millis(),
            found.within.as_millis()
        );
        let place = Place::reference(&own, kind).declared(format!("&{answer}"));
        let mut inner = names.clone();
        inner.steps.push((step.name.value.clone(), place));
        let (statement, computed) = self.value(&found.value, &inner).named_as("computed");
        let value = computed.presence();
        let needs = Needs::of([&found.value]);
        let helper = HelperPlan {
            name: format!("found_of_{}", caller.function_name()),
            doc: format!(
                "Whether what `{}` waits for is there, {}.",
                step.name.value,
                self.origin(found.value.span)
            ),
            cx: Uses::named(value.uses.call, "cx"),
            parameters: self.parameters(&needs, &inner),
            kind: "Result<bool, Error>".to_owned(),
            lines: vec![statement, value.result().to_string()],
        };
        let lines = vec![
            format!(
                "let look_again = || {}(cx{});",
                Role::Look.function(&caller.name),
                self.arguments(&look_needs(found), names, Some(""))
            ),
            format!(
                "let look_for = |{own}: &{answer}| {}(cx{});",
                helper.name,
                self.arguments(&needs, &inner, Some(""))
            ),
        ];
        (constant, helper, lines)
    }

    /// The look by which something is found.
    pub fn look_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Option<CallPlan> {
        let found = step.found.as_ref()?;
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
        let request = self.request(&found.call, &look, names);
        Some(CallPlan {
            name: look.function_name(),
            doc: look.doc.clone(),
            parameters: self.parameters(&look_needs(found), names),
            answer: self.answer_type(&found.call).0,
            statics: vec![self.site(&found.call, &look)],
            helpers: request.body.into_iter().collect(),
            bindings: request.bindings,
            send: format!("{}.send({}).await", at(&found.call, &look), request.closure),
        })
    }

    /// The look that confirms a status.
    pub fn confirm_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Option<CallPlan> {
        let confirm = confirm(&step.call)?;
        let (_, operation) = self.checked.operation(&confirm.call);
        let look = caller.beside(
            Role::Confirm,
            format!(
                "Confirms that it is gone: `{}`, {}.",
                operation.label(),
                self.origin(confirm.call.operation.span)
            ),
        );
        let request = self.request(&confirm.call, &look, names);
        let (first, last) = confirm.every;
        let gone = look.constant("GONE");
        let interval = format!(
            "static {gone}: Gone = Gone {{ statuses: &{:?}, every: ({}, {}), within_ms: {} }};",
            confirm.gone,
            first.as_millis(),
            last.as_millis(),
            confirm.within.as_millis()
        );
        Some(CallPlan {
            name: look.function_name(),
            doc: look.doc.clone(),
            parameters: self.parameters(&Needs::of(confirm_values(&step.call)), names),
            answer: "()".to_owned(),
            statics: vec![self.site(&confirm.call, &look), interval],
            helpers: request.body.into_iter().collect(),
            bindings: request.bindings,
            send: format!(
                "{}.until_gone(&{gone}, {}).await",
                at(&confirm.call, &look),
                request.closure
            ),
        })
    }

    pub fn undo_call(&self, call: &Call, caller: &Caller<'_>, names: &Names) -> UndoPlan {
        let request = self.request(call, caller, names);
        let mut values = Vec::new();
        call.collect(&mut values);
        UndoPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&Needs::of(values), names),
            site: caller.constant("SITE"),
            statics: vec![self.site(call, caller)],
            helpers: request.body.into_iter().collect(),
            bindings: request.bindings,
            kept: request.locals,
            ids: request.ids,
            send: format!("{}.accept({}).await.map(drop)", at(call, caller), request.closure),
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
    pub fn parameters(&self, needs: &Needs, names: &Names) -> Vec<String> {
        let mut parameters = Vec::new();
        if needs.input {
            parameters.push("input: &Input".to_owned());
        }
        for (name, place) in names.steps.iter().filter(|(name, _)| needs.steps.contains(name)) {
            parameters.push(format!("{}: {}", variable(name), place.declared));
        }
        if needs.item {
            let declared = names.item.as_ref().map_or("Value", |item| item.declared.as_str());
            parameters.push(format!("item: {declared}"));
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
            let is_reference = names.item.as_ref().is_some_and(Place::is_reference);
            let copied = within.is_some() && !is_reference;
            text.push_str(if copied { ", item.clone()" } else { ", item" });
        }
        if needs.id {
            text.push_str(", id");
        }
        if needs.secs {
            text.push_str(", secs");
        }
        text
    }

    /// The call site, which errors and logs are about.
    fn site(&self, call: &Call, caller: &Caller<'_>) -> String {
        let (_, operation) = self.checked.operation(call);
        let rules: Vec<String> = call.outcomes.iter().map(super::rule).collect();
        let makes: Vec<String> = caller.makes.iter().map(|kind| format!("Kind::{kind:?}")).collect();
        let fields = [
            format!("function: {}", literal(caller.function)),
            format!("step: {}", literal(caller.step)),
            format!("call: {}", literal(&operation.request_line())),
            format!("makes: &[{}]", makes.join(", ")),
            format!("repeatable: {}", call.is_repeatable(operation.method)),
            format!("removes: {}", operation.method == Method::Delete || self.ends(call)),
            format!("fields: &[{}]", fields(call).join(", ")),
            format!("outcomes: &[{}]", rules.join(", ")),
        ];
        format!(
            "static {}: CallSite = CallSite {{ {} }};",
            caller.constant("SITE"),
            fields.join(", ")
        )
    }

    /// Whether a call is the one that ends or deletes what the worker owns.
    fn ends(&self, call: &Call) -> bool {
        let endings = Kind::ALL
            .into_iter()
            .filter_map(|kind| self.checked.mapping.ending(kind));
        endings.map(Call::target).any(|target| target == call.target())
    }

    fn poll(&self, poll: &Poll, caller: &Caller<'_>, kind: &Type) -> (String, String) {
        let (first, last) = poll.every;
        let interval = format!(
            "static {}: Poll = Poll {{ every: ({}, {}) }};",
            caller.constant("POLL"),
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
            item: Some(Place::reference("answer", kind.clone())),
            ..Names::default()
        };
        format!(".about(&{asked}, &{})", self.id(id, &names).value())
    }

    fn states(&self, rules: &[StateRule], kind: &Type) -> String {
        let state = |rule: &StateRule| {
            let place = Place::reference("answer", kind.clone());
            let (at, rest) = place.down(self.index, &rule.path.value);
            let found = match rest.is_empty() && (at.bare().0.is_plain()) {
                true => at.borrowed(),
                false => place.read(self.index, &rule.path.value, false).json().value(),
            };
            let values: Vec<&str> = rule.values.iter().map(|value| value.value.as_str()).collect();
            format!("State::of({found}, &{values:?})")
        };
        rules.iter().map(state).collect::<Vec<_>>().join(", ")
    }
}

impl Planner<'_> {
    /// How long a poll may take.
    fn within(&self, within: &Within) -> String {
        match within {
            Within::Fixed(duration) => format!("Duration::from_millis({})", duration.as_millis()),
            Within::Config(reference) => {
                let value = Value {
                    span: reference.span,
                    kind: ValueKind::Reference(reference.value.clone()),
                };
                let secs = self.given(&value, &Type::Natural, &Given::Told, &Names::default());
                format!("Duration::from_secs({})", secs.value())
            }
        }
    }
}

/// What a start passes to take a sandbox for its answer.
const ADOPT: &str = "|id| Box::pin(sandboxes::started(cx.clone(), id))";

/// The begin of a request.
fn at(call: &Call, caller: &Caller<'_>) -> String {
    let at = format!("cx.at(&{})", caller.constant("SITE"));
    match call.server {
        None => at,
        Some(_) => format!("{at}.to(&api)"),
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
