//! One function as text.

use crate::{
    contract::Signature,
    mapping::{Function, SlotRule, Step},
    tools::layout,
};

use super::{Explained, call, field, legend, outcome, value};

type Rows = Vec<(String, String)>;

impl Explained {
    pub(super) fn function_text(&self, function: &Function, signature: &Signature) -> String {
        let mut text = format!(
            "{} ({})\n  {}\n",
            signature.name,
            call::origin(&self.checked, function.name.span),
            signature.description.trim()
        );
        let mut part = |title: &str, body: String| {
            if !body.is_empty() {
                text.push_str(&format!("\n  {title}\n{body}"));
            }
        };
        part("Takes", layout::rows(4, &self.taken(function, signature)));
        part("Slots", slots(function));
        part("Calls, in this order", self.steps(function));
        part("Answers", layout::rows(4, &named(&function.answer)));
        part("Keeps of what it started", layout::rows(4, &named(&function.remember)));
        part("Statuses, the first that matches decides", self.outcomes(function));
        part("Examples", self.summaries(function));
        part("Where", layout::rows(4, &legend::of(&self.checked, function)));
        text
    }

    fn summaries(&self, function: &Function) -> String {
        let examples = self.examples.of_function(&function.name.value).iter();
        examples
            .map(|example| format!("    {} ({})\n", example.summary, example.place))
            .collect()
    }

    fn taken(&self, function: &Function, signature: &Signature) -> Rows {
        let row = |field: field::Field| {
            let mut words = vec![field.kind];
            words.extend(field.required.then(|| "required".to_owned()));
            words.extend(field.bounds);
            words.extend(field.default.map(|default| format!("default {default}")));
            let ignored = function.ignored.iter().find(|(name, _)| name.value == field.name);
            words.extend(ignored.map(|(_, why)| format!("ignored: {}", why.value)));
            (field.name, words.join(", "))
        };
        let fields = field::all(&self.contract, &signature.input);
        fields.into_iter().map(row).collect()
    }

    fn steps(&self, function: &Function) -> String {
        if function.served {
            return "    None of its own: the worker sees to it, as `sandboxes.lifetime` says.\n".to_owned();
        }
        if let Some(via) = &function.via {
            return format!(
                "    None of its own: the worker runs POSIX scripts in the sandbox, as `{}` runs programs.\n",
                via.value
            );
        }
        if let Some(hook) = &function.hook {
            return format!("    Made by the Rust function `{}`.\n", hook.value);
        }
        let steps = function.steps.iter().enumerate();
        steps
            .map(|(at, step)| self.step(at + 1, step, function.single))
            .collect()
    }

    fn step(&self, number: usize, step: &Step, single: bool) -> String {
        let label = call::label(&self.checked, &step.call);
        let (title, indent) = match single {
            true => (format!("    {label}\n"), 6),
            false => (format!("    {number}. {}: {label}\n", step.name.value), 9),
        };
        title + &layout::rows(indent, &call::step(&self.checked, step))
    }

    fn outcomes(&self, function: &Function) -> String {
        let mut rows = vec![("2xx".to_owned(), "success".to_owned())];
        for step in &function.steps {
            for (status, meaning) in outcome::rules(&step.call.outcomes) {
                let who = match function.single {
                    true => String::new(),
                    false => format!(" of {}", step.name.value),
                };
                rows.push((format!("{status}{who}"), meaning));
            }
        }
        rows.extend(self.common());
        match function.steps.is_empty() {
            true => String::new(),
            false => layout::rows(4, &rows),
        }
    }

    /// The provider's rules, which come after a call's own.
    pub(super) fn common(&self) -> Rows {
        let mut rows = outcome::rules(&self.checked.mapping.codes);
        let all = rows.iter().any(|(status, _)| status == "any other");
        let rest = (!all).then(|| ("any other".to_owned(), "S502".to_owned()));
        rows.extend(rest);
        rows
    }
}

fn named(values: &[(crate::source::Spanned<String>, crate::mapping::Value)]) -> Rows {
    values
        .iter()
        .map(|(name, given)| (name.value.clone(), value::said(given)))
        .collect()
}

fn slots(function: &Function) -> String {
    match &function.slots {
        Some(SlotRule::Take(count)) => {
            let count = value::said(count);
            format!(
                "    Takes {count} before the first call. If fewer are free, nothing is sent and the caller gets S400.\n"
            )
        }
        Some(SlotRule::None(why)) => format!("    Starts nothing: {}\n", why.value),
        Some(SlotRule::Free(_)) => "    Frees the sandbox's slot after the last call.\n".to_owned(),
        None => String::new(),
    }
}
