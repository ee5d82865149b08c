//! Keys: a new one takes over while the service goes on, and a server without the right ones does not begin.

use serde_json::{Value, json};
use tests::{Ran, Shell, World, on_both, wire};

use super::{Home, PHONE, SHOWN, complaint, identity};

const FIND: &str =
    "query($number: PersonalText) { households(filter: { identityNumber: $number }) { nodes { id } } }";

impl Home {
    /// Where somebody with this number lives.
    async fn of(&self, number: &str) -> Vec<Value> {
        let answer = self.world.office.post(FIND, json!({ "number": number })).await.expect_ok();
        answer.at("/households/nodes").as_array().unwrap().iter().map(|node| node["id"].clone()).collect()
    }

    /// How many values lie under a key.
    async fn under(&self, key: i32) -> i64 {
        self.world.rows(&format!("personal_value WHERE key_id = {key}")).await
    }

    fn drop_key(&self, key: i32) {
        let file = self.world.app.seal_keys();
        let text = std::fs::read_to_string(&file).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(&format!("{key} "))).collect();
        std::fs::write(file, kept.join("\n")).unwrap();
    }
}

#[track_caller]
fn sentence(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    ran.err.trim_end()
}

on_both! {
    /// People are entered, found and shown all the while, and nobody twice; afterwards the old key is not needed.
    async fn a_new_key_takes_over_while_it_serves(world: World) {
        let home = Home::on(world).await;
        for nth in 100..230 {
            home.join(&home.world.households[nth % 6], &identity(nth)).await;
        }
        let once = json!({ "idempotencyKey": "once", "household": home.id, "phone": PHONE });
        home.world.office.done("householdUpdate", "household", once.clone()).await;
        let shell = Shell::beside(&home.world.app);
        let rekey = tokio::task::spawn_blocking(move || shell.run("rekey"));
        let mut nth = 230;
        while !rekey.is_finished() {
            let other = home.world.households[nth % 6].clone();
            assert_eq!(home.join(&other, &identity(nth)).await.at("/familyMemberAdd/userErrors"), &json!([]));
            assert_eq!(home.of(&identity(nth)).await, [json!(other)]);
            assert_eq!(home.of(&identity(0)).await, [json!(home.id)]);
            assert_eq!(complaint(&home.join(&other, &identity(100)).await).0, "ALREADY_EXISTS");
            assert_eq!(home.shown(&home.world.members[0].client).await["data"]["household"]["phone"], PHONE);
            nth += 1;
        }
        let ran = rekey.await.unwrap();
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        assert!(ran.out.contains(" values sealed anew: all lie under key 2; ") && nth > 230, "{ran:?}");
        assert_eq!((home.under(1).await, home.world.rows("seal_key").await), (0, 1));
        assert_eq!(home.world.rows("personal_value").await, home.under(2).await);
        // What was done under the old key is still known as done.
        home.world.office.done("householdUpdate", "household", once).await;
        home.join(&home.id, &identity(99)).await;
        assert_eq!(home.under(1).await, 0);
        home.drop_key(1);
        let shell = Shell::beside(&home.world.app);
        let token = shell.run("token member1").out;
        let served = shell.serve();
        let ask = wire::post(Some(token.trim_end()), SHOWN, &json!({ "id": home.id }));
        assert_eq!(wire::body(&wire::ask(served.address, &ask).unwrap())["data"]["household"]["phone"], PHONE);
    }

    /// A value that does not open is left and named; mended, it goes on under the same key.
    async fn a_broken_change_goes_on(world: World) {
        let home = Home::on(world).await;
        let shell = Shell::beside(&home.world.app);
        let whole: Vec<Vec<u8>> = home.column("SELECT sealed FROM personal_value WHERE masked = '139****0001'").await;
        home.tamper("UPDATE personal_value SET sealed = hash WHERE masked = '139****0001'").await;
        let ran = shell.run("rekey");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.starts_with("phone of ") && ran.out.lines().count() == 1, "{ran:?}");
        assert!(ran.err.starts_with("sanlian: 1 values did not open and were left under their old key"), "{ran:?}");
        assert_eq!((home.under(1).await, home.under(2).await, home.world.rows("seal_key").await), (1, 3, 2));
        let hex = platform::seal::hex(&whole[0]);
        let back = match home.world.app.db.backend() {
            sea_orm::DbBackend::Postgres => format!("'\\x{hex}'"),
            _ => format!("X'{hex}'"),
        };
        home.tamper(&format!("UPDATE personal_value SET sealed = {back} WHERE masked = '139****0001'")).await;
        let ran = shell.run("rekey");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.starts_with("1 values sealed anew: all lie under key 2; "), "{ran:?}");
        assert_eq!((home.under(2).await, home.world.rows("seal_key").await), (4, 1));
        let ran = shell.run("rekey");
        assert!(ran.out.starts_with("4 values sealed anew: all lie under key 3; "), "{ran:?}");
        assert_eq!(home.shown(&home.world.members[0].client).await["data"]["household"]["phone"], PHONE);
    }

    /// Keys that are lost, or others, are told before anything is served or made.
    async fn a_server_without_the_keys_does_not_begin(world: World) {
        let home = Home::on(world).await;
        let shell = Shell::beside(&home.world.app);
        let file = home.world.app.seal_keys();
        let mut elsewhere = shell.command("serve --listen 127.0.0.1:0");
        let ran = tests::ran(elsewhere.env_remove("SANLIAN_SEAL_KEY_FILE"));
        assert!(sentence(&ran).starts_with("sanlian: the database is sealed with key 1, and there are no keys "), "{ran:?}");
        assert!(!shell.files().contains(&"seal.keys".to_owned()));
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        platform::seal::Keys::make_file(&file).unwrap();
        for words in ["serve --listen 127.0.0.1:0", "rekey"] {
            let told = shell.run(words);
            assert!(sentence(&told).contains("is another than the one that sealed the database"), "{told:?}");
        }
        // The right ones may stand in the environment; then the next is not made, but named.
        let mut rekey = shell.command("rekey");
        let keys: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let ran = tests::ran(rekey.env("SANLIAN_SEAL_KEYS", keys.join(";")));
        assert_eq!(sentence(&ran), "sanlian: there is no key after 1 in SANLIAN_SEAL_KEYS: add one first");
    }

    /// Where nothing is sealed there is nothing to change.
    async fn an_empty_database_has_nothing_to_seal(shell: Shell) {
        assert_eq!(shell.run("migrate up").code, Some(0));
        let ran = shell.run("rekey");
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), "nothing is sealed yet\n"), "{ran:?}");
        let keys = shell.files().into_iter().filter(|file| file == "seal.keys").count();
        assert_eq!(keys, 1);
    }
}
