"""Find remarks such as `(required)`, which do not change the meaning of a heading."""

import re
from functools import lru_cache
from typing import Final

from core.domain.states import squeeze
from core.feed.interpreting.reading_rules import word_set

REMARKS: Final = word_set(
    "required, optional, mandatory, obrigatorio, obrigatoria, obligatorio, obligatoria, "
    "opcional, requerido, requerida, string, varchar, enum, text, texto, integer, int, bigint, "
    "numeric, inteiro, entero, format, formato, internal, interno, interna, current, actual, "
    "atual"
)
#: In headings of times, a remark can also say how the times are written: `Send time (epoch)`. In
#: other headings, such a word changes the meaning: `Status (timestamp)` is no state.
TIME_REMARKS: Final = REMARKS | word_set(
    "iso, 8601, iso8601, rfc, 3339, rfc3339, epoch, unix, timestamp, in, em, en, seconds, secs, "
    "s, milliseconds, millis, ms, segundos, milissegundos, milisegundos, datetime, datahora, "
    "fechahora, 24h, 24hs, 24hrs"
)
#: The patterns are slow on long texts.
_LONGEST: Final = 100
_IN_BRACKETS: Final = re.compile(r"([^()\[\]]*\w[^()\[\]]*|.*[)\]])\s*[(\[]([^()\[\]]+)[)\]]\s*")
#: A remark without brackets: `scheduled_at_epoch_ms`.
_AT_END: Final = re.compile(
    r"(.*?[^\W_])[\s_,:–-]+(?:(?:(?:iso|rfc|epoch|unix)(?:[\s_-]*(?:8601|3339|timestamp|seconds"
    r"|secs|milliseconds|millis|ms|s))*)|timestamp|ms|millis)\s*",
    re.IGNORECASE,
)


@lru_cache(4_096)
def without_remark(heading: str, known: frozenset[str] = TIME_REMARKS) -> str:
    """Return a heading without its remark, if all words of the remark are in `known`.

    >>> without_remark("Send time (ISO 8601)"), without_remark("Sent (UTC)")
    ('Send time', 'Sent (UTC)')
    """
    if len(heading) > _LONGEST:
        return heading
    match = _IN_BRACKETS.fullmatch(heading)
    if match is None:
        match = _AT_END.fullmatch(heading) if known is TIME_REMARKS else None
        return match[1] if match else heading
    words = {squeeze(word) for word in re.split(r"[\W_]+", match[2]) if word}
    return match[1].rstrip(" _-") if words and words <= known else heading
