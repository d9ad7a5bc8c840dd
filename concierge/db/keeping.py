"""A PostgreSQL connection that keeps what the server has prepared for it."""

from typing import Any

from psycopg import Connection
from psycopg.pq import ExecStatus, TransactionStatus


class KeepingConnection(Connection[Any]):
    """Ends a transaction that only read, or that a service took back, without forgetting its prepared statements.

    psycopg forgets them at every ROLLBACK, since tables made in the transaction go with it; ours are made by
    migrations alone. After an error everything is forgotten as usual.
    """

    def rollback(self) -> None:
        """Roll back. Raises psycopg's errors."""
        well = self.pgconn.transaction_status == TransactionStatus.INTRANS
        if not (well and self.pgconn.exec_(b"ROLLBACK").status == ExecStatus.COMMAND_OK):
            super().rollback()
