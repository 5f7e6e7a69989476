"""The batches in which the platform generates the records of a send."""

from typing import Final

#: The minimum number of records in a batch. A smaller send has a single batch.
BATCH_RECORDS: Final = 5_000


def batches_for(records: int) -> int:
    """Return the number of batches of minimum size. For example, 5,001 records have 2 batches."""
    return -(-records // BATCH_RECORDS)
