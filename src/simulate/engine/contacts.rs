//! The contacts of the platform, as the operator is configured.

use super::Simulation;
use crate::{api::tenant::Contact, fleet::Settings};

impl Simulation {
    /// The same run, by an operator that is configured with these contacts of the platform. Before the first step.
    #[must_use]
    pub fn with_contacts(mut self, contacts: Vec<Contact>) -> Self {
        self.configure(contacts);
        self
    }
    /// How the operator is configured.
    pub fn settings(&self) -> &Settings {
        &self.known.settings
    }

    fn configure(&mut self, contacts: Vec<Contact>) {
        self.world.configure(&contacts);
        self.known.settings.platform = contacts;
    }

    /// Its configuration is read at the start: a change of it is a restart.
    pub(super) fn restart_with(&mut self, contacts: &[Contact]) {
        self.configure(contacts.to_vec());
        let now = self.world.now();
        (0..self.processes.len()).for_each(|nth| self.crash(nth, Some(now)));
    }
}
