//! What every arm of the store must do. An arm gives a [`Home`], and [`conformance!`] makes the tests.

pub(crate) mod alerts;
pub(crate) mod asks;
pub(crate) mod calls;
pub(crate) mod cards;
pub(crate) mod deliveries;
pub(crate) mod effects;
pub(crate) mod kept;
pub(crate) mod large_pages;
pub(crate) mod overrides;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod sample;
pub(crate) mod sweeping;
pub(crate) mod tellings;
pub(crate) mod timers;

use std::sync::Arc;

use async_trait::async_trait;
use callout::ports::Store;

/// A place where one test's database lives.
#[async_trait]
pub(crate) trait Home: Send + Sync {
    /// Opens the database there, as a process at its start does. Whoever had it open before has dropped it.
    async fn open(&self) -> Arc<dyn Store>;
}

/// One test for each property, each in a home of its own.
#[macro_export]
macro_rules! conformance {
    ($home:expr) => {
        $crate::conformance!($home; deliveries:
            a_delivery_is_taken_once,
            concurrent_deliveries_of_one_key_are_taken_once,
            a_failing_change_leaves_nothing,
            a_failing_change_spoils_no_other,
            what_was_spent_is_counted,
            reopening_keeps_everything);
        $crate::conformance!($home; calls:
            a_call_comes_back_as_it_was,
            of_concurrent_changes_one_wins,
            a_new_call_never_replaces_one,
            a_call_is_found_by_what_the_engine_knows,
            the_call_that_lives_is_found_first,
            open_calls_come_oldest_first,
            history_is_of_caller_and_callee,
            what_was_opened_again_is_no_history,
            a_prefix_is_taken_literally,
            a_timeline_is_in_order);
        $crate::conformance!($home; effects:
            only_due_effects_are_claimed_in_order,
            an_effect_asked_for_again_while_it_runs_stays,
            a_revision_never_comes_twice,
            a_lease_that_ended_is_claimable_again,
            a_renewed_lease_holds,
            catalogue_01_two_claimants_never_share_a_row,
            an_effect_written_under_a_lease_is_held,
            an_effect_done_and_asked_for_in_one_change_waits);
        $crate::conformance!($home; tellings:
            a_webhook_claims_its_own_a_few_at_a_time,
            what_is_under_way_is_passed_over,
            what_a_webhook_is_told_of_a_page_is_in_order,
            a_telling_is_stored_once);
        $crate::conformance!($home; timers:
            every_free_timer_is_claimed_the_next_one_first,
            a_timer_armed_anew_outlives_the_old_one,
            a_timer_is_disarmed_whatever_its_instant,
            a_timer_moves);
        $crate::conformance!($home; asks:
            an_ask_is_answered_once,
            a_card_is_replaced_and_retired,
            boards_are_listed);
        $crate::conformance!($home; cards:
            a_calls_card_is_there_with_the_call,
            a_removed_board_stays_away,
            a_card_in_a_thread_is_found_the_newest_first);
        $crate::conformance!($home; overrides:
            an_override_comes_back_as_it_was,
            a_known_override_keeps_its_place,
            a_new_override_never_takes_the_row_of_another,
            an_override_is_taken_back_once);
        $crate::conformance!($home; pages:
            a_page_comes_back_as_it_was,
            a_group_has_one_open_page,
            a_page_is_loaded_with_the_calls_it_may_hear_of,
            open_pages_are_found_by_age_and_by_person,
            a_turn_is_taken_once,
            a_pages_card_is_there_with_the_page,
            a_thread_leads_to_the_cards_it_is_about,
            sweeping_takes_all_of_a_page);
        $crate::conformance!($home; large_pages:
            an_end_is_read_until_the_page_has_heard_of_it,
            a_long_timeline_keeps_its_ends_and_what_people_did,
            a_page_of_many_alerts_decides_as_if_all_were_at_hand);
        $crate::conformance!($home; alerts:
            an_alert_comes_back_with_its_page,
            of_two_changes_of_an_alert_one_wins,
            a_page_that_is_swept_takes_its_alerts_along,
            an_alert_of_no_page_is_known_until_it_is_swept,
            an_alert_knows_how_many_its_sender_left_out);
        $crate::conformance!($home; people:
            a_person_has_one_user_in_each_chat,
            what_waits_for_a_link_comes_back_as_it_was,
            of_concurrent_tries_one_counts,
            the_last_choice_holds,
            the_newest_changes_come_first,
            sweeping_forgets_what_waited_and_old_changes);
        $crate::conformance!($home; kept:
            what_is_kept_is_replaced_and_outlives_the_process);
        $crate::conformance!($home; sweeping:
            sweeping_keeps_what_is_young_or_open,
            sweeping_takes_all_of_a_call,
            sweeping_takes_more_than_one_turn);
    };
    ($home:expr; $part:ident: $($name:ident),+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let home = $home;
                $crate::conformance::$part::$name(&home).await;
            }
        )+
    };
}
