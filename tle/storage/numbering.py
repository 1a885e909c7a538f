"""Numbers for rows that are inserted in bulk."""

from tle.storage.port import Reader, Transaction

_TAKE = "UPDATE numbering SET last_no = last_no + :count WHERE name = :name"
_LAST = "SELECT last_no FROM numbering WHERE name = :name"


def reserve(transaction: Transaction, name: str, count: int) -> int:
    """Reserve ``count`` numbers of a table and return the first; gaps are harmless.

    The row stays locked until the transaction ends, so two writers never get the same ones.
    """
    transaction.execute(_TAKE, name=name, count=count)
    return last_number(transaction, name) - count + 1


def touch(transaction: Transaction, name: str) -> None:
    """Make it known that rows of a table change, by giving out a number that no row gets.

    A writer that planned by what was there before finds another ``last_number`` and plans anew.
    """
    reserve(transaction, name, 1)


def last_number(reader: Reader, name: str) -> int:
    """Return the last number given out for a table: another one means that it has changed."""
    ((last_no,),) = reader.rows(_LAST, name=name)
    return int(last_no)
