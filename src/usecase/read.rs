//! Commands that change nothing: lists, help, status. The answer is the receipt, private.

use super::Context;
use super::intake::Stop;
use crate::domain::command::{Command, help, help_of};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::report::{
    LISTED_MAX, StatusFacts, about_me, audit_list, history_list, live_list, page_list, page_timeline, status,
    timeline,
};
use crate::domain::settings::Settings;

impl Context {
    pub(super) async fn read(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        command: Command,
    ) -> Result<Receipt, Stop> {
        let text = match command {
            Command::Calls => {
                let (calls, total) = self.live.newest(LISTED_MAX);
                live_list(&calls, total, inbound.at)
            }
            Command::History(who) => {
                let calls = self.store.ended_calls(who.as_ref(), LISTED_MAX).await?;
                history_list(&calls, who.as_ref())
            }
            Command::Show(id) => {
                let call = self.resolve(&id).await?;
                timeline(&call, &self.store.timeline(&call.id).await?)
            }
            Command::OnCall(id) => self.on_call(inbound, settings, id.as_ref())?,
            Command::Simulate { policy, when } => {
                self.simulate(inbound, settings, (&policy, when.as_deref())).await?
            }
            Command::Pages => {
                let (pages, total) = self.store.open_pages(LISTED_MAX).await?;
                page_list(&pages, total)
            }
            Command::ShowPage(id) => {
                let page = self.page_like(&id).await?;
                page_timeline(&page, self.store.page_timeline(&page.id).await?)
            }
            Command::Help(Some(name)) => help_of(name, &settings.commands),
            Command::Help(None) => help(&settings.commands),
            Command::Me => {
                let person = permit::listed(&inbound.who, &settings.people)?;
                about_me(person, &settings.people.links_to(&person.id), inbound.at)
            }
            Command::Status => {
                permit::may_administer(&inbound.who, &settings.people)?;
                self.status(settings).await?
            }
            Command::Audit => {
                permit::may_administer(&inbound.who, &settings.people)?;
                audit_list(&self.store.audit(LISTED_MAX).await?)
            }
            Command::Call(_)
            | Command::Board
            | Command::HangUp(_)
            | Command::Take { .. }
            | Command::Override { .. }
            | Command::Undo(_)
            | Command::Link(..)
            | Command::Unlink(_)
            | Command::Page { .. }
            | Command::Ack { .. }
            | Command::Close(_)
            | Command::Escalate { .. }
            | Command::Test
            | Command::Quiet(..) => {
                unreachable!("commands that change something are dispatched before")
            }
        };
        Ok(Receipt::private(text))
    }

    async fn status(&self, settings: &Settings) -> Result<String, Stop> {
        let (_, live) = self.live.newest(0);
        let facts = StatusFacts {
            live,
            pages: self.store.open_pages(0).await?.1,
            people: settings.people.len(),
            boards: self.store.boards().await?.len(),
            store: self.store.ready().await.err().map(|error| error.to_string()),
            engine: self.engine.ready().await.err().map(|error| error.to_string()),
        };
        Ok(status(&facts))
    }
}
