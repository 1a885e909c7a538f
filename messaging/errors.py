"""The errors of this package.

MessagingError
├── CampaignError      a campaign file is not as it should be
├── CampaignStateError a campaign is not where it would have to be for what was asked
├── TemplateError      a text does not compile, or asks for what a text may not have
├── CustomerFileError  a file of customers cannot be used as a whole
├── CustomerRowError   a row of it cannot; the others can
└── RenderError        a text could not be made for one customer and one pass
"""


class MessagingError(Exception):
    """Root of everything that this package raises on purpose."""


class CampaignError(MessagingError):
    """A campaign file is not as it should be.

    Attributes:
        source: Where the text came from, usually a file name.
        key: Path of the key, such as ``passes.min_elevation``; empty for the file as a whole.
        line: Line of a syntax error, in the file; ``None`` where only the key is known.
    """

    def __init__(
        self, problem: str, *, source: str, key: str = "", line: int | None = None
    ) -> None:
        self.problem = problem
        self.source = source
        self.key = key
        self.line = line
        place = source if line is None else f"{source}, line {line}"
        super().__init__(f"{place}: {key}: {problem}" if key else f"{place}: {problem}")


class CampaignStateError(MessagingError):
    """A campaign does not exist, or is not in a state for what was asked."""


class TemplateError(MessagingError):
    """A text does not compile, or asks for what a text may not have.

    Attributes:
        language: Language of the text.
        field: ``subject`` or ``text``.
        line: Line within that field, from 1.
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
        code: A short code for the ledger, such as ``missing_attribute``.
    """

    def __init__(self, problem: str, *, code: str) -> None:
        self.problem = problem
        self.code = code
        super().__init__(f"{code}: {problem}")


class CustomerFileError(MessagingError):
    """A file of customers cannot be used as a whole.

    Attributes:
        source: Where the text came from, usually a file name.
        line: Line in the file, where one is to blame.
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
        column: The column at fault; empty for the row as a whole.
    """

    def __init__(self, problem: str, *, column: str = "") -> None:
        self.problem = problem
        self.column = column
        super().__init__(f"{column}: {problem}" if column else problem)
