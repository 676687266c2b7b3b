"""Debian's promtool, prometheus and node exporter, and servers of the two on free ports."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from embdrift.files import CONFIGS

MONITORING = CONFIGS / "monitoring"
# scripts/test unpacks the packages below the environment that runs the tests
PLACES = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.prefix) / "prometheus" / "usr" / "bin")])
PATIENCE_SECONDS = 60


def tool(*names):
    """The program of one of these names; without one the test fails where it must run, and is skipped elsewhere."""
    for name in names:
        if found := shutil.which(name, path=PLACES):
            return found
    wanted = f"{names[0]} is not installed: on Debian, apt install prometheus prometheus-node-exporter"
    if os.environ.get("EMBDRIFT_NEEDS_PROMETHEUS") == "1":
        pytest.fail(wanted)
    pytest.skip(wanted)


def promtool(*arguments, **how):
    """What promtool says, which must find nothing wrong."""
    done = subprocess.run([tool("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(command, log):
    """A server that runs for a while; what it says goes to a file."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def monitored(text_files, rules, scratch):
    """Prometheus and a node exporter that watch a folder of text files; yields a function that asks Prometheus."""
    exporter, server = free_port(), free_port()
    config = scratch / "prometheus.yml"
    config.write_text(
        json.dumps(  # JSON is YAML
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(rules)],
                "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}],
            }
        ),
        "utf-8",
    )
    exporting = [
        tool("prometheus-node-exporter", "node_exporter"), "--collector.disable-defaults", "--collector.textfile",
        f"--collector.textfile.directory={text_files}", f"--web.listen-address=127.0.0.1:{exporter}",
    ]  # fmt: skip
    watching = [
        tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={scratch / 'series'}",
        f"--web.listen-address=127.0.0.1:{server}",
    ]  # fmt: skip

    def ask(path, **values):
        with urlopen(f"http://127.0.0.1:{server}/api/v1/{path}?{urlencode(values)}", timeout=10) as answer:
            return json.load(answer)["data"]

    with serving(exporting, scratch / "exporter.log"), serving(watching, scratch / "prometheus.log"):
        yield ask


def eventually(look, wanted):
    """Look until what is wanted is seen, and return what was seen last."""
    deadline, seen = time.monotonic() + PATIENCE_SECONDS, None
    while time.monotonic() < deadline:
        try:
            seen = look()
        except (URLError, ConnectionError):
            seen = None
        if seen == wanted:
            break
        time.sleep(0.2)
    return seen
