//! Parameters of a path that take several segments: the one place of the operator for that.

use crate::{
    diagnostic::Code,
    document::{OperationId, Parameter, TypeKind},
    mapping::{Arguments, Value},
    operator::Operator,
};

use super::{Checker, scope::Scope};

const USAGE: &str = "write for example `path: {path: {segments: $input.path}}`";

impl Checker<'_> {
    /// What becomes several segments is text that is there.
    pub fn of_segments(&mut self, index: OperationId, parameter: &Parameter, path: &Value, scope: &Scope<'_>) {
        let found = self.infer(path, scope);
        let name = &parameter.name;
        if !matches!(found.kind, TypeKind::String | TypeKind::Any) {
            let message = format!("`segments`: its argument takes a string, this is {}", found.describe());
            self.problem(Code::WrongArguments, path.span, message, USAGE);
        } else if found.nullable && found.kind != TypeKind::Any {
            let message = format!("`{name}` is required, but this value may be absent");
            let help = "give a fallback: `{segments: {first: [this, another]}}`";
            self.problem(Code::MayBeAbsent, path.span, message, help);
        } else if !matches!(parameter.ty.kind, TypeKind::String | TypeKind::Any) {
            let message = format!(
                "`{name}` takes {}, and several segments are text",
                parameter.ty.describe()
            );
            self.problem(Code::WrongType, path.span, message, "give it such a value");
        }
        self.uses.entry(index).or_default().segments.insert(name.clone());
    }

    /// Whoever comes here with the operator stands elsewhere: in a path it is taken apart before.
    pub fn stands_in_a_path(&self, operator: &Operator, arguments: &Arguments) {
        if let ("segments", Arguments::Values(values)) = (operator.name, arguments)
            && let Some(value) = values.first()
        {
            let message = "`segments` is the value of a parameter of a path, as a whole";
            self.problem(Code::WrongArguments, value.span, message, USAGE);
        }
    }
}
