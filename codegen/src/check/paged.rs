//! Whether a document shows that a list comes in pages, and how it would be read.

use crate::{
    document::{Document, Location, Operation, Parameter, Success, Type, TypeKind},
    mapping::{Call, Segment, path_text},
    naming::letters,
};

/// Query parameters, in small letters and digits only, that take the token of a page.
const TOKENS: [&str; 10] = [
    "after",
    "continuation",
    "continuationtoken",
    "cursor",
    "marker",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "pagetoken",
    "startingafter",
];

/// Query parameters, in small letters and digits only, that take the number of a page.
const NUMBERS: [&str; 4] = ["nextpage", "page", "pageindex", "pagenumber"];

/// Query parameters, in small letters and digits only, that take how many items come before a page.
const OFFSETS: [&str; 2] = ["offset", "skip"];

/// Fields and headers of an answer that say where the next page begins; a header may begin with `X-`.
const NEXT: [&str; 11] = [
    "continuation",
    "continuationtoken",
    "cursor",
    "endcursor",
    "next",
    "nextcursor",
    "nextmarker",
    "nextoffset",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
];

/// Fields that say whether there is one.
const MORE: [&str; 4] = ["hasmore", "hasnext", "hasnextpage", "istruncated"];

/// Fields of fields of an answer may say it, too.
const DEPTH: usize = 2;

/// A list that comes in pages.
pub struct Paged {
    /// What shows it: ``it takes `page` ``.
    pub signs: Vec<String>,
    token: Option<String>,
    /// Which parameter, and the number of the first page.
    number: Option<(String, i64)>,
    offset: Option<String>,
    /// `$response.nextCursor`, or `$headers.X-Next-Token`.
    next: Option<String>,
    /// `$response.has_more`, if it is always there.
    more: Option<String>,
}

impl Paged {
    /// What a document shows of a list; nothing if that is one answer.
    pub fn of(document: &Document, operation: &Operation) -> Option<Self> {
        let [token, number, offset] = [&TOKENS[..], &NUMBERS, &OFFSETS].map(|names| taken(operation, names));
        let fields = fields(document, operation);
        let field = |names: &[&str]| fields.iter().find(|field| names.contains(&field.letters.as_str()));
        let (next, more, header) = (field(&NEXT), field(&MORE), header(operation));
        let takes = [token, number, offset].into_iter().flatten();
        let takes = takes.map(|parameter| format!("it takes `{}`", parameter.name));
        let says = next.into_iter().chain(more);
        let says = says.map(|field| format!("its answer has `{}`", field.path.trim_start_matches('.')));
        let sends = header.iter().map(|name| format!("its answer has the header `{name}`"));
        let signs: Vec<String> = takes.chain(says).chain(sends).collect();
        if signs.is_empty() {
            return None;
        }
        let in_body = next.filter(|field| !field.is_link).map(Field::reference);
        Some(Self {
            signs,
            token: token.map(|parameter| parameter.name.clone()),
            number: number.map(|parameter| (parameter.name.clone(), first(document, parameter))),
            offset: offset.map(|parameter| parameter.name.clone()),
            next: in_body.or(header.map(|name| format!("$headers.{name}"))),
            more: more.filter(|field| field.is_sure).map(Field::reference),
        })
    }

    /// Whether a call itself says which page it wants: then there is one, as its caller has it.
    pub fn is_positioned_by(&self, call: &Call) -> bool {
        call.query.iter().any(|(name, _)| self.takes(&name.value))
    }

    /// The `pages` to write, as far as it can be told, of an answer that is called so; `id` is where an item has its id.
    pub fn suggestion(&self, answer: &str, id: Option<&[Segment]>) -> String {
        let pages = self.of_response(id);
        pages.replace("$response.", &format!("${answer}."))
    }

    /// [`Paged::suggestion`] for a step's list, of which a list that is counted needs ids.
    pub fn of_step(&self, answer: &str, id: Option<&[Segment]>) -> String {
        let is_counted = self.token.is_none() && self.is_understood();
        let pages = self.suggestion(answer, id);
        let id = id.map_or_else(|| ".id".to_owned(), path_text);
        match is_counted {
            true => pages.replacen(", into:", &format!(", id: $item{id}, into:"), 1),
            false => pages,
        }
    }

