//! The pages of a list: where the next one begins, whether there is one, what takes its position.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{OperationId, Type, TypeKind},
    mapping::{Listing, Pages, Paging, Position, Reference, Root, SINGLE_STEP, Segment, Value},
    source::Span,
};

use super::{
    Checker,
    listings::{Listed, refers},
    paged::Paged,
    scope::{Item, Scope},
    types,
};

/// What the position of a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionKind {
    Text,
    Whole,
}

/// What the two values of `pages` read: a page.
const OF_A_PAGE: [Root; 3] = [Root::Headers, Root::Last, Root::Position];

impl Checker<'_> {
    /// The type of a page's position, of a list that says how it goes on.
    pub(super) fn position(&mut self, list: &Listed<'_>, pages: &Pages, item: Option<&Item>) -> Option<Type> {
        let operation = self.operation(list.call)?;
        let scope = Scope {
            last: Some(item.cloned().unwrap_or(Item::Of(Type::any()))),
            headers: Some(operation),
            ..list.scope(operation)
        };
        if let Some(more) = &pages.more {
            self.more(more, list.answer, &scope);
        }
        let position = match &pages.position {
            Position::Next(next) => self.next(next, list.answer, &scope),
            Position::Number(_) | Position::Offset(_) => types::of(TypeKind::Integer),
        };
        let is_whole = match position.kind {
            TypeKind::Any => self.takes_a_number(operation, pages),
            ref kind => *kind == TypeKind::Integer,
        };
        let kind = if is_whole {
            PositionKind::Whole
        } else {
            PositionKind::Text
        };
        self.positions.insert(pages.span.start, kind);
        Some(position)
    }

    /// Where the next page begins: absent where there is none, and on the first one.
    fn next(&mut self, next: &Value, answer: &str, scope: &Scope<'_>) -> Type {
        let absent = |kind| Type {
            nullable: true,
            ..types::of(kind)
        };
        let before = self.reader.found();
        let found = self.infer(next, scope);
        if self.reader.found() == before {
            self.is_of_a_page(next, "next", answer);
        }
        match found.kind {
            TypeKind::String | TypeKind::Integer => absent(found.kind),
            TypeKind::Any => absent(TypeKind::Any),
            _ => {
                let message = format!(
                    "`next` is where a page begins, a string or a whole number; this is {}",
                    found.describe()
                );
                let help = "name the token of the next page, or a field of the last item: `$last.id`";
                self.problem(Code::WrongType, next.span, message, help);
                absent(TypeKind::Any)
            }
        }
    }

    /// Whether there is a next page.
    fn more(&mut self, more: &Value, answer: &str, scope: &Scope<'_>) {
        let before = self.reader.found();
        let found = self.infer(more, scope);
        if self.reader.found() == before {
            self.is_of_a_page(more, "while", answer);
        }
        if !matches!(found.kind, TypeKind::Boolean | TypeKind::Any) {
            let message = format!("`while` is true or false, this is {}", found.describe());
            let help = format!("name the field that says whether there are more: `${answer}.has_more`");
            self.problem(Code::WrongType, more.span, message, help);
        } else if found.nullable && found.kind == TypeKind::Boolean {
            let message = "this may be absent, and then nothing would say whether there are more";
            let help =
                "say what that means: `{first: [this, false]}`, or leave `while` out: a page without items is the last";
            self.problem(Code::MayBeAbsent, more.span, message, help);
        }
    }

    /// What is the same on every page leads from none to the next.
    fn is_of_a_page(&self, value: &Value, key: &str, answer: &str) {
        let answer = Root::Step(answer.to_owned());
        if !refers(value, &answer) && !OF_A_PAGE.iter().any(|root| refers(value, root)) {
            let message = format!("`{key}` is the same on every page: it reads nothing of one");
            let help = format!("read the answer: `${}.…`, `$headers.…` or `$last.…`", answer.name());
            self.problem(Code::EndlessPages, value.span, message, help);
        }
    }

    fn takes_a_number(&self, operation: OperationId, pages: &Pages) -> bool {
        let (location, name) = &pages.into;
        let parameter = location.and_then(|at| self.operations[operation].called(at, &name.value));
        parameter.is_some_and(|parameter| parameter.ty.kind == TypeKind::Integer)
    }

    /// What the document says of a header of an answer.
    pub(super) fn header(&self, operation: OperationId, reference: &Reference, span: Span) -> Type {
        let [Segment::Field(name)] = reference.path.as_slice() else {
            return self.out_of_place(reference, span, "write `$headers.X-Name`");
        };
        let operation = &self.operations[operation];
        let declared = &operation.answer_headers;
        if !declared.is_empty() && !declared.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let message = format!("the answer of `{}` has no header `{name}`", operation.label());
            let help = did_you_mean(name, declared.iter().map(String::as_str));
            self.problem(Code::UnknownResponseField, span, message, help);
        }
        Type {
            nullable: true,
            ..Type::string()
        }
    }

    /// A list that the document shows to come in pages, and of which the mapping reads one.
    pub(super) fn reads_all_pages(&self, list: &Listing, name: &str, operation: OperationId, id: &Value) {
        if !matches!(list.paging, Paging::Unsaid) {
            return;
        }
        let operation = &self.operations[operation];
        let Some(paged) = Paged::of(self.document, operation) else {
            return;
        };
        let message = format!(
            "`{}` answers in pages ({}), and `{name}` reads one: what is on the others would not be known",
            operation.label(),
            paged.signs.join(", "),
        );
        let id = id.as_reference().filter(|reference| reference.root == Root::Item);
        let help = format!(
            "add `pages: {}`; if one page holds them all, say why: `pages: {{none: …}}`",
            paged.suggestion(SINGLE_STEP, id.map(|reference| reference.path.as_slice()))
        );
        self.problem(Code::UnreadPages, list.call.operation.span, message, help);
    }
}
