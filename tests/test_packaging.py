"""Files that ship beside the code: lock files, container files."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml

from tests.conftest import ROOT
from tests.test_architecture import imports_of

LOCKS = ("requirements.txt", "requirements-dev.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_names_versions_and_hashes_only(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines():
        if not line.lstrip().startswith("#"):
            assert re.fullmatch(r"[\w.\[\]-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
        assert "://" not in line


def test_every_dependency_is_locked_and_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    wanted = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    locked = (ROOT / "requirements-dev.txt").read_text().lower()
    for one in wanted:
        name = re.split(r"[\[>=<]", one)[0]
        assert re.search(rf"^{re.escape(name.lower())}(\[\w+\])?==", locked, re.MULTILINE), name
        assert re.search(rf'"{re.escape(one)}",\s+# \S', text), f"{one} has no reason on its line"


def test_each_package_that_is_imported_is_a_dependency_by_itself() -> None:
    """Not by the grace of another that needs it: but FastAPI is made of Starlette, and that of AnyIO."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    stated = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    packages = packages_distributions()
    modules = {name.partition(".")[0] for path in (ROOT / "app").rglob("*.py") for name in imports_of(path)}
    imported = {package.lower().replace("_", "-") for module in modules for package in packages.get(module, ())}
    names = {re.split(r"[\[>=<;]", one)[0].strip().lower() for one in stated}
    assert imported - names - {"onrecord"} == {"starlette", "anyio"}


def test_compose_starts_the_api_when_the_database_is_healthy() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert services["api"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert "pg_isready" in services["db"]["healthcheck"]["test"]
    assert services["api"]["environment"]["ONRECORD_DATABASE_URL"].startswith("postgresql://")


def test_the_image_is_not_run_by_root_and_copies_what_there_is() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert copied <= admitted
    assert all((ROOT / name).exists() for name in copied)
    assert "USER onrecord" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
