//! What an operation answers, as the function's output.

use crate::document::{Document, Operation, Type, TypeKind};

use super::{
    Declared,
    block::{Block, reference},
    kind::{Names, declarable, schema},
};

pub struct Answer {
    pub outputs: Vec<Declared>,
    pub block: Block,
}

pub fn of(document: &Document, operation: &Operation) -> Answer {
    let mut answer = Answer {
        outputs: Vec::new(),
        block: Block::new("answer"),
    };
    let Some(body) = operation.success.schema() else {
        return answer;
    };
    let ty = document.type_of(body);
    match &ty.kind {
        TypeKind::Object(properties, _) if !properties.is_empty() => {
            let mut names = Names::default();
            for field in properties.keys() {
                answer.field(document, &ty, field, names.name(field));
            }
        }
        TypeKind::Array(_) => answer.whole(document, &ty, "items"),
        _ => answer.whole(document, &ty, "value"),
    }
    answer
}

impl Answer {
    fn field(&mut self, document: &Document, answer: &Type, field: &str, name: String) {
        let Some((found, always)) = answer.property(field) else {
            return;
        };
        let ty = document.type_of(&found);
        // A path in a reference cannot name such a field, and no answer has one that is only written.
        if field.contains(['.', '[']) || document.is_write_only(&found) {
            return;
        }
        let required = always && !ty.nullable && declarable(document, &ty);
        let value = reference("response", field);
        let note = match required {
            true => String::new(),
            false => format!("  # {}", ty.describe()),
        };
        self.block.entry(required, format!("{name}: {value}{note}"));
        self.outputs.push(Declared {
            name,
            schema: schema(document, &ty),
            required,
        });
    }

    fn whole(&mut self, document: &Document, ty: &Type, name: &str) {
        let required = !ty.nullable && declarable(document, ty);
        self.block.entry(required, format!("{name}: $response"));
        self.outputs.push(Declared {
            name: name.to_owned(),
            schema: schema(document, ty),
            required,
        });
    }
}
