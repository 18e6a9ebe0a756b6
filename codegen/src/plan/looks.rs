//! Looks beside a step's own request: for what it waits for, and whether what it ends is gone.

use crate::{
    mapping::{Confirm, Found, Step},
    naming::variable,
};

use super::{
    CallPlan, HelperPlan, Planner,
    caller::{Caller, Role},
    expr::Uses,
    expression::Names,
    parameters::Needs,
    place::Place,
};

impl Planner<'_> {
    /// A request that makes something which may be there already, and is looked for after it.
    pub fn found(
        &self,
        found: &Found,
        step: &Step,
        caller: &Caller<'_>,
        closure: &str,
        names: &Names,
        plan: &mut CallPlan,
    ) -> String {
        let (constant, helper, finding) = self.finding(found, step, caller, names);
        plan.statics.push(constant);
        plan.helpers.push(helper);
        plan.bindings.extend(finding);
        plan.bindings.push(format!("let request = {closure};"));
        format!("make(&{}, request, look_again, look_for)", caller.constant("FOUND"))
    }

    /// A request of which a status is confirmed by a look.
    pub fn confirmed(&self, confirm: &Confirm, caller: &Caller<'_>, closure: &str, names: &Names) -> String {
        let look = Role::Confirm.function(&caller.name);
        let arguments = self.arguments(&Needs::of_call(&confirm.call), names, Some(""));
        format!("confirm({closure}, || {look}(cx{arguments}))")
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
                self.arguments(&Needs::of_call(&found.call), names, Some(""))
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
        let operation = self.checked.operation(&found.call);
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
            parameters: self.parameters(&Needs::of_call(&found.call), names),
            answer: self.answer_type(&found.call).0,
            statics: vec![self.site(&found.call, &look)],
            send: format!(
                "{}.send({}).await",
                self.begin(&found.call, &look, names),
                request.closure()
            ),
            helpers: request.helpers,
            bindings: request.bindings,
        })
    }

    /// The look that confirms a status.
    pub fn confirm_call(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> Option<CallPlan> {
        let confirm = step.call.confirm()?;
        let operation = self.checked.operation(&confirm.call);
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
            parameters: self.parameters(&Needs::of_call(&confirm.call), names),
            answer: "()".to_owned(),
            statics: vec![self.site(&confirm.call, &look), interval],
            send: format!(
                "{}.until_gone(&{gone}, {}).await",
                self.begin(&confirm.call, &look, names),
                request.closure()
            ),
            helpers: request.helpers,
            bindings: request.bindings,
        })
    }
}
