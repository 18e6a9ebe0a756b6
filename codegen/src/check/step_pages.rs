//! Lists in the answers of steps: that all their pages are read, or that they are one.

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Function, Pages, Paging, Reference, Root, Segment, StateRule, Step, Value},
};

use super::{
    Checker,
    listings::{Listed, refers},
    paged::Paged,
    scope::Scope,
    values::ALWAYS_THERE,
};

impl Checker<'_> {
    /// The type of a page's position, of a step that reads a list page by page.
    pub fn step_position(&mut self, step: &Step) -> Option<Type> {
        let (items, pages) = step.list.pages()?;
        let list = Listed {
            call: &step.call,
            items,
            answer: &step.name.value,
            things: "items",
        };
        let item = self.listed_item(&list);
        if let (Some(id), Some(item)) = (&pages.id, &item) {
            let of_item = Scope {
                item: Some(item.clone()),
                ..Scope::default()
            };
            self.tells_items_apart(id, &of_item);
        }
        self.position(&list, pages, item.as_ref())
    }

    fn tells_items_apart(&mut self, id: &Value, scope: &Scope<'_>) {
        let found = self.infer(id, scope);
        let is_text = matches!(found.kind, TypeKind::String | TypeKind::Integer | TypeKind::Any);
        if id.as_reference().is_none() || !refers(id, &Root::Item) || !is_text {
            let message = "`id` is a field of each item, a string or a whole number";
            self.problem(Code::WrongType, id.span, message, "write for example `id: $item.id`");
        } else if found.nullable && found.kind != TypeKind::Any {
            let message = "this id may be absent, and then an item could not be told from another";
            self.problem(Code::MayBeAbsent, id.span, message, ALWAYS_THERE);
        }
    }

    /// Lists that the document shows to come in pages, and of which a function reads one page.
    pub fn steps_read_all_pages(&self, function: &Function) {
        for step in function.steps.iter().filter(|step| step.reads_one_page()) {
            let looks = step.found.as_ref().map_or(&step.call, |found| &found.call);
            let Some(operation) = self.operation(looks).map(|id| &self.operations[id]) else {
                continue;
            };
            let Some(list) = self.read_list(function, step) else {
                continue;
            };
            let Some(paged) = Paged::of(self.document, operation).filter(|paged| !paged.is_positioned_by(looks)) else {
                continue;
            };
            let message = format!(
                "`{}` answers in pages ({}), and `{}` reads one: what is on the others would not be known",
                operation.label(),
                paged.signs.join(", "),
                step.name.value,
            );
            let help = match step.is_judged_by_one() {
                true => "let the call ask for what is waited for alone, or look at that by its id; if one page holds all that \
                         it answers, say why: `pages: {none: …}`"
                    .to_owned(),
                false => format!(
                    "add `items: {list}` and `pages: {}`; if one page holds them all, say why: `pages: {{none: …}}`",
                    paged.of_step(&step.name.value, None)
                ),
            };
            self.problem(Code::UnreadPages, looks.operation.span, message, help);
        }
    }

    /// The list of a step's answer that a function reads.
    fn read_list(&self, function: &Function, step: &Step) -> Option<Reference> {
        let answer = self.answer(self.operation(&step.call)?);
        let mut list = None;
        let mut note = |value: &Value| {
            let reference = value
                .as_reference()
                .filter(|of| of.root == Root::Step(step.name.value.clone()));
            let path = reference.map(|reference| match reference.path.split_first() {
                Some((Segment::Each, rest)) if step.for_each.is_some() => rest,
                _ => reference.path.as_slice(),
            });
            let read = path.and_then(|path| self.list_on_the_way(&answer, step, path));
            list = list.take().or(read);
        };
        function.values().into_iter().for_each(|value| value.walk(&mut note));
        list.or_else(|| {
            let mut asked = step.states().map(|state| state.path.value.as_slice());
            asked.find_map(|path| self.list_on_the_way(&answer, step, path))
        })
    }

    fn list_on_the_way(&self, answer: &Type, step: &Step, path: &[Segment]) -> Option<Reference> {
        let until = path
            .iter()
            .position(|segment| *segment == Segment::Each)
            .unwrap_or(path.len());
        let list = Reference {
            root: Root::Step(step.name.value.clone()),
            path: path[..until].to_vec(),
        };
        let found = self.walk_plain(answer.clone(), &list);
        matches!(found.kind, TypeKind::Array(_)).then_some(list)
    }
}

impl Step {
    /// Whether nothing is said of the pages that its answer may be one of.
    fn reads_one_page(&self) -> bool {
        self.call.stream.is_none() && matches!(self.list.paging, Paging::Unsaid)
    }

    /// Whether what is in one answer decides what becomes of it.
    fn is_judged_by_one(&self) -> bool {
        self.poll.is_some() || self.found.is_some() || !self.reject.is_empty()
    }

    /// What is asked of its answer.
    fn states(&self) -> impl Iterator<Item = &StateRule> {
        let poll = self.poll.iter().flat_map(|poll| poll.until.iter().chain(&poll.fail));
        poll.chain(&self.reject)
    }

    /// How its list goes on, if it does.
    pub fn pages(&self) -> Option<&Pages> {
        self.list.pages().map(|(_, pages)| pages)
    }
}
