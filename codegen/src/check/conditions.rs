//! Conditions: that what they ask can be asked of what they are about, and can come out either way.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{OperationId, Type, TypeKind},
    mapping::{Call, Condition, Outcome, Reference, Root, Segment, StateRule, Test, Then},
    source::{Span, Spanned},
};

use super::{
    Checker,
    scope::{Item, Scope, Step},
    values::plain,
};

impl Checker<'_> {
    /// What is asked of an answer.
    pub fn states(&mut self, rules: &[StateRule], index: OperationId, step: &str) {
        self.states_in(rules, Step::answered(step, index));
    }

    /// What is asked of what a name stands for.
    pub fn states_in(&mut self, rules: &[StateRule], of: Step<'_>) {
        let root = Root::Step(of.name.to_owned());
        let scope = Scope::of_answer(of);
        self.states_below(rules, &root, &scope);
    }

    /// What is asked of the items of a list.
    pub fn states_of_items(&mut self, rules: &[StateRule], item: &Item) {
        let scope = Scope {
            item: Some(item.clone()),
            ..Scope::default()
        };
        self.states_below(rules, &Root::Item, &scope);
    }

    fn states_below(&mut self, rules: &[StateRule], root: &Root, scope: &Scope<'_>) {
        for rule in rules {
            let reference = Reference {
                root: root.clone(),
                path: rule.path.value.clone(),
            };
            let ty = self.reference(&reference, rule.path.span, scope);
            self.test(&rule.test, &ty, &reference, rule.path.span);
        }
    }

    /// What decides whether a step is made.
    pub fn conditions(&mut self, conditions: &[Condition], scope: &Scope<'_>) {
        for condition in conditions {
            if let Some(reference) = condition.subject.as_reference() {
                let ty = self.reference(reference, condition.subject.span, scope);
                self.test(&condition.test, &ty, reference, condition.subject.span);
            }
        }
    }

    /// What decides, beside its status, whether a rule is meant. Of what a refusal says no document is relied on.
    pub fn conditions_of_rule(&mut self, outcome: &Outcome, scope: Option<&Scope<'_>>) {
        let (given, answered): (Vec<_>, Vec<_>) =
            (outcome.when.iter()).partition(|condition| !condition.is_of_the_answer());
        for condition in answered {
            let span = condition.subject.span;
            let Some(reference) = condition.subject.as_reference() else {
                continue;
            };
            if reference.path.is_empty() {
                let example = match reference.root {
                    Root::Headers => "$headers.Retry-After",
                    _ => "$response.error.code",
                };
                self.out_of_place(reference, span, &format!("name what is asked: `{example}`"));
            }
        }
        for condition in given {
            match scope {
                Some(scope) => self.conditions(std::slice::from_ref(condition), scope),
                None => {
                    if let Some(reference) = condition.subject.as_reference() {
                        let help = "a rule for all calls asks the answer: `$response.field` or `$headers.Name`; \
                                    write the rule under the call's `outcomes`";
                        self.out_of_place(reference, condition.subject.span, help);
                    }
                }
            }
        }
        if !outcome.when.is_empty()
            && matches!(outcome.then, Then::Confirm(_))
            && let Some(success) = outcome.of_success()
        {
            let message = format!("of an answer with {success} nothing is asked here");
            self.problem(Code::NoEffect, outcome.span, message, "remove `when`, or use `reject`");
        }
    }

    /// What takes a step back is sent later, when nothing is asked any more but what is answered.
    pub fn asks_the_answer_alone(&self, call: &Call) {
        if let Some(condition) = call.outcomes.iter().flat_map(Outcome::given).next() {
            let message = "here a rule asks the answer alone";
            let help = "name `$response.field` or `$headers.Name`";
            self.problem(Code::UnknownReference, condition.subject.span, message, help);
        }
    }

    fn test(&self, test: &Test, ty: &Type, reference: &Reference, span: Span) {
        let lists = reference
            .path
            .iter()
            .filter(|segment| **segment == Segment::Each)
            .count();
        let item = self.item_within(ty, lists);
        if let Test::Not(test) = test {
            return self.test(test, ty, reference, span);
        }
        match test {
            // A list that is gone through may be empty.
            Test::Present | Test::Absent if lists > 0 => {}
            Test::Present | Test::Absent => self.may_be_either(&item, reference, span),
            Test::Contains(_) if !may_be_text(&item) => {
                let message = format!("only a text contains others, `{reference}` is {}", item.describe());
                self.problem(Code::WrongType, span, message, "name a field that holds text");
            }
            Test::Is(_) if !may_be_state(&item) => {
                let message = format!("a state is text, `{reference}` is {}", item.describe());
                self.problem(Code::WrongType, span, message, "name the field that holds the state");
            }
            Test::Is(values) => values.iter().for_each(|value| self.state(value, &item)),
            Test::Contains(_) | Test::Not(_) => {}
        }
    }

    /// What is always there is never absent.
    fn may_be_either(&self, ty: &Type, reference: &Reference, span: Span) {
        if ty.nullable || ty.kind == TypeKind::Any {
            return;
        }
        let message = format!("`{reference}` is always there");
        let help = "ask for its value: `status: [failed]`; if it may be absent, say so in the overlay";
        self.problem(Code::NoEffect, span, message, help);
    }

    /// The type of what is asked: of so many lists that a path goes through, of one item.
    fn item_within(&self, ty: &Type, lists: usize) -> Type {
        match &ty.kind {
            TypeKind::Array(items) if lists > 0 => self.item_within(&self.document.type_of(items), lists - 1),
            _ => ty.clone(),
        }
    }

    fn state(&self, state: &Spanned<String>, ty: &Type) {
        let arms = match &ty.kind {
            TypeKind::Union(arms) => arms.as_slice(),
            _ => std::slice::from_ref(ty),
        };
        if arms.iter().any(|arm| may_be(&state.value, arm)) {
            return;
        }
        let listed = arms.iter().flat_map(|arm| arm.values.iter().flatten());
        let names: Vec<String> = listed.map(plain).collect();
        let message = format!("the document knows no state `{}` here", state.value);
        let help = match names.is_empty() {
            true => format!(
                "the field is {}: give such a value, or name another field",
                ty.describe()
            ),
            false => did_you_mean(&state.value, names.iter().map(String::as_str)),
        };
        self.problem(Code::UnlistedValue, state.span, message, help);
    }
}

fn may_be_text(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Union(arms) => arms.iter().any(may_be_text),
        kind => matches!(kind, TypeKind::String | TypeKind::Any),
    }
}

/// Numbers that may have a fraction have several spellings, and lists and objects are never compared.
fn may_be_state(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Number | TypeKind::Array(_) | TypeKind::Object(..) => false,
        TypeKind::Union(arms) => arms.iter().any(may_be_state),
        _ => true,
    }
}

/// Whether a value of this type may have this text.
fn may_be(text: &str, ty: &Type) -> bool {
    let listed = || {
        ty.values
            .as_ref()
            .is_none_or(|values| values.iter().any(|value| plain(value) == text))
    };
    let of_type = match &ty.kind {
        TypeKind::Boolean => text.parse::<bool>().is_ok(),
        TypeKind::Integer => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
        _ => may_be_state(ty),
    };
    of_type && listed()
}
