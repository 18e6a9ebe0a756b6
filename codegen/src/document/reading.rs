//! A schema as a type: references are followed, parts are merged, alternatives stand side by side.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use serde_json::{Value, json};

use super::{
    Document, Properties, Type, TypeKind,
    typed::{has_null_type, typed},
};

pub(super) fn of(document: &Document, schema: &Value) -> Type {
    let mut reading = Reading {
        document,
        within: Vec::new(),
        done: HashMap::new(),
        demanded: HashMap::new(),
    };
    let mut ty = reading.read(schema);
    if let TypeKind::Object(properties, others) = &mut ty.kind {
        // A property that is required is there, whether or not anything describes it.
        for name in reading.demands(schema, 0).iter() {
            let of = others.as_deref().cloned().unwrap_or(Value::Bool(true));
            properties.entry(name.clone()).or_insert((of, true));
        }
    }
    ty
}

/// Deeper than any document goes from part to part; keeps a hostile one from exhausting the stack.
const MAX_DEPTH: usize = 128;

/// What of a schema says which values it takes. Other keywords beside a reference describe it.
pub(super) const SHAPING: [&str; 11] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "enum",
    "const",
    "prefixItems",
];

type Names = Rc<BTreeSet<String>>;

struct Reading<'d> {
    document: &'d Document,
    /// The schemas that are being read: one that contains itself without end says nothing.
    within: Vec<&'d Value>,
    /// Alternatives that have been read: they share alternatives, and each is read once however many ways lead to it.
    done: HashMap<*const Value, Type>,
    /// The properties that they require.
    demanded: HashMap<*const Value, Names>,
}

impl<'d> Reading<'d> {
    fn read(&mut self, schema: &'d Value) -> Type {
        if let Some(reference) = self.document.unresolved(schema) {
            return Type {
                unresolved: Some(reference),
                ..Type::any()
            };
        }
        let (node, nullable) = self.followed(schema);
        let mut ty = self.node(node);
        ty.nullable |= nullable;
        ty
    }

    /// The schema that a reference leads to, or the first on the way that says something itself; and whether one says that
    /// it may be null: documents say it there, whatever their version makes of it.
    fn followed(&self, schema: &'d Value) -> (&'d Value, bool) {
        let mut node = schema;
        let mut nullable = false;
        while let Some(target) = self.target(node)
            && !SHAPING.iter().any(|keyword| node.get(keyword).is_some())
        {
            nullable |= node["nullable"] == Value::Bool(true);
            node = target;
        }
        (node, nullable)
    }

