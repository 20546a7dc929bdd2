//! What can be wrong with the input, and what readers and editors are told of it, in Indonesian and English.

/// A problem with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path in the input, such as `terms.0.office`.
    pub field: String,
    pub problem: Problem,
}

impl FieldError {
    /// A problem with `field`.
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self { field: field.into(), problem }
    }
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Required,
    /// More characters (or items) than `max`.
    TooLong {
        max: usize,
    },
    /// Not of the form that `expected` describes: a key of the messages below.
    Malformed(Expected),
    /// Somebody else has it.
    Taken,
    /// Names something that does not exist.
    UnknownReference,
    /// Something else still refers to it.
    InUse,
    /// Does not fit the state the thing is in.
    NotAllowed(NotAllowed),
    /// A password that is guessed too soon.
    Weak,
    /// The name and the password do not go together, or there is no such account.
    WrongCredentials,
    /// A code of the second factor is asked for.
    SecondFactorRequired,
}

/// The form that a value should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Slug,
    Email,
    WebAddress,
    TimeZone,
    Language,
    RegionCode,
    /// A number from 1 to this.
    Size(usize),
    NoNul,
    IdempotencyKey,
    MomentToCome,
    ShallowQuotes,
    OnePageDirection,
    Cursor,
    EndAfterStart,
    OfficialOrGuest,
    ArticleOrEvent,
    SessionNumber,
    Year,
    PlainLine,
    NotItself,
    RevisionNumber,
    GlobalId,
    EntryId,
    ArticleId,
    PreviewToken,
    OneTimeToken,
    Code,
    Password,
    Scope,
    OverHttp,
    OneForEach,
    Receipt,
    Form,
    NewestNotice,
    BlockedValue,
}

/// Why something can't be done to a thing as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAllowed {
    InTrash,
    NotInTrash,
    NotPublished,
    ConsentMissing,
    NotScheduled,
    NotDraft,
    NotInReview,
    LastAdmin,
    Suspended,
    SecondFactorOn,
    SecondFactorOff,
    /// One of a set of entries can't be changed, so that none is.
    OthersFailed,
    CommentsClosed,
    TooDeep,
    EditEnded,
    NotRefused,
    NotShown,
    Erased,
}

/// The languages that messages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    #[default]
    English,
    Indonesian,
}

impl Problem {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong { .. } => "TOO_LONG",
            Self::Malformed(_) => "INVALID",
            Self::Taken => "TAKEN",
            Self::UnknownReference => "NOT_FOUND",
            Self::InUse => "IN_USE",
            Self::NotAllowed(_) => "NOT_ALLOWED",
            Self::Weak => "WEAK",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::SecondFactorRequired => "SECOND_FACTOR_REQUIRED",
        }
    }

    /// What is wrong and what to do about it.
    pub fn message(&self, locale: Locale) -> String {
        let (english, indonesian) = match self {
            Self::Required => ("This field is required.", "Ruas ini wajib diisi."),
            Self::TooLong { max } => {
                return match locale {
                    Locale::English => format!("Too long: at most {max}."),
                    Locale::Indonesian => format!("Terlalu panjang: paling banyak {max}."),
                };
            }
            Self::Malformed(Expected::Size(most)) => {
                let (english, indonesian) = Expected::Size(*most).messages();
                let template = if locale == Locale::English { english } else { indonesian };
                return template.replace("{}", &most.to_string());
            }
            Self::Malformed(expected) => expected.messages(),
            Self::Taken => ("Already in use; choose another.", "Sudah dipakai; pilih yang lain."),
            Self::UnknownReference => ("There is no such entry.", "Entri itu tidak ada."),
            Self::InUse => ("Other entries still refer to it; change those first.", "Masih dirujuk entri lain; ubah dulu entri-entri itu."),
            Self::NotAllowed(reason) => reason.messages(),
            Self::Weak => (
                "Too easy to guess; use several words that do not belong together.",
                "Terlalu mudah ditebak; pakai beberapa kata yang tidak berkaitan.",
            ),
            Self::WrongCredentials => {
                ("The e-mail address, the password or the code is wrong.", "Alamat surel, kata sandi, atau kode salah.")
            }
            Self::SecondFactorRequired => (
                "Give the code that your authenticator shows, or a recovery code.",
                "Isi kode dari aplikasi autentikator, atau kode pemulihan.",
            ),
        };
        match locale {
            Locale::English => english.to_owned(),
            Locale::Indonesian => indonesian.to_owned(),
        }
    }
}

