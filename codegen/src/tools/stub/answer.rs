//! What an operation answers, as the function's output.

use crate::document::{Document, Operation, Shape, ShapeKind, Success};

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
    let Success::Json(body) = &operation.success else {
        return answer;
    };
    let shape = document.shape(body);
    match &shape.kind {
        ShapeKind::Object(properties, _) if !properties.is_empty() => {
            let mut names = Names::default();
            for field in properties.keys() {
                answer.field(document, &shape, field, names.name(field));
            }
        }
        ShapeKind::Array(_) => answer.whole(document, &shape, "items"),
        _ => answer.whole(document, &shape, "value"),
    }
    answer
}

impl Answer {
    fn field(&mut self, document: &Document, answer: &Shape, field: &str, name: String) {
        let Some((found, always)) = answer.property(field) else {
            return;
        };
        let shape = document.shape(&found);
        // A path in a reference cannot name such a field.
        if field.contains(['.', '[']) {
            return;
        }
        let required = always && !shape.nullable && declarable(document, &shape);
        let value = reference("response", field);
        let note = match required {
            true => String::new(),
            false => format!("  # {}", shape.describe()),
        };
        self.block.entry(required, format!("{name}: {value}{note}"));
        self.outputs.push(Declared {
            name,
            schema: schema(document, &shape),
            required,
        });
    }

    fn whole(&mut self, document: &Document, shape: &Shape, name: &str) {
        let required = !shape.nullable && declarable(document, shape);
        self.block.entry(required, format!("{name}: $response"));
        self.outputs.push(Declared {
            name: name.to_owned(),
            schema: schema(document, shape),
            required,
        });
    }
}
