//! Calls as Rust functions: one for each request that the mapping makes.

use crate::{
    client::{Method as Generated, RustType, loose_name},
    document::Method,
    mapping::{Call, Kind, Root, Step},
};

use super::{
    CallPlan, Planner, UndoPlan,
    caller::{Caller, at},
    coercion::Given,
    conditions,
    expression::Names,
    fields::fields,
    literal,
    parameters::Needs,
    streams,
};

impl Planner<'_> {
    pub fn method(&self, call: &Call) -> &Generated {
        let operation = self.checked.operation(call);
        &self.index.methods[&operation.id]
    }

    /// The type of a call's answer in Rust.
    pub fn answer_type(&self, call: &Call) -> (String, RustType) {
        if let Some(stream) = &call.stream {
            let answer = streams::answer(stream);
            return (answer.rust(), answer);
        }
        let method = self.method(call);
        (method.answer_text.clone(), method.answer.clone())
    }

    pub fn step_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> CallPlan {
        let mut request = self.request(&step.call, caller, names);
        let (text, _) = self.answer_type(&step.call);
        let mut plan = CallPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&self.needs(step), names),
            answer: if step.accepts() {
                format!("Option<{text}>")
            } else {
                text
            },
            statics: vec![self.site(&step.call, caller)],
            helpers: std::mem::take(&mut request.helpers),
            bindings: std::mem::take(&mut request.bindings),
            send: String::new(),
        };
        let (closure, deadline) = match &step.call.stream {
            Some(stream) => self.streamed(stream, step, caller, &request, names, &mut plan),
            None => (request.closure(), None),
        };
        let deadline = match deadline {
            Some(local) => format!(".deadline_ms({local})"),
            None => self.deadline(step, names),
        };
        let headed = step.pages().is_some_and(|pages| pages.reads(&Root::Headers));
        let closure = match headed {
            true => format!("|| headed({})", request.sent),
            false => closure,
        };
        if headed {
            plan.answer = format!("Headed<{}>", plan.answer);
        }
        let page = if step.pages().is_some() { ".page(page)" } else { "" };
        let ids = request.ids;
        let telling = match caller.tells {
            true => format!(".telling({})", literal(&caller.name)),
            false => String::new(),
        };
        let at = format!("{}{page}{deadline}{telling}", self.begin(&step.call, caller, names));
        let sent = if let Some(found) = &step.found {
            self.found(found, step, caller, &closure, names, &mut plan)
        } else if let Some(poll) = &step.poll {
            self.polled(poll, step, caller, (&closure, &ids), names, &mut plan)
        } else if let Some(confirm) = step.call.confirm() {
            self.confirmed(confirm, caller, &closure, names)
        } else {
            self.sent(step, &closure)
        };
        plan.send = format!("{at}.{sent}.await");
        if step.inherited.is_some() {
            plan.bindings.insert(0, "cx.inherits().await?;".to_owned());
        }
        if step.found.is_none() {
            self.unless_stale(&step.call, caller, &at, &sent, &mut plan);
        }
        plan
    }

    /// A request that is made anew with the facts of its sandbox, where those that it was made with have changed.
    fn unless_stale(&self, call: &Call, caller: &Caller<'_>, at: &str, sent: &str, plan: &mut CallPlan) {
        let (statuses, facts) = (call.stale(), call.facts());
        if !call.may_be_stale() {
            return;
        }
        let one = self
            .checked
            .mapping
            .sandboxes
            .as_ref()
            .and_then(|section| section.one.as_ref());
        let looks = one.is_some_and(|one| one.id == call.id);
        let constant = caller.constant("STALE");
        let facts: Vec<String> = facts.iter().map(|name| literal(name)).collect();
        let facts = facts.join(", ");
        plan.statics.push(format!(
            "static {constant}: Stale = Stale {{ statuses: &{statuses:?}, facts: &[{facts}], looks: {looks} }};"
        ));
        let bindings = std::mem::take(&mut plan.bindings).join("\n");
        plan.send = format!(
            "cx.renewing(|| async {{ let known = cx.known(); {bindings} {at}.unless_stale(&{constant}, known).{sent}.await }}).await"
        );
    }

    /// How long the caller lets the request work, where he says so.
    fn deadline(&self, step: &Step, names: &Names) -> String {
        step.deadline_ms.as_ref().map_or_else(String::new, |value| {
            let at = Given::Argument("deadline_ms".to_owned());
            let value = self.given(value, &RustType::Natural.optional(), &at, names);
            format!(".deadline_ms({})", value.value())
        })
    }

    /// A request that is merely sent.
    fn sent(&self, step: &Step, closure: &str) -> String {
        if step.accepts() {
            return format!("accept({closure})");
        }
        let (verb, recover) = match self.recovers(step) {
            true => ("start", format!(", {RECOVER}")),
            false => ("send", String::new()),
        };
        if step.reject.is_empty() {
            return format!("{verb}({closure}{recover})");
        }
        let states = self.states(&step.reject, &self.answer_type(&step.call).1);
        format!("{verb}_unless({closure}{recover}, |answer| any(&[{states}]))")
    }

    /// A call outside a step: under `sandboxes` or `snapshots`. What it answers is any JSON, taken as `answer`, with the
    /// headers where it is `headed`.
    pub fn plain_call(&self, call: &Call, caller: &Caller<'_>, names: &Names, answer: &str, headed: bool) -> CallPlan {
        let typed = self.method(call);
        let loose = self.index.methods.get(&loose_name(&typed.name));
        let request = self.request_by(loose.unwrap_or(typed), call, caller, names);
        let text = match loose {
            Some(_) => answer.to_owned(),
            None => typed.answer_text.clone(),
        };
        let (text, closure) = match headed {
            true => (format!("Headed<{text}>"), format!("|| headed({})", request.sent)),
            false => (text, request.closure()),
        };
        let accepts = call.accepts();
        let verb = if accepts { "accept" } else { "send" };
        let needs = Needs::of_call(call);
        let page = if needs.position { ".page(page)" } else { "" };
        let at = format!("{}{page}", self.begin(call, caller, names));
        let sent = format!("{verb}({closure})");
        let mut plan = CallPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&needs, names),
            answer: if accepts { format!("Option<{text}>") } else { text },
            statics: vec![self.site(call, caller)],
            helpers: request.helpers,
            bindings: request.bindings,
            send: format!("{at}.{sent}.await"),
        };
        self.unless_stale(call, caller, &at, &sent, &mut plan);
        plan
    }

    pub fn undo_call(&self, call: &Call, caller: &Caller<'_>, names: &Names) -> UndoPlan {
        let request = self.request(call, caller, names);
        UndoPlan {
            name: caller.function_name(),
            doc: caller.doc.clone(),
            parameters: self.parameters(&Needs::of_call(call), names),
            site: caller.constant("SITE"),
            statics: vec![self.site(call, caller)],
            send: format!("{}.accept({}).await.map(drop)", at(call, caller), request.closure()),
            helpers: request.helpers,
            bindings: request.bindings,
            kept: request.locals,
            ids: request.ids,
        }
    }

    /// The call site, which errors and logs are about.
    pub fn site(&self, call: &Call, caller: &Caller<'_>) -> String {
        let operation = self.checked.operation(call);
        let rules = conditions::rules(&call.outcomes);
        let creates: Vec<String> = caller.creates.iter().map(|kind| format!("Kind::{kind:?}")).collect();
        let fields = [
            format!("function: {}", literal(caller.function)),
            format!("step: {}", literal(caller.step)),
            format!("call: {}", literal(&operation.request_line())),
            format!("creates: &[{}]", creates.join(", ")),
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
        endings
            .into_iter()
            .any(|end| self.checked.operation_id(end) == self.checked.operation_id(call))
    }
}

/// What a start passes to take a sandbox for its answer.
const RECOVER: &str = "|id| Box::pin(sandboxes::started(cx.clone(), id))";
