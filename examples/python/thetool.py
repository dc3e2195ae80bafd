"""Client of TheTool's API in one file, with the standard library of Python 3.9 or newer. Copy the file into your project.

    client = Client("http://127.0.0.1:4000/graphql", key)
    job = client.submit_analysis(["AAPL"], idempotency_key="order-17", source="SAMPLE")
    for event in client.follow_job(job["id"]):
        print(event["seq"], event["type"])

Every method repeats a request that failed for a reason that passes: a lost connection, an overload, a rate limit. Streams and
exports continue after the last position that they have delivered, so nothing is delivered twice or left out.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Dict, IO, Iterator, List, Optional, Sequence

RETRYABLE_CODES = {"UNREACHABLE", "UNAVAILABLE", "RATE_LIMITED", "TOO_MANY_TRIES"}
RETRYABLE_STATUSES = {429, 502, 503, 504}
LONGEST_PAUSE_S = 30.0

SUBMIT = """mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) {
  __typename ... on SubmitJobPayload { deduplicated job { id uuid } } ... on UserError { code message }
  ... on InvalidInputError { field } } }"""

JOB_EVENTS = """subscription($jobId: ID!, $after: Int) { jobEvents(jobId: $jobId, after: $after) {
  cursor events { seq type at ticker tickers phase progress verdict score error { code message } } } }"""

RESULTS_STORED = """subscription($filter: AnalysisFeedFilter, $after: String, $from: FeedStart) {
  analysisStored(filter: $filter, after: $after, from: $from) {
    cursor gap analyses { id ticker strategy timeframe verdict score asOf isDemo createdAt } } }"""

RESULTS = """query($id: ID!, $first: Int!, $after: String) { job(id: $id) { analyses(first: $first, after: $after) {
  edges { node { id ticker strategy verdict score asOf isDemo } } pageInfo { hasNextPage endCursor } } } }"""


class ApiError(Exception):
    """An error of the API, or `UNREACHABLE` when no complete response came. docs/errors.md lists the codes."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: Optional[float] = None,
        correlation_id: Optional[str] = None,
        field: Optional[str] = None,
        retryable: bool = False,
    ):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        #: Seconds after which the server accepts the request again; None when the server did not say.
        self.retry_after = retry_after
        #: Id by which the operator finds an INTERNAL error in the log of the server.
        self.correlation_id = correlation_id
        #: Path of the input field that is invalid.
        self.field = field
        #: True when the same request can succeed later.
        self.retryable = retryable or code in RETRYABLE_CODES


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: urllib would send the key to the server that the redirect names."""

    def redirect_request(self, *_args: Any) -> None:
        return None


class Client:
    """Sends requests with one API key. A client holds no connection, so threads may share it."""

    def __init__(self, url: str, key: str = "", *, timeout: float = 30, attempts: Optional[int] = 8):
        """`timeout`: seconds without a byte after which a connection counts as lost. An idle stream sends a byte every 12 s.
        `attempts`: number of consecutive failures after which a method raises its error; None repeats indefinitely."""
        self.url = url
        self.timeout = timeout
        self.attempts = attempts
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._opener = urllib.request.build_opener(_NoRedirects)

    def query(self, document: str, variables: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """Returns `data` of a query. Raises ApiError. Use `mutate` for mutations: this method repeats without a key."""
        return self._repeat(lambda: self._post(document, variables or {}))

    def mutate(self, document: str, input: Dict[str, Any]) -> Dict[str, Any]:
        """Returns the payload of a mutation with one field and the variable `$input`. Raises ApiError, also for a payload with
        a `code`. Without `idempotencyKey` in the input, the attempts of this call share a random one: they have one effect."""
        variables = {"input": {"idempotencyKey": str(uuid.uuid4()), **input}}
        payload = _first(self._repeat(lambda: self._post(document, variables)))
        if "code" in payload:
            raise ApiError(payload["code"], payload["message"], field=payload.get("field"))
        return payload

    def submit_analysis(self, tickers: Sequence[str], *, idempotency_key: str, **input: Any) -> Dict[str, Any]:
        """Submits a job and returns its `id` and `uuid`. Make the key from your own data (an order number, a date): a program
        that was restarted then gets the job that it has already submitted. `input`: further fields of SubmitAnalysisInput."""
        return self.mutate(SUBMIT, {**input, "tickers": list(tickers), "idempotencyKey": idempotency_key})["job"]

    def follow_job(self, job_id: str, after: int = 0) -> Iterator[Dict[str, Any]]:
        """Yields every event of a job after `after`, once and in order, and ends after the last one. `seq` counts 1, 2, 3 …;
        a jump means that the server has removed old events."""
        for batch in self.follow(JOB_EVENTS, {"jobId": job_id, "after": after}):
            yield from batch["events"]

    def follow_results(
        self, after: Optional[str] = None, *, start: str = "OLDEST", filter: Optional[Dict[str, Any]] = None
    ) -> Iterator[Dict[str, Any]]:
        """Yields batches of results as the server stores them, once and in order, and does not end. Store `cursor` together
        with the `analyses` of the batch, and pass the last cursor as `after` to continue in another process. `gap` is true
        when results before the batch were removed. `start`, without `after`: OLDEST or NOW. `filter`: AnalysisFeedFilter."""
        yield from self.follow(RESULTS_STORED, {"after": after, "from": start, "filter": filter})

    def results(self, job_id: str, page_size: int = 100) -> Iterator[Dict[str, Any]]:
        """Yields all results of a job, page by page."""
        yield from self.pages(RESULTS, {"id": job_id, "first": page_size}, ["job", "analyses"])

    def pages(self, document: str, variables: Dict[str, Any], path: Sequence[str]) -> Iterator[Dict[str, Any]]:
        """Yields the nodes of all pages of a connection. The document declares `$after: String` and selects `edges { node }`
        and `pageInfo { hasNextPage endCursor }`; `path` leads to the connection in `data`."""
        after = None
        while True:
            connection: Any = self.query(document, {**variables, "after": after})
            for name in path:
                connection = connection and connection[name]
            if connection is None:
                raise ApiError("NOT_FOUND", f"The response has no {'.'.join(path)}.")
            for edge in connection["edges"]:
                yield edge["node"]
            if not connection["pageInfo"]["hasNextPage"]:
                return
            after = connection["pageInfo"]["endCursor"]

    def follow(self, document: str, variables: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
        """Yields the first field of each message of a subscription with the argument `after` and the field `cursor`. After a
        lost connection it subscribes again after the last cursor. Raises ApiError when the server rejects the subscription."""
        after, failures = variables.get("after"), 0
        while True:
            try:
                for data in self._stream(document, {**variables, "after": after}):
                    batch = _first(data)
                    after, failures = batch["cursor"], 0
                    yield batch
                return
            except ApiError as error:
                failures += 1
                self._pause(error, failures)

    def export_analyses(self, after: Optional[str] = None, **parameters: Any) -> Iterator[Dict[str, Any]]:
        """Yields the results of the workspace in the order in which they were stored, a dict per result with its `position`.
        `parameters`: those of docs/exports.md, for example `verdict=["BUY", "STRONG_BUY"]`. The memory stays constant."""

        def parse(line: str) -> Dict[str, Any]:
            row = json.loads(line)
            return row["end"] if "end" in row else {"after": str(row["position"]), "row": row}

        return self._export("jsonl", after, parameters, parse)

    def export_csv(self, file: IO[str], after: Optional[str] = None, **parameters: Any) -> int:
        """Writes the results of the workspace as CSV with a header, and returns their number. Open the file with newline="".
        With `after` (a position) the header is left out, so that the text can be appended to an earlier part."""

        def parse(record: str) -> Dict[str, Any]:
            cells = next(csv.reader([record]))
            if cells[0] == "END":
                return {"complete": cells[1] == "complete", "after": cells[3]}
            # The server sends the header only without `after`.
            return {"after": None if cells[0] == "position" else cells[0], "row": record}

        written = -1 if after is None else 0
        for record in self._export("csv", after, parameters, parse):
            file.write(record)
            written += 1
        return written

    def _export(self, format: str, after: Optional[str], parameters: Dict[str, Any], parse: Any) -> Iterator[Any]:
        """Yields the rows of an export. Without its last line a part was cut off: the next part begins after the last whole row."""
        origin = urllib.parse.urljoin(self.url, f"/export/analyses.{format}")
        failures, sent_header = 0, False
        while True:
            query = {**parameters, **({} if after is None else {"after": after})}
            address = f"{origin}?{urllib.parse.urlencode(query, doseq=True)}"
            try:
                with self._open(urllib.request.Request(address, headers=self._headers)) as response:
                    for record in _records(_lines(response)):
                        part = parse(record)
                        after = part["after"] if part["after"] is not None else after
                        if "complete" in part:
                            if part["complete"]:
                                return
                            break
                        is_header = part["after"] is None
                        if not (is_header and sent_header):
                            failures, sent_header = 0, sent_header or is_header
                            yield part["row"]
                    else:
                        raise ApiError("UNREACHABLE", "The export was cut off.")
            except ApiError as error:
                failures += 1
                self._pause(error, failures)

    def _post(self, document: str, variables: Dict[str, Any]) -> Dict[str, Any]:
        with self._open(self._request(document, variables, "application/json")) as response:
            try:
                body = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise ApiError("UNREACHABLE", f"The response is not complete: {error!r}") from error
        return _data_of(body)

    def _stream(self, document: str, variables: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
        """Yields `data` of each message of one stream of events. Only the event `complete` ends a stream; without it the
        connection was lost."""
        event = ""
        with self._open(self._request(document, variables, "text/event-stream")) as response:
            for line in _lines(response):
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:") and event == "next":
                    yield _data_of(json.loads(line[5:]))
                elif not line.strip() and event == "complete":
                    return
        raise ApiError("UNREACHABLE", "The stream was cut off.")

    def _request(self, document: str, variables: Dict[str, Any], accept: str) -> urllib.request.Request:
        given = {name: value for name, value in variables.items() if value is not None}
        headers = {**self._headers, "content-type": "application/json", "accept": accept}
        body = json.dumps({"query": document, "variables": given}).encode()
        return urllib.request.Request(self.url, body, headers)

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            return self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as response:
            with response:
                raise _rejection(response) from None
        except (OSError, http.client.HTTPException) as error:
            raise ApiError("UNREACHABLE", f"No response from {self.url}: {error}") from error

    def _repeat(self, attempt: Any) -> Dict[str, Any]:
        failures = 0
        while True:
            try:
                return attempt()
            except ApiError as error:
                failures += 1
                self._pause(error, failures)

    def _pause(self, error: ApiError, failures: int) -> None:
        """Waits before the next attempt; raises the error when a repeat cannot help or there were too many."""
        if not error.retryable or (self.attempts is not None and failures >= self.attempts):
            raise error
        # At random: many clients that lost one server do not come back at the same moment.
        pause = random.uniform(0, min(LONGEST_PAUSE_S, 0.25 * 2 ** min(failures, 10)))
        time.sleep(error.retry_after + pause / 4 if error.retry_after is not None else pause)


def _first(data: Dict[str, Any]) -> Any:
    return next(iter(data.values()))


def _data_of(body: Dict[str, Any]) -> Dict[str, Any]:
    if body.get("errors"):
        raise _error_of(body["errors"][0])
    return body["data"]


def _error_of(error: Dict[str, Any], retry_after: Optional[float] = None, retryable: bool = False) -> ApiError:
    extensions = error.get("extensions", error)
    return ApiError(
        extensions.get("code", "INTERNAL"),
        error.get("message", "no message"),
        retry_after=extensions.get("retryAfter", retry_after),
        correlation_id=extensions.get("correlationId"),
        field=extensions.get("field"),
        retryable=retryable or extensions.get("retryable") is True,
    )


def _rejection(response: urllib.error.HTTPError) -> ApiError:
    """The error of a response with a status that is not 2xx: of GraphQL, of an export, or of a proxy before the server."""
    wait = response.headers.get("retry-after", "")
    retry_after = float(wait) if wait.isdigit() else None
    retryable = response.code in RETRYABLE_STATUSES
    try:
        body = json.loads(response.read())
        error = body["errors"][0] if "errors" in body else body["error"]
        return _error_of(error, retry_after, retryable)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError):
        message = f"The server responded with status {response.code}."
        return ApiError(f"HTTP_{response.code}", message, retry_after=retry_after, retryable=retryable)


def _lines(response: http.client.HTTPResponse) -> Iterator[str]:
    """Whole lines with their ends. The last line of a cut response has no end and is left out."""
    while True:
        try:
            line = response.readline()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError("UNREACHABLE", f"The connection was lost: {error!r}") from error
        if not line.endswith(b"\n"):
            return
        yield line.decode()


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Records of a file: a line end between quotes belongs to the cell. Quotes in a line of JSON are in pairs, or escaped."""
    parts: List[str] = []
    for line in lines:
        parts.append(line)
        if line.startswith("{") or sum(part.count('"') for part in parts) % 2 == 0:
            yield "".join(parts)
            parts = []


def main(arguments: Sequence[str]) -> int:
    """python3 thetool.py <idempotency key> <ticker> …: prints each event and each result as a line of JSON."""
    if len(arguments) < 2:
        print(main.__doc__, file=sys.stderr)
        return 2
    client = Client(
        os.environ.get("THETOOL_URL", "http://127.0.0.1:4000/graphql"), os.environ.get("THETOOL_KEY", "")
    )
    source = os.environ.get("THETOOL_SOURCE", "SAMPLE")
    try:
        job = client.submit_analysis(arguments[1:], idempotency_key=arguments[0], source=source)
        for event in client.follow_job(job["id"]):
            print(json.dumps({"event": event}), flush=True)
        for result in client.results(job["id"]):
            print(json.dumps({"result": result}), flush=True)
    except ApiError as error:
        print(json.dumps({"code": error.code, "message": error.message, "retryAfter": error.retry_after}), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
