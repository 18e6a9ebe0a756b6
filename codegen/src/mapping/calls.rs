//! Every call of a mapping, wherever it stands.

use super::{Call, Function, Mapping, Sandboxes, Snapshots, Step, Then, Undo};

impl Mapping {
    pub fn calls(&self) -> Vec<&Call> {
        let mut calls = Vec::new();
        calls.extend(self.sandboxes.iter().flat_map(Sandboxes::calls));
        calls.extend(self.snapshots.iter().flat_map(Snapshots::calls));
        calls.extend(self.functions.iter().flat_map(Function::calls));
        calls
    }

    /// Changes every call.
    pub fn change_calls(&mut self, change: &mut dyn FnMut(&mut Call)) {
        if let Some(sandboxes) = &mut self.sandboxes {
            let lists = [&mut sandboxes.owned, &mut sandboxes.made].into_iter().flatten();
            lists.for_each(|list| list.call.change(change));
            let looks = [&mut sandboxes.one, &mut sandboxes.end].into_iter().flatten();
            looks.for_each(|call| call.change(change));
            if let Some(lifetime) = &mut sandboxes.lifetime {
                lifetime.set.change(change);
            }
        }
        if let Some(snapshots) = &mut self.snapshots {
            snapshots.made.call.change(change);
            snapshots.delete.change(change);
        }
        for step in self.functions.iter_mut().flat_map(|function| &mut function.steps) {
            step.call.change(change);
            if let Some(found) = &mut step.found {
                found.call.change(change);
            }
            for undo in &mut step.undo {
                if let Undo::Call(call) = undo {
                    call.change(change);
                }
            }
        }
    }
}

impl Call {
    fn change(&mut self, change: &mut dyn FnMut(&mut Self)) {
        change(self);
        for outcome in &mut self.outcomes {
            if let Then::Confirm(confirm) = &mut outcome.then {
                confirm.call.change(change);
            }
        }
    }
}

impl Sandboxes {
    /// The calls of the section.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        let lists = [&self.owned, &self.made].into_iter().flatten().map(|list| &list.call);
        let looks = [&self.one, &self.end].into_iter().flatten();
        let set = self.lifetime.iter().map(|lifetime| &lifetime.set);
        lists.chain(looks).chain(set).flat_map(with_confirmations)
    }

    /// The calls that the worker makes by itself: those that look, and the one that renews.
    pub fn by_itself(&self) -> impl Iterator<Item = &Call> {
        let lists = [&self.owned, &self.made].into_iter().flatten().map(|list| &list.call);
        let set = self.lifetime.iter().map(|lifetime| &lifetime.set);
        lists.chain(&self.one).chain(set)
    }
}

impl Snapshots {
    /// The call that the worker makes by itself: the list.
    pub fn by_itself(&self) -> impl Iterator<Item = &Call> {
        std::iter::once(&self.made.call)
    }

    /// The calls of the section.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        [&self.made.call, &self.delete].into_iter().flat_map(with_confirmations)
    }
}

impl Function {
    /// The calls that its steps make, wait with and are undone by.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().flat_map(Step::calls)
    }
}

impl Step {
    fn calls(&self) -> impl Iterator<Item = &Call> {
        let found = self.found.iter().map(|found| &found.call);
        let undone = self.undo.iter().filter_map(|undo| match undo {
            Undo::Call(call) => Some(&**call),
            Undo::Made(..) | Undo::Tagged(_) => None,
        });
        std::iter::once(&self.call)
            .chain(found)
            .chain(undone)
            .flat_map(with_confirmations)
    }
}

/// A call, and the looks that confirm its statuses.
fn with_confirmations(call: &Call) -> Vec<&Call> {
    let looks = call.outcomes.iter().filter_map(|outcome| match &outcome.then {
        Then::Confirm(confirm) => Some(&confirm.call),
        Then::Code(_) | Then::Later(_) | Then::Again(_) | Then::Ok => None,
    });
    std::iter::once(call)
        .chain(looks.flat_map(with_confirmations))
        .collect()
}
