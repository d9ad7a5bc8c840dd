"""A PostgreSQL connection that begins and ends transactions plainly, and keeps what the server has prepared for it."""

from typing import Any

from psycopg import Connection
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus


class KeepingConnection(Connection[Any]):
    """Ends a transaction that only read, or that a service took back, without forgetting its prepared statements.

    psycopg forgets them at every ROLLBACK, since tables made in the transaction go with it; ours are made by
    migrations alone. After an error everything is forgotten as usual. BEGIN and COMMIT go to the server without what
    psycopg puts around a command, which costs more than the server does for it.
    """

    def begin(self) -> None:
        """Begin a transaction, if it is one like any other: psycopg sees to all else at the first statement."""
        manner = (self.isolation_level, self.read_only, self.deferrable)
        if not self.autocommit and manner == (None, None, None):
            self._plainly(b"BEGIN")

    def commit(self) -> None:
        """Commit. Raises psycopg's errors."""
        if self.pgconn.transaction_status == TransactionStatus.INTRANS:
            self._plainly(b"COMMIT")
        else:
            super().commit()

    def _plainly(self, command: bytes) -> None:
        result = self.pgconn.exec_(command)
        if self.pgconn.status == ConnStatus.BAD:
            raise OperationalError(result.get_error_message())
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)

    def rollback(self) -> None:
        """Roll back. Raises psycopg's errors."""
        status = self.pgconn.transaction_status
        if status == TransactionStatus.IDLE:
            return  # as nearly always when the pool takes a connection back
        well = status == TransactionStatus.INTRANS
        if not (well and self.pgconn.exec_(b"ROLLBACK").status == ExecStatus.COMMAND_OK):
            super().rollback()
