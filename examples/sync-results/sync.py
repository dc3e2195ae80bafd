"""Copies every result of a workspace into SQLite, once each and in order, and continues with new results until it is stopped.

    THETOOL_URL=… THETOOL_KEY=… python3 sync.py results.db
"""

import os
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
from thetool import Client  # noqa: E402 (the file is in the folder beside this one)

SCHEMA = (pathlib.Path(__file__).parent / "schema.sql").read_text()


def main(path: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    row = database.execute("SELECT cursor FROM sync_position").fetchone()
    client = Client(os.environ["THETOOL_URL"], os.environ.get("THETOOL_KEY", ""), attempts=None)
    for batch in client.follow_results(row and row[0], filter={"includeBackfill": True}):
        if batch["gap"]:
            print("The server has removed results before this batch.", file=sys.stderr)
        # Rows and cursor in one transaction: after a crash either both are stored or neither is.
        with database:
            # INSERT, not INSERT OR IGNORE: a result that came twice is an error that must not stay hidden.
            database.executemany(
                "INSERT INTO results (id, ticker, strategy, timeframe, verdict, score, as_of, is_demo, created_at)"
                " VALUES (:id, :ticker, :strategy, :timeframe, :verdict, :score, :asOf, :isDemo, :createdAt)",
                batch["analyses"],
            )
            database.execute(
                "INSERT INTO sync_position (one, cursor) VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET cursor = excluded.cursor",
                [batch["cursor"]],
            )
        print(len(batch["analyses"]), "stored", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
