//! Functions as modules: typed input and output, a handler that goes through the steps, a function for each call.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    check::used_inputs,
    client::Type,
    contract::Signature,
    mapping::{Call, Function, Step, Then, Undo, Value, ValueKind},
    naming::{ident, module, variable},
};

use super::{
    CallPlan, Planner, StructPlan, UndoPlan,
    access::Place,
    calls::Caller,
    expression::{Names, Needs},
    literal, raw_literal,
    surroundings::FactsPlan,
    types,
};

#[derive(Debug, Serialize)]
pub struct FunctionPlan {
    pub name: String,
    pub module: String,
    pub doc: String,
    pub description: String,
    /// JSON Schemas, as Rust string literals.
    pub request_schema: String,
    pub response_schema: String,
    pub structs: Vec<StructPlan>,
    /// How the handler names its input: `_` when nothing is read from it.
    pub input: String,
    pub lines: Vec<String>,
    /// The expression that is the handler's result.
    pub closing: String,
    /// The hook's name, for a function that is written in Rust.
    pub hook: Option<String>,
    /// What the runtime is told beside the handler: `.frees()`.
    pub traits: Vec<String>,
    pub calls: Vec<CallPlan>,
    pub undos: Vec<UndoPlan>,
    pub facts: Option<FactsPlan>,
}

/// Collects the handler's lines and the calls they make.
#[derive(Default)]
struct Body {
    lines: Vec<String>,
    calls: Vec<CallPlan>,
    undos: Vec<UndoPlan>,
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
    pub fn function(&self, function: &Function, signature: &Signature) -> FunctionPlan {
        let mut names = Names::default();
        let mut body = Body::default();
        for (at, step) in function.steps.iter().enumerate() {
            self.step(function, at, step, &mut names, &mut body);
        }
        let answers = function.answer.iter().map(|(_, value)| value);
        let needs = Needs::of(answers.clone());
        if needs.owned {
            body.lines.insert(0, "let owned = cx.owned().await;".to_owned());
        }
        let refusals = self.refusals(function);
        body.lines.splice(0..0, refusals);
        let used = inputs(function, signature);
        let handler_reads = Needs::of(function.steps.iter().flat_map(|step| {
            let mut values = Vec::new();
            step.collect(&mut values);
            values
        }));
        let answered = function.answer.iter().map(|(name, _)| name.value.clone());
        let all = types::properties(&signature.output).map(|(name, _)| name.clone());
        let given: Vec<String> = if function.hook.is_some() {
            all.collect()
        } else {
            answered.collect()
        };
        let mut structs = vec![types::input("Input", &input_doc(signature), &signature.input, &used)];
        structs.extend(types::output(
            "Output",
            &format!("What `{}` answers.", signature.name),
            &signature.output,
            &given,
        ));
        let hook = function.hook.as_ref().map(|hook| ident(&hook.value));
        FunctionPlan {
            closing: self.closing(function, &hook, &names),
            hook,
            name: signature.name.clone(),
            module: module(&signature.name),
            doc: format!("`{}`, {}.", signature.name, self.origin(function.name.span)),
            description: literal(&signature.description),
            request_schema: schema(&signature.input),
            response_schema: schema(&signature.output),
            structs,
            input: if needs.input || handler_reads.input || function.hook.is_some() {
                "input"
            } else {
                "_"
            }
            .to_owned(),
            lines: body.lines,
            traits: self.traits(function, signature),
            calls: body.calls,
            undos: body.undos,
            facts: self.remembered(function),
        }
    }

    /// Values of later steps that can turn out to be bad input are made once before the first call, so that bad input
    /// sends nothing.
    fn refusals(&self, function: &Function) -> Vec<String> {
        let mut values = Vec::new();
        for step in function.steps.iter().skip(1).filter(|step| step.for_each.is_none()) {
            step.call.collect(&mut values);
        }
        let mut refusals = Vec::new();
        for value in values {
            value.walk(&mut |value| {
                let refuses = matches!(&value.kind, ValueKind::Operator(operator, _) if operator.refuses_input());
                if refuses && Needs::of([value]).steps.is_empty() {
                    refusals.push(format!("{};", self.value(value, &Names::default())));
                }
            });
        }
        refusals
    }

    /// `Ok(Output { … })`, or the hook.
    fn closing(&self, function: &Function, hook: &Option<String>, names: &Names) -> String {
        if let Some(hook) = hook {
            return format!("<Custom as Hooks>::{hook}(cx, input).await");
        }
        let field = |(name, value): &(crate::source::Spanned<String>, Value)| {
            let value = self.value(value, names);
            format!("{}: cx.answer({}, {value})?", ident(&name.value), literal(&name.value))
        };
        let fields: Vec<String> = function.answer.iter().map(field).collect();
        format!("Ok(Output {{ {} }})", fields.join(", "))
    }

