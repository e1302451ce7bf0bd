use super::*;

fn person(id: &str) -> Person {
    Person::new(PersonId::new(id), Account::new(format!("acc_{id}")))
}

fn directory(ids: &[&str]) -> Directory {
    Directory::new(ids.iter().copied().map(person).collect()).unwrap()
}

fn names(found: &[PersonId]) -> Vec<&str> {
    found.iter().map(PersonId::as_str).collect()
}

#[test]
fn people_are_found_by_every_name_of_theirs() {
    let mut jack = person("jack");
    jack.slack = Some("U01".into());
    jack.discord = Some("8035".into());
    let all = Directory::new(vec![person("ana"), jack]).unwrap();
    let id = |found: Option<&Person>| found.map(|person| person.id.to_string());
    assert_eq!(id(all.person(&PersonId::new("jack"))).as_deref(), Some("jack"));
    assert_eq!(id(all.by_account(&Account::new("acc_jack"))).as_deref(), Some("jack"));
    assert_eq!(id(all.by_chat(&ChatUser::new("slack", "U01"))).as_deref(), Some("jack"));
    assert_eq!(id(all.by_chat(&ChatUser::new("discord", "8035"))).as_deref(), Some("jack"));
    assert_eq!(id(all.by_chat(&ChatUser::new("desk", "ana"))).as_deref(), Some("ana"));
    assert_eq!(id(all.by_chat(&ChatUser::new("slack", "8035"))), None);
    assert_eq!(id(all.by_chat(&ChatUser::new("irc", "ana"))), None);
    assert_eq!(all.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["ana", "jack"]);
    assert!(all.len() == 2 && !all.is_empty());
}

#[test]
fn nobody_shares_a_name() {
    let said = |people: Vec<Person>| Directory::new(people).unwrap_err().to_string();
    insta::assert_snapshot!(said(vec![person("ana"), person("ana")]), @"two people have the id `ana`");
    let twin = Person { account: Account::new("acc_ana"), ..person("jack") };
    insta::assert_snapshot!(said(vec![person("ana"), twin]), @"`ana` and `jack` have the same account `acc_ana`");
    let on_slack = |id: &str| Person { slack: Some("U01".into()), ..person(id) };
    insta::assert_snapshot!(said(vec![on_slack("ana"), on_slack("jack")]), @"`ana` and `jack` have the same slack `U01`");
    assert!(said(vec![person("audio")]).contains("reserved"));
}

#[test]
fn the_nearest_come_closest_first() {
    let all = directory(&["ana", "jack", "jackson", "blackjack", "mira", "mirad", "maria"]);
    assert_eq!(names(&all.nearest("jakc", 9)), ["jack"]);
    assert_eq!(names(&all.nearest("@JACK", 9)), ["jack", "jackson", "blackjack"]);
    assert_eq!(names(&all.nearest("mria", 9)), ["maria", "mira", "mirad"]);
    assert_eq!(names(&all.nearest("jack", 2)), ["jack", "jackson"]);
    assert_eq!(names(&all.nearest("aan", 9)), ["ana"]);
    assert!(all.nearest("", 9).is_empty() && all.nearest("@", 9).is_empty());
    assert!(all.nearest("zoë🦀", 9).is_empty());
    assert!(all.nearest(&"jack".repeat(10_000), 9).is_empty());
}

#[test]
fn alike_is_by_edits_only() {
    let all = directory(&["jack", "jackson", "bo"]);
    assert_eq!(names(&all.alike("jakk")), ["jack"]);
    assert!(all.alike("jacks-on-call").is_empty());
    assert_eq!(names(&all.alike("jacks")), ["jack", "jackson"]);
    assert!(all.alike("it").is_empty(), "two edits would reach every short name");
}

#[test]
fn the_short_cut_loses_nobody() {
    let ids = ["ana", "jack", "jackson", "mira", "mirad", "maria", "ab-1", "ab_2", "x", "zz9"];
    let all = directory(&ids);
    for typed in ["anna", "jcak", "mirra", "aria", "ab-2", "ab12", "jaxson", "y-zz9", "kcaj", "marja"] {
        let mut slow: Vec<(usize, &str)> = ids
            .iter()
            .map(|id| (strsim::damerau_levenshtein(typed, id), *id))
            .filter(|(distance, _)| *distance <= 2)
            .collect();
        slow.sort_unstable();
        let slow: Vec<&str> = slow.into_iter().map(|(_, id)| id).collect();
        assert_eq!(names(&all.alike(typed)), slow, "{typed}");
    }
}

fn link(user: ChatUser, person: &str) -> Link {
    use crate::domain::person::Proof;
    let at = jiff::Timestamp::UNIX_EPOCH;
    let (person, proof) = (PersonId::new(person), Proof::Admin(PersonId::new("ana")));
    Link { user, name: "somebody".into(), person, at, proof }
}

#[test]
fn a_link_is_believed_unless_the_file_says_otherwise() {
    let mut jack = person("jack");
    jack.slack = Some("U01".into());
    let file = Directory::new(vec![person("ana"), jack, person("mira")]).unwrap();
    let user = ChatUser::new;
    let all = file.with_links([
        link(user("slack", "U01"), "mira"),
        link(user("slack", "U02"), "jack"),
        link(user("discord", "77"), "jack"),
        link(user("discord", "78"), "gone"),
        link(user("desk", "eve"), "mira"),
    ]);
    let id = |user: &ChatUser| all.by_chat(user).map(|person| person.id.to_string());
    assert_eq!(id(&user("slack", "U01")).as_deref(), Some("jack"), "the file names the user");
    assert_eq!(id(&user("slack", "U02")), None, "the file names another user for jack");
    assert_eq!(id(&user("discord", "77")).as_deref(), Some("jack"));
    assert_eq!(id(&user("discord", "78")), None, "whoever is not listed is nobody");
    assert_eq!(id(&user("desk", "eve")).as_deref(), Some("mira"));
    assert_eq!(all.by_mention("77").map(|person| &person.id), Some(&PersonId::new("jack")));
    let links = all.links_to(&PersonId::new("jack"));
    let links: Vec<_> = links.into_iter().map(|(link, used)| (link.user.to_string(), used)).collect();
    assert_eq!(links, [("discord:77".to_owned(), true), ("slack:U02".to_owned(), false)]);
    let unused: Vec<String> = all.unused_links().iter().map(|link| link.user.to_string()).collect();
    assert_eq!(unused, ["discord:78", "slack:U01", "slack:U02"]);
    let jack = all.person(&PersonId::new("jack")).unwrap();
    let users: Vec<String> = all.users_of(jack).iter().map(ToString::to_string).collect();
    assert_eq!(users, ["slack:U01", "desk:jack", "discord:77"]);
}

#[test]
fn a_choice_changes_one_person() {
    use crate::domain::person::HoursChoice;
    let file = directory(&["ana", "jack"]);
    let choice = QuietChoice { hours: HoursChoice::Off, until: None };
    let all = file.with_choices([(&PersonId::new("jack"), choice)]);
    let of = |all: &Directory, id: &str| all.person(&PersonId::new(id)).unwrap().choice;
    assert_eq!((of(&all, "jack"), of(&all, "ana")), (choice, QuietChoice::default()));
    assert_eq!(of(&file, "jack"), QuietChoice::default());
    assert_eq!(file.with_choices([(&PersonId::new("zoe"), choice)]), file);
}
