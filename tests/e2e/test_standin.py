"""The stand-in service of the measurements answers as docs/contract.md says, or a figure taken with it means nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

SCRIPT = Path(__file__).parents[2] / "bench" / "standin.py"
BODY = "Größe L\n".encode()
NAME = "Übersicht (neu).docx"


class Service(requests.Session):
    """A session that knows where the stand-in listens."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.headers["Authorization"] = "Bearer anything"

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> requests.Response:
        reply = self.request(method, self.address + path, timeout=10, **options)
        assert reply.status_code == status, reply.text
        return reply

    def upload(self, body: bytes = BODY, **query: str) -> Any:
        return self.ask("POST", "/upload", params={"filename": NAME} | query, data=body).json()

    def convert(self, prefix: str = "", **parameters: str) -> Any:
        return self.ask("POST", f"{prefix}/convert/docx/to/pdf", data=parameters).json()

    def count(self, name: str) -> Any:
        return self.ask("GET", "/stats").json()[name]


def start(*options: str) -> Iterator[Service]:
    with subprocess.Popen([sys.executable, SCRIPT, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert address, "it said nothing, or something else"
            with Service(address[1]) as service:
                yield service
        finally:
            process.terminate()
        assert process.wait(10) == 0


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    yield from start("--port", "0")


@pytest.fixture(scope="module")
def slow_service() -> Iterator[Service]:
    yield from start("--latency", "3600")


def test_an_upload_is_described_and_comes_back(service: Service) -> None:
    file_id = uuid4().hex
    described = service.upload(fileId=file_id)
    url = described.pop("Url")
    assert described == {"FileName": NAME, "FileExt": "docx", "FileSize": len(BODY), "FileId": file_id}
    assert service.get(url, timeout=10).content == BODY
    assert service.ask("HEAD", f"/d/{file_id}").headers["file-size"] == str(len(BODY))


def test_a_name_may_come_in_the_header(service: Service) -> None:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''%C3%9Cber%28sicht%29.docx"}
    assert service.ask("POST", "/upload", data=BODY, headers=headers).json()["FileName"] == "Über(sicht).docx"
    assert service.ask("POST", "/upload", 400, data=BODY).json()["Code"] == 4001


def test_a_large_body_comes_back_whole(service: Service) -> None:
    body = bytes(range(256)) * 8192
    described = service.upload(body)
    assert service.get(described["Url"], timeout=10).content == body


def test_a_deleted_file_is_gone_and_its_result_is_not(service: Service) -> None:
    uploaded = service.upload()
    (result,) = service.convert(File=uploaded["FileId"])["Files"]
    service.ask("DELETE", f"/d/{uploaded['FileId']}")
    assert service.ask("GET", f"/d/{uploaded['FileId']}", 404).json()["Code"] == 404
    assert service.get(result["Url"], timeout=10).content == BODY


def test_an_upload_anew_leaves_the_former_result_alone(service: Service) -> None:
    file_id = service.upload(fileId=uuid4().hex)["FileId"]
    (result,) = service.convert(File=file_id)["Files"]
    service.upload(b"other", fileId=file_id)
    assert service.ask("GET", f"/d/{result['FileId']}").content == BODY
    assert service.ask("GET", f"/d/{file_id}").content == b"other"


@pytest.mark.parametrize("form", ["params", "data", "json", "files"])
def test_parameters_come_in_any_form(service: Service, form: str) -> None:
    file_id = service.upload()["FileId"]
    given: dict[str, Any] = {
        "params": {"file": file_id},
        "data": {"File": file_id, "StoreFile": "true"},
        "json": {"Parameters": [{"Name": "File", "FileValue": {"Id": file_id}}, {"Name": "StoreFile", "Value": True}]},
        "files": {"File": (None, file_id)},
    }
    reply = service.ask("POST", "/convert/docx/to/pdf", **{form: given[form]}).json()
    assert reply["ConversionCost"] == 1
    assert [(file["FileName"], file["FileSize"]) for file in reply["Files"]] == [("Übersicht (neu).pdf", len(BODY))]


def test_a_job_is_done_after_the_latency_alone(service: Service, slow_service: Service) -> None:
    for where, status in ((service, 200), (slow_service, 202)):
        job_id = uuid4().hex
        file_id = where.upload()["FileId"]
        assert where.convert("/async", File=file_id, JobId=job_id) == {"JobId": job_id}
        reply = where.ask("GET", f"/async/job/{job_id}", status)
        assert reply.content == b"" if status == 202 else reply.json()["Files"][0]["FileSize"] == len(BODY)


def test_a_job_can_be_deleted(service: Service) -> None:
    job_id = str(uuid4())
    service.convert(File=service.upload()["FileId"], JobId=job_id)
    service.ask("DELETE", f"/job/{job_id}")
    assert service.ask("GET", f"/job/{job_id}", 404).json()["Code"] == 404


def test_a_job_paid_twice_is_counted(service: Service) -> None:
    before = service.count("duplicate_bills"), service.count("bills")
    file_id, job_id = service.upload()["FileId"], uuid4().hex
    for _ in range(3):
        service.convert("/async", File=file_id, JobId=job_id)
    service.convert(File=file_id)
    assert (service.count("duplicate_bills"), service.count("bills")) == (before[0] + 2, before[1] + 4)


def test_the_probe_tells_credentials_from_parameters(service: Service) -> None:
    probe: dict[str, Any] = {"data": json.dumps({"Parameters": []}), "headers": {"Content-Type": "application/json"}}
    assert service.ask("POST", "/convert/pdf/to/merge", 400, **probe).json()["Code"] == 4000
    probe["headers"] |= {"Authorization": ""}
    assert service.ask("POST", "/convert/pdf/to/merge", 401, **probe).json()["Code"] == 4013


def test_an_unknown_file_is_an_error_that_costs_nothing(service: Service) -> None:
    before = service.count("converts")
    reply = service.ask("POST", "/convert/docx/to/pdf", 500, data={"File": uuid4().hex})
    assert (reply.json()["Code"], service.count("converts")) == (5009, before)
    assert service.ask("GET", "/user").json()["Active"] is True