impl Expected {
    fn messages(self) -> (&'static str, &'static str) {
        match self {
            Self::Slug => (
                "Use lower-case letters, digits and single hyphens, at most 120.",
                "Pakai huruf kecil, angka, dan tanda hubung tunggal, paling banyak 120.",
            ),
            Self::Email => ("Give an e-mail address such as name@example.org.", "Isi alamat surel seperti nama@contoh.id."),
            Self::WebAddress => ("Give an address that begins with https:// or http://.", "Isi alamat yang diawali https:// atau http://."),
            Self::TimeZone => ("Give an IANA time zone such as Asia/Makassar.", "Isi zona waktu IANA seperti Asia/Makassar."),
            Self::Language => ("Give a language tag such as id or en-GB.", "Isi kode bahasa seperti id atau en-GB."),
            Self::RegionCode => (
                "Give a code such as 73.03.01; the parent's code is what stands before the last dot.",
                "Isi kode seperti 73.03.01; kode induk adalah bagian sebelum titik terakhir.",
            ),
            Self::Size(_) => ("Give a number from 1 to {}.", "Isi angka 1 sampai {}."),
            Self::MomentToCome => ("Give a moment to come.", "Isi waktu yang akan datang."),
            Self::IdempotencyKey => ("Give 8 to 100 visible ASCII characters.", "Isi 8 sampai 100 karakter ASCII yang terlihat."),
            Self::NoNul => ("Leave out NUL characters.", "Buang karakter NUL."),
            Self::ShallowQuotes => ("Nest quotes at most 50 deep.", "Kutipan bertingkat paling banyak 50."),
            Self::OnePageDirection => {
                ("Use either first with after, or last with before.", "Pakai first dengan after, atau last dengan before.")
            }
            Self::Cursor => {
                ("Give a cursor that this list returned for the same order.", "Isi kursor dari daftar ini dengan urutan yang sama.")
            }
            Self::EndAfterStart => ("The end must not be before the start.", "Akhir tidak boleh sebelum awal."),
            Self::OfficialOrGuest => ("Name either an official or a guest, not both.", "Sebutkan pejabat atau tamu, jangan keduanya."),
            Self::ArticleOrEvent => ("Give the id of an article or an event.", "Isi id artikel atau acara."),
            Self::SessionNumber => {
                ("Give the number of a session in the list, counted from 1.", "Isi nomor sesi dalam daftar, dihitung dari 1.")
            }
            Self::Year => ("Give a year from 1900 to 2200.", "Isi tahun 1900 sampai 2200."),
            Self::PlainLine => ("Use one line of text without control characters.", "Pakai satu baris teks tanpa karakter kendali."),
            Self::NotItself => (
                "It can't lie below itself, nor more than 20 levels deep.",
                "Tidak boleh berada di bawah dirinya sendiri atau lebih dari 20 tingkat.",
            ),
            Self::GlobalId => ("Give an id that this API returned.", "Isi id yang berasal dari API ini."),
            Self::EntryId => ("Give ids of articles, events, officials or programs.", "Isi id artikel, acara, pejabat, atau program."),
            Self::ArticleId => ("Give ids of articles; only they have topics.", "Isi id artikel; hanya artikel yang punya topik."),
            Self::PreviewToken => ("The preview has ended; ask for a new one.", "Pratinjau sudah berakhir; minta yang baru."),
            Self::OneTimeToken => {
                ("The link was used or has ended; ask for a new one.", "Tautan sudah dipakai atau berakhir; minta yang baru.")
            }
            Self::Code => {
                ("The code is wrong or was used; wait for the next one.", "Kode salah atau sudah dipakai; tunggu kode berikutnya.")
            }
            Self::Password => ("The password is wrong.", "Kata sandi salah."),
            Self::OneForEach => ("Give one for each id, in the same order.", "Isi satu untuk setiap id dengan urutan yang sama."),
            Self::OverHttp => ("Only an answer over HTTP can set a cookie.", "Kuki hanya dapat disetel lewat HTTP."),
            Self::Scope => (
                "A token can have only permissions that its role has and that you have yourself.",
                "Token hanya dapat memiliki izin yang dimiliki perannya dan Anda sendiri.",
            ),
            Self::Receipt => ("Give the receipt that commentSubmit returned.", "Isi tanda terima dari commentSubmit."),
            Self::Form => ("The form has expired; load it again.", "Formulir sudah kedaluwarsa; muat ulang."),
            Self::NewestNotice => (
                "The privacy notice has changed; show the newest one and ask again.",
                "Pemberitahuan privasi sudah berubah; tampilkan yang terbaru dan tanyakan lagi.",
            ),
            Self::BlockedValue => (
                "Give words, an e-mail address or @domain, a domain, or an IP address, as the kind says.",
                "Isi kata, alamat surel atau @domain, domain, atau alamat IP sesuai jenisnya.",
            ),
            Self::RevisionNumber => ("There is no revision of this number.", "Tidak ada revisi dengan nomor ini."),
        }
    }
}