    fn target(&self, node: &Value) -> Option<&'d Value> {
        self.document.lookup(node.get("$ref")?.as_str()?)
    }

    fn node(&mut self, node: &'d Value) -> Type {
        let itself = self.within.iter().any(|outer| std::ptr::eq(*outer, node));
        if itself || self.within.len() > MAX_DEPTH || !node.is_object() {
            return Type::any();
        }
        if let Some(ty) = self.done.get(&std::ptr::from_ref(node)) {
            return ty.clone();
        }
        self.within.push(node);
        let mut ty = self.combined(node);
        self.within.pop();
        ty.nullable |= node["nullable"] == Value::Bool(true) || has_null_type(node);
        self.done.insert(node, ty.clone());
        ty
    }

    /// What a schema says itself, what it refers to, its parts and its choices: all of them hold.
    fn combined(&mut self, node: &'d Value) -> Type {
        let parts = node["allOf"].as_array().into_iter().flatten().chain(self.target(node));
        let parts: Vec<&Value> = parts.collect();
        let mut all: Vec<(&Value, Type)> = parts
            .into_iter()
            .map(|part| (self.document.resolve(part), self.read(part)))
            .collect();
        let nullable = !all.is_empty() && all.iter().all(|(_, ty)| ty.nullable);
        all.push((node, typed(node)));
        for arms in ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|choice| node[choice].as_array())
        {
            all.push((&Value::Null, self.choice(arms)));
        }
        let vague = vaguest(&all);
        all.retain(|(node, ty)| says_something(node, ty));
        let names = self.demands(node, 0);
        let mut ty = match all.len() {
            0 => vague,
            1 if grants(&all[0].1, &names) => all.swap_remove(0).1,
            _ => merged(&all),
        };
        if let TypeKind::Object(properties, _) = &mut ty.kind {
            let required = properties.iter_mut().filter(|(name, _)| names.contains(*name));
            required.for_each(|(_, (_, always))| *always = true);
        }
        ty.nullable |= nullable;
        ty
    }

    fn choice(&mut self, arms: &'d [Value]) -> Type {
        let nullable = arms.iter().any(|arm| self.is_null(arm));
        let others = arms.iter().filter(|arm| !self.is_null(arm)).collect::<Vec<_>>();
        let mut types: Vec<Type> = others.into_iter().map(|arm| self.read(arm)).collect();
        let mut ty = match types.len() {
            0 => Type::any(),
            1 => types.remove(0),
            _ => union(types),
        };
        ty.nullable |= nullable;
        ty
    }

    fn is_null(&self, arm: &Value) -> bool {
        self.document.resolve(arm)["type"] == "null"
    }

    /// The properties that a schema requires: itself, in any of its parts, or in every arm of a choice.
    fn demands(&mut self, node: &'d Value, depth: usize) -> Names {
        if let Some(known) = self.demanded.get(&std::ptr::from_ref(node)) {
            return known.clone();
        }
        if depth > MAX_DEPTH {
            return Names::default();
        }
        // One that contains itself requires nothing more by that.
        self.demanded.insert(node, Names::default());
        let own = node["required"].as_array().into_iter().flatten();
        let mut names: BTreeSet<String> = own.filter_map(Value::as_str).map(str::to_owned).collect();
        let parts = node["allOf"].as_array().into_iter().flatten().chain(self.target(node));
        for part in parts {
            names.extend(self.demands(part, depth + 1).iter().cloned());
        }
        for arms in ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|choice| node[choice].as_array())
        {
            let arms: Vec<&Value> = arms.iter().filter(|arm| !self.is_null(arm)).collect();
            let arms = arms.into_iter().map(|arm| self.demands(arm, depth + 1));
            let common = arms.reduce(|one, other| Rc::new(&*one & &*other));
            names.extend(common.iter().flat_map(|names| names.iter().cloned()));
        }
        let names = Rc::new(names);
        self.demanded.insert(node, names.clone());
        names
    }
}

/// What is left where nothing says anything: an object of whatever, or anything.
fn vaguest(all: &[(&Value, Type)]) -> Type {
    let mut kinds = all.iter().map(|(_, ty)| &ty.kind);
    let object = kinds.find(|kind| **kind != TypeKind::Any);
    Type {
        nullable: all.iter().any(|(_, ty)| ty.nullable),
        ..Type::plain(object.cloned().unwrap_or(TypeKind::Any))
    }
}

/// Whether a type is what it is with these properties required: alternatives that each require them, or no alternatives.
fn grants(ty: &Type, names: &BTreeSet<String>) -> bool {
    let ty = Type {
        nullable: false,
        ..ty.clone()
    };
    let always = |name: &String| ty.property(name).is_some_and(|(_, always)| always);
    !ty.may_be_object() || !ty.is_choice() || names.iter().all(always)
}

/// `type: object` alone, or nothing, says nothing of what stands beside it.
fn says_something(node: &Value, ty: &Type) -> bool {
    let is_open = |others: &Value| *others == Value::Bool(true) && node["additionalProperties"] != Value::Bool(true);
    let nothing = match &ty.kind {
        TypeKind::Any => true,
        TypeKind::Object(properties, Some(others)) => properties.is_empty() && is_open(others),
        _ => false,
    };
    !nothing || ty.values.is_some() || ty.unresolved.is_some() || node.get("additionalProperties").is_some()
}

