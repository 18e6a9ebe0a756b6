//! Polls: how often and how long is looked, what an earlier answer says already, and what each answer says.

use crate::{
    check::Sent,
    client::RustType,
    document::Location,
    mapping::{Poll, Step, Value, ValueKind, Within},
    naming::letters,
};

use super::{
    CallPlan, HelperPlan, Planner, caller::Caller, coercion::Given, expr::Uses, expression::Names, parameters::Needs,
    place::Place,
};

impl Planner<'_> {
    /// A request that is repeated until its answer says so. `ids` are those in its path.
    pub fn polled(
        &self,
        poll: &Poll,
        step: &Step,
        caller: &Caller<'_>,
        (closure, ids): (&str, &[String]),
        names: &Names,
        plan: &mut CallPlan,
    ) -> String {
        let (text, kind) = self.answer_type(&step.call);
        let (interval, judge) = self.poll(poll, caller, &kind);
        plan.statics.push(interval);
        let first = match &poll.first {
            None => "None".to_owned(),
            Some(first) => {
                let (helper, call) = self.earlier_answer(first, caller, (&text, &kind), names);
                plan.helpers.push(helper);
                call
            }
        };
        let (about, within) = (self.about(step, ids, &kind), self.within(&poll.within));
        let poll = caller.constant("POLL");
        format!("poll(&{poll}, {first}, {within}, {closure}, {judge}{about})")
    }

    fn poll(&self, poll: &Poll, caller: &Caller<'_>, kind: &RustType) -> (String, String) {
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
    fn about(&self, step: &Step, ids: &[String], kind: &RustType) -> String {
        let looked_at = self.checked.identified(&step.call);
        let found = looked_at.and_then(|(of, parameter)| {
            let sent = self.sent_by(&step.call);
            let is_asked = |sent: &&Sent<'_>| sent.parameter.location == Location::Path && sent.wire == parameter;
            let argument = letters(&sent.iter().find(is_asked)?.argument);
            let asked = ids.iter().find(|id| letters(id) == argument)?;
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

    /// A function that makes of an earlier answer what a poll asks for, and how it is called.
    fn earlier_answer(
        &self,
        first: &Value,
        caller: &Caller<'_>,
        (text, kind): (&str, &RustType),
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

    /// How long a poll may take.
    fn within(&self, within: &Within) -> String {
        match within {
            Within::Fixed(duration) => format!("Duration::from_millis({})", duration.as_millis()),
            Within::Config(reference) => {
                let value = Value {
                    span: reference.span,
                    kind: ValueKind::Reference(reference.value.clone()),
                };
                let secs = self.given(&value, &RustType::Natural, &Given::Told, &Names::default());
                format!("Duration::from_secs({})", secs.value())
            }
        }
    }
}
