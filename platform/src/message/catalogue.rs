//! The catalogue of sentences: a file of Fluent messages for each area and language.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::Language;

/// Areas of the catalogue, with their sentences in English and in Chinese.
macro_rules! areas {
    ($($area:literal),* $(,)?) => {
        const AREAS: &[(&str, &str, &str)] = &[$((
            $area,
            include_str!(concat!("../../messages/en/", $area, ".ftl")),
            include_str!(concat!("../../messages/zh/", $area, ".ftl")),
        )),*];
    };
}

areas!("accounts", "front", "households", "platform", "programmes", "records", "roster");

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::English));
static CHINESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::Chinese));

/// A sentence of the catalogue. A test sees to it that every sentence is there in every language; one that is not is told by its
/// id.
pub(super) fn sentence(language: Language, id: &str, arguments: &FluentArgs) -> String {
    let bundle = match language {
        Language::English => &*ENGLISH,
        Language::Chinese => &*CHINESE,
    };
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return id.to_owned();
    };
    bundle.format_pattern(pattern, Some(arguments), &mut vec![]).into_owned()
}

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(language.code().parse().into_iter().collect());
    // Marks around values would stand in logs and in comparisons.
    bundle.set_use_isolating(false);
    for (_, english, chinese) in AREAS {
        let text = match language {
            Language::English => english,
            Language::Chinese => chinese,
        };
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
