//! `[[webhook]]`.

use super::source::variable;
use crate::config::raw::RawWebhook;
use crate::config::reader::Reader;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::Webhook;

/// The webhook, if all of it could be read.
pub(super) fn webhook(reader: &mut Reader<'_>, raw: &RawWebhook) -> Option<Webhook> {
    let url_env = reader.take("url_env", &raw.url_env, variable);
    let secret_env = reader.take("secret_env", &raw.secret_env, variable);
    let id = WebhookId::new(raw.id.get_ref());
    Some(Webhook { id, url_env: url_env?, secret_env: secret_env?, private: raw.private })
}
