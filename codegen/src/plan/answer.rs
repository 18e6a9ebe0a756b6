//! What a handler answers: what may be moved out of what it has, and what is computed beside it.

use crate::{
    client::RustType,
    mapping::{Arguments, Function, Value, ValueKind},
    operator::Takes,
};

use super::{
    HelperPlan, Planner, StructPlan,
    coercion::Given,
    expr::{Expr, Uses},
    expression::Names,
    parameters::Needs,
};

/// How a handler ends.
pub struct Closing {
    pub code: String,
    /// Whether it asks something of the call.
    pub asks: bool,
    /// Functions that make a part of the answer.
    pub helpers: Vec<HelperPlan>,
}

impl Closing {
    /// What the handler has under these names.
    pub fn of(answered: &[String]) -> Self {
        Self {
            code: format!("Ok(Output {{ {} }})", answered.join(", ")),
            asks: false,
            helpers: Vec::new(),
        }
    }
}

/// Whether a value is computed of several: that is done beside the handler.
fn is_computed(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Operator(_, Arguments::Named(_)))
}

/// Whether a value is a single reference, or what operators of one value make of one.
fn moves(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Reference(_) => true,
        ValueKind::Operator(operator, Arguments::Values(values)) => {
            let single = matches!(operator.takes, Takes::One(_)) && !operator.only_looks();
            single && values.iter().all(moves)
        }
        _ => false,
    }
}

/// Whether one of two fields is the other, or a part of it.
fn overlap(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl Planner<'_> {
    /// `Ok(Output { … })`, or the hook; and whether it asks something of the call.
    pub fn closing(
        &self,
        function: &Function,
        structs: &[StructPlan],
        hook: &Option<String>,
        names: &Names,
    ) -> Closing {
        if let Some(hook) = hook {
            return Closing {
                code: format!("<Custom as Hooks>::{hook}(cx, input).await"),
                asks: true,
                helpers: Vec::new(),
            };
        }
        let (mut asks, mut helpers) = (false, Vec::new());
        let output = structs.last().map_or(RustType::Json, StructPlan::as_type);
        // What is taken comes after everything that may look at it.
        let (mut looking, mut taking, mut taken) = (Vec::new(), Vec::new(), Vec::<Vec<String>>::new());
        for (name, value) in function.answer.iter().rev() {
            let Some((ident, want)) = output.field(self.index, &name.value) else {
                continue;
            };
            if is_computed(value) {
                let (helper, call) = self.answered(&name.value, value, &want, names);
                looking.push(format!("{ident}: {call}"));
                helpers.push(helper);
                asks = true;
                continue;
            }
            let mut field = |value: &Expr| {
                asks |= value.uses.call;
                format!("{ident}: {}", value.value())
            };
            let at = Given::Answer(name.value.clone());
            let moved = moves(value).then(|| self.given(value, &want, &at, &names.moving()));
            let from = moved.as_ref().and_then(|moved| moved.takes.clone());
            match (moved, from) {
                (Some(moved), Some(from)) if !taken.iter().any(|taken| overlap(taken, &from)) => {
                    taking.push(field(&moved));
                    taken.push(from);
                }
                _ => looking.push(field(&self.given(value, &want, &at, names))),
            }
        }
        let fields: Vec<String> = looking.into_iter().rev().chain(taking.into_iter().rev()).collect();
        Closing {
            code: format!("Ok(Output {{ {} }})", fields.join(", ")),
            asks,
            helpers,
        }
    }

    /// A function that makes a field of the answer, and how the handler calls it.
    fn answered(&self, name: &str, value: &Value, want: &RustType, names: &Names) -> (HelperPlan, String) {
        let (statement, computed) = self.value(value, &names.borrowed()).named_as("computed");
        let made = self.coerced(computed, want, &Given::Answer(name.to_owned()));
        let needs = Needs::of([value]);
        let function = format!("answer_{name}");
        let mut parameters = self.parameters(&needs, names);
        let mut arguments = self.arguments(&needs, names, None);
        if needs.owned {
            parameters.push("owned: &Owned".to_owned());
            arguments.push_str(", &owned");
        }
        let call = format!("{function}(&cx{arguments})?");
        let helper = HelperPlan {
            name: function,
            doc: format!("`{name}` of the answer, {}.", self.origin(value.span)),
            cx: Uses::named(made.uses.call, "cx"),
            parameters,
            kind: format!("Result<{}, Error>", want.rust()),
            lines: vec![statement, made.result().to_string()],
        };
        (helper, call)
    }
}
