"""The errors of this package.

MessagingError
├── CampaignError      a campaign file is not as it should be
├── CampaignStateError a campaign is not where it would have to be for what was asked
│   ├── UnknownCampaignError
│   └── NotApprovedError
├── TemplateError      a text does not compile, or asks for what a text may not have
├── CustomerFileError  a file of customers cannot be used as a whole
│   └── MisspeltColumnError
├── CustomerRowError   a row of it cannot; the others can
│   └── PersonalIdError
├── RenderError        a text could not be made for one customer and one pass
├── MimeError          an address, or a message, cannot be part of an e-mail
└── SetupError         no connection to a mail server could be set up (in ``channels/email``)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what a person wrote."""

    origin: str
    """Where the value came from: a file, a folder, an environment variable or an option."""
    line: int | None = None
    """Line of a syntax error in it."""
    key: str = ""
    """The dotted key, such as ``smtp.port``; empty where it is about the origin as a whole."""
    expected: str = ""
    """Empty where ``got`` says it all."""
    got: str
    advice: str = ""
    """What to do about it, where that does not follow from what was expected."""

    @property
    def sentence(self) -> str:
        """What was expected, what came, what to do."""
        sentence = f"expected {self.expected}, got {self.got}" if self.expected else self.got
        return f"{sentence}; {self.advice}" if self.advice else sentence

    def __str__(self) -> str:
        """Return one line: where it is, and the sentence."""
        where = self.origin if self.line is None else f"{self.origin}, line {self.line}"
        return f"{where}: {self.key}: {self.sentence}" if self.key else f"{where}: {self.sentence}"


class MessagingError(Exception):
    """Root of everything that this package raises on purpose."""


class CampaignError(MessagingError, ValueError):
    """A campaign file is not as it should be; every problem found is listed.

    Attributes:
        problems: all of them; the others are of the first.
        problem: what was expected, what came, what to do.
        source: where the text came from, usually a file name.
        key: path of the key, such as ``passes.min_elevation``; empty for the file as a whole.
        line: line of a syntax error, in the file; ``None`` where only the key is known.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        self.problem = problems[0].sentence
        self.source = problems[0].origin
        self.key = problems[0].key
        self.line = problems[0].line


class CampaignStateError(MessagingError):
    """A campaign does not exist, or is not in a state for what was asked."""


class UnknownCampaignError(CampaignStateError):
    """No campaign has this key; ``known`` are those that there are."""

    def __init__(self, *, key: str, known: Sequence[str]) -> None:
        super().__init__(f"no campaign '{key}'; there are: {', '.join(known) or 'none yet'}")
        self.known = tuple(known)


class NotApprovedError(CampaignStateError):
    """Nobody has approved a campaign, or nobody is named who does; ``key`` is which."""

    def __init__(self, problem: str, *, key: str) -> None:
        super().__init__(problem)
        self.key = key


class TemplateError(MessagingError):
    """A text does not compile, or asks for what a text may not have.

    Attributes:
        language: language of the text.
        field: ``subject`` or ``text``.
        line: line within that field, from 1.
    """

    def __init__(self, problem: str, *, language: str, field: str, line: int) -> None:
        self.problem = problem
        self.language = language
        self.field = field
        self.line = line
        super().__init__(f"texts.{language}.{field}, line {line}: {problem}")


class RenderError(MessagingError):
    """A text could not be made for one customer and one pass; it names no value of either.

    Attributes:
        rule: why, for the ledger.
    """

    def __init__(self, problem: str, *, rule: Rule) -> None:
        self.problem = problem
        self.rule = rule
        super().__init__(f"{rule}: {problem}")


class CustomerFileError(MessagingError):
    """A file of customers cannot be used as a whole.

    Attributes:
        source: where the text came from, usually a file name.
        line: line in the file, where one is to blame.
    """

    def __init__(self, problem: str, *, source: str, line: int | None = None) -> None:
        self.problem = problem
        self.source = source
        self.line = line
        place = source if line is None else f"{source}, line {line}"
        super().__init__(f"{place}: {problem}; nothing was changed")


class CustomerRowError(MessagingError):
    """A row of a file of customers cannot be used; it repeats no name, address or id.

    Attributes:
        column: the column at fault; empty for the row as a whole.
    """

    def __init__(self, problem: str, *, column: str = "") -> None:
        self.problem = problem
        self.column = column
        super().__init__(f"{column}: {problem}" if column else problem)


class MimeError(MessagingError):
    """An address, or a message, cannot be part of an e-mail; it names the field, never its value.

    Attributes:
        field: what is wrong, such as ``subject`` or ``from_address``.
        rule: ``BAD_HEADER``, ``BAD_ADDRESS`` or ``BAD_TEXT``, for a receipt.
    """

    def __init__(self, problem: str, *, field: str, rule: Rule) -> None:
        self.field = field
        self.rule = rule
        super().__init__(f"{field}: {problem}")


class MisspeltColumnError(CustomerFileError):
    """A column looks like a known one; ``column`` names it if it may be an attribute instead."""

    def __init__(self, problem: str, *, source: str, line: int, column: str) -> None:
        super().__init__(problem, source=source, line=line)
        self.column = column


class PersonalIdError(CustomerRowError):
    """An id says who the person is."""

    def __init__(self) -> None:
        super().__init__(
            "expected an id that tells nothing about the person, got what looks like an e-mail "
            "address or a phone number; use another",
            column="id",
        )
