"""What docker would be given: rules of the house, told from the files, as none runs here."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
SECRET = re.compile(r"(?i)(passw|secret|token|api_?key|credential|BEGIN .*PRIVATE)")


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (DEPLOY / "Dockerfile").read_text())
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines if line.strip()]


def of(kind: str) -> list[str]:
    return [said for name, said in steps() if name == kind]


def test_the_base_is_pinned() -> None:
    assert of("FROM")
    for base in of("FROM"):
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*", base), base


def test_it_runs_as_nobody_in_particular() -> None:
    names = [name for name, _ in steps()]
    assert of("USER")[-1].isdigit()
    assert int(of("USER")[-1]) >= 1000
    after = names[len(names) - names[::-1].index("USER") :]
    assert "CMD" in after
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint") or pytest.skip("requirements-dev.txt")
    done = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


def test_what_is_copied_exists_and_reaches_docker() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    sources = [source for said in of("COPY") for source in shlex.split(said)[:-1]]
    assert {"app.py", "siamese", "pages", ".streamlit", "sample_faces"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source
    assert not of("ADD")


def test_torch_is_as_pinned_as_the_requirements() -> None:
    pinned = (ROOT / "requirements.txt").read_text()
    asked = re.findall(r"\b(torch(?:vision)?==[\d.]+)", " ".join(of("RUN")))
    assert len(asked) == 2
    for each in asked:
        assert re.search(rf"^{re.escape(each)}$", pinned, re.M), each


def test_health_is_asked_on_the_port_that_is_served() -> None:
    (health,), (start,), (port,) = of("HEALTHCHECK"), of("CMD"), of("EXPOSE")
    assert f":{port}/_stcore/health" in health
    assert f"--server.port={port}" in start


def test_no_secret_lies_there() -> None:
    for path in DEPLOY.iterdir():
        assert not SECRET.search(path.read_text()), path


@pytest.fixture(name="services")
def _services() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="requirements-dev.txt")
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def test_each_service_has_limits_and_cannot_write(services: dict[str, Any]) -> None:
    assert {"proxy", "app"} <= set(services)
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["mem_limit"], name
        assert service["cpus"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert "build" in service or re.search(r":\d+\.\d+", service["image"]), name


def test_each_server_has_as_many_workers_as_it_may_use_cores(services: dict[str, Any]) -> None:
    app = services["app"]
    assert app["environment"]["PYTHON_CPU_COUNT"] == app["cpus"]
    for base in of("FROM"):  # older ones do not heed the variable
        major, minor = re.findall(r"\d+", base)[:2]
        assert (int(major), int(minor)) >= (3, 13)


def test_only_the_proxy_can_be_reached(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert "443:443" in services["proxy"]["ports"]


def test_paths_of_compose_exist(services: dict[str, Any]) -> None:
    for service in services.values():
        if build := service.get("build"):
            assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).is_file(), volume
    assert any(entry.startswith("/tmp") for entry in services["app"]["tmpfs"])


def test_the_proxy_keeps_a_visitor_on_one_server() -> None:
    said = (DEPLOY / "Caddyfile").read_text()
    (port,) = of("EXPOSE")
    assert "lb_policy cookie" in said
    assert f"dynamic a app {port}" in said
    assert said.count("{") == said.count("}")
