//! Status rules and conditions as Rust.

use crate::{
    client::RustType,
    mapping::{Again, Call, Condition, Outcome, Root, Segment, StateRule, Status, Test, Then, path_text},
    source::Spanned,
};

use super::{
    Planner,
    caller::{Caller, at},
    expression::Names,
    literal,
    place::Place,
};

/// Rules as Rust, in their order. What is decided before a request is sent is numbered through them.
pub fn rules(outcomes: &[Outcome]) -> Vec<String> {
    let mut given = 0;
    outcomes.iter().map(|outcome| rule(outcome, &mut given)).collect()
}

fn rule(outcome: &Outcome, given: &mut usize) -> String {
    let status = match &outcome.status {
        Status::Any => "Status::Any".to_owned(),
        Status::Class(class) => format!("Status::Class({class})"),
        Status::Only(codes) => format!("Status::Only(&{codes:?})"),
    };
    let mut rule = format!("Rule::new({status}, {})", then(&outcome.then));
    if !outcome.when.is_empty() {
        let conditions: Vec<String> = outcome.when.iter().map(|when| condition(when, given)).collect();
        rule.push_str(&format!(".when(&[{}])", conditions.join(", ")));
    }
    if let Some(message) = &outcome.message {
        rule.push_str(&format!(".saying({})", literal(&message.value)));
    }
    rule
}

fn then(then: &Then) -> String {
    match then {
        Then::Code(code) => format!("Then::Fail(Code::{})", code.value),
        Then::Later(code) => format!("Then::Later(Code::{})", code.value),
        Then::Again(Again { every, within }) => format!(
            "Then::Again {{ every: ({}, {}), within_ms: {} }}",
            every.0.as_millis(),
            every.1.as_millis(),
            within.as_millis()
        ),
        Then::Ok => "Then::Accept".to_owned(),
        Then::Confirm(_) => "Then::Confirm".to_owned(),
    }
}

fn condition(condition: &Condition, given: &mut usize) -> String {
    let path = condition
        .subject
        .as_reference()
        .map(|reference| (&reference.root, reference.path.as_slice()));
    let subject = match path {
        Some((Root::Headers, [Segment::Field(name)])) => format!("Subject::Header({})", literal(name)),
        Some((_, path)) if condition.is_of_the_answer() => format!("Subject::Body({})", literal(&path_text(path))),
        _ => {
            let at = *given;
            *given += 1;
            // It is held against the test where the request is made.
            return format!("Condition {{ of: Subject::Given({at}), test: Test::Present }}");
        }
    };
    format!("Condition {{ of: {subject}, test: {} }}", test(&condition.test))
}

/// `Test::Is(&["ready"])`
pub fn test(of: &Test) -> String {
    match of {
        Test::Is(values) => format!("Test::Is(&{:?})", texts(values)),
        Test::Contains(parts) => format!("Test::Contains(&{:?})", texts(parts)),
        Test::Present => "Test::Present".to_owned(),
        Test::Absent => "Test::Not(&Test::Present)".to_owned(),
        Test::Not(inner) => match &**inner {
            Test::Absent => "Test::Present".to_owned(),
            inner => format!("Test::Not(&{})", test(inner)),
        },
    }
}

fn texts(values: &[Spanned<String>]) -> Vec<&str> {
    values.iter().map(|value| value.value.as_str()).collect()
}

impl Planner<'_> {
    /// The begin of a request, with what its rules ask that is known before it is sent.
    pub fn begin(&self, call: &Call, caller: &Caller<'_>, names: &Names) -> String {
        let begin = at(call, caller);
        let mut given = call.outcomes.iter().flat_map(Outcome::given).peekable();
        match given.peek() {
            None => begin,
            Some(_) => format!("{begin}.given(&[{}])", self.asked(given, names)),
        }
    }

    /// What is asked of the variable `answer`.
    pub fn states(&self, rules: &[StateRule], kind: &RustType) -> String {
        self.states_of("answer", rules, kind)
    }

    /// What is asked of a variable.
    pub fn states_of(&self, variable: &str, rules: &[StateRule], kind: &RustType) -> String {
        let state = |rule: &StateRule| {
            let answer = Place::reference(variable, kind.clone());
            self.state(&answer, &rule.path.value, &rule.test)
        };
        rules.iter().map(state).collect::<Vec<_>>().join(", ")
    }

    /// What is asked before a step is made, or a request sent.
    pub fn asked<'c>(&self, conditions: impl IntoIterator<Item = &'c Condition>, names: &Names) -> String {
        let state = |condition: &Condition| {
            let reference = condition.subject.as_reference();
            let place = reference.and_then(|reference| Some((names.root(&reference.root)?, &reference.path)));
            match place {
                Some((place, path)) => self.state(place, path, &condition.test),
                None => {
                    let value = self.value(&condition.subject, names).value();
                    format!("State::of({value}, {})", test(&condition.test))
                }
            }
        };
        conditions.into_iter().map(state).collect::<Vec<_>>().join(", ")
    }

    fn state(&self, place: &Place, path: &[Segment], of: &Test) -> String {
        let (at, rest) = place.down(self.index, path);
        let is_plain = |ty: &RustType| match ty {
            RustType::List(items) => items.bare().is_plain(),
            ty => ty.is_plain(),
        };
        let found = match rest {
            [] if at.bare().0.is_copied() => at.value(false).value(),
            [] if at.bare().0.is_plain() => at.borrowed(),
            _ => {
                let found = place.read(self.index, path, false);
                match (rest.is_empty(), is_plain(found.ty.bare())) {
                    (false, true) if found.ty != RustType::Json => found.value(),
                    (true, _) => found.json().value(),
                    (false, _) => {
                        let found = found.json().value();
                        let lists: String = rest
                            .iter()
                            .filter(|segment| **segment == Segment::Each)
                            .map(|_| "[*]")
                            .collect();
                        quote::quote!(value::each(&#found, #lists))
                    }
                }
            }
        };
        format!("State::of({found}, {})", test(of))
    }
}
