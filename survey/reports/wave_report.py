"""The official report of a frozen analysis as a Word document."""

from __future__ import annotations

from io import BytesIO

from survey.i18n import gettext, language
from survey.reports import agencies, appendix, criteria, official, scope, whole
from survey.reports.facts import Facts
from survey.reports.language import speaking
from survey.reports.page import new_document


def wave_report(facts: Facts, *, language: str) -> bytes:
    """The report in `language`; needs an application context."""
    with speaking(language):
        return _write(facts)


def _write(facts: Facts) -> bytes:
    subject = gettext(
        "Satisfaction of citizens and organisations with the service of state agencies, %(wave)s", wave=facts.wave.name(language())
    )
    document = new_document(title=subject, language=language(), made_on=facts.made_on)
    if facts.wave.simulated:
        official.add_simulated(document)
    official.add_head(document, facts.made_on, facts.settings)
    official.add_title(document, subject)
    for section in (scope, whole, agencies, criteria):
        section.add(document, facts)
    official.add_signature(document)
    appendix.add(document, facts)
    written = BytesIO()
    document.save(written)
    return written.getvalue()
