//! The functions that the engine is offered, which may become others while the worker runs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use iii_sdk::{IIIClient, RegisterFunction, runtime::FunctionRef};
use tokio::sync::watch;

use super::{Registration, bridge::Bridge};
use crate::input::published;

/// The functions on offer. Cheap to clone.
#[derive(Clone)]
pub struct Offers {
    client: IIIClient,
    bridge: Bridge,
    /// `None` once they are withdrawn.
    functions: Arc<Mutex<Option<BTreeMap<String, FunctionRef>>>>,
    ids: watch::Sender<Vec<String>>,
}

impl Offers {
    /// None yet. Calls of those that will be go over `bridge`.
    pub(super) fn new(client: IIIClient, bridge: Bridge) -> Self {
        Self {
            client,
            bridge,
            functions: Arc::new(Mutex::new(Some(BTreeMap::new()))),
            ids: watch::Sender::default(),
        }
    }

    /// Offers these functions and no others. Those that are offered already stay as they are, and calls under way go on.
    /// Does nothing once they are withdrawn.
    ///
    /// # Panics
    /// If an id is empty or there twice.
    pub fn set(&self, registrations: Vec<Registration>) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(offered) = functions.as_mut() else {
            return;
        };
        let ids: Vec<String> = registrations.iter().map(|one| one.id.clone()).collect();
        for (_, function) in offered.extract_if(.., |id, _| !ids.contains(id)) {
            function.unregister();
        }
        for registration in registrations {
            let id = registration.id.clone();
            offered.entry(id).or_insert_with(|| self.offer(registration));
        }
        self.ids.send_if_modified(|known| {
            let is_other = *known != ids;
            *known = ids;
            is_other
        });
    }

    /// Takes every function back, for good.
    pub(super) fn withdraw(&self) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        for function in functions.take().unwrap_or_default().into_values() {
            function.unregister();
        }
    }

    /// The ids of the functions on offer, and of those that are later.
    pub(super) fn ids(&self) -> watch::Receiver<Vec<String>> {
        self.ids.subscribe()
    }

    fn offer(&self, registration: Registration) -> FunctionRef {
        let id = registration.id.clone();
        let run = self
            .bridge
            .to_runtime(registration.handler, registration.report, id.clone());
        let mut function = RegisterFunction::new_async(run)
            .description(registration.description)
            .request_format(published(&registration.request_schema))
            .response_format(published(&registration.response_schema));
        if let Some(metadata) = registration.metadata {
            function = function.metadata(metadata);
        }
        self.client.register_function(id, function)
    }
}