/// Several descriptions of one value: objects as one object, of scalars the narrowest type and the values that all allow.
fn merged(all: &[(&Value, Type)]) -> Type {
    let unresolved = all.iter().find_map(|(_, ty)| ty.unresolved.clone());
    if !all.iter().any(|(_, ty)| ty.may_be_object()) {
        let known = all
            .iter()
            .map(|(_, ty)| &ty.kind)
            .filter(|kind| **kind != TypeKind::Any);
        let plain = known.clone().find(|kind| !matches!(kind, TypeKind::Union(_)));
        let kind = plain.or_else(|| known.clone().next()).cloned();
        return Type {
            values: common(all.iter().filter_map(|(_, ty)| ty.values.as_deref())),
            unresolved,
            ..Type::plain(kind.unwrap_or(TypeKind::Any))
        };
    }
    let mut properties = Properties::new();
    for (_, ty) in all {
        match &ty.kind {
            TypeKind::Object(own, _) => own.iter().for_each(|(name, said)| add(&mut properties, name, said)),
            // What an arm describes may be there.
            TypeKind::Union(_) => {
                for name in ty.property_names() {
                    ty.named(&name)
                        .iter()
                        .for_each(|said| add(&mut properties, &name, said));
                }
            }
            _ => {}
        }
    }
    let others = others(all, properties.is_empty());
    Type {
        unresolved,
        ..Type::plain(TypeKind::Object(properties, others))
    }
}

/// The values that are in each of several lists; `None` if there is no list.
fn common<'v>(mut lists: impl Iterator<Item = &'v [Value]>) -> Option<Vec<Value>> {
    let mut values = lists.next()?.to_vec();
    for list in lists {
        values.retain(|value| list.contains(value));
    }
    Some(values)
}

/// One more part that describes a property: both hold.
fn add(properties: &mut Properties, name: &str, (schema, required): &(Value, bool)) {
    match properties.get_mut(name) {
        None => {
            properties.insert(name.to_owned(), (schema.clone(), *required));
        }
        Some((known, always)) => {
            *always |= *required;
            if *known == Value::Bool(true) {
                *known = schema.clone();
            } else if known != schema && *schema != Value::Bool(true) {
                *known = json!({"allOf": [known, schema]});
            }
        }
    }
}

/// What the parts of an object say of properties that none of them names.
fn others(parts: &[(&Value, Type)], nothing_named: bool) -> Option<Box<Value>> {
    if parts
        .iter()
        .any(|(node, _)| node["additionalProperties"] == Value::Bool(false))
    {
        return None;
    }
    let said = parts
        .iter()
        .find_map(|(node, ty)| match (&node["additionalProperties"], &ty.kind) {
            (said @ (Value::Bool(true) | Value::Object(_)), _) => Some(Box::new(said.clone())),
            // Parts of a part have said it.
            (_, kind) => opened(kind),
        });
    // `type: object` alone says nothing of them, and does not open the parts beside it.
    said.or_else(|| nothing_named.then(|| Box::new(Value::Bool(true))))
}

/// What an object that names properties says of others, or an alternative does.
fn opened(kind: &TypeKind) -> Option<Box<Value>> {
    match kind {
        TypeKind::Object(own, Some(others)) if !own.is_empty() || **others != Value::Bool(true) => Some(others.clone()),
        TypeKind::Union(arms) => arms.iter().find_map(|arm| opened(&arm.kind)),
        _ => None,
    }
}

/// Alternatives of alternatives are alternatives, and two that are the same are one.
fn union(types: Vec<Type>) -> Type {
    let nullable = types.iter().any(|ty| ty.nullable);
    let unresolved = types.iter().find_map(|ty| ty.unresolved.clone());
    let values = either_of(&types);
    let mut arms: Vec<Type> = Vec::new();
    for ty in types {
        let inner = match ty.kind {
            TypeKind::Union(inner) => inner,
            _ => vec![ty],
        };
        for arm in inner {
            if !arms.contains(&arm) {
                arms.push(arm);
            }
        }
    }
    let kind = match arms.iter().all(|arm| arm.kind == arms[0].kind) {
        true => arms.swap_remove(0).kind,
        false => TypeKind::Union(arms),
    };
    Type {
        nullable,
        unresolved,
        values,
        ..Type::plain(kind)
    }
}

/// The values of several types that each list theirs: a choice of constants is an enumeration.
fn either_of(types: &[Type]) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    for ty in types {
        let more = ty.values.iter().flatten().filter(|value| !all.contains(value));
        let more: Vec<Value> = more.cloned().collect();
        ty.values.as_ref()?;
        all.extend(more);
    }
    Some(all)
}
