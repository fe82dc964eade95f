//! The tasks, and what a client may make of them.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// The most tasks that are kept: memory has an end.
pub(crate) const MOST_TASKS: usize = 10_000;

/// A task as a client writes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    title: String,
    #[serde(default)]
    done: bool,
}

impl Draft {
    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.title.trim().is_empty() {
            Some("`title` is empty".to_owned())
        } else if self.title.chars().count() > LONGEST_TITLE {
            Some(format!("`title` is longer than {LONGEST_TITLE} characters"))
        } else if self.title.chars().any(char::is_control) {
            Some("`title` has a control character".to_owned())
        } else {
            None
        }
    }
}

/// A task as a client reads it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Task {
    pub(crate) id: u64,
    #[serde(flatten)]
    draft: Draft,
}

/// All tasks.
#[derive(Debug, Default)]
pub(crate) struct Tasks(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    /// Numbers are not used again.
    last: u64,
    tasks: BTreeMap<u64, Draft>,
}

impl Tasks {
    pub(crate) fn list(&self, done: Option<bool>) -> Vec<Task> {
        let state = self.read();
        let chosen = state.tasks.iter().filter(|(_, draft)| done.is_none_or(|done| done == draft.done));
        chosen.map(|(id, draft)| Task { id: *id, draft: draft.clone() }).collect()
    }

    pub(crate) fn get(&self, id: u64) -> Option<Task> {
        Some(Task { id, draft: self.read().tasks.get(&id)?.clone() })
    }

    /// Keeps a new one, unless there are too many.
    pub(crate) fn add(&self, draft: Draft) -> Option<Task> {
        let mut state = self.write();
        if state.tasks.len() == MOST_TASKS {
            return None;
        }
        state.last += 1;
        let id = state.last;
        state.tasks.insert(id, draft.clone());
        Some(Task { id, draft })
    }

    /// Replaces one that there is.
    pub(crate) fn replace(&self, id: u64, draft: Draft) -> Option<Task> {
        *self.write().tasks.get_mut(&id)? = draft.clone();
        Some(Task { id, draft })
    }

    pub(crate) fn remove(&self, id: u64) -> Option<()> {
        self.write().tasks.remove(&id).map(drop)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