    fn step(&self, function: &Function, at: usize, step: &Step, names: &mut Names, body: &mut Body) {
        let caller = self.caller(function, step);
        if step.for_each.is_some() {
            names.item = Some(Place::new("&item", Type::Json, false));
        }
        let mut call = self.step_call(step, &caller, names);
        body.calls.extend(self.confirm_call(step, &caller, names));
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
        if !step.undo.is_empty() {
            self.undone(step, &caller, names, &mut call, body);
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
        let mut names = names.clone();
        names.steps.push((step.name.value.clone(), self.place(step, false)));
        call.bindings.push(format!("let {variable} = {}?;", call.send));
        for undo in &step.undo {
            if let Undo::End(ids) = undo {
                call.bindings
                    .push(format!("cx.undo_sandboxes({})?;", self.value(ids, &names)));
            }
        }
        for (n, undo) in step.undo.iter().enumerate() {
            if let Undo::Call(undo) = undo {
                call.bindings.push(self.undo(undo, n, step, caller, &names, body));
            }
        }
        call.send = format!("Ok({variable})");
    }

    fn caller<'f>(&self, function: &'f Function, step: &'f Step) -> Caller<'f> {
        let (_, operation) = self.checked.operation(&step.call);
        Caller {
            name: format!("call_{}", step.name.value),
            function: &function.name.value,
            step: if function.single { "" } else { &step.name.value },
            doc: format!("`{}`, {}.", operation.label(), self.origin(step.call.operation.span)),
            starts: step.starts(),
        }
    }

    /// How the handler calls a step's function.
    fn invocation(&self, step: &Step, caller: &Caller<'_>, names: &Names) -> String {
        let arguments = self.arguments(&self.needs(step), names, None);
        let name = &caller.name;
        match &step.for_each {
            Some(items) => {
                let items = self.value(items, names);
                let uses = if self.needs(step).item { "item" } else { "_" };
                format!("cx.for_each({items}, |{uses}| {name}(&cx{arguments})).await?")
            }
            None if step.best_effort => format!("cx.best_effort({name}(&cx{arguments}).await)"),
            None => format!("{name}(&cx{arguments}).await?"),
        }
    }

    /// The variable that holds a step's answer.
    fn place(&self, step: &Step, many: bool) -> Place {
        let name = variable(&step.name.value);
        let (text, kind) = self.answer_type(&step.call);
        let accepts = step
            .call
            .outcomes
            .iter()
            .any(|outcome| !matches!(outcome.then, Then::Code(_)));
        if many {
            let item = if accepts { format!("Option<{text}>") } else { text };
            let kind = if accepts { Type::Optional(Box::new(kind)) } else { kind };
            return Place::new(format!("&{name}"), Type::List(Box::new(kind)), false).declared(format!("&[{item}]"));
        }
        match (step.best_effort, accepts) {
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
            name: format!("undo_{}_{n}", step.name.value),
            function: caller.function,
            step: "undo",
            doc: format!(
                "Takes `{}` back: `{}`, {}.",
                step.name.value,
                operation.label(),
                self.origin(call.operation.span)
            ),
            starts: false,
        };
        let mut values = Vec::new();
        call.collect(&mut values);
        let arguments = self.arguments(&Needs::of(values), names, Some(&step.name.value));
        body.undos.push(self.undo_call(call, &undo, names));
        format!("cx.undo({}(cx{arguments})?);", undo.name)
    }
}

/// The inputs that the typed input needs: those in use, and those that the runtime looks at.
fn inputs(function: &Function, signature: &Signature) -> Vec<String> {
    if function.hook.is_some() {
        return types::properties(&signature.input)
            .map(|(name, _)| name.clone())
            .collect();
    }
    let mut used = used_inputs(function);
    for name in ["sandbox_id", "image"] {
        if types::is_required(&signature.input, name) && !used.iter().any(|known| known == name) {
            used.push(name.to_owned());
        }
    }
    used
}

fn input_doc(signature: &Signature) -> String {
    format!("What `{}` takes.", signature.name)
}

fn schema(schema: &Json) -> String {
    let mut with_dialect = json!({"$schema": "http://json-schema.org/draft-07/schema#"});
    if let (Some(map), Some(own)) = (with_dialect.as_object_mut(), schema.as_object()) {
        map.extend(own.clone());
    }
    raw_literal(&serde_json::to_string_pretty(&with_dialect).unwrap_or_default())
}
