//! Steps that read a list page by page: a function that asks for a page, one that reads it, and one that reads them all.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    client::RustType,
    mapping::{Pages, Position, Reference, Root, Segment, Step, Value, ValueKind, path_text},
    naming::variable,
};

use super::{
    CallPlan, Planner,
    caller::{Caller, Role},
    coercion::Given,
    expression::Names,
    listed::first,
    literal, operators,
    parameters::Needs,
    place::{Place, tokens},
};

impl Planner<'_> {
    /// The function of a step that reads all pages, after those that it calls for each.
    pub fn all_pages(
        &self,
        step: &Step,
        caller: &Caller<'_>,
        names: &Names,
        calls: &mut Vec<CallPlan>,
    ) -> Option<CallPlan> {
        let (items, pages) = step.list.pages()?;
        let of_page = Names {
            position: Some(self.page_request(pages)),
            ..names.clone()
        };
        let doc = format!("Asks for a page of `{}`, {}.", step.name.value, self.origin(pages.span));
        let asks = caller.beside(Role::Page, doc);
        let asks = Caller {
            tells: caller.tells,
            ..asks
        };
        calls.push(self.step_call(step, &asks, &of_page));
        calls.push(self.page(step, (items, pages), &asks, names));
        let (answer, kind) = self.answer_type(&step.call);
        let needs = self.needs_of_all(step);
        let list = self.list_within(&kind, path_of(items));
        let read = match &pages.position {
            Position::Next(_) => "all_pages",
            Position::Number(_) => "all_pages_by_number",
            Position::Offset(_) => "all_pages_by_offset",
        };
        let arguments = self.arguments(&needs, names, Some(""));
        Some(CallPlan {
            name: caller.function_name(),
            doc: format!(
                "All of the list that `{}` reads, {}.",
                step.name.value,
                self.origin(pages.span)
            ),
            parameters: self.parameters(&needs, names),
            answer,
            statics: Vec::new(),
            helpers: Vec::new(),
            bindings: vec![format!(
                "let pages = Pages {{ first: {}, at_most: {} }};",
                first(pages),
                pages.at_most
            )],
            send: format!(
                "cx.{read}(pages, |page| read_{}(cx, page{arguments}), |answer| {list}).await",
                asks.function_name()
            ),
        })
    }

    /// What the step's function needs besides the position of a page.
    pub fn needs_of_all(&self, step: &Step) -> Needs {
        Needs {
            position: false,
            ..self.needs(step)
        }
    }

    /// The function that reads a page.
    fn page(&self, step: &Step, (items, pages): (&Value, &Pages), asks: &Caller<'_>, names: &Names) -> CallPlan {
        let own = variable(&step.name.value);
        let (answer, kind) = self.answer_type(&step.call);
        let position = self.position_type(pages);
        let needs = self.needs_of_all(step);
        let mut parameters = vec![format!("page: PageRequest<{}>", position.rust())];
        parameters.extend(self.parameters(&needs, names));
        let arguments = self.arguments(&needs, names, Some(""));
        let asked = format!("{}(cx{arguments}, &page).await?", asks.function_name());
        let place = Place::variable(&own, kind);
        let mut bindings = vec![match pages.reads(&Root::Headers) {
            true => format!("let Headed {{ answer: {own}, headers }} = {asked};"),
            false => format!("let {own} = {asked};"),
        }];
        if pages.reads(&Root::Last) {
            bindings.push(format!("let last = {};", self.last(&place, path_of(items))));
        }
        let of_page = Names {
            steps: vec![(step.name.value.clone(), place)],
            last: Some(Place::variable("last", RustType::Json)),
            ..Names::default()
        };
        bindings.push(format!("let ids = {};", self.ids(step, items, pages, &of_page)));
        bindings.push(format!(
            "let next: Option<{}> = {};",
            position.rust(),
            self.next(pages, &position, &of_page)
        ));
        bindings.push(format!("let more = {};", self.more(pages, "!last.is_null()", &of_page)));
        CallPlan {
            name: format!("read_{}", asks.function_name()),
            doc: format!("Reads a page of `{}`, {}.", step.name.value, self.origin(pages.span)),
            parameters,
            answer: format!("Part<{answer}, {}>", position.rust()),
            statics: Vec::new(),
            helpers: Vec::new(),
            bindings,
            send: format!("Ok(Part {{ answer: {own}, ids, next, more }})"),
        }
    }

    /// The last item of a list, as JSON; null if it has none.
    fn last(&self, answer: &Place, path: &[Segment]) -> String {
        let (place, rest) = answer.down(self.index, path);
        match (place.items(), rest) {
            (Some((items, _)), []) => format!("json(&{items}.next_back())"),
            _ => format!(
                "value::last_of({})",
                answer.read(self.index, path, false).json().value()
            ),
        }
    }

    /// The ids of the items, where the mapping says what they are.
    fn ids(&self, step: &Step, items: &Value, pages: &Pages, names: &Names) -> String {
        let Some(id) = pages.id.as_ref().and_then(Value::as_reference) else {
            return "Vec::new()".to_owned();
        };
        let path = path_of(items).iter().cloned().chain([Segment::Each]);
        let reference = Reference {
            root: Root::Step(step.name.value.clone()),
            path: path.chain(id.path.iter().cloned()).collect(),
        };
        let all = Value {
            span: items.span,
            kind: ValueKind::Reference(reference),
        };
        let texts = operators::texts(self.value(&all, names));
        let list = RustType::List(Box::new(RustType::Text));
        let ids = self.coerced(texts, &list, &Given::Answer("id".to_owned()));
        ids.value().to_string()
    }

    /// Where a list is in `answer`, a reference to what has it: an `Option` of one to the list.
    fn list_within(&self, kind: &RustType, path: &[Segment]) -> TokenStream {
        let (mut way, mut of, mut is_place) = (quote!(answer), kind.clone(), false);
        for (at, segment) in path.iter().enumerate() {
            let Segment::Field(name) = segment else { break };
            if let RustType::Optional(inner) = of {
                (way, of, is_place) = (quote!(#way.as_mut()?), *inner, false);
            }
            if let RustType::Map(values) = of {
                (way, of, is_place) = (quote!(#way.get_mut(#name)?), *values, false);
                continue;
            }
            let Some((ident, field)) = of.field(self.index, name) else {
                let rest = literal(&path_text(&path[at..]));
                let (rest, borrow) = (tokens(&rest), if is_place { quote!(&mut) } else { quote!() });
                return quote!(value::list_at(#borrow #way, #rest));
            };
            let ident = tokens(&ident);
            (way, of, is_place) = (quote!(#way.#ident), field, true);
        }
        match (of, is_place) {
            (RustType::Optional(_), _) => quote!(#way.as_mut()),
            (RustType::Json, true) => quote!(value::list_at(&mut #way, "")),
            (RustType::Json, false) => quote!(value::list_at(#way, "")),
            (_, true) => quote!(Some(&mut #way)),
            (_, false) => quote!(Some(#way)),
        }
    }
}

fn path_of(items: &Value) -> &[Segment] {
    items.as_reference().map_or(&[], |reference| &reference.path)
}
