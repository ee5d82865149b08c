//! Languages in which sentences are said: English, unless `Accept-Language` prefers Chinese.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

tokio::task_local! {
    static CURRENT: Language;
}

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Language that a header `Accept-Language` prefers among those that there are.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let wanted = accept_language::parse_with_quality(header);
        let known = |(tag, quality): (String, f32)| {
            let main = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            Self::ALL.into_iter().find(|language| language.code() == main && quality > 0.0)
        };
        wanted.into_iter().find_map(known).unwrap_or_default()
    }

    /// Language of the request that this task works for.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|language| *language).unwrap_or_default()
    }

    /// Does the work for a request in this language.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Tag of the language.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_found() {
        for (header, language) in [
            ("", Language::English),
            ("zh", Language::Chinese),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en-US,en;q=0.9,zh-CN;q=0.8", Language::English),
            ("fr;q=0.9, zh-Hans-CN;q=0.5, en;q=0.1", Language::Chinese),
            ("en;q=0.2, ZH;q=0.7", Language::Chinese),
            ("zh;q=0, en;q=0.1", Language::English),
            ("fr", Language::English),
            ("\u{0}garbage;;q=x,,", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
