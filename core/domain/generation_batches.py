"""The batches in which the platform generates the records of a send."""

from typing import Final

#: The minimum number of records in a batch. A smaller send has one batch.
BATCH_RECORDS: Final = 5_000


def batches_for(records: int) -> int:
    """Return the number of batches for these records, if each batch has the minimum size."""
    return -(-records // BATCH_RECORDS)