impl NotAllowed {
    fn messages(self) -> (&'static str, &'static str) {
        match self {
            Self::InTrash => ("It is in the trash; restore it first.", "Ada di tempat sampah; pulihkan dulu."),
            Self::NotInTrash => ("It is not in the trash.", "Tidak ada di tempat sampah."),
            Self::NotScheduled => ("No publication is scheduled.", "Tidak ada jadwal penerbitan."),
            Self::NotPublished => ("It has not been published.", "Belum diterbitkan."),
            Self::ConsentMissing => (
                "Agree to the privacy notice, so that the comment may be kept.",
                "Setujui pemberitahuan privasi agar komentar boleh disimpan.",
            ),
            Self::NotDraft => ("It is not a draft.", "Bukan draf."),
            Self::NotInReview => ("It is not in review.", "Tidak sedang ditinjau."),
            Self::LastAdmin => (
                "Somebody must stay who is an active admin; make another one first.",
                "Harus ada admin yang aktif; jadikan orang lain admin dulu.",
            ),
            Self::Suspended => ("The user is suspended; activate them first.", "Pengguna ditangguhkan; aktifkan dulu."),
            Self::SecondFactorOn => ("The second factor is on already.", "Faktor kedua sudah aktif."),
            Self::SecondFactorOff => ("The second factor is not being set up.", "Faktor kedua tidak sedang disiapkan."),
            Self::OthersFailed => (
                "Nothing was done, because it can't be done to other entries of the request.",
                "Tidak ada yang dilakukan karena entri lain dalam permintaan ini gagal.",
            ),
            Self::CommentsClosed => ("Comments are closed here.", "Komentar di sini sudah ditutup."),
            Self::TooDeep => {
                ("Replies hang no deeper; answer a comment above it.", "Balasan tidak bisa lebih dalam; balas komentar di atasnya.")
            }
            Self::EditEnded => {
                ("It is too late to change it; write to the editors.", "Sudah terlambat untuk mengubahnya; hubungi redaksi.")
            }
            Self::NotRefused => ("It is neither spam nor in the trash.", "Bukan spam dan tidak ada di tempat sampah."),
            Self::NotShown => ("It is not shown; approve it first.", "Belum ditampilkan; setujui dulu."),
            Self::Erased => ("Its writer had it erased.", "Sudah dihapus atas permintaan penulisnya."),
        }
    }
}
