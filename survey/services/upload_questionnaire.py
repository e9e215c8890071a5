"""Store a questionnaire version that somebody uploads as a ZIP of its CSV files."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from sqlalchemy.orm import Session

from survey.errors import Invalid
from survey.models import QuestionnaireVersion
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire_folder

FILES = ("questionnaire.csv", "levels.csv", "dimensions.csv", "answers.csv", "short_forms.csv")
#: A version of 60 questions in ten languages is a tenth of it.
_LARGEST = 2_000_000


def upload_questionnaire(session: Session, packed: bytes, *, today: date) -> QuestionnaireVersion:
    """Read the five files, wherever in the ZIP they lie, and store the version. Anything else in it is left alone.

    Raises
    ------
    Invalid
        It is no such ZIP, or a file is malformed: which one, the line and the reason.
    Conflict
        The version's code belongs to one that has been answered.
    """
    with TemporaryDirectory() as folder:
        for name, content in _contents(packed).items():
            (Path(folder) / name).write_bytes(content)
        questionnaire = read_questionnaire_folder(folder)
    return import_questionnaire(session, questionnaire, today=today)


def _contents(packed: bytes) -> dict[str, bytes]:
    try:
        return _members(packed)
    except (BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:  # broken, encrypted, or packed in a strange way
        raise Invalid("The file is no ZIP that can be read.", code="not_a_zip") from error


def _members(packed: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(packed)) as archive:
        members = {PurePosixPath(info.filename).name: info for info in archive.infolist() if not info.is_dir()}
        if missing := [name for name in FILES if name not in members]:
            raise Invalid(f"The ZIP lacks {', '.join(missing)}.", code="zip_lacks_files")
        if sum(members[name].file_size for name in FILES) > _LARGEST:
            raise Invalid("The files are too large for a questionnaire.", code="too_large")
        return {name: archive.read(members[name]) for name in FILES}
