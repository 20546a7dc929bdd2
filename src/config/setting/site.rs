//! The keys of the site: people, mail, content, comments.

use super::{Secret, Setting, number, web_address, yes_or_no};

/// The keys, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "sessions.idle_minutes",
        help: "How long people stay signed in without doing anything.",
        read: number!(sessions.idle_minutes, 5..=525_600),
    },
    Setting {
        key: "sessions.longest_days",
        help: "How long people stay signed in whatever they do.",
        read: number!(sessions.longest_days, 1..=365),
    },
    Setting {
        key: "mail.url",
        help: "Server that takes mails, such as `smtps://user:password@mail.example.id`; without one they are printed.",
        read: |config, value| {
            if !value.is_empty() && !["smtp://", "smtps://"].iter().any(|scheme| value.starts_with(scheme)) {
                return Err("give an address that begins with smtp:// or smtps://".to_owned());
            }
            config.mail.url = Secret(value.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "mail.from",
        help: "Whom mails come from.",
        read: |config, value| {
            if !value.contains('@') {
                return Err(format!("`{value}` is no sender, such as Redaksi <redaksi@contoh.id>"));
            }
            config.mail.from = value.to_owned();
            Ok(())
        },
    },
    Setting {
        key: "revisions.autosave_days",
        help: "How long autosaves are kept that were never published.",
        read: number!(autosave_days, 1..=3_650),
    },
    Setting {
        key: "site.name",
        help: "What the site is called, in mails and in programs for second factors.",
        read: |config, value| {
            if value.trim().is_empty() || value.chars().count() > 100 || value.chars().any(char::is_control) {
                return Err("give 1 to 100 characters on one line".to_owned());
            }
            config.site_name = value.trim().to_owned();
            Ok(())
        },
    },
    Setting {
        key: "site.editor_url",
        help: "Where editors' front end is, by default the explorer; links in mails lead there, with `#token=…` added.",
        read: |config, value| {
            config.editor_url = web_address(value)?;
            Ok(())
        },
    },
    Setting {
        key: "site.time_zone",
        help: "IANA zone in which calendar years are read.",
        read: |config, value| {
            crate::text::date::zone(value).ok_or_else(|| format!("`{value}` is no IANA time zone, such as Asia/Makassar"))?;
            config.time_zone = value.to_owned();
            Ok(())
        },
    },
    Setting { key: "comments.on_articles", help: "Whether articles may be commented on.", read: yes_or_no!(comments.on_articles) },
    Setting { key: "comments.on_events", help: "Whether events may be commented on.", read: yes_or_no!(comments.on_events) },
    Setting {
        key: "comments.close_after_days",
        help: "Days after publication for which comments are taken; 0 for ever.",
        read: number!(comments.close_after_days, 0..=36_500),
    },
    Setting { key: "comments.depth", help: "How deep replies may hang; 0 for none.", read: number!(comments.depth, 0..=20) },
    Setting {
        key: "comments.edit_minutes",
        help: "How long writers may change or take back their comments.",
        read: number!(comments.edit_minutes, 0..=10_080),
    },
    Setting {
        key: "comments.approve_known",
        help: "Whether comments of writers whom moderators approved before are shown at once.",
        read: yes_or_no!(comments.approve_known),
    },
    Setting {
        key: "comments.require_form",
        help: "Whether comments are taken only with the token of `commentForm`.",
        read: yes_or_no!(comments.require_form),
    },
    Setting {
        key: "comments.least_seconds",
        help: "How long people take to fill in a form, at least; what comes sooner counts towards spam.",
        read: number!(comments.least_seconds, 0..=600),
    },
    Setting {
        key: "comments.digest_minutes",
        help: "How long mails to moderators wait for more comments; 0 for no mails.",
        read: number!(comments.digest_minutes, 0..=10_080),
    },
    Setting {
        key: "comments.discard_blatant",
        help: "Whether what Akismet is sure about goes to the trash instead of the spam.",
        read: yes_or_no!(comments.discard_blatant),
    },
    Setting {
        key: "privacy.address_days",
        help: "Days after which it is forgotten from which address a comment came.",
        read: number!(comments.address_days, 1..=3_650),
    },
    Setting {
        key: "privacy.erase_days",
        help: "Days after which the e-mail address of a comment is forgotten, too, and what tells its network; 0 for never.",
        read: number!(comments.erase_days, 0..=36_500),
    },
    Setting {
        key: "akismet.key",
        help: "API key of Akismet; without one it is not asked.",
        read: |config, value| {
            config.akismet.key = Secret(value.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "akismet.url",
        help: "Where Akismet answers.",
        read: |config, value| {
            config.akismet.url = web_address(value)?;
            Ok(())
        },
    },
    Setting {
        key: "akismet.site",
        help: "Address of the site's front page, as the key was given out for.",
        read: |config, value| {
            config.akismet.site = web_address(value)?;
            Ok(())
        },
    },
    Setting { key: "akismet.test", help: "Whether what Akismet is asked teaches it nothing.", read: yes_or_no!(akismet.is_test) },
    Setting {
        key: "akismet.timeout_ms",
        help: "How long Akismet may take to answer, in milliseconds.",
        read: number!(akismet.timeout_ms, 100..=10_000),
    },
];
