"""The official Node client, unmodified, against the local server, with the calls that its README documents."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from local_program import SECRET, program

CLIENT = "convertapi@1.15.0"
PATIENCE = 120

SCRIPT = """
const fs = require('fs');
const ConvertAPI = require('convertapi');
const [address, secret, folder] = process.argv.slice(1);
const api = new ConvertAPI(secret, { baseUri: address });
const text = `${folder}/test(ok) ačiū.txt`;

const told = (result) => ({
  cost: result.conversionCost, names: result.files.map((f) => f.fileName),
  sizes: result.files.map((f) => f.fileSize), urls: result.files.map((f) => f.url),
});

const calls = {
  async upload() {
    const file = await api.upload(text);
    return { id: String(file), name: file.fileName, ending: file.fileExt };
  },
  async stream() {
    const file = await api.upload(fs.createReadStream(text), 'from memory.txt');
    return told(await api.convert('pdf', { File: file }));
  },
  async convert() {
    const result = await api.convert('pdf', { File: text });
    return { ...told(result), saved: await result.file.save(`${folder}/out.pdf`) };
  },
  async folder() {
    const result = await api.convert('pdf', { File: text }, 'txt', 60);
    return { saved: await result.saveFiles(folder) };
  },
  async several() {
    const result = await api.convert('zip', { Files: [text, `${folder}/second.txt`] });
    return { ...told(result), saved: await result.file.save(`${folder}/all.zip`) };
  },
  async chained() {
    const pages = await api.convert('pdf', { File: text });
    const packed = await api.convert('zip', { Files: pages });
    return { ...told(packed), saved: await packed.file.save(`${folder}/chained.zip`) };
  },
  async address() {
    const first = await api.convert('pdf', { File: text });
    return told(await api.convert('jpg', { File: first.file.url }));
  },
  async parameters() { return told(await api.convert('pdf', { File: text, Timeout: -10 })); },
  async credentials() {
    const wrong = new ConvertAPI('wrong', { baseUri: address });
    return told(await wrong.convert('pdf', { File: 'https://cdn.example.invalid/test.docx' }));
  },
  async user() { return api.getUser(); },
};

(async () => {
  const said = {};
  for (const [name, call] of Object.entries(calls)) {
    said[name] = await call().catch((e) => ({ error: e.toString(), status: e.response && e.response.status }));
  }
  console.log(JSON.stringify(said));
})();
"""


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Path:
    """A folder with the client in it, kept from run to run."""
    cache = request.config.cache
    if cache is None or not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("NOT TESTED: the official Node client needs node, npm and pytest's cache")
    folder = cache.mkdir(f"node-{CLIENT}")
    if not (folder / "node_modules" / "convertapi").exists():
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), CLIENT]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode:
            pytest.skip(f"NOT TESTED: the official Node client cannot be installed: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    (folder / "test(ok) ačiū.txt").write_text("Dear reader")
    (folder / "second.txt").write_text("Dear writer")
    return folder


@pytest.fixture(scope="module")
def said(client: Path, folder: Path) -> dict[str, Any]:
    """What each call came to, by its name."""
    with program() as (_, url):
        command = ["node", "-e", SCRIPT, "--", url, SECRET, str(folder)]
        environment = {**os.environ, "NODE_PATH": str(client / "node_modules")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_upload(said: dict[str, Any]) -> None:
    assert len(said["upload"].pop("id")) == 32
    assert said["upload"] == {"name": "test(ok) ačiū.txt", "ending": "txt"}


def test_upload_from_a_stream(said: dict[str, Any]) -> None:
    assert said["stream"]["names"] == ["from memory.pdf"]


def test_convert_a_file_and_save_it(said: dict[str, Any]) -> None:
    result = said["convert"]
    assert (result["names"], result["cost"]) == (["test(ok) ačiū.pdf"], 1)
    saved = Path(result["saved"]).read_bytes()
    assert saved.startswith(b"%PDF-")
    assert result["sizes"] == [len(saved)]


def test_save_all_files_to_a_folder(said: dict[str, Any], folder: Path) -> None:
    assert said["folder"] == {"saved": [str(folder / "test(ok) ačiū.pdf")]}
    assert (folder / "test(ok) ačiū.pdf").read_bytes().startswith(b"%PDF-")


def test_several_files_go_into_one_archive(said: dict[str, Any]) -> None:
    assert zipfile.ZipFile(said["several"]["saved"]).namelist() == ["test(ok) ačiū.txt", "second.txt"]


def test_chained_conversions(said: dict[str, Any]) -> None:
    assert said["chained"]["names"] == ["test(ok) ačiū.zip"]
    assert zipfile.ZipFile(said["chained"]["saved"]).namelist() == ["test(ok) ačiū.pdf"]


def test_a_result_goes_on_by_its_address(said: dict[str, Any]) -> None:
    assert said["address"]["names"] == ["test(ok) ačiū.jpg"]


def test_a_wrong_parameter_is_named(said: dict[str, Any]) -> None:
    assert said["parameters"]["status"] == 400
    assert "Parameter validation error" in said["parameters"]["error"]
    assert "Code: 4000" in said["parameters"]["error"]
    assert "Timeout" in said["parameters"]["error"]


def test_wrong_credentials(said: dict[str, Any]) -> None:
    assert said["credentials"]["status"] == 401
    assert "Code: 4011" in said["credentials"]["error"]


def test_user(said: dict[str, Any]) -> None:
    assert said["user"]["Active"] is True
    assert said["user"]["ConversionsTotal"] > said["user"]["ConversionsConsumed"] > 0
