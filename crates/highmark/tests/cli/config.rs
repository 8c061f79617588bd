//! The configuration as a person and a script meet it.

use crate::{Ran, command, folder, json, ran};
use expect_test::{expect, expect_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A desk of its own: a home, and a folder that one is in.
struct Desk {
    dir: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Desk {
        let dir = folder(name).canonicalize().unwrap();
        fs::create_dir_all(dir.join("asha/.config/highmark")).unwrap();
        fs::create_dir_all(dir.join("desk")).unwrap();
        Desk { dir }
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = command(&self.dir);
        let command = command.args(arguments).current_dir(self.dir.join("desk"));
        let command = command.env("HOME", self.dir.join("asha"));
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let mut ran = ran(command.output().unwrap());
        let dir = self.dir.to_str().unwrap();
        ran.out = ran.out.replace(dir, "");
        ran.err = ran.err.replace(dir, "");
        ran
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.path(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }
}

const USER: &str = "asha/.config/highmark/highmark.toml";
const PROJECT: &str = "desk/highmark.toml";

#[test]
fn every_value_tells_where_it_comes_from() {
    let desk = Desk::new("config-show");
    desk.write(USER, "[log]\nformat = \"json\"\n[journal]\nkeep_days = 100\n", 0o644);
    desk.write(PROJECT, "[journal]\nkeep_days = 200\nbackup = { dir = \"copies\" }\n", 0o644);
    let variables = [("HIGHMARK__FEED__KIND", "none")];
    let shown =
        desk.run(&["config", "show", "--origin", "--option", "log.level=debug"], &variables);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    expect![[r#"
        config_version = 1       # default

        [state]
        dir = "/asha/.local/state/highmark"  # default
        network = false          # default

        [journal]
        checkpoint_every = "1m"  # default
        checkpoint_hook = ""     # default
        keep_days = 200          # /desk/highmark.toml:2
        on_loss = "exit_all"     # default
        backup.every = "15m"     # default
        backup.keep = 96         # default
        backup.dir = "/desk/copies"  # /desk/highmark.toml:3

        [feed]
        kind = "none"            # HIGHMARK__FEED__KIND
        files = []               # default
        speed = 1                # default
        seed = 7                 # default
        ticks_per_second = 5     # default
        stale_after = "10s"      # default

        [scenario]
        file = ""                # default

        [paper]
        latency_ms = 250         # default
        jitter_ms = 250          # default
        spread_ticks = 2         # default
        slippage_ticks = 1       # default
        seed = 1                 # default

        [service]
        queue = 65536            # default
        group = 4096             # default
        live_view = true         # default
        on_stop = "leave"        # default

        [api]
        listen = "off"           # HIGHMARK__API__LISTEN
        names = []               # default
        tls.certificate = ""     # default
        tls.key = ""             # default

        [disk]
        warn_free_pct = 20       # default
        block_free_pct = 10      # default

        [log]
        level = "debug"          # --option
        format = "json"          # /asha/.config/highmark/highmark.toml:2

        [market]
        dir = "/asha/.config/highmark/market"  # default
    "#]]
    .assert_eq(&shown.out);
    let shown = desk.run(&["config", "show", "journal", "--json"], &variables);
    assert_eq!(
        json(&shown.out)["values"]["journal.keep_days"],
        serde_json::json!({ "value": 200, "origin": { "kind": "file", "file": "/desk/highmark.toml", "line": 2 } })
    );
    let one = desk.run(&["config", "show", "state.dir"], &[]);
    assert_eq!(one.out, "/asha/.local/state/highmark\n");
    let missed = desk.run(&["config", "show", "jurnal.keep_days"], &[]);
    assert_eq!(missed.code, 3);
    assert!(missed.err.contains("did you mean journal.keep_days?"), "{}", missed.err);
}

/// What is shown is a file that means the same.
#[test]
fn what_is_shown_can_be_a_file() {
    let desk = Desk::new("config-round");
    desk.write(PROJECT, "feed = { kind = \"replay\", files = [\"a.csv\"] }\n", 0o644);
    let shown = desk.run(&["config", "show"], &[]);
    desk.write("desk/shown.toml", &shown.out, 0o644);
    let again = desk.run(&["-c", "shown.toml", "config", "show"], &[]);
    assert_eq!((again.code, again.out), (0, shown.out));
}

#[test]
fn the_files_are_listed_the_strongest_first() {
    let desk = Desk::new("config-path");
    desk.write(USER, "", 0o644);
    let listed = desk.run(&["config", "path"], &[("HIGHMARK__FEED__SEED", "5")]);
    expect![[r#"
        options      none
        environment  HIGHMARK__API__LISTEN, HIGHMARK__FEED__SEED
        project      /desk/highmark.toml  (not there)
        user         /asha/.config/highmark/highmark.toml
        system       /etc/highmark/highmark.toml  (not there)
        defaults     highmark config schema
    "#]]
    .assert_eq(&listed.out);
    let named = json(&desk.run(&["config", "path", "--json", "-c", "x.toml"], &[]).out);
    assert_eq!(
        named["files"],
        serde_json::json!([{ "role": "named", "file": "/desk/x.toml", "exists": false }])
    );
}

#[test]
fn everything_wrong_in_all_layers_is_told() {
    let desk = Desk::new("config-wrong");
    desk.write(USER, "[jurnal]\nkeep_days = 5\n", 0o644);
    desk.write(PROJECT, "[disk]\nwarn_free_pct = 0.2\n[disk]\n", 0o644);
    let checked = desk.run(&["config", "check"], &[("HIGHMARK__LOG__LEVEL", "loud")]);
    assert_eq!((checked.code, checked.out.as_str()), (5, ""));
    expect![[r#"
        error[CONFIG_UNKNOWN_KEY]: jurnal: there is no `jurnal` in the configuration
         --> /asha/.config/highmark/highmark.toml:1:2
          |
        1 | [jurnal]
          |  ^^^^^^
          = help: did you mean `journal`?

        error[CONFIG_FRACTION]: disk.warn_free_pct: 0.2 is a fraction
         --> /desk/highmark.toml:2:17
          |
        2 | warn_free_pct = 0.2
          |                 ^^^
          = help: the unit is per cent: write 20 if that is meant

        error[CONFIG_DUPLICATE_KEY]: disk: `disk` stands twice
         --> /desk/highmark.toml:3:2
          |
        3 | [disk]
          |  ^^^^
          = help: keep one of them

        error[CONFIG_CHOICE]: log.level: "loud" is not known here
         --> HIGHMARK__LOG__LEVEL:1:1
          |
        1 | loud
          | ^^^^
          = help: choose error, warn, info or debug

        4 errors in the configuration; nothing was changed or started
    "#]]
    .assert_eq(&checked.err);
    let told = json(&desk.run(&["config", "check", "--json"], &[]).out);
    assert_eq!(told["error"]["code"], "CONFIG_INVALID");
    assert_eq!(told["error"]["problems"][0]["code"], "CONFIG_UNKNOWN_KEY");
    assert_eq!(told["error"]["problems"][0]["line"], 1);
    assert_eq!(told["error"]["problems"].as_array().unwrap().len(), 3);
}

#[test]
fn files_are_checked_alone() {
    let desk = Desk::new("config-check");
    assert_eq!(desk.run(&["config", "check"], &[]).code, 0);
    desk.write("desk/good.toml", "feed.kind = \"none\"\n", 0o644);
    desk.write("desk/bad.toml", "feed.kind = \"nome\"\n", 0o644);
    let checked = desk.run(&["config", "check", "good.toml", "bad.toml", "none.toml"], &[]);
    assert_eq!((checked.code, checked.out.as_str()), (5, "good.toml: good\n"));
    assert!(checked.err.contains("did you mean \"none\"?"), "{}", checked.err);
    assert!(checked.err.contains("none.toml:1:1"), "{}", checked.err);
}

#[test]
fn a_secret_in_a_file_for_all_is_refused_and_not_shown() {
    let desk = Desk::new("config-secret");
    let text = "[journal]\ncheckpoint_hook = \"keep --token=s3cr3t\"\n";
    desk.write(PROJECT, text, 0o644);
    let refused = desk.run(&["config", "show"], &[]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("error[CONFIG_SECRET]") && !refused.err.contains("s3cr3t"));
    desk.write(PROJECT, text, 0o600);
    let shown = desk.run(&["config", "show", "journal.checkpoint_hook"], &[]);
    assert_eq!((shown.code, shown.out.as_str()), (0, "(hidden)\n"));
}

#[test]
fn a_key_is_set_and_comments_stay() {
    let desk = Desk::new("config-set");
    desk.write(PROJECT, "# mine\n[journal] # the record\nkeep_days = 400 # all\n", 0o640);
    let set = desk.run(&["config", "set", "journal.keep_days", "50", "--project"], &[]);
    assert_eq!((set.code, set.out.as_str()), (0, ""));
    expect![[r#"
        /desk/highmark.toml
        journal.keep_days: 400 -> 50, at once
    "#]]
    .assert_eq(&set.err);
    expect![[r#"
        # mine
        [journal] # the record
        keep_days = 50 # all
    "#]]
    .assert_eq(&desk.read(PROJECT));
    let mode = fs::metadata(desk.path(PROJECT)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "rights stay");
    // Where the user's file is not there it is made, for its owner alone.
    let set = desk.run(&["config", "set", "journal.keep_days", "60", "--json"], &[]);
    expect![[r#"
        {"effect":"at once","file":"/asha/.config/highmark/highmark.toml","from":"400","key":"journal.keep_days","to":"60"}
        /asha/.config/highmark/highmark.toml
        journal.keep_days: 400 -> 60, at once
        note: in force here is 50, from /desk/highmark.toml:3
    "#]].assert_eq(&format!("{}{}", set.out, set.err));
    assert_eq!(desk.read(USER), "config_version = 1\n\n[journal]\nkeep_days = 60\n");
    assert_eq!(fs::metadata(desk.path(USER)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let desk = Desk::new("config-unfit");
    let before = "[disk]\nblock_free_pct = 10\n";
    desk.write(PROJECT, before, 0o644);
    for (arguments, code) in [
        (["disk.warn_free_pct", "5"], 5),
        (["disk.warn_free_pct", "0.2"], 5),
        (["disk.warm_free_pct", "20"], 5),
        (["journal.on_loss", "hold"], 4),
        (["state.dir", "elsewhere"], 4),
    ] {
        let set = desk.run(&["config", "set", arguments[0], arguments[1], "--project"], &[]);
        assert_eq!((set.code, set.out.as_str()), (code, ""), "{}", set.err);
        assert_eq!(desk.read(PROJECT), before);
    }
    let asked = desk.run(&["config", "set", "state.dir", "x", "--project"], &[]);
    expect![[r#"
        error: the service continues the journal of its state folder: in another folder it begins anew and knows nothing of open trades
          help: add --yes if that is meant
    "#]].assert_eq(&asked.err);
    let set = desk.run(&["config", "set", "state.dir", "keep", "--yes"], &[]);
    assert_eq!(set.code, 0, "{}", set.err);
    assert!(desk.read(USER).contains(&format!("dir = {:?}", desk.path("desk/keep"))));
}

#[test]
fn a_first_configuration_is_the_defaults() {
    let desk = Desk::new("init");
    let made = desk.run(&["init"], &[]);
    assert_eq!(made.code, 0);
    expect![[r#"
        wrote ./highmark.toml: every key with its default, as a comment
        next:
          highmark config set KEY VALUE --project
          highmark config check
          highmark doctor
          highmark run
    "#]]
    .assert_eq(&format!("{}{}", made.out, made.err));
    expect_file!["snapshots/highmark.toml"].assert_eq(&desk.read(PROJECT));
    let shown = desk.run(&["config", "show"], &[]).out;
    fs::remove_file(desk.path(PROJECT)).unwrap();
    assert_eq!(shown, desk.run(&["config", "show"], &[]).out);
    desk.write(PROJECT, "# mine\n", 0o644);
    let refused = desk.run(&["init", "--json"], &[]);
    assert_eq!((refused.code, desk.read(PROJECT).as_str()), (4, "# mine\n"));
    assert_eq!(desk.run(&["init", "--force", "--dir", "."], &[]).code, 0);
    assert_ne!(desk.read(PROJECT), "# mine\n");
}

/// With every `#key = default` taken at its word the file is still good, and says the same.
#[test]
fn the_first_configuration_can_be_uncommented() {
    let desk = Desk::new("init-all");
    let before = desk.run(&["config", "show"], &[]).out;
    assert_eq!(desk.run(&["init"], &[]).code, 0);
    let made = desk.read(PROJECT);
    let all = made.lines().map(|line| {
        let rest = line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#']));
        format!("{}\n", rest.unwrap_or(line))
    });
    let all: String = all.collect();
    desk.write(PROJECT, &all, 0o644);
    let shown = desk.run(&["config", "show", "--origin"], &[]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(!shown.out.contains("# default"), "{}", shown.out);
    assert_eq!(desk.run(&["config", "show"], &[]).out, before);
}

#[test]
fn commands_without_a_configuration_take_none() {
    let desk = Desk::new("config-none");
    for arguments in [["-c", "x.toml", "demo"], ["demo", "--option", "a=b"]] {
        assert_eq!(desk.run(&arguments, &[]).code, 2);
    }
}

/// The published schema and page are those of the table of keys; `cargo xtask docs` writes them.
#[test]
fn the_published_schema_and_page_are_up_to_date() {
    let desk = Desk::new("config-docs");
    let docs = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let schema = desk.run(&["config", "schema"], &[]).out;
    expect_file![docs("config.schema.json")].assert_eq(&schema);
    let page = desk.run(&["config", "schema", "--page"], &[]).out;
    expect_file![docs("configuration.md")].assert_eq(&page);
    assert_eq!(
        json(&schema)["properties"]["journal"]["properties"]["keep_days"]["maximum"],
        1_000_000
    );
}
