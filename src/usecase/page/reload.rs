//! A policy was changed, by a reload or while we were away: its open pages offer the new one.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::turn::report;
use crate::domain::change::Change;
use crate::domain::ids::{PageId, PolicyId};
use crate::domain::settings::Settings;
use crate::ports::StoreError;
use crate::usecase::Context;

/// Pages read, and cards asked for, in one commit: what else is committed meanwhile waits no longer than for that.
const AT_ONCE: usize = 200;

/// Under what it is kept which policies open pages were last shown to have.
const KEPT: &str = "policies";

/// A digest of each policy, by its id.
type Digests = BTreeMap<String, String>;

impl Context {
    /// Brings the cards of pages up to date whose policies are not what they were when this was last done.
    ///
    /// # Errors
    /// When the store failed: some cards then show it later, when something else becomes of their pages.
    pub async fn show_new_policies(&self) -> Result<(), StoreError> {
        let now = digests(&self.settings.get());
        let known = self.store.kept(KEPT).await?;
        let known: Digests = known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let all: BTreeSet<&String> = now.keys().chain(known.keys()).collect();
        for id in all.into_iter().filter(|id| now.get(*id) != known.get(*id)) {
            self.show_new_policy(&PolicyId::new(id.clone())).await?;
        }
        if now != known {
            let text = serde_json::to_string(&now).unwrap_or_default();
            self.store.keep(KEPT, &text).await?;
        }
        Ok(())
    }

    async fn show_new_policy(&self, policy: &PolicyId) -> Result<(), StoreError> {
        let mut after = PageId::new("");
        loop {
            let pages = self.store.open_pages_of_policy(policy, &after, AT_ONCE).await?;
            let Some(last) = pages.last() else { return Ok(()) };
            after = last.id.clone();
            let mut change = Change::default();
            pages.iter().for_each(|page| report(page, self.clock.now(), &mut change));
            if change != Change::default() {
                self.commit(change).await?;
            }
        }
    }
}

fn digests(settings: &Settings) -> Digests {
    let digest = |text: String| HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    let all = settings.policies.iter();
    all.map(|policy| (policy.id.to_string(), digest(serde_json::to_string(&**policy).unwrap_or_default())))
        .collect()
}
