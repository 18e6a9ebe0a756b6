//! Functions that a worker has only if its configuration asks for them.

use serde::Serialize;

use crate::check::Resolved;

/// A name by which a configuration asks for functions, and these.
#[derive(Debug, Serialize)]
pub struct OptionalPlan {
    pub name: String,
    pub functions: Vec<String>,
}

/// Those of a mapping, in its order.
pub fn all(checked: &Resolved) -> Vec<OptionalPlan> {
    let mut plans: Vec<OptionalPlan> = Vec::new();
    for (_, interface) in checked.functions() {
        let Some(name) = &interface.optional else { continue };
        let function = interface.signature.name.clone();
        match plans.iter_mut().find(|plan| plan.name == *name) {
            Some(plan) => plan.functions.push(function),
            None => plans.push(OptionalPlan {
                name: name.clone(),
                functions: vec![function],
            }),
        }
    }
    plans
}