    /// Whether a parameter takes the position of a page.
    pub fn takes(&self, parameter: &str) -> bool {
        let number = self.number.as_ref().map(|(name, _)| name);
        let mut known = [self.token.as_ref(), number, self.offset.as_ref()]
            .into_iter()
            .flatten();
        known.any(|name| name == parameter)
    }

    /// Whether an answer says where the next page begins.
    pub fn goes_on_by_a_token(&self) -> bool {
        self.next.is_some() && self.token.is_some()
    }

    /// Whether it is known which parameter takes the position of a page.
    pub fn is_understood(&self) -> bool {
        self.token.is_some() || self.number.is_some() || self.offset.is_some()
    }

    fn of_response(&self, id: Option<&[Segment]>) -> String {
        let last = || format!("$last{}", id.map_or_else(|| ".id".to_owned(), path_text));
        let more = || match &self.more {
            Some(more) => format!(", while: {more}"),
            None => String::new(),
        };
        let (position, into) = match (&self.next, &self.token, &self.number, &self.offset) {
            (Some(next), Some(token), ..) => (format!("next: {next}"), token.as_str()),
            (None, Some(token), ..) => (format!("next: {}{}", last(), more()), token.as_str()),
            (_, None, Some((number, first)), _) => (format!("number: {first}{}", more()), number.as_str()),
            (_, None, None, Some(offset)) => (format!("offset: 0{}", more()), offset.as_str()),
            (Some(next), None, None, None) => (format!("next: {next}"), "…"),
            (None, None, None, None) => (format!("next: {}{}", last(), more()), "…"),
        };
        format!("{{{position}, into: {{query: {into}}}, at_most: 100}}")
    }
}

/// The query parameter of one of these names.
fn taken<'o>(operation: &'o Operation, names: &[&str]) -> Option<&'o Parameter> {
    let mut parameters = operation.at(Location::Query);
    parameters.find(|parameter| names.contains(&letters(&parameter.name).as_str()))
}

/// The header of an answer that says where the next page begins.
fn header(operation: &Operation) -> Option<&String> {
    operation.answer_headers.iter().find(|name| {
        let name = letters(name);
        NEXT.contains(&name.strip_prefix('x').unwrap_or(&name))
    })
}

/// The number of the first page, as far as a parameter says it: 1, if it says nothing.
fn first(document: &Document, parameter: &Parameter) -> i64 {
    let schema = document.lookup(&parameter.pointer).map(|node| &node["schema"]);
    let said = schema.and_then(|schema| {
        let schema = document.resolve(schema);
        schema["default"].as_i64().or(schema["minimum"].as_i64())
    });
    i64::from(said != Some(0))
}

/// A field of an answer that is no list.
struct Field {
    /// `.meta.nextCursor`
    path: String,
    letters: String,
    /// It is always there, and a boolean.
    is_sure: bool,
    /// It is the address of the next page, or something else that is no token.
    is_link: bool,
}

impl Field {
    fn reference(&self) -> String {
        format!("$response{}", self.path)
    }
}

fn fields(document: &Document, operation: &Operation) -> Vec<Field> {
    let mut found = Vec::new();
    if let Success::Json(schema) = &operation.success {
        within(document, &document.type_of(schema), "", DEPTH, &mut found);
    }
    found
}

fn within(document: &Document, ty: &Type, path: &str, depth: usize, found: &mut Vec<Field>) {
    let names = ty.property_names();
    for name in names.iter().filter(|name| !name.contains(['.', '['])) {
        let Some((schema, required)) = ty.property(name) else {
            continue;
        };
        let inner = document.type_of(&schema);
        let path = format!("{path}.{name}");
        if matches!(inner.kind, TypeKind::Object(..)) && depth > 1 {
            within(document, &inner, &path, depth - 1, found);
        }
        let format = &document.resolve(&schema)["format"];
        let is_token = matches!(inner.kind, TypeKind::String | TypeKind::Integer | TypeKind::Any);
        found.push(Field {
            letters: letters(name),
            is_sure: required && !inner.nullable && inner.kind == TypeKind::Boolean,
            is_link: !is_token || format == "uri" || format == "uri-reference",
            path,
        });
    }
}
