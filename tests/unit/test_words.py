"""Portuguese and Spanish use the words of the people who plan campaigns."""

import re
from collections.abc import Iterator

import pytest

from core.locale import choose_locale
from pages.text import i18n, names
from pages.viewer.language import ReaderLanguage, using_language
from tests.messages import TRANSLATED, read, strings

#: Texts with the words that people asked for.
WORDS = {
    "Sends": ("Envios", "Envíos"),
    "Imports": ("Importações", "Importaciones"),
    "Closing first": ("Fecham primeiro", "Vencen primero"),
    "Recipients not reached": (
        "Destinatários não atingidos",
        "Destinatarios que no lo recibirán",
    ),
    "quite sure": ("confiança alta", "confianza alta"),
    "Point of no return": ("Ponto sem retorno", "Punto sin retorno"),
    "possible duplicate": ("duplicado?", "¿duplicado?"),
    "Not running": ("Inativo", "Inactivo"),
    "Last report": ("Última atualização", "Última actualización"),
}
#: Words that they do not use: for recipients who are not reached, for the list, and for imports.
AVOIDED = {
    "pt": r"poupad|Listas? de Configurações|\bCargas?\b",
    "es": r"\ba salvo\b|Listas? de Configuraciones|\b[Cc]argas\b",
}
BASED_ON = {"pt": "Com base em", "es": "Según"}


def texts(language: str) -> Iterator[tuple[str, str]]:
    for message in read(language):
        if message.id:
            yield from zip(strings(message.id), strings(message.string), strict=True)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_have_the_words_that_people_asked_for(language: str) -> None:
    place = TRANSLATED.index(language)
    said = dict(texts(language))
    assert {source: said[source] for source in WORDS} == {
        source: words[place] for source, words in WORDS.items()
    }
    based_on = [(source, text) for source, text in texts(language) if "Based on" in source]
    assert len(based_on) > 3
    assert [each for each in based_on if BASED_ON[language] not in each[1]] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_has_a_word_that_people_do_not_use(language: str) -> None:
    assert [text for _, text in texts(language) if re.search(AVOIDED[language], text)] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pt", ["0 gerados", "1 gerado", "60.000 gerados"]),
        ("es", ["0 generados", "1 generado", "60.000 generados"]),
    ],
)
def test_generated_records_have_the_right_plural(language: str, said: list[str]) -> None:
    locale = choose_locale(language, ["pt-BR" if language == "pt" else "es-AR"])
    with using_language(ReaderLanguage(language, locale)):
        assert [names.generated(n) for n in (0, 1, 60_000)] == said
        assert i18n.plural("{n} recipient", "{n} recipients", 0).startswith("0 destinat")
