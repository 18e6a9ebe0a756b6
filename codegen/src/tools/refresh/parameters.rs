//! The parameters of a call in the new document.

use crate::{
    check::Typed,
    diagnostic::Code,
    document::{Location, Operation, Parameter, Spread},
    mapping::{Call, Value},
    source::Spanned,
};

use super::{Comparison, renamed};

impl Comparison<'_> {
    pub fn parameters(&self, call: &Call, old: &Operation, new: &Operation) {
        let given = [
            (Location::Path, &call.path),
            (Location::Query, &call.query),
            (Location::Header, &call.header),
        ];
        for (location, given) in given {
            for (name, value) in given {
                match new.called(location, &name.value) {
                    Some(parameter) => self.parameter(name, value, old.called(location, &name.value), parameter),
                    None => self.parameter_gone(name, location, old, new),
                }
            }
        }
        self.parameters_required(call, old, new);
    }

    fn parameters_required(&self, call: &Call, old: &Operation, new: &Operation) {
        for parameter in new.parameters.iter().filter(|parameter| parameter.required) {
            let before = old
                .called(parameter.location, &parameter.name)
                .is_some_and(|before| before.required);
            let (place, name) = (parameter.location, &parameter.name);
            let given = call.given().any(|(at, name)| at == place && parameter.is_called(name));
            // A path with another parameter is another path, and told as that.
            if !before && !given && place != Location::Path {
                let (label, place) = (new.label(), place.name());
                let message = format!("`{label}` requires the {place} parameter `{name}` in the new document");
                let help = format!("add `{place}: {{{name}: …}}`");
                self.breaks(Code::NewlyRequired, call.operation.span, message, help);
            }
        }
    }

    fn parameter(&self, name: &Spanned<String>, value: &Value, old: Option<&Parameter>, new: &Parameter) {
        let Some(old) = old else { return };
        if old.spread != new.spread {
            let way = match new.spread {
                Some(Spread::Deep) => "as `name[key]=value`",
                Some(Spread::Form) => "as `key=value`",
                None => "as one value",
            };
            let message = format!("`{}` is sent {way} in the new document", name.value);
            self.breaks(
                Code::Retyped,
                name.span,
                message,
                "write the value as the new document takes it",
            );
            return;
        }
        let old = Typed::new(&self.old.document, &old.ty);
        let new = Typed::new(self.new, &new.ty);
        self.given(value, &name.value, old, new);
    }

    fn parameter_gone(&self, name: &Spanned<String>, location: Location, old: &Operation, new: &Operation) {
        // Renamed together with its path, and told as that.
        if location == Location::Path && old.path != new.path {
            return;
        }
        let message = format!(
            "`{}` has no {} parameter `{}` in the new document",
            new.label(),
            location.name(),
            name.value
        );
        let elsewhere = new.parameters.iter().find(|parameter| parameter.is_called(&name.value));
        let help = match elsewhere {
            Some(parameter) => format!("it is a {} parameter now", parameter.location.name()),
            None => {
                let known: Vec<String> = old.at(location).map(|parameter| parameter.name.clone()).collect();
                let now = new.at(location).map(|parameter| parameter.name.as_str());
                renamed(&name.value, &known, now, "remove it")
            }
        };
        self.breaks(Code::Gone, name.span, message, help);
    }
}
